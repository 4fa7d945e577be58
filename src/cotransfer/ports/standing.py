"""How tasks stand on the agenda, for whoever looks at them; and putting buried ones back. Never performs one."""

import enum
from datetime import datetime

import attrs

from cotransfer.domain.agenda import Duty
from cotransfer.domain.ledger import Ledger, Revived
from cotransfer.domain.notes import Decision, Note, about_transfer
from cotransfer.domain.values import TransferId


@attrs.frozen
class Due:
    """A duty of a transfer towards a counterparty ("kunming-water", "wechat"), at a time."""

    transfer: TransferId
    duty: Duty
    counterparty: str
    at: datetime

    @property
    def key(self) -> str:
        """The same however often the task is tried: what counterparties tell repetitions by."""
        return f"{self.transfer.text}.{self.duty.value}"


class Phase(enum.Enum):
    """What a task is in the middle of."""

    PENDING = "pending"
    HELD = "held"
    RETRYING = "retrying"
    BURIED = "buried"


@attrs.frozen
class Pending:
    """Owed, and never tried."""

    phase = Phase.PENDING


@attrs.frozen
class Held:
    """In somebody's hands until then."""

    until: datetime
    phase = Phase.HELD


@attrs.frozen
class Retrying:
    """Tried before, and to be tried again when it is due; `why` is None when the last attempt ended without a word."""

    why: str | None
    phase = Phase.RETRYING


@attrs.frozen
class Resting:
    """Buried at that instant: nobody tries it until it is revived."""

    at: datetime
    why: str
    phase = Phase.BURIED


Standing = Pending | Held | Retrying | Resting


@attrs.frozen(kw_only=True)
class Item:
    """A task as it stands; `doubt` is since when it may have been done, `ledger` what became of it so far."""

    due: Due
    attempts: int
    standing: Standing
    doubt: datetime | None = None
    ledger: Ledger = ()

    @property
    def at(self) -> datetime:
        """The instant that it is sorted by: when it was buried, else when it is due."""
        return self.standing.at if isinstance(self.standing, Resting) else self.due.at


@attrs.frozen(kw_only=True)
class Wanted:
    """Which tasks: those for which all that is given holds; `Item.at` is not before `since`, and before `until`."""

    transfer: TransferId | None = None
    counterparty: str | None = None
    duty: Duty | None = None
    phase: Phase | None = None
    since: datetime | None = None
    until: datetime | None = None

    def holds(self, item: Item) -> bool:
        """Whether `item` is one of them."""
        asked = (
            (self.transfer, item.due.transfer),
            (self.counterparty, item.due.counterparty),
            (self.duty, item.due.duty),
            (self.phase, item.standing.phase),
        )
        after = self.since is None or item.at >= self.since
        before = self.until is None or item.at < self.until
        return after and before and all(wanted is None or wanted == found for wanted, found in asked)


ALL = Wanted()


@attrs.frozen(kw_only=True)
class Revival:
    """A buried task to be put back, due at `at`; `who` and `why` go into the audit trail and the task's ledger.

    Raises `ValueError` when they are no words for it (see `domain.notes`).
    """

    transfer: TransferId
    duty: Duty
    at: datetime
    who: str
    why: str

    note: Note = attrs.field(init=False, repr=False)
    """For the audit trail of the transfer: made first, so that what cannot be written down is never done."""

    @note.default
    def _noted(self) -> Note:
        what = Decision(what="task.revived", who=self.who, about=self.duty.value, why=self.why)
        return Note(chain=about_transfer(self.transfer), at=self.at, what=what)

    @property
    def mark(self) -> Revived:
        """In the task's ledger."""
        return Revived(at=self.at, who=self.who, why=self.why)
