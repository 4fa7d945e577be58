"""Notices in a list: what people would have been shown, for tests, examples and simulation."""

from cotransfer.domain.notices import Delivered, Fate, Notice, Undeliverable
from cotransfer.domain.parties import Party
from cotransfer.domain.values import OpenId
from cotransfer.ports.errors import Unavailable


class MemoryNotifier:
    """Everybody follows us unless told otherwise. `inbox` is what was shown, in order; while `away`, nothing is.

    The next `lost_answers` notices are shown and nobody hears of it. Made with `remembers_s` it says that it forgets;
    it never does.
    """

    def __init__(self, *, remembers_s: float | None = None) -> None:
        self.inbox: list[Notice] = []
        self.away = False
        self.lost_answers = 0
        self.remembers_s = remembers_s
        self._references: dict[tuple[OpenId, str], str] = {}
        self._gone: set[OpenId] = set()

    async def send(self, notice: Notice) -> Fate:
        """Show, once per person and key."""
        if self.away:
            raise Unavailable(Party.NOTIFIER, "The notifier is away.", certain=True)
        if notice.openid is None:
            return Undeliverable("no_openid")
        if notice.openid in self._gone:
            return Undeliverable("not_following")
        shown = (notice.openid, notice.key)
        if shown not in self._references:
            self.inbox.append(notice)
            self._references[shown] = str(len(self.inbox))
        if self.lost_answers:
            self.lost_answers -= 1
            raise Unavailable(Party.NETWORK, "The answer was lost.")
        return Delivered(self._references[shown])

    def shown_to(self, openid: OpenId) -> tuple[Notice, ...]:
        """What one person was shown."""
        return tuple(notice for notice in self.inbox if notice.openid == openid)

    def unfollow(self, openid: OpenId) -> None:
        """This person wants no more notices."""
        self._gone.add(openid)
