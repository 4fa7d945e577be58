"""Step 1: the properties linked to an identity. Never stores anything."""

import attrs

from cotransfer.domain.case import Policy
from cotransfer.domain.homes import obstacle
from cotransfer.domain.refusals import Why
from cotransfer.domain.values import Home, IdentityNumber
from cotransfer.ports.registry import CertificateRegistry


@attrs.frozen
class Linked:
    """A home of the citizen's, and why its accounts cannot be transferred where they cannot."""

    home: Home
    why_not: Why | None


class Properties:
    """What a right holder can choose from."""

    def __init__(self, registry: CertificateRegistry, policy: Policy) -> None:
        self._registry = registry
        self._policy = policy

    async def linked_to(self, identity: IdentityNumber) -> tuple[Linked, ...]:
        """Every home of `identity`; `()` means: advise to apply at the counter. Raises as the registry does."""
        homes = await self._registry.properties_of(identity)
        return tuple(Linked(home, obstacle(home.state, home.unit_numbers, self._policy)) for home in homes)
