"""What is read back: records, seen messages, journals. Never guesses at a row that it cannot read."""

import functools
from collections.abc import Collection, Sequence
from datetime import datetime

import attrs

from cotransfer.adapters.sql.codec import (
    ERASED,
    Spelt,
    UnreadableRow,
    read_event,
    read_facts,
    read_ids,
    read_state,
    state_kind,
)
from cotransfer.adapters.sql.moments import moment
from cotransfer.adapters.sql.sealed_rows import (
    answer_place,
    body_place,
    brought_place,
    details_place,
    facts_place,
    opened_answer,
)
from cotransfer.adapters.sql.sealing import DataKey, Keyring, Wrapped
from cotransfer.adapters.sql.statements import Statements
from cotransfer.adapters.sql.tongue import Cursor, Prepared, Row, Talk, Tongue
from cotransfer.domain.case import Case
from cotransfer.domain.correlation import UNCORRELATED
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.values import Service, TransferId, UtilityId
from cotransfer.ports.errors import Unavailable, Unintelligible
from cotransfer.ports.keys import KeyMissing
from cotransfer.ports.transfers import Entry, Loaded, MessageKey, Record, Seen, Skeleton

FACTS_KEPT = 1_024
"""Cases kept in memory as they were read: a transfer under way is loaded at every step, and its case never changes."""


@attrs.frozen
class _Found:
    """What was loaded, as it is being sorted."""

    records: dict[TransferId, Record] = attrs.field(factory=dict)
    seen: dict[MessageKey, Seen] = attrs.field(factory=dict)
    unreadable: dict[TransferId, Unintelligible | Unavailable] = attrs.field(factory=dict)
    erased: dict[TransferId, Skeleton] = attrs.field(factory=dict)
    unanswerable: dict[MessageKey, Refused | Unintelligible | Unavailable] = attrs.field(factory=dict)


class Reader:
    """Reads with the statements of one engine, and opens with the keys of one store."""

    def __init__(self, tongue: Tongue, statements: Statements, keyring: Keyring) -> None:
        self._tongue = tongue
        self.statements = statements
        self._keyring = keyring
        # By the sealed form and its key: a transfer whose data key is destroyed is never looked for here.
        self._case = functools.lru_cache(maxsize=FACTS_KEPT)(_case)

    def load(self, talk: Talk, transfers: Collection[TransferId], messages: Collection[MessageKey]) -> Loaded:
        """Messages last: a transfer is never shown moved on by one that is not shown as seen.

        The message's second copy would be decided, and refused, on what the first has done. A transfer that cannot be
        read is told apart, and spoils no other.
        """
        says = self.statements
        wanted = {transfer.text: transfer for transfer in transfers}
        known = self._ask(talk, says.load_transfers, [(one,) for one in wanted])
        heard = self._ask(talk, says.load_seen, [(one.source, one.key) for one in set(messages)])
        answers = heard.fetchall() if heard else ()
        found = _Found()
        for row in known.fetchall() if known else ():
            self._sort_transfer(wanted[row[0]], row[1:], found)
        for row in answers:
            self._sort_seen(row, found)
        return Loaded(found.records, found.seen, found.unreadable, found.erased, found.unanswerable)

    def journal(self, talk: Talk, transfer: TransferId) -> tuple[Entry, ...]:
        rows = self.statements.load_journal.run(talk, transfer=transfer.text).fetchall()
        return tuple(self._entry(transfer.text, *row) for row in rows)

    def _sort_transfer(self, transfer: TransferId, stored: Row, found: _Found) -> None:
        try:
            version, code, number, details, facts, submitted, updated, service, utility, kek, wrapped = stored
            row = f"transfers {transfer.text}"
            at = _moment(row, submitted), _moment(row, updated)
            if number == ERASED:
                last = state_kind(row, code).code
                found.erased[transfer] = Skeleton(transfer, last, Service(service), UtilityId(utility), *at)
                return
            key = self._key(transfer.text, kek, wrapped, row)
            case = self._case(row, facts, key, transfer.text)
            body = key.open(details, details_place(transfer.text, version, code), row)
            found.records[transfer] = Record(transfer, version, read_state(row, Spelt(code, number, body), case), *at)
        except (Unintelligible, KeyMissing) as error:
            found.unreadable[transfer] = error

    def _sort_seen(self, stored: Row, found: _Found) -> None:
        source, name, answer, at, key_id, kek, wrapped = stored
        message = MessageKey(source, name)
        if kek is None:
            found.unanswerable[message] = Refused(Why.ERASED)
            return
        row = f"seen {source} {name}"
        try:
            key = self._key(key_id, kek, wrapped, row)
            digest, said = opened_answer(key.open(answer, answer_place(source, name), row))
            found.seen[message] = Seen(message, digest, said, _moment(row, at))
        except (Unintelligible, KeyMissing) as error:
            found.unanswerable[message] = error

    def _entry(
        self,
        transfer: str,
        sequence: int,
        at: int,
        code: str,
        number: int,
        body: bytes,
        brought: bytes | None,
        kek: str,
        wrapped: bytes,
    ) -> Entry:
        row = f"journal {transfer} {sequence}"
        key = self._key(transfer, kek, wrapped, row)
        event = read_event(row, Spelt(code, number, key.open(body, body_place(transfer, sequence, code), row)))
        ids = UNCORRELATED if brought is None else read_ids(key.open(brought, brought_place(transfer, sequence), row))
        return Entry(sequence, _moment(row, at), event, ids)

    def _key(self, key_id: str, kek: str | None, wrapped: bytes | None, row: str) -> DataKey:
        if kek is None or wrapped is None:
            raise UnreadableRow(row, "its data key is gone, and it was not erased")
        return self._keyring.data_key(Wrapped(key_id, kek, wrapped))

    def _ask(self, talk: Talk, statement: Prepared, wanted: Sequence[Row]) -> Cursor | None:
        return statement.run(talk, **self._tongue.listing(statement, wanted)) if wanted else None


def _case(row: str, facts: bytes, key: DataKey, transfer: str) -> Case:
    return read_facts(row, key.open(facts, facts_place(transfer), row))


def _moment(row: str, stored: int) -> datetime:
    try:
        return moment(stored)
    except (OverflowError, TypeError):
        raise UnreadableRow(row, "its time is none") from None
