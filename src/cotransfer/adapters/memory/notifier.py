"""Notices in a list: what people would have been shown, for tests, examples and simulation."""

from collections.abc import Hashable

from cotransfer.domain.notices import Delivered, Fate, Notice, Undeliverable
from cotransfer.domain.parties import Party
from cotransfer.domain.values import MobileNumber, OpenId
from cotransfer.ports.errors import QuotaSpent, Unavailable

DAY_S = 86_400.0


class MemoryNotifier:
    """Everybody follows us unless told otherwise. `inbox` is what was shown, in order; while `away`, nothing is, nor
    while `quota_spent`.

    The next `lost_answers` notices are shown and nobody hears of it. Made with `remembers_s` it says that it forgets;
    it never does.
    """

    def __init__(self, *, remembers_s: float | None = None) -> None:
        self.inbox: list[Notice] = []
        self.away = False
        self.quota_spent = False
        self.lost_answers = 0
        self.remembers_s = remembers_s
        self._references: dict[tuple[Hashable, str], str] = {}
        self._gone: set[OpenId] = set()

    async def send(self, notice: Notice) -> Fate:
        """Show, once per person and key."""
        if self.away:
            raise Unavailable(Party.NOTIFIER, "The notifier is away.", certain=True)
        if self.quota_spent:
            raise QuotaSpent(Party.NOTIFIER, "The notifier takes no more today.", retry_after_s=DAY_S)
        why = self._refusal(notice)
        if why is not None:
            return Undeliverable(why)
        shown = (self._address(notice), notice.key)
        if shown not in self._references:
            self.inbox.append(notice)
            self._references[shown] = str(len(self.inbox))
        if self.lost_answers:
            self.lost_answers -= 1
            raise Unavailable(Party.NETWORK, "The answer was lost.")
        return Delivered(self._references[shown])

    def shown_to(self, person: OpenId | MobileNumber) -> tuple[Notice, ...]:
        """What one person was shown, under their address on this channel."""
        return tuple(notice for notice in self.inbox if self._address(notice) == person)

    def unfollow(self, openid: OpenId) -> None:
        """This person wants no more notices."""
        self._gone.add(openid)

    def _address(self, notice: Notice) -> Hashable:
        return notice.openid

    def _refusal(self, notice: Notice) -> str | None:
        if notice.openid is None:
            return "no_openid"
        return "not_following" if notice.openid in self._gone else None


class MemorySms(MemoryNotifier):
    """The same by SMS: everybody has a telephone, unless it is `refused`, under a reason of the provider's."""

    def __init__(self, *, remembers_s: float | None = None) -> None:
        super().__init__(remembers_s=remembers_s)
        self._refused: dict[MobileNumber, str] = {}

    def refuse(self, number: MobileNumber, why: str = "opted_out") -> None:
        """From now on nothing is delivered to this number."""
        self._refused[number] = why

    def _address(self, notice: Notice) -> Hashable:
        return notice.mobile_number

    def _refusal(self, notice: Notice) -> str | None:
        return self._refused.get(notice.mobile_number)
