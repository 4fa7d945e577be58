"""The certificate registry (不动产登记): who holds which home, and how a certificate stands."""

from typing import Protocol

import attrs

from cotransfer.domain.values import CertificateNumber, Home, IdentityNumber, Location, RegistryState


@attrs.frozen
class CertificateStatus:
    """The scheme's certificate status table (§1.6), exactly."""

    certificate_number: CertificateNumber
    location: Location
    registry_state: RegistryState


class CertificateRegistry(Protocol):
    """Read only, and read afresh at every call.

    Laws: `properties_of` answers only homes that have a right holder of that very identity; an identity without
    homes gives `()`, never an error; `status_of` knows every certificate that `properties_of` has shown; asking
    changes nothing. Both raise `Unavailable` or `Unintelligible`, party REGISTRY or NETWORK.
    """

    async def properties_of(self, identity: IdentityNumber) -> tuple[Home, ...]:
        """Step 1: every home linked to `identity`."""

    async def status_of(self, certificate_number: CertificateNumber) -> CertificateStatus | None:
        """Steps 6 and 8, on demand: how the certificate stands now, None when there is no such certificate."""
