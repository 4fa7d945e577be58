"""A registry in a list: homes written down in a line each, for tests, examples and simulation. Asking changes none."""

import datetime
from collections.abc import Iterable, Mapping

import attrs

from cotransfer.domain.parties import Party
from cotransfer.domain.values import (
    CertificateNumber,
    DocumentType,
    Home,
    IdentityNumber,
    Location,
    Name,
    RegistryState,
    RegistryStatus,
    Restriction,
    RightHolder,
    UnitNumber,
)
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.registry import CertificateStatus

_ANY_DAY = datetime.date(9999, 12, 31)  # Written down by a programmer: nobody's birth is checked against the clock.


class MemoryRegistry:
    """`MemoryRegistry([home(...), ...])`; `away` makes it unreachable, `restate` changes how a certificate stands."""

    def __init__(self, homes: Iterable[Home] = ()) -> None:
        self.away = False
        self._homes = {home.certificate_number: home for home in homes}

    async def properties_of(self, identity: IdentityNumber) -> tuple[Home, ...]:
        """Step 1."""
        self._answer()
        return tuple(
            home for home in self._homes.values() if identity in (holder.identity for holder in home.right_holders)
        )

    async def status_of(self, certificate_number: CertificateNumber) -> CertificateStatus | None:
        """Steps 6 and 8."""
        self._answer()
        home = self._homes.get(certificate_number)
        return None if home is None else CertificateStatus(home.certificate_number, home.location, home.state)

    def restate(self, certificate_number: CertificateNumber, state: RegistryState) -> None:
        """From now on the certificate stands like this; `KeyError` when there is none."""
        self._homes[certificate_number] = attrs.evolve(self._homes[certificate_number], state=state)

    def _answer(self) -> None:
        if self.away:
            raise Unavailable(Party.REGISTRY, "The registry is away.", certain=True)


def home(
    certificate: str,
    *,
    unit: str,
    location: str,
    right_holders: Mapping[str, str],
    former: Iterable[str] = (),
    status: RegistryStatus = RegistryStatus.CURRENT,
    restrictions: Iterable[Restriction] = (),
) -> Home:
    """A home as one writes it down: `right_holders` maps identity card numbers to names, `former` are names."""
    return Home(
        certificate_number=CertificateNumber.parse(certificate),
        unit_numbers=(UnitNumber.parse(unit),),
        location=Location.parse(location),
        state=RegistryState(status, frozenset(restrictions)),
        right_holders=tuple(
            RightHolder(Name.parse(name), IdentityNumber.parse(DocumentType.IDENTITY_CARD, number, on=_ANY_DAY))
            for number, name in right_holders.items()
        ),
        former_right_holders=tuple(map(Name.parse, former)),
    )
