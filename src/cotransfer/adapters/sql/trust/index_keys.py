"""What still needs an index key: homes and accounts that open transfers hold under it, and whom audit chains are about.

Each of these rows bears the name of its key, so a key that was removed too early is told by what it has left behind.
Never reverses a hash, and changes nothing but what it is told to give up.
"""

from collections.abc import Mapping
from functools import partial

import attrs
from sqlalchemy import Column, Table, bindparam, delete, func, select

from cotransfer.adapters.sql.store import SqlStore
from cotransfer.adapters.sql.tables import claims
from cotransfer.adapters.sql.tasks import touched
from cotransfer.adapters.sql.tongue import Prepared, Talk, Tongue
from cotransfer.adapters.sql.trust.tables import audit_subjects
from cotransfer.ports.keys import KeyMissing, KeyUse

BATCH = 1_000
"""Rows given up in one transaction."""

AFTER = "!"
"""What follows the blank between a key's name and a hash: nothing under the name is at or behind it."""


@attrs.frozen
class Needs:
    """What is found by one index key and by none after it."""

    transfers: int
    """Open ones, whose home and account could be applied for again without it."""

    chains: int
    """Parts of the audit trail that those whom they are about would not find."""


class SqlIndexKeys:
    """The index keys that one store has used."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._claims = _Under(store.tongue, claims, claims.c.claim)
        self._marks = _Under(store.tongue, audit_subjects, audit_subjects.c.subject)
        # By the newest key that finds each: one pass over the claims, however many there are.
        newest = (
            select(claims.c.transfer)
            .where(claims.c.claim >= bindparam("least"))
            .group_by(claims.c.transfer)
            .having(func.max(claims.c.claim) < bindparam("most"))
        )
        self._transfers = Prepared(select(func.count()).select_from(newest.subquery()), store.tongue.dialect)

    async def names(self) -> tuple[str, ...]:
        """The keys that anything is under, sorted."""
        return await self._store.look(self._names)

    async def needs(self, *names: str) -> Mapping[str, Needs]:
        """What needs each of `names`."""
        return await self._store.look(lambda talk: {name: self._needs(name, talk) for name in names})

    async def check(self) -> None:
        """Raises `KeyMissing`, which names it, for a key that is not there and still needed."""
        there = self._store.keyring.sealing.keys.names(KeyUse.INDEX)
        needs = await self.needs(*(name for name in await self.names() if name not in there))
        for name, need in needs.items():
            if need.transfers or need.chains:
                raise KeyMissing(KeyUse.INDEX, _told(name, need))

    async def give_up(self, name: str) -> int:
        """Delete whatever is under a key that is lost; how many rows. May be interrupted, and done again."""
        done = 0
        for rows in (self._claims, self._marks):
            while gone := await self._store.write(partial(rows.delete, name)):
                done += gone
        return done

    def _names(self, talk: Talk) -> tuple[str, ...]:
        return tuple(sorted({*self._claims.names(talk), *self._marks.names(talk)}))

    def _needs(self, name: str, talk: Talk) -> Needs:
        ((transfers,),) = self._transfers.run(talk, **_range(name)).fetchall()
        return Needs(transfers, self._marks.count(name, talk))


class _Under:
    """Rows of one table by the key that their hashes are under."""

    def __init__(self, tongue: Tongue, table: Table, hashed: "Column[str]") -> None:
        first = select(func.min(hashed)).where(hashed > bindparam("after"))
        under = hashed >= bindparam("least"), hashed < bindparam("most")
        some = select(hashed).where(*under).order_by(hashed).limit(bindparam("limit"))
        self._first = Prepared(first, tongue.dialect)
        self._count = Prepared(select(func.count()).select_from(table).where(*under), tongue.dialect)
        self._delete = Prepared(delete(table).where(hashed.in_(some)), tongue.dialect)

    def names(self, talk: Talk) -> list[str]:
        """Each once, by one step in the index for each: there may be millions of rows under one."""
        found: list[str] = []
        while True:
            ((row,),) = self._first.run(talk, after=f"{found[-1]}{AFTER}" if found else "").fetchall()
            if row is None:
                return found
            found.append(row.split(" ", 1)[0])

    def count(self, name: str, talk: Talk) -> int:
        ((count,),) = self._count.run(talk, **_range(name)).fetchall()
        return int(count)

    def delete(self, name: str, talk: Talk) -> int:
        return touched(talk, self._delete.run(talk, **_range(name), limit=BATCH))


def _range(name: str) -> dict[str, str]:
    return {"least": f"{name} ", "most": f"{name}{AFTER}"}


def _told(name: str, need: Needs) -> str:
    return (
        f"The index key {name} was removed too early: without it {need.transfers} open transfers do not keep others "
        f"off their home and account, and {need.chains} chains of the audit trail are not found by those whom they are "
        f"about. Put its file back; where there is no copy, `cotransfer keys give-up {name}` goes on without it."
    )
