"""What an operator sees of the agenda, and puts back: statements made for each look, because looks are few and various.

A task is put back in one transaction with its note in the audit trail. Never performs a task, and never builds SQL from
a value.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import attrs
from sqlalchemy import BigInteger, ColumnElement, Text, and_, bindparam, func, null, or_, select, update

from cotransfer.adapters.sql.ledgers import read, spelt
from cotransfer.adapters.sql.line import Raced
from cotransfer.adapters.sql.moments import micros, moment
from cotransfer.adapters.sql.tables import agenda
from cotransfer.adapters.sql.tasks import due_of
from cotransfer.adapters.sql.tongue import Prepared, Row, Talk, Tongue
from cotransfer.adapters.sql.trust.notes import NoteRows
from cotransfer.domain.agenda import Duty
from cotransfer.domain.ledger import kept
from cotransfer.ports.standing import Held, Item, Pending, Phase, Resting, Retrying, Revival, Standing, Wanted

ITEMS_LIMIT = 10_000
"""Tasks in one answer, whatever was asked for."""

REVIVED = ("transfer", "duty", "due_at", "ledger")

_row = agenda.c
_STANDS_AT = func.coalesce(_row.buried_at, _row.due_at)


@attrs.frozen
class AgendaView:
    """Of one engine."""

    tongue: Tongue
    notes: NoteRows

    def items(self, talk: Talk, wanted: Wanted, *, at: datetime, limit: int) -> tuple[Item, ...]:
        asked = dict(_asked(wanted))
        statement = (
            select(
                *(_row[name] for name in ("transfer", "duty", "counterparty", "due_at", "attempts", "doubt_since")),
                *(_row[name] for name in ("lease_until", "buried_at", "why", "ledger")),
            )
            .where(_row.duty.in_([bindparam(f"duty_{nth}", duty.value) for nth, duty in enumerate(Duty)]))
            .where(*(_CONDITIONS[name] for name in asked), *_in_phase(wanted.phase))
            .order_by(_STANDS_AT, _row.transfer, _row.duty)
            .limit(bindparam("limit"))
        )
        says = Prepared(statement, self.tongue.dialect)
        given = {"at": micros(at), "limit": max(0, min(limit, ITEMS_LIMIT)), **asked}
        rows = says.run(talk, **given).fetchall()
        return tuple(_item(row, at) for row in rows)

    def revive(self, talk: Talk, revivals: Sequence[Revival]) -> tuple[Revival, ...]:
        """Inside a transaction; raises `Raced` when it must be done over."""
        by_key = {(one.transfer.text, one.duty.value): one for one in revivals}
        done = {(transfer, duty): ledger for transfer, duty, ledger in self._buried(talk, sorted(by_key))}
        if not done:
            return ()
        rows = [
            (*key, micros(by_key[key].at), spelt(kept(read(ledger), by_key[key].mark))) for key, ledger in done.items()
        ]
        self.tongue.write(talk, self._revival(), rows)
        notes = [by_key[key].note for key in done]
        listing = self.tongue.listing(self.notes.tips, sorted({(note.chain,) for note in notes}))
        tips = self.notes.read_tips(self.notes.tips.run(talk, **listing).fetchall())
        entries = self.notes.entries(tips, notes)
        written = self.tongue.write(talk, self.notes.insert_entries, sorted(entries))
        talk.settle()
        if written.rowcount != len(entries):
            raise Raced
        return tuple(by_key[key] for key in done)

    def _buried(self, talk: Talk, keys: Sequence[Row]) -> list[Row]:
        """Those of them that are buried, locked in the order in which everybody locks tasks."""
        asked = self.tongue.listed(agenda, "transfer", "duty")
        statement = (
            select(_row.transfer, _row.duty, _row.ledger)
            .where(_row.transfer == asked.c.transfer, _row.duty == asked.c.duty, _row.buried_at.is_not(None))
            .order_by(_row.transfer, _row.duty)
            .with_for_update(of=agenda)
        )
        says = Prepared(statement, self.tongue.dialect, ("transfer", "duty"))
        return says.run(talk, **self.tongue.listing(says, keys)).fetchall() if keys else []

    def _revival(self) -> Prepared:
        given = self.tongue.given(agenda, *REVIVED)
        statement = (
            update(agenda)
            .values(due_at=given["due_at"], ledger=given["ledger"], buried_at=null(), why=null())
            .where(_row.transfer == given["transfer"], _row.duty == given["duty"])
        )
        return Prepared(statement, self.tongue.dialect, REVIVED)


_CONDITIONS: dict[str, ColumnElement[bool]] = {
    "of_transfer": _row.transfer == bindparam("of_transfer", type_=Text),
    "of_counterparty": _row.counterparty == bindparam("of_counterparty", type_=Text),
    "of_duty": _row.duty == bindparam("of_duty", type_=Text),
    "since": bindparam("since", type_=BigInteger) <= _STANDS_AT,
    "before": bindparam("before", type_=BigInteger) > _STANDS_AT,
}


def _asked(wanted: Wanted) -> Iterator[tuple[str, Any]]:
    if wanted.transfer is not None:
        yield "of_transfer", wanted.transfer.text
    if wanted.counterparty is not None:
        yield "of_counterparty", wanted.counterparty
    if wanted.duty is not None:
        yield "of_duty", wanted.duty.value
    if wanted.since is not None:
        yield "since", micros(wanted.since)
    if wanted.until is not None:
        yield "before", micros(wanted.until)


def _in_phase(phase: Phase | None) -> tuple[ColumnElement[bool], ...]:
    held = and_(_row.lease_until.is_not(None), _row.lease_until > bindparam("at", type_=BigInteger))
    tried = or_(_row.attempts > 0, _row.why.is_not(None))
    match phase:
        case None:
            return ()
        case Phase.BURIED:
            return (_row.buried_at.is_not(None),)
        case Phase.HELD:
            return (_row.buried_at.is_(None), held)
        case Phase.RETRYING:
            return (_row.buried_at.is_(None), ~held, tried)
        case Phase.PENDING:
            return (_row.buried_at.is_(None), ~held, ~tried)


def _item(row: Row, at: datetime) -> Item:
    attempts, doubt, lease_until, buried_at, why, ledger = row[4:]
    return Item(
        due=due_of(row),
        attempts=attempts,
        standing=_standing(attempts, lease_until, buried_at, why, micros(at)),
        doubt=None if doubt is None else moment(doubt),
        ledger=read(ledger),
    )


def _standing(attempts: int, lease_until: int | None, buried_at: int | None, why: str | None, at: int) -> Standing:
    if buried_at is not None:
        return Resting(moment(buried_at), why or "")
    if lease_until is not None and lease_until > at:
        return Held(moment(lease_until))
    return Retrying(why) if attempts or why is not None else Pending()
