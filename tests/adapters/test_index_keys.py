"""What still needs an index key is told by the rows that are under it; one removed too early is named at the start."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager as Opened
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cotransfer.adapters.keys import folder as folders
from cotransfer.adapters.keys.folder import KeyFolder
from cotransfer.adapters.keys.held import HeldKeys
from cotransfer.adapters.keys.making import make_key
from cotransfer.adapters.sql import Sealing, SqlStore, open_store
from cotransfer.adapters.sql.claims import hashed
from cotransfer.adapters.sql.trust.index_keys import Needs, SqlIndexKeys
from cotransfer.domain import events as e
from cotransfer.ports.keys import KeyMissing, KeyUse
from cotransfer.ports.transfers import Blocked, Committed
from cotransfer.testing.audit import SOMEBODY, decided, noting
from cotransfer.testing.histories import history

HOME = 77_000_001
NONE = Needs(0, 0)
OLD, NEW, LATEST = "20260101-000000", "20260101-000000-1", "20270101-000000"
"""The middle one was made in the same second as the first: a name that begins with another's."""

_WRAPPING = {"1": make_key(KeyUse.WRAPPING)}
_INDEX = {name: make_key(KeyUse.INDEX) for name in (OLD, NEW, LATEST)}

Open = Callable[..., Opened[SqlStore]]


@pytest.fixture(params=["sqlite", "postgres"])
def opened(request: pytest.FixtureRequest) -> Open:
    """Opens one database of either engine with the index keys that are named."""
    address = request.getfixturevalue(f"{request.param}_with_tables")

    def store(*names: str) -> Opened[SqlStore]:
        index = {name: _INDEX[name] for name in names}
        return open_store(address, sealing=Sealing(HeldKeys({KeyUse.WRAPPING: _WRAPPING, KeyUse.INDEX: index})))

    return store


async def test_what_was_begun_under_an_old_key_alone_needs_it(opened: Open) -> None:
    """A transfer from before the new key needs the old one until it ends; one from after it, under both, does not."""
    before, after = history(home=HOME), history(home=HOME + 1)
    async with opened(OLD) as store:
        await store.commit([before.submit()])
    async with opened(OLD, NEW) as store:
        keys = SqlIndexKeys(store)
        await store.commit([after.submit()])
        assert await keys.names() == (OLD, NEW)
        assert await keys.needs(OLD, NEW) == {OLD: Needs(1, 0), NEW: Needs(1, 0)}
        await store.commit([before.move(e.ContractDeclined())])
        assert await keys.needs(OLD, NEW) == {OLD: NONE, NEW: Needs(1, 0)}


async def test_a_key_removed_too_early_is_named_until_it_is_back(opened: Open) -> None:
    """Whoever starts without it is told which, what is under it, and the remedy; with the file back all is well."""
    one = history(home=HOME)
    async with opened(OLD) as store:
        await store.commit([one.submit()])
    async with opened(NEW, LATEST) as store:
        with pytest.raises(KeyMissing, match=f"index key {OLD} was removed too early.* 1 open .*Put its file back"):
            await SqlIndexKeys(store).check()
    async with opened(OLD, NEW) as store:
        await SqlIndexKeys(store).check()
        await store.commit([one.move(e.ContractDeclined())])
    async with opened(NEW) as store:
        await SqlIndexKeys(store).check()


async def test_whom_the_trail_is_about_needs_the_key_that_marked_it(opened: Open) -> None:
    """Removed, they would not find what was disclosed about them, and nobody would notice."""
    async with opened(OLD) as store:
        await store.commit([noting(decided("mine", subject=SOMEBODY))])
    async with opened(OLD, NEW) as store:
        assert await SqlIndexKeys(store).needs(OLD, NEW) == {OLD: Needs(0, 1), NEW: NONE}
    async with opened(NEW) as store:
        with pytest.raises(KeyMissing, match=f"{OLD} was removed too early.* 1 chains"):
            await SqlIndexKeys(store).check()


async def test_a_lost_key_can_be_given_up(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """In batches, and nothing under another key goes with it; afterwards the gateway starts."""
    monkeypatch.setattr("cotransfer.adapters.sql.trust.index_keys.BATCH", 2)
    async with opened(OLD) as store:
        for home in range(3):
            await store.commit([history(home=HOME + home).submit()])
        await store.commit([noting(decided("mine", subject=SOMEBODY))])
    later = history(home=HOME + 9)
    async with opened(NEW) as store:
        keys = SqlIndexKeys(store)
        await store.commit([later.submit()])
        assert await keys.give_up(OLD) == 7
        assert await keys.give_up(OLD) == 0
        await keys.check()
        assert await keys.names() == (NEW,)
        assert await store.commit([history(home=HOME + 9).submit()]) == (Blocked(later.transfer),)


async def test_a_process_goes_on_with_a_key_that_is_removed(
    sqlite_with_tables: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ends while it runs gives up its claims under every key, so that none is left behind."""
    monkeypatch.setattr(folders, "LISTED_S", 0.0)
    keys = KeyFolder(tmp_path / "keys")
    keys.make_missing(datetime(2026, 1, 1, tzinfo=UTC))
    async with open_store(sqlite_with_tables, sealing=Sealing(keys)) as store:
        one = history(home=HOME)
        await store.commit([one.submit()])
        (old,) = keys.names(KeyUse.INDEX)
        keys.make(KeyUse.INDEX, f"{old}-1")
        (keys.path / "index" / f"{old}.key").unlink()
        rival = history(home=HOME)
        assert await store.commit([rival.submit()]) == (Blocked(one.transfer),)
        assert await store.commit([one.move(e.ContractDeclined())]) == (Committed(),)
        assert await SqlIndexKeys(store).names() == ()


def test_hashes_stand_in_the_order_of_their_keys() -> None:
    """A name that begins with another's sorts behind it with all its hashes: what is under one key is one range."""
    rows = hashed(("a", "b", "c"), {name: _INDEX[name] for name in (LATEST, NEW, OLD)})
    assert [row.split(" ")[0] for row in rows] == sorted([OLD, NEW, LATEST] * 3)
    assert all(f"{OLD} " <= row < f"{OLD}!" for row in rows[:3])
