"""Who watches the whole city: what was answered, committed, shown and done, and every rule that was broken.

Its trace is what a schedule came to, line by line; two runs of one seed have the same. Never has a part in anything.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

import attrs

from cotransfer.domain.agenda import Duty
from cotransfer.domain.datasets import Operation
from cotransfer.domain.events import Event, FoundChanged, FoundUnchanged
from cotransfer.domain.ledger import Ledger, Tried
from cotransfer.domain.notes import Disclosure
from cotransfer.domain.notices import NoticeChannel, NoticeKind
from cotransfer.domain.states import Closed, NotSubmitted, Open
from cotransfer.domain.values import AccountNumber, MobileNumber, OpenId, TransferId
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.transfers import Change, Committed, MessageKey, Outcome, Step
from cotransfer.simulation.attribution import Attribution


@attrs.frozen
class Violation:
    """A rule that was broken: its number in the table of `invariants`, and how. Never a personal value."""

    rule: str
    how: str


@attrs.frozen
class Shown:
    """A notice as its receiver was shown it."""

    person: OpenId | MobileNumber
    key: str
    kind: NoticeKind
    transfer: TransferId
    channel: NoticeChannel = NoticeChannel.WECHAT


@attrs.define
class Seen:
    """A transfer as its commits told it."""

    account: AccountNumber
    events: list[Event] = attrs.field(factory=list)
    closed: bool = False


class Witness:
    """One for a schedule; `now_s` tells the virtual time."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self.trace: list[str] = []
        self.violations: list[Violation] = []
        self.transfers: dict[TransferId, Seen] = {}
        self.tasks: dict[tuple[TransferId, Duty], datetime] = {}
        self.answers: dict[MessageKey, str] = {}
        self.acked: dict[TransferId, str] = {}
        self.asked: Counter[tuple[str, TransferId]] = Counter()
        self.shown: list[Shown] = []
        self.logged: list[str] = []
        self.erased: set[TransferId] = set()
        self.in_arrears: set[AccountNumber] = set()
        self.noted: Counter[tuple[str, Operation]] = Counter()
        self.reasons: set[str] = set()
        self.behind: dict[TransferId, bool] = {}
        self.most_tasks = 0
        self.attribution = Attribution()
        self.on_news: Callable[[], None] = lambda: None
        self._now_s = now_s
        self._open_claims: dict[str, TransferId] = {}

    def tell(self, line: str) -> None:
        """Into the trace."""
        self.trace.append(f"{self._now_s():.3f} {line}")

    def hash(self) -> str:
        """Of the trace."""
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()

    def blame(self, rule: str, how: str) -> None:
        """A rule was broken."""
        self.violations.append(Violation(rule, how))
        self.tell(f"VIOLATION {rule} {how}")

    def answered(self, message: MessageKey, answer: str) -> None:
        """The gateway answered a message: from now on this is the only answer to it."""
        known = self.answers.setdefault(message, answer)
        if known != answer:
            self.blame("I3", f"message {message.key} was answered {known} and then {answer}")

    def returned(self, duty: Duty, why: str, ledger: Ledger | None, *, given_up: bool = False) -> None:
        """A task was given back, or up, with this reason; the last mark of its ledger says whose fault that is."""
        self.reasons.add(why)
        mark = ledger[-1] if ledger else None
        if isinstance(mark, Tried) and (wrong := self.attribution.wrong(duty, mark, given_up=given_up)):
            self.blame("I15", wrong)

    def acknowledged(self, transfer: TransferId, who: str) -> None:
        """A submission was answered with 201."""
        self.acked.setdefault(transfer, who)
        if transfer not in self.transfers:
            self.blame("I1", f"{who} was told of {transfer}, which was never committed")

    def committed(self, changes: Sequence[Change], outcomes: Sequence[Outcome]) -> None:
        """The store has written a group."""
        for change, outcome in zip(changes, outcomes, strict=True):
            if isinstance(outcome, Committed):
                self._commit(change)
        self.on_news()

    def _commit(self, change: Change) -> None:
        step = change.step
        if step is not None and not isinstance(step.state, NotSubmitted):
            self._step(step, step.state)
        for key in (*change.settled, *((lease.transfer, lease.duty) for lease in change.finished)):
            self.tasks.pop(key, None)
        for due in change.owed:
            self.tasks[due.transfer, due.duty] = due.at
        for note in change.noted:
            if isinstance(note.what, Disclosure):
                self.noted[note.chain, note.what.operation] += 1
        if change.erases is not None:
            self.erased.add(change.erases)
            for task in [task for task in self.tasks if task[0] == change.erases]:
                del self.tasks[task]
            self.tell(f"erased {change.erases.text[-6:]}")
        self.most_tasks = max(self.most_tasks, len(self.tasks))

    def _step(self, step: Step, state: Open | Closed) -> None:
        case, seen = state.case, self.transfers.get(step.transfer)
        if seen is None:
            seen = self.transfers[step.transfer] = Seen(case.account_number)
            self._claim(step.transfer, case.claims)
            if case.account_number in self.in_arrears:
                self.blame("I6", f"{step.transfer} was submitted with an account in arrears")
        if len(seen.events) != step.expected:
            self.blame("I4", f"{step.transfer} went on from {step.expected}, not from {len(seen.events)}")
        seen.events += step.events
        self._look(step)
        if isinstance(state, Closed) and not seen.closed:
            seen.closed = True
            for claim in case.claims:
                self._open_claims.pop(claim, None)
        self.tell(f"commit {step.transfer.text[-6:]} {' '.join(type(one).__name__ for one in step.events)}")

    def _look(self, step: Step) -> None:
        """Arrears that came with the signature (`behind`: True until they are paid) against what a look found."""
        for event in step.events:
            if isinstance(event, FoundUnchanged) and self.behind.get(step.transfer):
                self.blame("I16", f"{step.transfer} owes money, and a look before handling found nothing")
            if isinstance(event, FoundChanged) and step.transfer not in self.behind:
                self.blame("I16", f"a look before handling found something changed at {step.transfer}")

    def _claim(self, transfer: TransferId, claims: tuple[str, ...]) -> None:
        for claim in claims:
            holder = self._open_claims.setdefault(claim, transfer)
            if holder != transfer:
                self.blame("I3", f"{transfer} was opened beside {holder} for the same home or account")

    @property
    def owed(self) -> int:
        """Tasks that are neither done nor pointless, but for erasures, which wait for their time."""
        return sum(duty is not Duty.ERASE for _, duty in self.tasks)


class Gone(Exception):
    """Nobody answered whoever called the gateway: the line broke, or the process at its end died."""


EXPECTED = (Gone, Unavailable)
"""What everybody outside has to live with."""
