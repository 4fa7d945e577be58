"""The store of transfers: state, journal, agenda and seen messages, written together or not at all."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import attrs

from cotransfer.domain.agenda import Duty
from cotransfer.domain.consents import Consent
from cotransfer.domain.correlation import UNCORRELATED, Correlation
from cotransfer.domain.events import Event
from cotransfer.domain.notes import Note
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.states import State
from cotransfer.domain.values import Service, TransferId, UtilityId
from cotransfer.ports.agenda import Due, Lease
from cotransfer.ports.errors import Unavailable, Unintelligible
from cotransfer.ports.reversals import ReversalStep


@attrs.frozen
class Record:
    """A transfer as stored: its state and how many events led there (`version`, from 1)."""

    transfer: TransferId
    version: int
    state: State
    submitted_at: datetime
    updated_at: datetime


@attrs.frozen
class Entry:
    """One event in a transfer's journal; `sequence` counts from 1 without a gap.

    `brought` are the ids of the exchange that brought it; `UNCORRELATED` where none were known.
    """

    sequence: int
    at: datetime
    event: Event
    brought: Correlation = UNCORRELATED


@attrs.frozen
class MessageKey:
    """Who sent a message, and the key they gave it."""

    source: str
    key: str


@attrs.frozen
class Seen:
    """A message already dealt with: the digest of what it asked, and the answer it got, `at` that instant."""

    message: MessageKey
    digest: bytes
    answer: bytes = attrs.field(repr=False)
    at: datetime


@attrs.frozen(kw_only=True)
class Step:
    """A transfer moves on by some events: `expected` is the version they were decided on (0: it is new).

    `brought` are the ids under which each of the events came, in their order; `()` where none are known.
    """

    transfer: TransferId
    expected: int
    state: State
    events: tuple[Event, ...]
    at: datetime
    brought: tuple[Correlation, ...] = attrs.field(default=(), repr=False)

    @property
    def entries(self) -> Iterator[Entry]:
        """What the journal is to have of it."""
        for nth, event in enumerate(self.events):
            ids = self.brought[nth] if self.brought else UNCORRELATED
            yield Entry(self.expected + nth + 1, self.at, event, ids)


@attrs.frozen(kw_only=True)
class Change:
    """One all-or-nothing write: whatever of it there is.

    `settled` are duties taken off the agenda if they are on it; `finished` are claimed tasks that this completes, and
    each must still be held by its lease. `noted` goes into the audit trail with it, or nothing of it is written.
    `consents` are given or, written again, withdrawn (see `ports.consents`). `erases` is a closed transfer whose
    personal data goes for good. `reversal` moves a reversal of a transfer that itself stays where it is (see
    `ports.reversals`); such a change has neither `step` nor `erases`.
    """

    step: Step | None = None
    reversal: ReversalStep | None = None
    owed: tuple[Due, ...] = ()
    settled: tuple[tuple[TransferId, Duty], ...] = ()
    finished: tuple[Lease, ...] = ()
    seen: tuple[Seen, ...] = ()
    noted: tuple[Note, ...] = ()
    consents: tuple[tuple[TransferId, Consent], ...] = ()
    erases: TransferId | None = None

    @property
    def owes_now(self) -> bool:
        """Whether something of it is due at once, and so worth a hint."""
        moved = self.step or self.reversal
        return any(moved is None or due.at <= moved.at for due in self.owed)

    @property
    def kept_with(self) -> TransferId | None:
        """The transfer with which the answers to its messages are kept; None: they are those of queries."""
        if self.step is not None:
            return self.step.transfer
        return None if self.reversal is None else self.reversal.id.transfer

    @property
    def moves(self) -> tuple[TransferId, ...]:
        """The transfer of which it is a change; a group has one change of each."""
        moved = (self.kept_with, self.erases)
        return tuple(transfer for transfer in moved if transfer is not None)


@attrs.frozen
class Committed:
    """The change is durable."""


@attrs.frozen
class Stale:
    """Nothing of the change was written: the transfer has moved on, a message is no longer new, or leases are lost."""

    lost: frozenset[Lease] = frozenset()


@attrs.frozen
class Blocked:
    """Nothing of the change was written: another open transfer holds the same home or account."""

    by: TransferId


Outcome = Committed | Stale | Blocked


@attrs.frozen
class Skeleton:
    """What remains of a transfer whose personal data was erased: the code of its last state, and when, where, what."""

    transfer: TransferId
    state: str
    service: Service
    utility: UtilityId
    submitted_at: datetime
    updated_at: datetime


@attrs.frozen
class Loaded:
    """What `load` found; what it did not find is not in there.

    `unreadable` are transfers that there are, but what is stored of them cannot be read, now (a key is away) or ever;
    the error says where. `erased` are those whose personal data is gone for good. Nobody may take one of either for a
    transfer that there is not: ask `record`. `unanswerable` are messages that were seen, and the reason why their
    answer cannot be given again.
    """

    records: Mapping[TransferId, Record]
    seen: Mapping[MessageKey, Seen]
    unreadable: Mapping[TransferId, Unintelligible | Unavailable] = attrs.field(factory=dict)
    erased: Mapping[TransferId, Skeleton] = attrs.field(factory=dict)
    unanswerable: Mapping[MessageKey, Refused | Unintelligible | Unavailable] = attrs.field(factory=dict)

    def record(self, transfer: TransferId) -> Record | None:
        """None when there is no such transfer.

        Raises `Unintelligible` or `Unavailable` when it cannot be read, `Refused` when it was erased.
        """
        if transfer in self.unreadable:
            raise self.unreadable[transfer]
        if transfer in self.erased:
            raise Refused(Why.ERASED)
        return self.records.get(transfer)


class Transfers(Protocol):
    """Where transfers live.

    Laws: a change is all or nothing and durable once it is `Committed`; changes of one call are independent, so a
    stale or blocked one never spoils its neighbours, but no two of them may be of one transfer (`ValueError`, and
    nothing is written); a change decided on a
    version that is not the stored one is `Stale`, and so is one whose message was seen before or whose lease is lost;
    while a transfer is open no other open transfer commits with one of its case's claims: that is `Blocked`, and names
    it; claims end when the state is closed; the journal has every committed event once, in order, with the ids that
    brought it.
    What was committed before `load` is called is in what it finds, and a transfer is never shown as moved on by a
    message that was asked for and is not shown as seen.
    Nothing personal is kept in a way that can be read without the keys. A change that erases is `Stale` unless its
    transfer is closed and not yet erased; once it is committed, for good and in every process: the transfer is found
    as `erased`, nothing of it or of its journal can be read, the answers to its messages are `unanswerable`, its
    consents and whose data it was are forgotten, nothing of it is on the agenda, and every step on it is `Stale`.
    Raises `Unavailable` (party US) when the store itself fails; the outcome is then unknown unless `certain`.
    """

    async def load(self, transfers: Collection[TransferId], messages: Collection[MessageKey] = ()) -> Loaded:
        """The stored states and seen messages, in one look."""

    async def commit(self, changes: Sequence[Change]) -> tuple[Outcome, ...]:
        """Write the changes as one group; outcomes stand in the order of `changes`."""

    async def journal(self, transfer: TransferId) -> tuple[Entry, ...]:
        """Everything that happened to a transfer, in order; `()` when there is no such transfer, or it was erased."""

    async def forget(self, before: datetime) -> int:
        """Forget the answers given before `before` to messages that moved no transfer; how many.

        Law: the answer to a message that moved a transfer is kept as long as the transfer.
        """
