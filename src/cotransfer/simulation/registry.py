"""The certificate registry of the simulated city: `MemoryRegistry`, answered at once. Never changes by itself."""

from collections.abc import Iterable

from cotransfer.adapters.memory.registry import MemoryRegistry
from cotransfer.domain.values import CertificateNumber, Home, IdentityNumber
from cotransfer.ports.registry import CertificateStatus
from cotransfer.simulation.at_once import at_once


class SimulatedRegistry:
    """Knows every home of the city."""

    def __init__(self, homes: Iterable[Home]) -> None:
        self._registry = MemoryRegistry(homes)

    def properties_of(self, identity: IdentityNumber) -> tuple[Home, ...]:
        return at_once(self._registry.properties_of(identity))

    def status_of(self, certificate_number: CertificateNumber) -> CertificateStatus | None:
        return at_once(self._registry.status_of(certificate_number))
