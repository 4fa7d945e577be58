"""The agenda's statements, run on a connection: claim, give back, give up. Never performs a task."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import attrs

from cotransfer.adapters.sql.codec import UnreadableRow
from cotransfer.adapters.sql.ledgers import read, spelt, storable
from cotransfer.adapters.sql.moments import micros, moment
from cotransfer.adapters.sql.statements import Statements
from cotransfer.adapters.sql.tongue import Cursor, Row, Talk, Tongue
from cotransfer.domain.agenda import Duty
from cotransfer.domain.ledger import Ledger
from cotransfer.domain.values import TransferId
from cotransfer.ports.agenda import Buried, Claimed, Due, Lease, Postponed

CLAIM_LIMIT = 1_000
"""Tasks in one claim, whatever was asked for."""

BURIED_LIMIT = 1_000
"""Buried tasks in one answer, whatever was asked for."""

WHY_LIMIT = 500
"""Characters of a reason that are kept."""


@attrs.frozen
class Tasks:
    """What one engine's statements do to the agenda."""

    tongue: Tongue
    statements: Statements

    def claim(
        self, talk: Talk, *, at: datetime, limit: int, lease_s: float, token: str, left: Collection[tuple[str, Duty]]
    ) -> tuple[Claimed, ...]:
        says, until = self.statements.claim, at + timedelta(seconds=lease_s)
        rows = says.run(
            talk,
            at=micros(at),
            limit=max(0, min(limit, CLAIM_LIMIT)),
            token=token,
            until=micros(until),
            **self.tongue.listing(says, sorted((name, duty.value) for name, duty in left)),
        ).fetchall()
        return tuple(
            sorted(
                (
                    Claimed(
                        due, Lease(due.transfer, due.duty, token), attempt, until, _earlier(since, at), read(ledger)
                    )
                    for due, attempt, since, ledger in ((due_of(row), *row[4:]) for row in rows)
                ),
                key=lambda claimed: claimed.due.at,
            )
        )

    def postpone(self, talk: Talk, postponed: Sequence[Postponed]) -> None:
        rows = [
            (
                one.lease.transfer.text,
                one.lease.duty.value,
                one.lease.token,
                micros(one.until),
                None if one.why is None else storable(one.why, WHY_LIMIT),
                None if one.doubt is None else micros(one.doubt),
                one.attempts,
                None if one.ledger is None else spelt(one.ledger),
            )
            for one in sorted(postponed, key=lambda one: (one.lease.transfer.text, one.lease.duty.value))
        ]
        if rows:
            self.tongue.write(talk, self.statements.postpone, rows)

    def bury(
        self, talk: Talk, lease: Lease, *, why: str, at: datetime, doubt: datetime | None, ledger: Ledger | None
    ) -> bool:
        cursor = self.statements.bury.run(
            talk,
            of_transfer=lease.transfer.text,
            of_duty=lease.duty.value,
            token=lease.token,
            because=storable(why, WHY_LIMIT),
            at=micros(at),
            doubt=None if doubt is None else micros(doubt),
            record=None if ledger is None else spelt(ledger),
        )
        return touched(talk, cursor) > 0

    def buried(self, talk: Talk, limit: int) -> tuple[Buried, ...]:
        rows = self.statements.buried.run(talk, limit=max(0, min(limit, BURIED_LIMIT))).fetchall()
        return tuple(
            Buried(due_of((*row,)), attempts, why, moment(buried_at), read(ledger))
            for row in rows
            for attempts, why, buried_at, ledger in (row[4:],)
        )

    def release(self, talk: Talk) -> int:
        return touched(talk, self.statements.release.run(talk))


def touched(talk: Talk, cursor: Cursor) -> int:
    """How many rows a statement changed, once the engine has answered it."""
    talk.settle()
    return cursor.rowcount


def due_of(row: Row) -> Due:
    """What the first four columns of a row say."""
    transfer, duty, counterparty, due_at = row[:4]
    try:
        return Due(TransferId(transfer), Duty(duty), counterparty, moment(due_at))
    except (ValueError, OverflowError, TypeError):
        raise UnreadableRow(f"agenda {transfer}", "its duty is of an unknown kind, or its time is none") from None


def _earlier(doubt_since: int, at: datetime) -> datetime | None:
    """The doubt that a claim found; None where it is the claim's own. Clocks differ: it may well lie ahead."""
    return None if doubt_since == micros(at) else moment(doubt_since)
