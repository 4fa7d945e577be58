"""`Reconciliations` on the store's database, where every process sees them. Never holds anything about a person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cotransfer.adapters.sql.codec import UnreadableRow
from cotransfer.adapters.sql.ledgers import storable
from cotransfer.adapters.sql.moments import micros, moment
from cotransfer.adapters.sql.reconciliation_statements import FINDING, Statements
from cotransfer.adapters.sql.store import SqlStore
from cotransfer.adapters.sql.tasks import touched
from cotransfer.adapters.sql.tongue import Row, Talk
from cotransfer.domain.ledger import WHAT_LIMIT, Failure
from cotransfer.domain.parties import Party
from cotransfer.domain.reconciliation import Divergence, Finding, Remedy
from cotransfer.domain.statements import Stage
from cotransfer.domain.values import TransferId, UtilityId
from cotransfer.ports.errors import LeaseLost
from cotransfer.ports.reconciliations import Done, Ending, Kept, Noted, Round, RoundLease

LAST = "~"
"""Behind every identifier of a transfer."""

LIMIT = 10_000
"""Rows in one answer, whatever was asked for."""


class SqlReconciliations:
    """Made over an open store, and closed with it."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._says = Statements(store.tongue)

    async def tracked(
        self,
        utility: UtilityId,
        ended_since: datetime,
        *,
        after: TransferId | None = None,
        until: TransferId | None = None,
        limit: int,
    ) -> tuple[TransferId, ...]:
        """By their identifiers."""
        wanted = {
            "of_utility": utility.text,
            "since": micros(ended_since),
            "after": "" if after is None else after.text,
            "until": LAST if until is None else until.text,
            "limit": limit,
        }
        rows = await self._store.look(lambda talk: self._says.tracked.run(talk, **wanted).fetchall())
        return tuple(TransferId(transfer) for (transfer,) in rows)

    async def begin(self, lease: RoundLease, *, at: datetime, until: datetime, tries: int) -> bool:
        """One insert, which turns into an update only where the round is free."""
        wanted = {**_names(lease), "at": micros(at), "until": micros(until), "tries": tries}
        return await self._store.write(lambda talk: bool(self._says.begin.run(talk, **wanted).fetchall()))

    async def keep(self, lease: RoundLease, noted: Sequence[Noted], *, at: datetime, until: datetime) -> None:
        """Together with the hold on the round, or not at all."""
        rows = sorted(_row(lease, one, micros(at)) for one in noted)
        await self._store.write(lambda talk: self._keep(talk, lease, rows, micros(until)))

    async def end(self, lease: RoundLease, ending: Ending) -> int:
        """What lasts and was not seen since it began is closed in the same transaction."""
        return await self._store.write(lambda talk: self._end(talk, lease, ending))

    async def findings(
        self, utility: UtilityId | None = None, *, lasting: bool = True, limit: int = 1_000
    ) -> tuple[Kept, ...]:
        """Those that last first."""
        says = self._says.findings[utility is not None, lasting]
        wanted: dict[str, Any] = {} if utility is None else {"of_utility": utility.text}
        rows = await self._store.look(lambda talk: says.run(talk, limit=min(limit, LIMIT), **wanted).fetchall())
        return tuple(map(_kept, rows))

    async def rounds(self, limit: int = 100) -> tuple[Round, ...]:
        """Latest first."""
        rows = await self._store.look(lambda talk: self._says.rounds.run(talk, limit=min(limit, LIMIT)).fetchall())
        return tuple(map(_round, rows))

    async def forget(self, before: datetime) -> int:
        """What is over."""
        return await self._store.write(
            lambda talk: sum(touched(talk, each.run(talk, before=micros(before))) for each in self._says.forget)
        )

    def _keep(self, talk: Talk, lease: RoundLease, rows: Sequence[Row], until: int) -> None:
        if not self._says.hold.run(talk, **_names(lease), until=until).fetchall():
            raise LeaseLost
        if rows:
            self._store.tongue.write(talk, self._says.keep, rows)

    def _end(self, talk: Talk, lease: RoundLease, ending: Ending) -> int:
        failure = ending.failure
        held = self._says.end.run(
            talk,
            **_names(lease),
            at=micros(ending.at),
            number=ending.compared,
            whose=None if failure is None else failure.party.value,
            why=None if failure is None else storable(failure.what, WHAT_LIMIT),
            again=None if ending.again_at is None else micros(ending.again_at),
        ).fetchall()
        if not held:
            raise LeaseLost
        ((began_at,),) = held
        if failure is not None:
            return 0
        closed = self._says.close.run(talk, of_utility=lease.utility.text, began=began_at, at=micros(ending.at))
        return touched(talk, closed)


def _names(lease: RoundLease) -> dict[str, Any]:
    return {"of_utility": lease.utility.text, "of_name": lease.name, "token": lease.token}


def _row(lease: RoundLease, one: Noted, at: int) -> Row:
    """As `FINDING` names them."""
    found = one.finding
    there = None if found.there is None else found.there.value
    told = (found.divergence.value, found.here, there, found.turn.value, found.remedy.value, one.done.value)
    return (lease.utility.text, found.transfer.text, *told, at, at, at if one.mended else None)


def _kept(row: Row) -> Kept:
    said = dict(zip(FINDING, row, strict=True))
    try:
        return Kept(
            utility=UtilityId(said["utility"]),
            finding=Finding(
                transfer=TransferId(said["transfer"]),
                divergence=Divergence(said["divergence"]),
                here=said["here"],
                there=None if said["there"] is None else Stage(said["there"]),
                turn=Party(said["turn"]),
                remedy=Remedy(said["remedy"]),
            ),
            done=Done(said["done"]),
            first_seen=moment(said["first_seen"]),
            last_seen=moment(said["last_seen"]),
            closed_at=None if said["closed_at"] is None else moment(said["closed_at"]),
        )
    except ValueError:
        name = f"reconciliation_findings {said['utility']} {said['transfer']}"
        raise UnreadableRow(name, "one of its words is of an unknown kind") from None


def _round(row: Row) -> Round:
    utility, name, began_at, attempts, ended_at, compared, party, what = row
    return Round(
        utility=UtilityId(utility),
        name=name,
        began_at=moment(began_at),
        attempts=attempts,
        ended_at=None if ended_at is None else moment(ended_at),
        compared=compared,
        failure=None if party is None else Failure(Party(party), what),
    )
