"""Transfers and their agenda in dictionaries: the laws of both ports at their shortest, and nothing durable."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

import attrs

from cotransfer.adapters.memory.agenda import MemoryAgenda, Task
from cotransfer.adapters.memory.audit import MemoryAudit
from cotransfer.adapters.memory.reversals import MemoryReversals
from cotransfer.domain.consents import Consent
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.states import Closed, NotSubmitted
from cotransfer.domain.values import TransferId
from cotransfer.ports.reversals import ReversalLine, ReversalRecord
from cotransfer.ports.transfers import (
    Blocked,
    Change,
    Committed,
    Entry,
    Loaded,
    MessageKey,
    Outcome,
    Record,
    Seen,
    Skeleton,
    Stale,
    Step,
)


class MemoryStore(MemoryAgenda):
    """`Transfers` and `Agenda` of one process, with its audit trail; what it holds ends with it."""

    def __init__(self) -> None:
        super().__init__(MemoryAudit())
        self._records: dict[TransferId, Record] = {}
        self._journal: defaultdict[TransferId, list[Entry]] = defaultdict(list)
        self._seen: dict[MessageKey, Seen] = {}
        self._moved: dict[MessageKey, TransferId] = {}
        self._erased: dict[TransferId, Skeleton] = {}
        self._claims: dict[str, TransferId] = {}
        self._consents: defaultdict[TransferId, dict[str, Consent]] = defaultdict(dict)
        self._reversals = MemoryReversals()

    @property
    def records(self) -> Mapping[TransferId, Record]:
        """Every transfer that is not erased, as it stands."""
        return MappingProxyType(self._records)

    async def load(self, transfers: Collection[TransferId], messages: Collection[MessageKey] = ()) -> Loaded:
        """What there is of what was asked for."""
        lost = {key for key in messages if self._moved.get(key) in self._erased}
        return Loaded(
            {key: self._records[key] for key in transfers if key in self._records},
            {key: self._seen[key] for key in messages if key in self._seen and key not in lost},
            erased={key: self._erased[key] for key in transfers if key in self._erased},
            unanswerable={key: Refused(Why.ERASED) for key in lost},
        )

    async def commit(self, changes: Sequence[Change]) -> tuple[Outcome, ...]:
        """One after another; a dictionary needs no group."""
        moved = [transfer for change in changes for transfer in change.moves]
        if len(moved) != len(set(moved)):
            raise ValueError("Two changes of one group are of the same transfer.")
        return tuple(self._commit(change) for change in changes)

    async def consents_of(self, transfer: TransferId) -> tuple[Consent, ...]:
        """Given and withdrawn ones."""
        found = self._consents.get(transfer, {})
        return tuple(found[receiver] for receiver in sorted(found))

    async def journal(self, transfer: TransferId) -> tuple[Entry, ...]:
        """Everything that happened, in order."""
        return tuple(self._journal.get(transfer, ()))

    async def reversals_of(self, transfer: TransferId) -> tuple[ReversalRecord, ...]:
        """Every one, by its number."""
        return self._reversals.of(transfer)

    async def reversal_lines(self, *, open_only: bool = True, limit: int = 100) -> tuple[ReversalLine, ...]:
        """The earliest first."""
        return self._reversals.lines(open_only=open_only)[:limit]

    def _commit(self, change: Change) -> Outcome:
        hindrance = self._hindrance(change)
        if hindrance is not None:
            return hindrance
        if change.step is not None:
            self._take(change.step)
        if change.reversal is not None:
            self._reversals.take(change.reversal)
        for seen in change.seen:
            self._seen[seen.message] = seen
            if change.kept_with is not None:
                self._moved[seen.message] = change.kept_with
        for key in (*change.settled, *((lease.transfer, lease.duty) for lease in change.finished)):
            self._tasks.pop(key, None)
        for due in change.owed:
            self._tasks[due.transfer, due.duty] = Task(due)
        for transfer, consent in change.consents:
            self._agree(transfer, consent)
        # Of an erased transfer it is still written down what happened, but never again whom it is about.
        self.audit.write(
            attrs.evolve(note, subject=None) if TransferId(note.chain) in self._erased else note
            for note in change.noted
        )
        if change.erases is not None:
            self._erase(change.erases)
        if change.owes_now:
            self._nudge.set()
        return Committed()

    def _erase(self, transfer: TransferId) -> None:
        record = self._records.pop(transfer)
        assert not isinstance(record.state, NotSubmitted)  # noqa: S101 - what is stored has been submitted
        case = record.state.case
        self._erased[transfer] = Skeleton(
            transfer, record.state.code, case.service, case.utility, record.submitted_at, record.updated_at
        )
        self._journal.pop(transfer, None)
        self._consents.pop(transfer, None)
        self._reversals.erase(transfer)
        self.audit.unlink_now(transfer.text)
        for key in [key for key in self._tasks if key[0] == transfer]:
            del self._tasks[key]
        for message in [message for message, moved in self._moved.items() if moved == transfer]:
            self._seen[message] = attrs.evolve(self._seen[message], digest=b"", answer=b"")

    def _agree(self, transfer: TransferId, consent: Consent) -> None:
        kept = self._consents[transfer]
        known = kept.get(consent.receiver, consent)
        kept[consent.receiver] = known if consent.withdrawn_at is None else known.withdrawn(consent.withdrawn_at)

    def _hindrance(self, change: Change) -> Outcome | None:
        lost = frozenset(lease for lease in change.finished if not self._is_held(lease))
        if lost or any(seen.message in self._seen for seen in change.seen):
            return Stale(lost)
        if change.erases is not None and not self._is_erasable(change.erases):
            return Stale()
        reversal = change.reversal
        if reversal is not None and not (
            reversal.id.transfer in self._records and self._reversals.is_at(reversal.id, reversal.expected)
        ):
            return Stale()
        step = change.step
        if step is None:
            return None
        known = self._records.get(step.transfer)
        if step.transfer in self._erased or (known.version if known else 0) != step.expected:
            return Stale()
        for claim in _claims(step):
            holder = self._claims.get(claim, step.transfer)
            if holder != step.transfer:
                return Blocked(holder)
        return None

    def _is_erasable(self, transfer: TransferId) -> bool:
        record = self._records.get(transfer)
        is_closed = record is not None and isinstance(record.state, Closed)
        return is_closed and not self._reversals.any_open(transfer)

    def _take(self, step: Step) -> None:
        known = self._records.get(step.transfer)
        self._records[step.transfer] = Record(
            step.transfer,
            step.expected + len(step.events),
            step.state,
            known.submitted_at if known else step.at,
            step.at,
        )
        self._journal[step.transfer] += step.entries
        if isinstance(step.state, Closed):
            for claim in step.state.case.claims:
                if self._claims.get(claim) == step.transfer:
                    del self._claims[claim]
        else:
            self._claims |= dict.fromkeys(_claims(step), step.transfer)

    async def forget(self, before: datetime) -> int:
        """Those that moved nothing, and are old."""
        old = [key for key, seen in self._seen.items() if seen.at < before and key not in self._moved]
        for key in old:
            del self._seen[key]
        return len(old)


def _claims(step: Step) -> tuple[str, ...]:
    """A new transfer's claims; later steps hold what they hold."""
    if step.expected or isinstance(step.state, Closed | NotSubmitted):
        return ()
    return step.state.case.claims
