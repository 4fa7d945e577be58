"""What reconciliation keeps, by the same laws in memory, in SQLite and in PostgreSQL."""

import asyncio

import pytest

from cotransfer.adapters.memory.reconciliations import MemoryReconciliations
from cotransfer.adapters.memory.store import MemoryStore
from cotransfer.adapters.sql import UnreadableRow, open_store
from cotransfer.adapters.sql.reconciliations import SqlReconciliations
from cotransfer.testing.histories import AT
from cotransfer.testing.keys import SEALING
from cotransfer.testing.reconciliations import HOUR, TRIES, ReconciliationsLaws, a_round, lease, noted


class TestMemoryReconciliations(ReconciliationsLaws):
    """The simplest."""

    @pytest.fixture
    async def transfers(self):
        """A new store for each law."""
        return MemoryStore()

    @pytest.fixture
    async def kept(self, transfers):
        """Beside it."""
        return MemoryReconciliations(transfers)


class TestSqliteReconciliations(ReconciliationsLaws):
    """As `cotransfer serve` has it."""

    @pytest.fixture
    async def transfers(self, sqlite_with_tables):
        """A new file for each law."""
        async with open_store(sqlite_with_tables, sealing=SEALING) as store:
            yield store

    @pytest.fixture
    async def kept(self, transfers):
        """In the same file."""
        return SqlReconciliations(transfers)


class TestPostgresReconciliations(ReconciliationsLaws):
    """As several workers have it."""

    @pytest.fixture
    async def transfers(self, postgres_with_tables):
        """A new database for each law."""
        async with open_store(postgres_with_tables, sealing=SEALING) as store:
            yield store

    @pytest.fixture
    async def kept(self, transfers):
        """In the same database."""
        return SqlReconciliations(transfers)


async def test_two_processes_share_the_nights(postgres_with_tables):
    """Each with connections of its own: one of them has the round, and the other sees what it found."""
    async with open_store(postgres_with_tables) as one, open_store(postgres_with_tables) as other:
        both = SqlReconciliations(one), SqlReconciliations(other)
        wanted = [kept.begin(lease(f"{nth}"), at=AT, until=AT + HOUR, tries=TRIES) for nth, kept in enumerate(both * 5)]
        assert sum(await asyncio.gather(*wanted)) == 1
        await a_round(both[0], [noted(1)], name="2")
        assert len(await both[1].findings()) == 1


async def test_a_word_of_a_newer_version_is_told_as_such(sqlite_with_tables):
    """Nobody takes a finding that cannot be read for one that there is not."""
    async with open_store(sqlite_with_tables) as store:
        kept = SqlReconciliations(store)
        await a_round(kept, [noted(1)])
        await store.write(lambda talk: talk.execute("UPDATE reconciliation_findings SET remedy = 'pray'"))
        with pytest.raises(UnreadableRow, match="reconciliation_findings kunming-water"):
            await kept.findings()
