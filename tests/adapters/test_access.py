"""Every store of who is shut out keeps the laws of the port; two processes on one database see the same."""

import asyncio

import pytest

from cotransfer.adapters.memory.access import MemoryAccess
from cotransfer.adapters.sql import open_store
from cotransfer.adapters.sql.trust.access import SqlAccess
from cotransfer.ports.access import Standing
from cotransfer.testing.access import AccessLaws
from cotransfer.testing.histories import AT


class TestMemoryAccess(AccessLaws):
    """The simplest one."""

    @pytest.fixture
    async def access(self):
        """A new one for each law."""
        return MemoryAccess()


class TestSqliteAccess(AccessLaws):
    """As it runs in `cotransfer serve`."""

    @pytest.fixture
    async def access(self, sqlite_with_tables):
        """A new file for each law."""
        async with open_store(sqlite_with_tables) as store:
            yield SqlAccess(store)


@pytest.fixture
def address(postgres_with_tables):
    """A database with the tables of this version."""
    return postgres_with_tables


class TestPostgresAccess(AccessLaws):
    """As several processes have it."""

    @pytest.fixture
    async def access(self, address):
        """A new database for each law."""
        async with open_store(address) as store:
            yield SqlAccess(store)

    async def test_two_processes_see_the_same(self, address):
        """Disabling a client bites everywhere: what one process bars or revokes, the other sees at once."""
        async with open_store(address) as one, open_store(address) as other:
            mine, theirs = SqlAccess(one), SqlAccess(other)
            await mine.bar("water", who="operator", why="leaked", at=AT)
            await mine.revoke("t-1", AT)
            assert await theirs.standing() == Standing(frozenset({"water"}), frozenset({"t-1"}))

    async def test_a_nonce_is_used_once_among_all_processes(self, address):
        """A replayed assertion is found out whichever process it comes to."""
        async with open_store(address) as one, open_store(address) as other:
            both = SqlAccess(one), SqlAccess(other)
            answers = await asyncio.gather(
                *(both[nth % 2].first_use("assertion", f"n-{nth // 8}", AT) for nth in range(80))
            )
            for start in range(0, 80, 8):
                assert sum(answers[start : start + 8]) == 1
