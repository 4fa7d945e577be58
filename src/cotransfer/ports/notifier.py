"""Notices to people."""

from typing import Protocol

from cotransfer.domain.notices import Fate, Notice


class Notifier(Protocol):
    """One message to one person.

    Laws: the same `notice.key` for the same person is shown once, however often it is sent; a notice nobody can ever
    receive is `Undeliverable` with a stable reason, never an error; raises `Unavailable` (party NOTIFIER or NETWORK)
    when trying later may help.
    """

    async def send(self, notice: Notice) -> Fate:
        """Deliver, or say why never."""
