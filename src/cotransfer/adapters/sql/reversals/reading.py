"""Reversals read back. Never guesses at a row that it cannot read."""

from itertools import groupby

from cotransfer.adapters.sql.codec import Spelt
from cotransfer.adapters.sql.moments import moment
from cotransfer.adapters.sql.reversals.codec import read_event
from cotransfer.adapters.sql.reversals.rows import body_place
from cotransfer.adapters.sql.reversals.statements import ReversalStatements
from cotransfer.adapters.sql.sealing import Keyring, Wrapped
from cotransfer.adapters.sql.tongue import Row, Talk
from cotransfer.domain.reversals.case import ReversalId
from cotransfer.domain.reversals.deciding import fold
from cotransfer.domain.values import TransferId, UtilityId
from cotransfer.ports.reversals import ReversalEntry, ReversalLine, ReversalRecord


class ReversalReader:
    """Reads with the statements of one engine, and opens with the keys of one store."""

    def __init__(self, statements: ReversalStatements, keyring: Keyring) -> None:
        self._statements = statements
        self._keyring = keyring

    def of(self, talk: Talk, transfer: TransferId) -> tuple[ReversalRecord, ...]:
        """Raises `UnreadableRow`, `KeyMissing`."""
        rows = self._statements.of_transfer.run(talk, transfer=transfer.text).fetchall()
        return tuple(
            self._record(ReversalId(transfer, number), list(group))
            for number, group in groupby(rows, lambda row: row[0])
        )

    def lines(self, talk: Talk, *, open_only: bool, limit: int) -> tuple[ReversalLine, ...]:
        """In clear, as they are kept."""
        statement = self._statements.open_lines if open_only else self._statements.lines
        return tuple(
            ReversalLine(
                ReversalId(TransferId(transfer), number),
                state,
                bool(is_open),
                UtilityId(utility),
                moment(opened),
                moment(updated),
            )
            for transfer, number, state, is_open, utility, opened, updated in statement.run(
                talk, limit=limit
            ).fetchall()
        )

    def _record(self, of: ReversalId, rows: list[Row]) -> ReversalRecord:
        journal = tuple(self._entry(of, row) for row in rows)
        return ReversalRecord(of, fold(entry.event for entry in journal), journal)

    def _entry(self, of: ReversalId, stored: Row) -> ReversalEntry:
        _, sequence, at, code, number, body, kek, wrapped = stored
        row = f"reversal_journal {of.text} {sequence}"
        key = self._keyring.data_key(Wrapped(of.transfer.text, kek, wrapped))
        clear = key.open(body, body_place(of, sequence, code), row)
        return ReversalEntry(sequence, moment(at), read_event(row, Spelt(code, number, clear)))
