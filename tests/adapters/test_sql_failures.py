"""What the store says when the machine under it fails: cause, remedy, whether anything happened; and no data."""

import asyncio
import errno
import re

import attrs
import pytest

from cotransfer.adapters.sql import CannotOpen, UnreadableRow, open_store
from cotransfer.adapters.sql.sqlite import FIXED_LOG, MODULE
from cotransfer.domain import events as e
from cotransfer.domain.agenda import Duty
from cotransfer.domain.parties import Party
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.transfers import Committed, Stale
from cotransfer.testing.histories import AT, history, message
from cotransfer.testing.keys import SEALING
from cotransfer.testing.owing import revival
from cotransfer.testing.samples import ADDRESS


@pytest.fixture
def address(sqlite_with_tables):
    """An SQLite file with its tables."""
    return sqlite_with_tables


@pytest.fixture
async def store(address):
    """The store on it."""
    async with open_store(address, sealing=SEALING) as store:
        yield store


def behind(address, sql):
    """Execute behind the store's back."""
    with MODULE.connect(address.removeprefix("sqlite:///")) as connection:
        connection.execute(sql)
    connection.close()


async def test_a_full_disk_takes_nothing(store):
    """A group that no longer fits on the disk is not written, says so, and the store goes on when there is room.

    SQLite meets a full disk and the limit used here in the same way, and with the same code.
    """
    one = history()
    await store.commit([one.submit()])
    pragma = store._writing._open().execute
    ((pages,),) = pragma("PRAGMA page_count").fetchall()
    pragma(f"PRAGMA max_page_count = {pages}")
    many = [history() for _ in range(200)]
    with pytest.raises(Unavailable, match=r"disk .* is full: free some space") as failure:
        await store.commit([another.submit() for another in many])
    assert (failure.value.party, failure.value.certain) == (Party.US, True)
    assert set((await store.load([one.transfer, *(other.transfer for other in many)])).records) == {one.transfer}
    assert await store.commit([one.move(e.ApplicationTaken("KM"))]) == (Committed(),)


async def test_another_program_in_the_way_is_named(address, monkeypatch):
    """A file that another program keeps for itself is unavailable, and surely nothing was written."""
    monkeypatch.setattr("cotransfer.adapters.sql.sqlite.BUSY_TIMEOUT_S", 0.01)
    async with open_store(address, sealing=SEALING) as store:
        other = MODULE.connect(address.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="Another program holds the database") as failure:
            await store.commit([history().submit()])
        assert failure.value.certain
        other.close()
        assert await store.commit([history().submit()]) == (Committed(),)


async def test_a_reader_writes_nothing(store, address):
    """A store opened for reading shows what the owner has written, and cannot write."""
    one = history()
    await store.commit([one.submit()])
    async with open_store(address, read_only=True, sealing=SEALING) as reader:
        assert len(await reader.journal(one.transfer)) == 1
        with pytest.raises(Unavailable, match="may only be read"):
            await reader.commit([one.move(e.ApplicationTaken("KM"))])


async def test_a_look_that_failed_holds_the_next_to_nothing(store, monkeypatch):
    """A look shows what was committed before it, even while somebody still holds on to the error of the one before."""
    one, seen = history(), message("platform", "k")
    await store.commit([one.submit()])
    says = store._reader.statements
    with monkeypatch.context() as broken:
        broken.setattr(says.load_seen, "sql", "SELECT nothing")
        with pytest.raises(Exception, match="refused") as kept:
            await store.load([one.transfer], [seen.message])
    await store.commit([one.move(e.ApplicationTaken("KM"))])
    assert (await store.load([one.transfer])).records[one.transfer].version == 2, kept


async def test_a_row_that_cannot_be_read_is_named(store, address):
    """A broken row is an error that names it, never skipped; other rows are as readable as before."""
    one, other = history(), history()
    await store.commit([one.submit(), other.submit(owed=(Duty.SEND_APPLICATION,))])
    behind(address, f"UPDATE transfers SET facts = X'7B' WHERE id = '{one.transfer.text}'")
    behind(address, f"UPDATE journal SET type = 'mislaid' WHERE transfer = '{one.transfer.text}'")
    loaded = await store.load([other.transfer, one.transfer])
    assert set(loaded.records) == {other.transfer}
    with pytest.raises(UnreadableRow, match=f"transfers {one.transfer.text}"):
        loaded.record(one.transfer)
    with pytest.raises(UnreadableRow, match=f"journal {one.transfer.text} 1"):
        await store.journal(one.transfer)
    behind(address, f"UPDATE transfers SET updated_at = {2**62} WHERE id = '{other.transfer.text}'")
    with pytest.raises(UnreadableRow, match=f"transfers {other.transfer.text}"):
        (await store.load([other.transfer])).record(other.transfer)
    behind(address, f"UPDATE agenda SET due_at = -{2**62}")
    with pytest.raises(UnreadableRow, match=f"agenda {other.transfer.text}"):
        await store.claim(at=AT, limit=1, lease_s=1, token="t")


