"""What citizens have agreed to, transfer by transfer."""

from typing import Protocol

from cotransfer.domain.consents import Consent
from cotransfer.domain.values import TransferId


class Consents(Protocol):
    """Kept beside the transfers, and written as part of a `Change`.

    Laws: a consent of a committed change is found, once per transfer and receiver, in the order of the receivers;
    written again it keeps what was agreed to, and takes only that it was withdrawn; withdrawn once, it stays so, at
    its first moment. Raises `Unavailable` (party US) when the store fails.
    """

    async def consents_of(self, transfer: TransferId) -> tuple[Consent, ...]:
        """Given and withdrawn ones; `()` when there are none."""
