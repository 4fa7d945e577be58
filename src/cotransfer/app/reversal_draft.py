"""One change of a reversal in the making: decided on what is stored, with the tasks and notes that come of it.

Never asks the store anything; everything it starts from has been loaded.
"""

from datetime import datetime

import attrs

from cotransfer.app.draft import NOTIFIER, OURSELVES
from cotransfer.app.errand import Message
from cotransfer.domain.agenda import Duty
from cotransfer.domain.allowances import Timetable
from cotransfer.domain.notes import Decision, Note, about_transfer
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.reversals.agenda import owed, settled
from cotransfer.domain.reversals.case import ReversalId, Side
from cotransfer.domain.reversals.commands import Question, ReversalCommand
from cotransfer.domain.reversals.deciding import decide, evolve
from cotransfer.domain.reversals.events import ReversalEvent
from cotransfer.domain.reversals.progress import code
from cotransfer.domain.reversals.states import NotOpened, ReversalState
from cotransfer.domain.values import UtilityId
from cotransfer.ports.agenda import Due, Lease
from cotransfer.ports.reversals import ReversalEntry, ReversalRecord, ReversalStep
from cotransfer.ports.transfers import Change, Record, Seen


@attrs.frozen(kw_only=True)
class By:
    """Who brings it: on which side, and as whom the audit trail has them (`who`, and a word on `why`).

    `utility` is the one that speaks for itself: to a utility the transfers of others are unknown.
    """

    side: Side
    who: str
    why: str | None = None
    utility: UtilityId | None = None

    def note(self, of: ReversalId, what: str, at: datetime) -> Note:
        """In the audit trail of the transfer; raises `ValueError` when they are no words for it."""
        decision = Decision(what=f"reversal.{what}", who=self.who, about=f"reversal-{of.number}", why=self.why)
        return Note(chain=about_transfer(of.transfer), at=at, what=decision)


@attrs.frozen
class Asked:
    """What is decided on: the transfer, and its reversals by their number."""

    record: Record
    reversals: tuple[ReversalRecord, ...]

    def one(self, of: ReversalId) -> ReversalRecord:
        """Raises `Refused` for what there is not."""
        for record in self.reversals:
            if record.id == of:
                return record
        raise Refused(Why.UNKNOWN_REVERSAL)


@attrs.frozen
class Ruling:
    """What became of an errand `at` that instant: after what was `known`, to which state, by which events."""

    id: ReversalId
    known: tuple[ReversalEntry, ...]
    state: ReversalState
    events: tuple[ReversalEvent, ...]
    at: datetime

    @property
    def expected(self) -> int:
        """The version that it was decided on."""
        return len(self.known)

    @property
    def record(self) -> ReversalRecord:
        """As it will be stored."""
        news = (ReversalEntry(self.expected + nth, self.at, event) for nth, event in enumerate(self.events, 1))
        return ReversalRecord(self.id, self.state, (*self.known, *news))


def decided(asked: Asked, of: ReversalId, commands: tuple[ReversalCommand, ...], at: datetime) -> Ruling:
    """Raises `Refused`, and then nothing has happened."""
    opens = any(isinstance(command, Question) for command in commands)
    known = None if opens else asked.one(of)
    state: ReversalState = NotOpened() if known is None else known.state
    events: list[ReversalEvent] = []
    for command in commands:
        news = decide(state, command)
        for event in news:
            state = evolve(state, event)
        events += news
    return Ruling(of, () if known is None else known.journal, state, tuple(events), at)


def change(
    ruling: Ruling, timetable: Timetable, by: By, *, message: Message | None, answer: bytes, finishes: Lease | None
) -> Change | None:
    """All of it as one write; None when there is nothing to write."""
    if not ruling.events and message is None and finishes is None:
        return None
    owes, over = _tasks(ruling, timetable)
    step = ReversalStep(id=ruling.id, expected=ruling.expected, state=ruling.state, events=ruling.events, at=ruling.at)
    return Change(
        reversal=step if ruling.events else None,
        owed=tuple(owes.values()),
        settled=tuple((ruling.id.transfer, duty) for duty in over),
        finished=() if finishes is None else (finishes,),
        seen=() if message is None else (Seen(message.key, message.digest, answer, ruling.at),),
        noted=tuple(by.note(ruling.id, code(event), ruling.at) for event in ruling.events),
    )


def _tasks(ruling: Ruling, timetable: Timetable) -> tuple[dict[Duty, Due], dict[Duty, None]]:
    """What the events leave owed, and what they settle; what a later one settles an earlier one owes no more."""
    owes: dict[Duty, Due] = {}
    over: dict[Duty, None] = {}
    assert not isinstance(ruling.state, NotOpened)  # noqa: S101 - it has been opened
    allow = timetable.allowances(ruling.state.file.case.utility)
    for event in ruling.events:
        for duty in settled(event):
            owes.pop(duty, None)
            over[duty] = None
        for task in owed(event, allow):
            due = timetable.due(ruling.at, task.after)
            owes[task.duty] = Due(ruling.id.transfer, task.duty, _counterparty(task.duty), due)
    return owes, over


def _counterparty(duty: Duty) -> str:
    return NOTIFIER if duty is Duty.ANNOUNCE_REVERSAL else OURSELVES
