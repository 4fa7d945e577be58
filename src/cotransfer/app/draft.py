"""One change in the making: what a group's errands for one transfer come to, before anything is stored.

Never asks the store anything; everything it starts from has been loaded.
"""

from datetime import datetime

import attrs

from cotransfer.app.errand import Errand, Keeping, Ruling
from cotransfer.domain import events as e
from cotransfer.domain.agenda import Duty, owed, settled
from cotransfer.domain.allowances import Timetable
from cotransfer.domain.case import Case
from cotransfer.domain.consents import Consent
from cotransfer.domain.correlation import UNCORRELATED, Correlation
from cotransfer.domain.events import Event
from cotransfer.domain.notes import Decision, Note, about_transfer
from cotransfer.domain.parties import Party
from cotransfer.domain.progress import milestone
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.states import NotSubmitted, State
from cotransfer.domain.transfer import decide, evolve
from cotransfer.domain.values import TransferId, UtilityId
from cotransfer.ports.agenda import Due, Lease
from cotransfer.ports.transfers import Change, Record, Seen, Step

NOTIFIER = "notifier"
"""The counterparty of every notice by WeChat."""

SMS = "sms"
"""The counterparty of every notice by SMS."""

OURSELVES = "us"
"""The counterparty of what concerns nobody else."""


def is_party(utility: UtilityId, state: State) -> bool:
    """Whether the transfer is one of that utility's."""
    return not isinstance(state, NotSubmitted) and state.case.utility == utility


def counterparty(duty: Duty, case: Case) -> str:
    """Towards whom `duty` is done."""
    match duty:
        case Duty.ERASE | Duty.TELL_OPERATOR:
            return OURSELVES
        case Duty.INVITE_TO_SIGN | Duty.REMIND_TO_SIGN | Duty.ANNOUNCE_RESULT:
            return NOTIFIER
        case Duty.INVITE_BY_SMS | Duty.REMIND_BY_SMS | Duty.ANNOUNCE_BY_SMS:
            return SMS
        case _:
            return case.utility.text


def transition(event: Event, ruling: Ruling) -> Note:
    """The event as the audit trail has it: what happened, and by whose doing. Never what the event holds."""
    assert not isinstance(ruling.state, NotSubmitted)  # noqa: S101 - an event has just happened
    case = ruling.state.case
    match event:
        case e.WithdrawalAsked() if any(isinstance(one, e.FoundChanged) for one in ruling.events):
            who = Party.US.value
        case e.ApplicationSubmitted() | e.SigningOpened() | e.WithdrawalAsked():
            who = Party.CITIZEN.value
        case e.NoticeSent() | e.NoticeUndeliverable():
            who = Party.NOTIFIER.value
        case e.DeadlinePassed() | e.OperatorTold() | e.FoundUnchanged() | e.FoundChanged() | e.NotLookedAgain():
            who = Party.US.value
        case _:  # A report, whichever way it came: only the transfer's own utility can tell.
            who = case.utility.text
    told = milestone(event)
    return Note(
        chain=about_transfer(ruling.transfer),
        at=ruling.at,
        what=Decision(what=f"transfer.{told.code}", who=who, about=f"step-{told.step.value}"),
        subject=case.application.identity_number if isinstance(event, e.ApplicationSubmitted) else None,
    )


@attrs.define
class Draft:
    """Starts from a stored record (None: the transfer is new) and grows by errands."""

    transfer: TransferId
    record: Record | None
    at: datetime
    timetable: Timetable
    state: State = attrs.field(factory=NotSubmitted)
    _events: list[Event] = attrs.field(factory=list)
    _brought: list[Correlation] = attrs.field(factory=list)
    _owed: dict[Duty, Due] = attrs.field(factory=dict)
    _settled: dict[Duty, None] = attrs.field(factory=dict)
    _finished: list[Lease] = attrs.field(factory=list)
    _seen: list[Seen] = attrs.field(factory=list)
    _noted: list[Note] = attrs.field(factory=list)
    _consents: list[Consent] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        if self.record is not None:
            self.state = self.record.state

    @property
    def is_untouched(self) -> bool:
        """Whether what is decided now rests on stored facts alone."""
        return not self._events

    def add(self, errand: Errand, brought: Correlation = UNCORRELATED) -> tuple[Ruling, bytes]:
        """Decide the errand, `brought` under those ids, on top of what is drafted already.

        Raises `Refused`, and then the draft is as it was.
        """
        state, events = self.state, list[Event]()
        if errand.by is not None and not is_party(errand.by, state):
            raise Refused(Why.UNKNOWN_TRANSFER)
        for command in errand.commands:
            news = decide(state, command)
            for event in news:
                state = evolve(state, event)
            events += news
        ruling = Ruling(self.transfer, state, tuple(events), self.at)
        answer, noted = errand.answer(ruling), errand.noted(ruling)
        self._remember(errand, ruling, answer, noted)
        self._brought += [brought] * len(ruling.events)
        return ruling, answer

    def _remember(self, errand: Errand, ruling: Ruling, answer: bytes, noted: tuple[Note, ...]) -> None:
        self.state = ruling.state
        self._events += ruling.events
        for event in ruling.events:
            self._schedule(event)
            self._noted.append(transition(event, ruling))
        if errand.finishes is not None:
            self._finished.append(errand.finishes)
        self._noted += noted
        self._consents += errand.consents
        if errand.message is not None:
            self._seen.append(Seen(errand.message.key, errand.message.digest, answer, self.at))

    def _schedule(self, event: Event) -> None:
        for duty in settled(event):
            self._owed.pop(duty, None)
            self._settled[duty] = None
        assert not isinstance(self.state, NotSubmitted)  # noqa: S101 - an event has just been remembered
        case = self.state.case
        for task in owed(event, self.timetable.allowances(case.utility)):
            due = self.timetable.due(self.at, task.after)
            self._owed[task.duty] = Due(self.transfer, task.duty, counterparty(task.duty, case), due)

    def change(self) -> Change:
        """All of it as one write."""
        return Change(
            step=self._step(),
            owed=tuple(self._owed.values()),
            settled=tuple((self.transfer, duty) for duty in self._settled),
            finished=tuple(self._finished),
            seen=tuple(self._seen),
            noted=tuple(self._noted),
            consents=tuple((self.transfer, consent) for consent in self._consents),
        )

    def _step(self) -> Step | None:
        if not self._events:
            return None
        return Step(
            transfer=self.transfer,
            expected=self.record.version if self.record else 0,
            state=self.state,
            events=tuple(self._events),
            brought=tuple(self._brought),
            at=self.at,
        )


@attrs.frozen
class Kept:
    """A query's answer and its notes on their way into the store: a change that moves no transfer."""

    keeping: Keeping
    at: datetime

    def change(self) -> Change:
        """As a write of its own."""
        message, answer = self.keeping.message, self.keeping.answer
        seen = () if message is None else (Seen(message.key, message.digest, answer, self.at),)
        return Change(seen=seen, noted=self.keeping.noted, consents=self.keeping.consents)
