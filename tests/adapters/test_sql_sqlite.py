"""The SQL store on SQLite keeps every law of both ports, on threads of its own and inline."""

import pytest

from cotransfer.adapters.sql import open_store
from cotransfer.testing.agenda import AgendaLaws
from cotransfer.testing.keys import SEALING
from cotransfer.testing.transfers import TransfersLaws


class TestSqliteStore(TransfersLaws, AgendaLaws):
    """As it runs in `cotransfer serve`."""

    @pytest.fixture
    async def store(self, sqlite_with_tables):
        """A new file for each law."""
        async with open_store(sqlite_with_tables, sealing=SEALING) as store:
            yield store


class TestSqliteStoreInline(TransfersLaws, AgendaLaws):
    """As it runs in a simulation."""

    @pytest.fixture
    async def store(self, sqlite_with_tables):
        """A new file for each law."""
        async with open_store(sqlite_with_tables, inline=True, sealing=SEALING) as store:
            yield store
