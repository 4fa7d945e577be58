"""Notices to people."""

from typing import Protocol

from cotransfer.domain.notices import Fate, Notice


class Notifier(Protocol):
    """One message to one person.

    Laws: the same `notice.key` for the same person is shown once, however often it is sent within `remembers_s` of the
    first time, an answer that was lost included: who cannot be sure may send again until then; a notice nobody can
    ever receive is `Undeliverable` with a stable reason, never an error; raises `Unavailable` (party NOTIFIER or
    NETWORK) when trying later may help, and `QuotaSpent` when that is not before its quota is filled again.
    """

    @property
    def remembers_s(self) -> float | None:
        """How long a key is known after it was first sent, in seconds; None: for ever."""

    async def send(self, notice: Notice) -> Fate:
        """Deliver, or say why never."""
