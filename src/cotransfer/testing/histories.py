"""Invented transfers as a store meets them: each history makes the next change of its own. Never touches a store."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import attrs

from cotransfer.domain import events as e
from cotransfer.domain.agenda import Duty
from cotransfer.domain.case import Case
from cotransfer.domain.correlation import Correlation
from cotransfer.domain.events import Event
from cotransfer.domain.states import NotSubmitted, State
from cotransfer.domain.transfer import evolve
from cotransfer.domain.values import AccountNumber, TransferId, UnitNumber
from cotransfer.ports.agenda import Due, Lease
from cotransfer.ports.transfers import Blocked, Change, MessageKey, Outcome, Seen, Step
from cotransfer.testing.samples import ADDRESS, CASE, GROUNDS

AT = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)
_NUMBERS = itertools.count(1)


def message(source: str, key: str, *, digest: bytes = b"\x00\xffdigest", answer: bytes = b"{}") -> Seen:
    """A message seen."""
    return Seen(MessageKey(source, key), digest, answer, AT)


@attrs.define(kw_only=True)
class History:
    """A transfer of its own home and account, unless told otherwise, and where its last change left it."""

    case: Case
    home: int
    account: int
    state: State = attrs.field(factory=NotSubmitted)
    version: int = 0

    @property
    def transfer(self) -> TransferId:
        return self.case.transfer

    def submit(self, *, owed: Sequence[Duty] = (), seen: tuple[Seen, ...] = ()) -> Change:
        """The first change."""
        return self.move(e.ApplicationSubmitted(self.case), owed=owed, seen=seen)

    def move(
        self,
        *events: Event,
        at: datetime = AT,
        owed: Sequence[Duty] = (),
        settled: Sequence[Duty] = (),
        finished: tuple[Lease, ...] = (),
        seen: tuple[Seen, ...] = (),
        brought: tuple[Correlation, ...] = (),
        stay: bool = False,
    ) -> Change:
        """The change that `events` make; `stay` leaves the history where it was, so that a rival can follow."""
        state, version = self.state, self.version
        for event in events:
            state = evolve(state, event)
        change = Change(
            step=Step(transfer=self.transfer, expected=version, state=state, events=events, at=at, brought=brought),
            owed=tuple(self.due(duty, at) for duty in owed),
            settled=tuple((self.transfer, duty) for duty in settled),
            finished=finished,
            seen=seen,
        )
        if not stay:
            self.state, self.version = state, version + len(events)
        return change

    def due(self, duty: Duty, at: datetime = AT, counterparty: str = "kunming-water") -> Due:
        return Due(self.transfer, duty, counterparty, at)

    def owes(self, *dues: Due) -> Change:
        """A change that only puts tasks on the agenda."""
        return Change(owed=dues)


def history(*, home: int | None = None, account: int | None = None) -> History:
    """A new transfer, different from every other one of this process."""
    number = next(_NUMBERS)
    home, account = number if home is None else home, number if account is None else account
    case = attrs.evolve(
        CASE,
        transfer=TransferId(f"01997c5e-8000-7000-8000-{number:012x}"),
        account_number=AccountNumber(f"{account:010}"),
        application=attrs.evolve(CASE.application, unit_numbers=(UnitNumber(f"530102003004GB00012F{home:08}"),)),
    )
    return History(case=case, home=home, account=account)


class Scene:
    """Six transfers, of which the first three are under way, and one message that was seen; changes by a plan."""

    KINDS: ClassVar = ("submit", "good", "close", "stale", "repeated", "lost")

    def __init__(self) -> None:
        self._homes = [next(_NUMBERS) for _ in range(3)]
        self.histories = [history(home=home) for home in self._homes]
        self.histories += [history() for _ in range(3)]
        self._name = f"scene-{self._homes[0]}"

    def start(self) -> list[Change]:
        """What is there before the plan."""
        return [
            *(one.submit(owed=(Duty.SEND_APPLICATION,)) for one in self.histories[:3]),
            self.change(seen=(message(self._name, "seen"),)),
        ]

    def change(self, *, seen: tuple[Seen, ...] = ()) -> Change:
        """A change without a step."""
        return Change(seen=seen)

    def changes(self, plan: Sequence[tuple[int, int, str]]) -> list[Change]:
        """A group: for each of the plan's (transfer, home or message, kind) a change, one for each transfer."""
        once = {which: (other, kind) for which, other, kind in plan}
        return [self._change(which, other, kind) for which, (other, kind) in once.items()]

    def _change(self, which: int, other: int, kind: str) -> Change:
        one = self.histories[which]
        if one.version == 0:
            rival = history(home=self._homes[other])
            self.histories[which] = rival
            return rival.submit(seen=(message(self._name, f"new-{other}"),))
        match kind:
            case "close":
                return one.move(e.PreReviewNotPassed(GROUNDS), owed=(Duty.ANNOUNCE_RESULT,))
            case "stale":
                return attrs.evolve(
                    one.move(e.PreReviewPassed(ADDRESS)),
                    step=Step(transfer=one.transfer, expected=7, state=one.state, events=(), at=AT),
                )
            case "repeated":
                return one.move(e.ApplicationTaken("KM"), seen=(message(self._name, "seen"),), stay=True)
            case "lost":
                lease = Lease(one.transfer, Duty.SEND_APPLICATION, "lost")
                return one.move(e.ApplicationTaken("KM"), finished=(lease,), stay=True)
            case _:
                heard = (message(self._name, f"heard-{other}"),)
                return one.move(e.ApplicationTaken("KM"), at=AT + timedelta(hours=1), seen=heard, stay=True)

    def told(self, outcomes: Sequence[Outcome]) -> list[object]:
        """Outcomes in words that are the same in every scene."""
        places = {one.transfer: nth for nth, one in enumerate(self.histories)}
        return [
            ("blocked", places[one.by])
            if isinstance(one, Blocked)
            else (type(one).__name__, bool(getattr(one, "lost", ())))
            for one in outcomes
        ]
