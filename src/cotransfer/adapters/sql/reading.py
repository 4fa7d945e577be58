"""What is read back: records, seen messages, journals. Never guesses at a row that it cannot read."""

from collections.abc import Collection, Sequence
from datetime import datetime

import attrs

from cotransfer.adapters.sql.codec import Spelt, UnreadableRow, read_event, read_state
from cotransfer.adapters.sql.moments import moment
from cotransfer.adapters.sql.statements import Statements
from cotransfer.adapters.sql.tongue import Cursor, Prepared, Row, Talk, Tongue
from cotransfer.domain.values import TransferId
from cotransfer.ports.errors import Unintelligible
from cotransfer.ports.transfers import Entry, Loaded, MessageKey, Record, Seen


@attrs.frozen
class Reader:
    """Reads with the statements of one engine."""

    tongue: Tongue
    statements: Statements

    def load(self, talk: Talk, transfers: Collection[TransferId], messages: Collection[MessageKey]) -> Loaded:
        """Messages last: a transfer is never shown moved on by one that is not shown as seen.

        The message's second copy would be decided, and refused, on what the first has done. A transfer that cannot be
        read is told apart, and spoils no other.
        """
        says = self.statements
        wanted = {transfer.text: transfer for transfer in transfers}
        known = self._ask(talk, says.load_transfers, [(one,) for one in wanted])
        heard = self._ask(talk, says.load_seen, [(one.source, one.key) for one in set(messages)])
        seen = (_seen(row) for row in (heard.fetchall() if heard else ()))
        records: dict[TransferId, Record] = {}
        unreadable: dict[TransferId, Unintelligible] = {}
        for row in known.fetchall() if known else ():
            transfer = wanted[row[0]]
            try:
                records[transfer] = _record(transfer, *row[1:])
            except UnreadableRow as error:
                unreadable[transfer] = error
        return Loaded(records, {one.message: one for one in seen}, unreadable)

    def journal(self, talk: Talk, transfer: TransferId) -> tuple[Entry, ...]:
        rows = self.statements.load_journal.run(talk, transfer=transfer.text).fetchall()
        return tuple(
            Entry(sequence, _moment(row, at), read_event(row, Spelt(code, number, body)))
            for sequence, at, code, number, body in rows
            for row in (f"journal {transfer.text} {sequence}",)
        )

    def _ask(self, talk: Talk, statement: Prepared, wanted: Sequence[Row]) -> Cursor | None:
        return statement.run(talk, **self.tongue.listing(statement, wanted)) if wanted else None


def _record(
    transfer: TransferId,
    version: int,
    code: str,
    number: int,
    details: bytes,
    facts: bytes,
    submitted_at: int,
    updated_at: int,
) -> Record:
    row = f"transfers {transfer.text}"
    state = read_state(row, Spelt(code, number, details), facts)
    return Record(transfer, version, state, _moment(row, submitted_at), _moment(row, updated_at))


def _moment(row: str, stored: int) -> datetime:
    try:
        return moment(stored)
    except (OverflowError, TypeError):
        raise UnreadableRow(row, "its time is none") from None


def _seen(row: Row) -> Seen:
    source, key, digest, answer, at = row
    return Seen(MessageKey(source, key), digest, answer, moment(at))
