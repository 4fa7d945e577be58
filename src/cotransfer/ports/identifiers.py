"""Identity, brought in."""

from typing import Protocol

from cotransfer.domain.values import TransferId


class Identifiers(Protocol):
    """Draws what must be unique.

    Laws: no two draws are ever equal; transfers drawn later sort later (UUIDv7).
    """

    def transfer(self) -> TransferId:
        """A new transfer's identifier."""

    def token(self) -> str:
        """A short unguessable word: leases, correlation."""

    def chance(self) -> float:
        """A number in [0, 1), for jitter."""
