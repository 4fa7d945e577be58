"""Grants are kept by the same laws in memory, in SQLite and in PostgreSQL, by several processes together."""

import sqlite3
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from cotransfer.adapters.memory.audit import MemoryAudit
from cotransfer.adapters.memory.grants import MemoryGrants
from cotransfer.adapters.sql import open_store
from cotransfer.adapters.sql.codec import UnreadableRow
from cotransfer.adapters.sql.sqlite import MODULE
from cotransfer.adapters.sql.trust.audit import SqlAudit
from cotransfer.adapters.sql.trust.grants import SqlGrants
from cotransfer.domain.grants import about_grant
from cotransfer.testing.grants import GRANT, GrantsLaws, noted


class TestMemoryGrants(GrantsLaws):
    """The simplest store of grants that is one."""

    @pytest.fixture
    async def audit(self):
        """Where its notes go."""
        return MemoryAudit()

    @pytest.fixture
    async def grants(self, audit):
        """A new one for each law."""
        return MemoryGrants(audit)


class TestSqliteGrants(GrantsLaws):
    """As the owner of the file has it, and a command beside it."""

    @pytest.fixture
    async def store(self, sqlite_with_tables):
        """A new file for each law."""
        async with open_store(sqlite_with_tables) as store:
            yield store

    @pytest.fixture
    async def grants(self, store):
        """Over the owner's store."""
        return SqlGrants(store)

    @pytest.fixture
    async def audit(self, store):
        """In the same file."""
        return SqlAudit(store)

    @pytest.fixture
    async def others(self, store, sqlite_with_tables):
        """An administrator's."""
        async with open_store(sqlite_with_tables, administering=True) as beside:
            yield (SqlGrants(beside),)


class TestPostgresGrants(GrantsLaws):
    """As four processes have it on one database."""

    @pytest.fixture
    def address(self, postgres_with_tables):
        """A fresh one."""
        return postgres_with_tables

    @pytest.fixture
    async def store(self, address):
        """A new database for each law."""
        async with open_store(address) as store:
            yield store

    @pytest.fixture
    async def grants(self, store):
        """Of the first process."""
        return SqlGrants(store)

    @pytest.fixture
    async def audit(self, store):
        """In the same database."""
        return SqlAudit(store)

    @pytest.fixture
    async def others(self, address):
        """Three more processes."""
        async with AsyncExitStack() as open_ones:
            yield tuple([SqlGrants(await open_ones.enter_async_context(open_store(address))) for _ in range(3)])


class TestBrokenRows:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{}",
            b'{"format":2}',
            b"not json",
            b'{"format":1,"terms":{"id":"kunming-water.transfer"},"standing":"active"}',
        ],
    )
    async def test_a_row_that_cannot_be_read_is_told(self, sqlite_with_tables, body: bytes) -> None:
        """Never skipped, for then a suspension might be; never guessed at; and nothing of it is shown."""
        async with open_store(sqlite_with_tables) as store:
            grants = SqlGrants(store)
            await grants.put(GRANT, 0, noted(GRANT))
            self.spoil(sqlite_with_tables, body)
            with pytest.raises(UnreadableRow) as unreadable:
                await grants.all()
        assert "grants kunming-water.transfer" in str(unreadable.value)
        assert "format" not in str(unreadable.value)

    async def test_a_row_under_another_name_is_told(self, sqlite_with_tables) -> None:
        """The name in the body is the name of the row."""
        async with open_store(sqlite_with_tables) as store:
            grants = SqlGrants(store)
            await grants.put(GRANT, 0, noted(GRANT))
            with sqlite3.connect(self.path(sqlite_with_tables)) as connection:
                connection.execute("UPDATE grants SET id = 'other'")
            connection.close()
            with pytest.raises(UnreadableRow, match="grants other"):
                await grants.all()

    def spoil(self, address: str, body: bytes) -> None:
        """Write over what stands in the row."""
        with sqlite3.connect(self.path(address)) as connection:
            connection.execute("UPDATE grants SET body = ?", [body])
        connection.close()

    @staticmethod
    def path(address: str) -> Path:
        """Where the file is."""
        return Path(address.removeprefix("sqlite:///"))


class TestAllOrNothing:
    async def test_without_its_note_no_grant_is_put(self, sqlite_with_tables) -> None:
        """If the trail cannot be written, nothing has changed."""
        async with open_store(sqlite_with_tables) as store:
            with sqlite3.connect(TestBrokenRows.path(sqlite_with_tables)) as connection:
                connection.execute(
                    "CREATE TRIGGER no_notes BEFORE INSERT ON audit_entries BEGIN SELECT RAISE(ABORT, 'no'); END"
                )
            connection.close()
            grants = SqlGrants(store)
            with pytest.raises(MODULE.IntegrityError, match="no"):
                await grants.put(GRANT, 0, noted(GRANT))
            assert await grants.all() == ()
            assert await SqlAudit(store).chain(about_grant(GRANT.id)) == ()
