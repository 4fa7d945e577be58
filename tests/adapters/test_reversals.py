"""Every store keeps the laws of `Reversals`."""

import pytest

from cotransfer.adapters.memory.store import MemoryStore
from cotransfer.adapters.sql import open_store
from cotransfer.testing.keys import SEALING
from cotransfer.testing.reversal_laws import ReversalsLaws


class TestMemory(ReversalsLaws):
    """In dictionaries."""

    @pytest.fixture
    def store(self):
        """A new one for each law."""
        return MemoryStore()


class TestSqlite(ReversalsLaws):
    """In a file."""

    @pytest.fixture
    async def store(self, sqlite_with_tables):
        """A new file for each law."""
        async with open_store(sqlite_with_tables, sealing=SEALING) as store:
            yield store


class TestPostgres(ReversalsLaws):
    """On a server."""

    @pytest.fixture
    async def store(self, postgres_with_tables):
        """A new database for each law."""
        async with open_store(postgres_with_tables, sealing=SEALING) as store:
            yield store
