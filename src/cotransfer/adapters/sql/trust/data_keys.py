"""The data keys that are stored: which key wraps how many, and all of them wrapped anew while traffic goes on.

Touches nothing but `data_keys`, a batch in a transaction of its own: whoever stops in between has lost nothing, and
goes on where it stopped. Never writes a data key down unwrapped.
"""

import asyncio
import time
from collections.abc import Callable
from functools import partial

from sqlalchemy import bindparam, func, select, update

from cotransfer.adapters.sql.sealing import Wrapped
from cotransfer.adapters.sql.store import SqlStore
from cotransfer.adapters.sql.tasks import touched
from cotransfer.adapters.sql.tongue import Prepared, Row, Talk
from cotransfer.adapters.sql.trust.tables import data_keys
from cotransfer.ports.keys import KeyMissing, KeyUse, current

BATCH = 500
"""Data keys in one transaction."""

LEAST_REST_S = 0.002
"""Between two batches; as long as the batch took, if that is longer, so that whoever serves gets in."""


class SqlDataKeys:
    """The data keys of one store."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        tongue, held = store.tongue, data_keys.c
        self._counts = Prepared(select(held.kek, func.count()).group_by(held.kek).order_by(held.kek), tongue.dialect)
        self._next_kek = Prepared(select(func.min(held.kek)).where(held.kek > bindparam("after")), tongue.dialect)
        self._batch = Prepared(
            select(held.id, held.kek, held.wrapped)
            .where(held.kek == bindparam("of_kek"))
            .order_by(held.id)
            .limit(bindparam("limit")),
            tongue.dialect,
        )
        given = tongue.given(data_keys, "id", "kek", "wrapped")
        # What another process has wrapped so meanwhile, or erased, is left as it is.
        self._rewrap = Prepared(
            update(data_keys)
            .values(kek=given["kek"], wrapped=given["wrapped"])
            .where(held.id == given["id"], held.kek != given["kek"]),
            tongue.dialect,
            ("id", "kek", "wrapped"),
        )

    async def counts(self) -> dict[str, int]:
        """How many data keys each wrapping key wraps."""
        rows = await self._store.look(lambda talk: self._counts.run(talk).fetchall())
        return dict(rows)

    async def check(self) -> None:
        """Raises `KeyMissing` unless there are keys to wrap and to index with, and every key that wraps anything."""
        keys = self._store.keyring.sealing.keys
        for use in (KeyUse.WRAPPING, KeyUse.INDEX):
            keys.key(use, current(keys, use))
        for kek in await self._store.look(self._keks):
            try:
                keys.key(KeyUse.WRAPPING, kek)
            except KeyMissing as error:
                raise KeyMissing(
                    KeyUse.WRAPPING, f"{error.what} Personal data of transfers is sealed under it and lost without it."
                ) from None

    async def rotate(self, progress: Callable[[int], None] = lambda _: None) -> int:
        """Wrap with the current key whatever another key wraps; how many. May be interrupted, and done again.

        `progress` hears after each batch how many there are so far. Raises `KeyMissing`, `UnreadableRow`.
        """
        keys, done = self._store.keyring.sealing.keys, 0
        while others := [kek for kek in await self.counts() if kek != current(keys, KeyUse.WRAPPING)]:
            for kek in others:
                while batch := await self._store.look(partial(self._wrapped_anew, kek)):
                    began = time.monotonic()
                    done += await self._store.write(partial(self._put, batch))
                    progress(done)
                    await asyncio.sleep(max(LEAST_REST_S, time.monotonic() - began))
        return done

    def _wrapped_anew(self, kek: str, talk: Talk) -> list[Wrapped]:
        rows = self._batch.run(talk, of_kek=kek, limit=BATCH).fetchall()
        return [self._store.keyring.wrapped_anew(Wrapped(*row)) for row in rows]

    def _put(self, batch: list[Wrapped], talk: Talk) -> int:
        return touched(talk, self._store.tongue.write(talk, self._rewrap, [_row(one) for one in batch]))

    def _keks(self, talk: Talk) -> list[str]:
        """Each once, by one step in the index for each: there may be millions of data keys under one."""
        found: list[str] = []
        while True:
            ((kek,),) = self._next_kek.run(talk, after=found[-1] if found else "").fetchall()
            if kek is None:
                return found
            found.append(kek)


def _row(one: Wrapped) -> Row:
    return (one.key_id, one.kek, one.wrapped)
