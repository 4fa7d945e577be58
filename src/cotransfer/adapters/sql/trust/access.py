"""`Access` on the store's database, where every process sees it. Never reads more than who is shut out."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from cotransfer.adapters.sql.moments import micros, moment
from cotransfer.adapters.sql.store import SqlStore
from cotransfer.adapters.sql.tasks import touched
from cotransfer.adapters.sql.tongue import Prepared, Talk
from cotransfer.adapters.sql.trust.tables import barred_clients, revoked_tokens, used_once
from cotransfer.ports.access import Barred, Standing

_INSERT: Mapping[str, Callable[[Any], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class SqlAccess:
    """Made over an open store, and closed with it."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._clients = self._prepared(select(barred_clients.c.client))
        self._tokens = self._prepared(select(revoked_tokens.c.token))
        self._listed = self._prepared(
            select(*(barred_clients.c[name] for name in ("client", "at", "who", "why"))).order_by(
                barred_clients.c.client
            )
        )
        self._bar = self._prepared(_new(store, barred_clients, "client", "at", "who", "why"))
        self._admit = self._prepared(delete(barred_clients).where(barred_clients.c.client == bindparam("of_client")))
        self._revoke = self._prepared(_new(store, revoked_tokens, "token", "until"))
        self._use = self._prepared(_new(store, used_once, "kind", "nonce", "until"))
        self._forget = [
            self._prepared(delete(table).where(table.c.until < bindparam("before")))
            for table in (revoked_tokens, used_once)
        ]

    async def standing(self) -> Standing:
        """One look: both sets are of the same moment, or the second is the younger."""
        return await self._store.look(
            lambda talk: Standing(*(_column(talk, asked) for asked in (self._clients, self._tokens)))
        )

    async def barred(self) -> tuple[Barred, ...]:
        rows = await self._store.look(lambda talk: self._listed.run(talk).fetchall())
        return tuple(Barred(client=client, at=moment(at), who=who, why=why) for client, at, who, why in rows)

    async def bar(self, client: str, *, who: str, why: str, at: datetime) -> bool:
        return await self._is_new(self._bar, client=client, at=micros(at), who=who, why=why)

    async def admit(self, client: str) -> bool:
        return await self._store.write(lambda talk: touched(talk, self._admit.run(talk, of_client=client)) > 0)

    async def revoke(self, token: str, until: datetime) -> bool:
        return await self._is_new(self._revoke, token=token, until=micros(until))

    async def first_use(self, kind: str, nonce: str, until: datetime) -> bool:
        return await self._is_new(self._use, kind=kind, nonce=nonce, until=micros(until))

    async def forget(self, before: datetime) -> int:
        return await self._store.write(
            lambda talk: sum(touched(talk, each.run(talk, before=micros(before))) for each in self._forget)
        )

    async def _is_new(self, insert: Prepared, **values: Any) -> bool:
        # Judged by what comes back: a row count says nothing reliable of a conflict.
        new = {f"new_{name}": value for name, value in values.items()}
        return await self._store.write(lambda talk: bool(insert.run(talk, **new).fetchall()))

    def _prepared(self, statement: Any) -> Prepared:
        return Prepared(statement, self._store.tongue.dialect)


def _new(store: SqlStore, table: Any, *names: str) -> Any:
    """One row, whose key comes back if there was none like it."""
    insert = _INSERT[store.tongue.dialect.name](table).values({name: bindparam(f"new_{name}") for name in names})
    return insert.on_conflict_do_nothing().returning(table.primary_key.columns.values()[0])


def _column(talk: Talk, asked: Prepared) -> frozenset[str]:
    return frozenset(row[0] for row in asked.run(talk).fetchall())
