"""Every store keeps the laws of `Consents`."""

import pytest

from cotransfer.adapters.memory.store import MemoryStore
from cotransfer.adapters.sql import open_store, upgrade
from cotransfer.testing.consents import ConsentsLaws
from cotransfer.testing.keys import SEALING


class TestMemory(ConsentsLaws):
    """In dictionaries."""

    @pytest.fixture
    def store(self):
        """A new one for each law."""
        return MemoryStore()


class TestSqlite(ConsentsLaws):
    """In a file."""

    @pytest.fixture
    async def store(self, sqlite_database):
        """A new file for each law."""
        upgrade(sqlite_database)
        async with open_store(sqlite_database, sealing=SEALING) as store:
            yield store


class TestPostgres(ConsentsLaws):
    """On a server."""

    @pytest.fixture
    async def store(self, postgres_database):
        """A new database for each law."""
        upgrade(postgres_database)
        async with open_store(postgres_database, sealing=SEALING) as store:
            yield store
