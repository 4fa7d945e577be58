"""What is read back: records, seen messages, journals. Never guesses at a row that it cannot read."""

from collections.abc import Collection, Sequence

import attrs

from cotransfer.adapters.sql.codec import Spelt, read_event, read_state
from cotransfer.adapters.sql.moments import moment
from cotransfer.adapters.sql.statements import Statements
from cotransfer.adapters.sql.tongue import Cursor, Prepared, Row, Talk, Tongue
from cotransfer.domain.values import TransferId
from cotransfer.ports.transfers import Entry, Loaded, MessageKey, Record, Seen


@attrs.frozen
class Reader:
    """Reads with the statements of one engine."""

    tongue: Tongue
    statements: Statements

    def load(self, talk: Talk, transfers: Collection[TransferId], messages: Collection[MessageKey]) -> Loaded:
        """Messages first: one that is stored in between shows as a transfer that has moved on, never the reverse."""
        says = self.statements
        heard = self._ask(talk, says.load_seen, [(one.source, one.key) for one in set(messages)])
        wanted = {transfer.text: transfer for transfer in transfers}
        known = self._ask(talk, says.load_transfers, [(one,) for one in wanted])
        seen = (_seen(row) for row in (heard.fetchall() if heard else ()))
        records = (_record(wanted[row[0]], *row[1:]) for row in (known.fetchall() if known else ()))
        return Loaded({one.transfer: one for one in records}, {one.message: one for one in seen})

    def journal(self, talk: Talk, transfer: TransferId) -> tuple[Entry, ...]:
        rows = self.statements.load_journal.run(talk, transfer=transfer.text).fetchall()
        return tuple(
            Entry(sequence, moment(at), read_event(f"journal {transfer.text} {sequence}", Spelt(code, number, body)))
            for sequence, at, code, number, body in rows
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
    state = read_state(f"transfers {transfer.text}", Spelt(code, number, details), facts)
    return Record(transfer, version, state, moment(submitted_at), moment(updated_at))


def _seen(row: Row) -> Seen:
    source, key, digest, answer = row
    return Seen(MessageKey(source, key), digest, answer)
