"""Reversals in a dictionary, for the store of the same process. Never judges a change: the store does."""

from cotransfer.domain.reversals.case import ReversalId
from cotransfer.domain.reversals.states import NotOpened, OpenReversal
from cotransfer.domain.values import TransferId
from cotransfer.ports.reversals import ReversalEntry, ReversalLine, ReversalRecord, ReversalStep


class MemoryReversals:
    """What it holds ends with it; of an erased transfer's reversals only the lines are left."""

    def __init__(self) -> None:
        self._records: dict[ReversalId, ReversalRecord] = {}
        self._lines: dict[ReversalId, ReversalLine] = {}

    def is_at(self, of: ReversalId, version: int) -> bool:
        """Whether that is the version of it; 0 is what is not there."""
        known = self._records.get(of)
        return version == (0 if known is None else known.version)

    def any_open(self, transfer: TransferId) -> bool:
        """Whether one of them is under way."""
        return any(line.is_open for line in self._lines.values() if line.id.transfer == transfer)

    def of(self, transfer: TransferId) -> tuple[ReversalRecord, ...]:
        """By number."""
        return tuple(self._records[key] for key in sorted(self._records) if key.transfer == transfer)

    def lines(self, *, open_only: bool) -> tuple[ReversalLine, ...]:
        """The earliest first."""
        wanted = [line for line in self._lines.values() if line.is_open or not open_only]
        return tuple(sorted(wanted, key=lambda line: (line.opened_at, line.id)))

    def take(self, step: ReversalStep) -> None:
        """Keep what happened, and where that led."""
        assert not isinstance(step.state, NotOpened)  # noqa: S101 - what is stored has been opened
        known = self._records.get(step.id)
        entries = [ReversalEntry(step.expected + nth, step.at, event) for nth, event in enumerate(step.events, 1)]
        record = ReversalRecord(step.id, step.state, (*(known.journal if known else ()), *entries))
        self._records[step.id] = record
        self._lines[step.id] = ReversalLine(
            step.id,
            step.state.code,
            isinstance(step.state, OpenReversal),
            step.state.file.case.utility,
            record.opened_at,
            record.updated_at,
        )

    def erase(self, transfer: TransferId) -> None:
        """Only the lines stay."""
        self._records = {key: record for key, record in self._records.items() if key.transfer != transfer}
