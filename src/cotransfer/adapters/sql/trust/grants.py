"""`Grants` in the store's database, where every process sees them; a grant's note is written in its transaction.

A row that cannot be read is told as such: nobody may take it for a grant that there is not, or for one that allows.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import attrs
import orjson
from sqlalchemy import BigInteger, Integer, LargeBinary, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from cotransfer.adapters.sql.codec import UnreadableRow
from cotransfer.adapters.sql.line import Raced
from cotransfer.adapters.sql.store import SqlStore
from cotransfer.adapters.sql.tasks import touched
from cotransfer.adapters.sql.tongue import Prepared, Row, Talk
from cotransfer.adapters.sql.trust.notes import NoteRows
from cotransfer.adapters.sql.trust.tables import grant_days, grants
from cotransfer.adapters.wire.grants import read, read_standing, spell, spell_standing
from cotransfer.domain.grants import Grant, GrantId, day_of
from cotransfer.domain.notes import Note
from cotransfer.ports.grants import Held

FORMAT = 1
"""Of every body written now. A changed spelling takes the next number, and the old one is still read."""

_INSERT: Mapping[str, Callable[[Any], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class SqlGrants:
    """Made over an open store, and closed with it."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._tongue = store.tongue
        self._notes = NoteRows(store.tongue, store.subjects)
        self._looks()
        self._puts()
        self._spends()

    async def all(self) -> tuple[Held, ...]:
        rows = await self._store.look(lambda talk: self._all.run(talk).fetchall())
        return tuple(map(_held, rows))

    async def put(self, grant: Grant, expected: int, note: Note) -> bool:
        return await self._store.write(lambda talk: self._put(talk, grant, expected, note))

    async def spend(self, grant: GrantId, day: int, amount: int, quota: int) -> bool:
        if amount < 1:
            raise ValueError("At least one disclosure is spent.")
        if amount > quota:
            return False
        values = {"of_grant": grant.text, "of_day": day, "amount": amount, "quota": quota}
        # Judged by what comes back: a row count says nothing reliable of a conflict.
        return await self._store.write(lambda talk: bool(self._spend.run(talk, **values).fetchall()))

    async def spent(self, grant: GrantId, day: int) -> int:
        rows = await self._store.look(lambda talk: self._spent.run(talk, of_grant=grant.text, of_day=day).fetchall())
        return next((spent for (spent,) in rows), 0)

    async def forget(self, before: datetime) -> int:
        # Of yesterday a process may still spend whose clock is behind.
        day = day_of(before) - 1
        return await self._store.write(lambda talk: touched(talk, self._forget.run(talk, over=day)))

    def _put(self, talk: Talk, grant: Grant, expected: int, note: Note) -> bool:
        says = self._replace if expected else self._insert
        values = {"of_grant": grant.id.text, "was": expected, "version": expected + 1, "body": _body(grant)}
        if not says.run(talk, counterparty=grant.counterparty, **values).fetchall():
            return False
        self._note(talk, note)
        return True

    def _note(self, talk: Talk, note: Note) -> None:
        """The grant's row is locked by now, so nobody else goes on from the same end of its chain."""
        listing = self._tongue.listing(self._notes.tips, [(note.chain,)])
        tips = self._notes.read_tips(self._notes.tips.run(talk, **listing).fetchall())
        written = self._tongue.write(talk, self._notes.insert_entries, self._notes.entries(tips, (note,)))
        talk.settle()
        if written.rowcount != 1:
            raise Raced

    def _looks(self) -> None:
        self._all = self._prepared(select(grants.c.id, grants.c.version, grants.c.body).order_by(grants.c.id))
        of_day = (grant_days.c.grant == bindparam("of_grant"), grant_days.c.day == bindparam("of_day", type_=Integer))
        self._spent = self._prepared(select(grant_days.c.spent).where(*of_day))
        self._forget = self._prepared(delete(grant_days).where(grant_days.c.day < bindparam("over", type_=Integer)))

    def _puts(self) -> None:
        body = bindparam("body", type_=LargeBinary)
        version = bindparam("version", type_=BigInteger)
        self._insert = self._prepared(
            self._inserting(grants)
            .values(id=bindparam("of_grant"), version=version, counterparty=bindparam("counterparty"), body=body)
            .on_conflict_do_nothing()
            .returning(grants.c.id)
        )
        self._replace = self._prepared(
            update(grants)
            .values(version=version, body=body)
            .where(grants.c.id == bindparam("of_grant"), grants.c.version == bindparam("was", type_=BigInteger))
            .returning(grants.c.id)
        )

    def _spends(self) -> None:
        new = self._inserting(grant_days).values(
            grant=bindparam("of_grant"),
            day=bindparam("of_day", type_=Integer),
            spent=bindparam("amount", type_=BigInteger),
        )
        then = grant_days.c.spent + new.excluded.spent
        self._spend = self._prepared(
            new.on_conflict_do_update(
                index_elements=[grant_days.c.grant, grant_days.c.day],
                set_={"spent": then},
                where=then <= bindparam("quota", type_=BigInteger),
            ).returning(grant_days.c.day)
        )

    def _inserting(self, table: Any) -> Any:
        return _INSERT[self._tongue.dialect.name](table)

    def _prepared(self, statement: Any) -> Prepared:
        return Prepared(statement, self._tongue.dialect)


def _body(grant: Grant) -> bytes:
    return orjson.dumps({"format": FORMAT, "terms": spell(grant), **spell_standing(grant.standing)})


def _held(row: Row) -> Held:
    name, version, body = row
    try:
        spelt = orjson.loads(body)
        if spelt["format"] != FORMAT or spelt["terms"]["id"] != name:
            raise ValueError("of another format, or of another grant")
        grant = attrs.evolve(read(spelt["terms"]), standing=read_standing(spelt))
    except Exception as error:
        raise UnreadableRow(f"grants {name}", f"its body is broken ({type(error).__name__})") from None
    return Held(grant, version)
