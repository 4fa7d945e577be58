"""The statements about tasks: claim, give back, give up, put back. Never executed here."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
    tuple_,
    update,
)

from cotransfer.adapters.sql.tables import agenda
from cotransfer.adapters.sql.tongue import Prepared, Tongue
from cotransfer.domain.agenda import FOLLOWS, Duty

POSTPONED = ("transfer", "duty", "lease", "due_at", "why", "doubt_since", "attempts", "ledger")


class TaskStatements:
    """In one engine's SQL."""

    _tongue: Tongue

    def _prepared(self, statement: Any, given: tuple[str, ...] = ()) -> Prepared:
        return Prepared(statement, self._tongue.dialect, given)

    def _tasks(self) -> None:
        due = _free(self._tongue).with_for_update(skip_locked=True).cte("due").prefix_with("MATERIALIZED")
        self.claim = self._prepared(
            update(agenda)
            .where(agenda.c.transfer == due.c.transfer, agenda.c.duty == due.c.duty)
            .values(
                lease=bindparam("token"),
                lease_until=bindparam("until"),
                attempts=agenda.c.attempts + literal_column("1"),
                why=null(),
                # From now on, unless it comes back: who dies at it says nothing.
                doubt_since=func.coalesce(agenda.c.doubt_since, bindparam("at")),
            )
            .returning(
                agenda.c.transfer,
                agenda.c.duty,
                agenda.c.counterparty,
                agenda.c.due_at,
                agenda.c.attempts,
                agenda.c.doubt_since,
                agenda.c.ledger,
            ),
            ("counterparty", "duty"),
        )
        given = self._tongue.given(agenda, *POSTPONED)
        self.postpone = self._prepared(
            update(agenda)
            .values(
                due_at=given["due_at"],
                why=given["why"],
                doubt_since=given["doubt_since"],
                attempts=func.coalesce(given["attempts"], agenda.c.attempts),
                ledger=func.coalesce(given["ledger"], agenda.c.ledger),
                lease=null(),
                lease_until=null(),
            )
            .where(*(agenda.c[name] == given[name] for name in ("transfer", "duty", "lease"))),
            POSTPONED,
        )

    def _given_up(self) -> None:
        of_task = (agenda.c.transfer == bindparam("of_transfer"), agenda.c.duty == bindparam("of_duty"))
        self.bury = self._prepared(
            update(agenda)
            .values(
                buried_at=bindparam("at"),
                why=bindparam("because"),
                doubt_since=bindparam("doubt"),
                ledger=func.coalesce(bindparam("record", type_=Text), agenda.c.ledger),
                lease=null(),
                lease_until=null(),
            )
            .where(*of_task, agenda.c.lease == bindparam("token"))
        )
        self.buried = self._prepared(
            select(
                agenda.c.transfer,
                agenda.c.duty,
                agenda.c.counterparty,
                agenda.c.due_at,
                agenda.c.attempts,
                agenda.c.why,
                agenda.c.buried_at,
                agenda.c.ledger,
            )
            .where(agenda.c.buried_at.is_not(None))
            .order_by(agenda.c.buried_at.desc())
            .limit(bindparam("limit"))
        )
        self.release = self._prepared(
            update(agenda).values(lease=null(), lease_until=null()).where(agenda.c.lease.is_not(None))
        )


def _free(tongue: Tongue) -> Select[Any]:
    """The tasks that may be claimed, the earliest first.

    One that follows another is passed over while that one is due or held. A materialised expression with its own limit:
    as a plain subquery PostgreSQL may run it again for each row and claim more than was asked for. A duty of a newer
    version, which may share the database for a while, is left to it.
    """
    left = tongue.listed(agenda, "counterparty", "duty")
    return (
        select(agenda.c.transfer, agenda.c.duty)
        .where(
            agenda.c.buried_at.is_(None),
            agenda.c.due_at <= bindparam("at"),
            or_(agenda.c.lease_until.is_(None), agenda.c.lease_until <= bindparam("at")),
            tuple_(agenda.c.counterparty, agenda.c.duty).not_in(select(left.c.counterparty, left.c.duty)),
            agenda.c.duty.in_(_words(Duty)),
            or_(agenda.c.duty.not_in(_words(FOLLOWS)), ~_ahead()),
        )
        .order_by(agenda.c.due_at)
        .limit(bindparam("limit"))
    )


def _ahead() -> ColumnElement[bool]:
    """Whether what a task follows is due, or in somebody's hands: by its key, and only asked for those that follow."""
    ahead = agenda.alias("ahead")
    pairs = [
        and_(agenda.c.duty.in_(_words([duty])), ahead.c.duty.in_(_words(before))) for duty, before in FOLLOWS.items()
    ]
    return exists().where(
        ahead.c.transfer == agenda.c.transfer,
        or_(*pairs),
        ahead.c.counterparty == agenda.c.counterparty,
        ahead.c.buried_at.is_(None),
        or_(ahead.c.due_at <= bindparam("at"), ahead.c.lease_until > bindparam("at")),
    )


def _words(duties: Iterable[Duty]) -> list[ColumnElement[str]]:
    return [literal_column(f"'{duty.value}'") for duty in duties]
