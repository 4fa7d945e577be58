"""The audit trail keeps the laws of its port in memory, on SQLite and on PostgreSQL, also between two processes."""

import asyncio

import pytest

from cotransfer.adapters.keys.held import HeldKeys
from cotransfer.adapters.keys.making import make_key
from cotransfer.adapters.memory.store import MemoryStore
from cotransfer.adapters.sql import open_store
from cotransfer.adapters.sql.sealing import Sealing
from cotransfer.adapters.sql.trust.audit import SqlAudit
from cotransfer.domain import events as e
from cotransfer.ports.keys import KeyMissing, KeyUse
from cotransfer.ports.transfers import Change, Committed
from cotransfer.testing.audit import SOMEBODY, AuditLaws, checkpoint, decided, noting
from cotransfer.testing.histories import history
from cotransfer.testing.samples import GROUNDS

KEYS = Sealing(HeldKeys.new(KeyUse.INDEX, KeyUse.WRAPPING))


class TestInMemory(AuditLaws):
    """The laws at their shortest."""

    @pytest.fixture
    async def store(self):
        """A new one for each law."""
        return MemoryStore()

    @pytest.fixture
    async def audit(self, store):
        """Its trail."""
        return store.audit


class OnSql(AuditLaws):
    """Both engines alike."""

    @pytest.fixture
    async def store(self, address):
        """A new database for each law."""
        async with open_store(address, sealing=KEYS) as store:
            yield store

    @pytest.fixture
    async def audit(self, store):
        """Its trail."""
        return SqlAudit(store)


class TestOnSqlite(OnSql):
    """As a single machine has it."""

    @pytest.fixture
    def address(self, sqlite_with_tables):
        """With tables."""
        return sqlite_with_tables


class TestOnPostgres(OnSql):
    """As several machines have it."""

    @pytest.fixture
    def address(self, postgres_with_tables):
        """With tables."""
        return postgres_with_tables


class TestTwoProcesses:
    """What one process writes, another goes on from."""

    @pytest.fixture
    async def two(self, postgres_with_tables):
        """Two stores on one database."""
        async with (
            open_store(postgres_with_tables, sealing=KEYS) as one,
            open_store(postgres_with_tables, sealing=KEYS) as other,
        ):
            yield one, other

    async def test_two_processes_on_one_chain_lose_nothing(self, two):
        """Of two that would write the same link one is judged anew: every entry is there, none twice, none astray."""
        changes = [noting(decided("shared"), decided(f"own-{nth}")) for nth in range(60)]
        outcomes = await asyncio.gather(*(two[nth % 2].commit([one]) for nth, one in enumerate(changes)))
        assert outcomes == [(Committed(),)] * 60
        assert [one.sequence for one in await SqlAudit(two[0]).chain("shared")] == list(range(1, 61))

    async def test_a_note_and_an_erasure_of_two_processes_leave_nobody(self, two):
        """A note that was waiting while another process erased its transfer does not link anybody to it again."""
        for _ in range(12):
            one = history()
            await two[0].commit([one.submit()])
            await two[0].commit([one.move(e.PreReviewNotPassed(GROUNDS))])
            late = noting(decided(one.transfer.text, subject=SOMEBODY))
            erasing = Change(erases=one.transfer)
            outcomes = await asyncio.gather(two[0].commit([erasing]), two[1].commit([late]), two[1].commit([late]))
            assert list(outcomes) == [(Committed(),)] * 3
        assert await SqlAudit(two[0]).chains_about(SOMEBODY) == ()

    async def test_two_sequencers_gather_everything_once(self, two):
        """Both gather as fast as they can while both write: leaves count without a gap, and the roots are of them."""

        async def gather(store, wins):
            audit = SqlAudit(store)
            while len(await audit.gathered(0)) < 120:
                pending = await audit.pending(7)
                if pending.waiting:
                    wins.append(await audit.gather(checkpoint(pending), pending.waiting))

        wins: list[bool] = []
        writing = (two[nth % 2].commit([noting(decided(f"c-{nth % 5}"))]) for nth in range(120))
        await asyncio.gather(gather(two[0], wins), gather(two[1], wins), *writing)
        audit = SqlAudit(two[0])
        made = await audit.checkpoints(0)
        assert sum(wins) == len(made)
        assert made[-1].size == len({one.hash for one in await audit.gathered(0)}) == 120


class TestWhomItIsAbout:
    """The index of subjects under keys that change."""

    async def test_a_new_key_still_finds_what_an_old_one_marked(self, sqlite_with_tables):
        """Every key finds, the current one marks: a citizen sees their chains over a change of keys."""
        old, new = make_key(KeyUse.INDEX), make_key(KeyUse.INDEX)
        found: tuple[str, ...] = ()
        for keys, chain in (({"1": old}, "before"), ({"1": old, "2": new}, "after")):
            async with open_store(sqlite_with_tables, sealing=Sealing(HeldKeys({KeyUse.INDEX: keys}))) as store:
                await store.commit([noting(decided(chain, subject=SOMEBODY))])
                found = await SqlAudit(store).chains_about(SOMEBODY)
        assert found == ("after", "before")
        async with open_store(sqlite_with_tables, sealing=Sealing(HeldKeys({KeyUse.INDEX: {"2": new}}))) as store:
            assert await SqlAudit(store).chains_about(SOMEBODY) == ("after",)

    async def test_without_a_key_nothing_is_written(self, sqlite_with_tables):
        """If it cannot be written whom an entry is about, the change that it came with is not written either."""
        async with open_store(sqlite_with_tables) as store:
            with pytest.raises(KeyMissing):
                await store.commit([noting(decided("mine", subject=SOMEBODY))])
            assert await SqlAudit(store).chain("mine") == ()