async def test_a_duty_of_a_newer_version_is_left_to_it(store, address):
    """While two versions share a database, neither stumbles over a task that only the other one knows."""
    one, other = history(), history()
    await store.commit([here.submit(owed=(Duty.SEND_APPLICATION, Duty.CHASE_RECEIPT)) for here in (one, other)])
    behind(address, f"UPDATE agenda SET duty = 'novelty' WHERE transfer = '{one.transfer.text}' AND duty LIKE 'chase%'")
    claimed = await store.claim(at=AT, limit=9, lease_s=60, token="t")
    assert {held.due.transfer: held.due.duty for held in claimed}[one.transfer] is Duty.SEND_APPLICATION
    assert len(claimed) == 3
    done = tuple(held.lease for held in claimed if held.due.transfer == one.transfer)
    assert await store.commit([one.move(e.ApplicationTaken("KM"), finished=done)]) == (Committed(),)
    behind(address, "UPDATE agenda SET duty = 'chase_receipt' WHERE duty = 'novelty'")
    (left,) = await store.claim(at=AT, limit=9, lease_s=60, token="u")
    assert (left.due.transfer, left.attempt) == (one.transfer, 1)


async def test_a_disk_that_cannot_lock_is_named(address, monkeypatch):
    """A file on a network disk without locks could have two owners: it is not opened, and the remedy is told."""

    def flock(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("cotransfer.adapters.sql.ownership.fcntl.flock", flock)
    with pytest.raises(CannotOpen, match=r"No locks available.*disk of this machine"):
        open_store(address, sealing=SEALING)


async def test_claims_are_not_stored_in_clear(store, address):
    """Whoever reads the claims learns no home and no account: a key's name, and a hash under that key."""
    one = history()
    await store.commit([one.submit()])
    with MODULE.connect(address.removeprefix("sqlite:///")) as connection:
        claims = [claim for (claim,) in connection.execute("SELECT claim FROM claims")]
    connection.close()
    assert len(claims) == 2
    assert all(re.fullmatch("test [0-9a-f]{32}", claim) for claim in claims)


async def test_a_cancelled_caller_leaves_the_group_whole(store):
    """Whoever stops waiting does not stop the commit: it is there, whole, when the next one comes."""
    one = history()
    waiting = asyncio.create_task(store.commit([one.submit(owed=(Duty.SEND_APPLICATION,))]))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await store.commit([attrs.evolve(one.move(e.PreReviewPassed(ADDRESS)))]) in ((Committed(),), (Stale(),))


@pytest.mark.parametrize("run", ["look", "write"])
async def test_no_cursor_leaves_the_thread_it_was_made_in(store, run):
    """Carried off in a result or in the frames of an error it is closed already: whoever drops the last hold on an open
    one resets a statement that the store's thread may be in the midst of using again.
    """
    made = []

    def fail(talk):
        made.append(talk.execute("SELECT 1 UNION SELECT 2"))
        raise LookupError

    made.append(await getattr(store, run)(lambda talk: talk.execute("SELECT 1 UNION SELECT 2")))
    with pytest.raises(LookupError):
        await getattr(store, run)(fail)
    for cursor in made:
        with pytest.raises(MODULE.ProgrammingError, match="closed cursor"):
            cursor.fetchall()


async def test_a_long_reason_is_cut(store):
    """A reason is kept up to its limit, without what an engine could not keep."""
    one = history()
    await store.commit([one.submit(owed=(Duty.SEND_APPLICATION,))])
    (held,) = await store.claim(at=AT, limit=1, lease_s=1, token="t")
    await store.bury(held.lease, why="\0" + "\ud800" + "长" * 1000, at=AT)
    (grave,) = await store.buried()
    assert len(grave.why) == 500
    assert grave.why.startswith("�?长")


async def test_closing_twice_is_no_trouble(address):
    """A closed store has given the file back."""
    store = open_store(address, sealing=SEALING)
    await store.close()
    await store.close()
    await open_store(address, sealing=SEALING).close()


class TestAdministering:
    """Short writes of a command beside the process that owns an SQLite file."""

    pytestmark = pytest.mark.skipif(MODULE.sqlite_version_info < FIXED_LOG, reason="An older SQLite must not.")

    async def test_a_command_writes_beside_the_owner(self, store, address):
        """Both write, neither waits for the other to end, and both see what was written."""
        one, other = history(), history()
        await store.commit([one.submit(owed=(Duty.SEND_APPLICATION,))])
        async with open_store(address, administering=True, sealing=SEALING) as beside:
            (held,) = await store.claim(at=AT, limit=1, lease_s=60, token="t")
            await store.bury(held.lease, why="enough", at=AT)
            assert await beside.revive([revival(one, Duty.SEND_APPLICATION, AT)])
            assert await store.commit([other.submit()]) == (Committed(),)
            assert set((await beside.load([one.transfer, other.transfer])).records) == {one.transfer, other.transfer}

    async def test_the_owner_waits_for_a_command(self, store, address, monkeypatch):
        """A command that holds the right to write for longer than a turn is waited for, turn after turn."""
        monkeypatch.setattr("cotransfer.adapters.sql.sqlite.TURN_S", 0.01)
        other = MODULE.connect(address.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(store.commit([history().submit()]))
        await asyncio.sleep(0.04)
        assert not waiting.done()
        other.execute("COMMIT")
        other.close()
        assert await waiting == (Committed(),)


@pytest.mark.parametrize("administering", [True, False])
async def test_an_older_sqlite_administers_only_alone(address, monkeypatch, administering):
    """Where two writers could lose a commit the command is turned away with what to do, unless nobody else is there."""
    monkeypatch.setattr("cotransfer.adapters.sql.ownership.FIXED_LOG", (99, 0, 0))
    async with open_store(address, administering=True, sealing=SEALING):
        with pytest.raises(CannotOpen, match=r"pysqlite3 for SQLite 99\.0\.0|End that process first"):
            open_store(address, administering=administering, sealing=SEALING)
    await open_store(address, administering=administering, sealing=SEALING).close()
