"""Look-ups are counted by the same laws in memory, in SQLite and in PostgreSQL, by several processes together."""

import sqlite3
from contextlib import AsyncExitStack
from pathlib import Path

import attrs
import pytest

from cotransfer.adapters.keys.held import HeldKeys
from cotransfer.adapters.memory.lookups import MemoryLookups
from cotransfer.adapters.sql import open_store
from cotransfer.adapters.sql.trust.lookups import SqlLookups
from cotransfer.domain.lookups import Allowed, TooMany
from cotransfer.domain.values import AccountNumber
from cotransfer.ports.keys import KeyMissing, KeyUse
from cotransfer.testing.histories import AT
from cotransfer.testing.lookups import LIMITS, LookupsLaws, question, settled

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
KEYS = HeldKeys({KeyUse.INDEX: {"2026": OLD}})


class TestMemoryLookups(LookupsLaws):
    """The simplest count that is one."""

    @pytest.fixture
    async def lookups(self):
        """A new one for each law."""
        return MemoryLookups()


class TestSqliteLookups(LookupsLaws):
    """As one process has it."""

    @pytest.fixture
    async def lookups(self, sqlite_with_tables):
        """A new file for each law."""
        async with open_store(sqlite_with_tables) as store:
            yield SqlLookups(store, KEYS)


class TestPostgresLookups(LookupsLaws):
    """As four processes have it on one database."""

    @pytest.fixture
    def address(self, postgres_with_tables):
        """A database with the tables of this version."""
        return postgres_with_tables

    @pytest.fixture
    async def lookups(self, address):
        """A new database for each law."""
        async with open_store(address) as store:
            yield SqlLookups(store, KEYS)

    @pytest.fixture
    async def others(self, address):
        """Three more, each with threads and connections of its own."""
        async with AsyncExitStack() as opened:
            stores = [await opened.enter_async_context(open_store(address)) for _ in range(3)]
            yield [SqlLookups(store, KEYS) for store in stores]


class TestKeys:
    @pytest.fixture
    async def store(self, sqlite_with_tables):
        """A store on a fresh file."""
        async with open_store(sqlite_with_tables) as store:
            yield store

    async def test_a_new_key_does_not_begin_the_count_anew(self, store):
        """What was counted under the older key counts on, known accounts stay known, and misses can be taken back."""
        before = SqlLookups(store, KEYS)
        for nth in range(3):
            await settled(before, question(nth))
        await before.ask(question(3), LIMITS, at=AT)
        both = SqlLookups(store, HeldKeys({KeyUse.INDEX: {"2026": OLD, "2027": NEW}}))
        assert await both.ask(question(1), LIMITS, at=AT) == Allowed()
        await both.found(question(3), at=AT)
        assert isinstance(await settled(both, question(4)), Allowed)
        assert isinstance(await settled(both, question(5)), TooMany)
        # A process that has not seen the new key yet still counts what it can see.
        assert await before.ask(question(3), LIMITS, at=AT) == Allowed()

    async def test_without_a_key_nothing_is_answered(self, store):
        """Nobody may look up what cannot be counted."""
        with pytest.raises(KeyMissing):
            await SqlLookups(store, HeldKeys({})).ask(question(), LIMITS, at=AT)

    async def test_nothing_personal_is_kept(self, store, sqlite_with_tables):
        """No account, certificate or identity number is in the file, nor a stretch of numbers."""
        asked = attrs.evolve(question(7, citizen=4711), account=AccountNumber("0871200345"))
        await SqlLookups(store, KEYS).ask(asked, LIMITS, at=AT)
        await store.close()
        path = Path(sqlite_with_tables.removeprefix("sqlite:///"))
        with sqlite3.connect(path) as connection:
            rows = connection.execute("SELECT quota, whose, what FROM lookups").fetchall()
        connection.close()
        said = " ".join(word for row in rows for word in row)
        assert len(rows) == 10
        assert not [secret for secret in ("0871", "200345", "P0004711", "4711", "五华") if secret in said]
