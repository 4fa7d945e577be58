"""Keys change under load while processes die, the rotation among them: nothing is lost, doubled or unreadable."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Callable, Sequence

import pytest
from tests.processes.fleet import PATIENCE_S, Fleet, Furnish, Life, doubled, fleet
from tests.processes.test_kill import citizens, loaded, memory_is_enough, some_under_way

from cotransfer.adapters.keys.folder import KeyFolder
from cotransfer.adapters.sql import Sealing, SqlStore, open_store
from cotransfer.adapters.sql.sqlite import FIXED_LOG, MODULE
from cotransfer.adapters.sql.trust.data_keys import BATCH, SqlDataKeys
from cotransfer.adapters.sql.trust.index_keys import SqlIndexKeys
from cotransfer.ports.keys import KeyUse, current
from cotransfer.ports.transfers import Blocked, Committed
from cotransfer.testing.histories import History, history

Count = Callable[[str], None]
ROUNDS = 3
STANDING = 6 * BATCH
"""Transfers that stand open throughout: so many that a rotation takes several batches, and can die in between."""

FIRST_HOME = 77_000_001

DYING = """
import os, signal, sys
from cotransfer.adapters.sql.trust.data_keys import SqlDataKeys
from cotransfer.cli import main

put, left = SqlDataKeys._put, int(sys.argv.pop(1))

def dying(self, batch, talk):
    global left
    written = put(self, batch, talk)
    talk.settle()
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return written

SqlDataKeys._put = dying
main()
"""
"""A command that is killed within the transaction after so many whole ones: half-way, however fast the machine is."""


def standing(known: list[History]) -> Furnish:
    """Puts them into the database under the first keys, and into `known`."""

    async def furnish(database: str, keys: KeyFolder) -> None:
        async with open_store(database, sealing=Sealing(keys), hints=False) as store:
            known.extend(history(home=FIRST_HOME + nth) for nth in range(STANDING))
            for start in range(0, STANDING, BATCH):
                outcomes = await store.commit([one.submit() for one in known[start : start + BATCH]])
                assert set(outcomes) == {Committed()}

    return furnish


class Rotations:
    """Round by round: new keys, a rotation that dies half-way or is let run, and another process that dies."""

    def __init__(self, running: Fleet, lives: Sequence[Life], chance: random.Random) -> None:
        self.running = running
        self.lives = lives
        self.chance = chance
        self.open_then: list[int] = []
        self.halves: list[tuple[int, int]] = []

    async def turn(self, nth: int) -> None:
        """One round; the rotation dies in all but the last."""
        await self._made("wrapping")
        if nth != 1:
            await self._made("index")
        life = self.chance.choice(self.lives)
        self.open_then.append(await some_under_way(self.running))
        await (self._dies(life) if nth < ROUNDS - 1 else self._goes_on(life))
        await life.start()

    async def _dies(self, life: Life) -> None:
        """Within a batch that is not the first; once the first is done, the other process is killed as well."""
        dying = await asyncio.create_subprocess_exec(
            sys.executable, "-c", DYING, str(self.chance.randint(1, STANDING // BATCH - 1)), "keys", "rotate",
            cwd=life.folder, env={**os.environ, **life.environment}, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert dying.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            assert b"so far" in await dying.stdout.readline()
            assert (await asyncio.gather(dying.wait(), life.kill()))[0] == -signal.SIGKILL
        self.halves.append(await self._halves())

    async def _goes_on(self, life: Life) -> None:
        """To its end, while the other process is killed."""
        rotation = self.running.command("keys", "rotate", ready="so far")
        try:
            await rotation.start()
            await life.kill()
            assert rotation.process is not None
            assert await asyncio.wait_for(rotation.process.wait(), PATIENCE_S) == 0
        finally:
            await rotation.end()

    async def finish(self) -> None:
        """Once more, to its end."""
        rotation = self.running.command("keys", "rotate", ready="data keys anew")
        try:
            await rotation.start()
        finally:
            await rotation.end()

    async def _made(self, use: str) -> None:
        making = self.running.command("keys", "new", use, ready=f"made the {use} key")
        try:
            await making.start()
        finally:
            await making.end()

    async def _halves(self) -> tuple[int, int]:
        """How many data keys are under the new wrapping key, and how many are not yet."""
        now = current(KeyFolder(self.running.keys), KeyUse.WRAPPING)
        async with open_store(self.running.database, hints=False, read_only=True) as store:
            counts = await SqlDataKeys(store).counts()
        return counts.get(now, 0), sum(counts.values()) - counts.get(now, 0)


async def survive(running: Fleet, lives: Sequence[Life], known: Sequence[History], count: Count) -> None:
    """The whole trial, and what must hold after it."""
    seed = random.randrange(10**6)
    count(f"rotation under kill -9: the seed was {seed}, {len(lives)} processes took turns")
    stop = asyncio.Event()
    people = iter((*running.city.everyone("plain"), *running.city.everyone("co_owner")))
    rotations = Rotations(running, lives, random.Random(seed))
    async with loaded(citizens(running, people, stop)) as load:
        for nth in range(ROUNDS):
            await rotations.turn(nth)
        assert not load.done(), "the citizens stopped coming before the last rotation"
        stop.set()
        acknowledged = await load
    ended = [await running.finished(transfer) for transfer in acknowledged]
    assert all(seen["state"] == "completed" for seen in ended)
    assert len(set(acknowledged)) == len(acknowledged)
    assert await doubled(running) == []
    ledger = await running.behind("water", "ledger")
    assert {one["transfer"] for one in ledger["applications"]} == set(acknowledged)
    await rotations.finish()
    await asyncio.gather(*(life.end() for life in (running.gateway, *running.workers)))
    readable = await only_the_last_key_is_needed(running, known)
    await memory_is_enough(running, acknowledged)
    assert all(min(half) >= BATCH for half in rotations.halves), "a rotation that died was not half-way"
    count(
        f"rotation under kill -9: {ROUNDS} wrapping and {ROUNDS - 1} index keys made, "
        f"{len(rotations.halves)} rotations killed at {rotations.halves} (anew, not yet), {ROUNDS} other kills with "
        f"{min(rotations.open_then)} to {max(rotations.open_then)} transfers open, {len(acknowledged)} transfers "
        f"acknowledged, 0 lost, 0 doubled, {readable} data keys under the last key, 0 unreadable"
    )


async def only_the_last_key_is_needed(running: Fleet, known: Sequence[History]) -> int:
    """Without the files of all older wrapping keys everything is readable; each index key finds what it must."""
    keys = KeyFolder(running.keys)
    *older, last = keys.names(KeyUse.WRAPPING)
    assert len(older) == ROUNDS
    for name in older:
        (running.keys / "wrapping" / f"{name}.key").unlink()
    async with open_store(running.database, hints=False, sealing=Sealing(KeyFolder(running.keys))) as store:
        counts = await SqlDataKeys(store).counts()
        assert list(counts) == [last]
        for start in range(0, len(known), BATCH):
            loaded = await store.load([one.transfer for one in known[start : start + BATCH]])
            assert not loaded.unreadable
            assert len(loaded.records) == BATCH
        await homes_are_kept(store, keys.names(KeyUse.INDEX), known)
        return counts[last]


async def homes_are_kept(store: SqlStore, names: Sequence[str], known: Sequence[History]) -> None:
    """Who stood open all the time is found by the first index key, who has ended has left nothing under any."""
    assert len(names) == ROUNDS
    needs = await SqlIndexKeys(store).needs(*names)
    assert [needs[name].transfers for name in names] == [STANDING, *[0] * (ROUNDS - 1)]
    rivals = [history(home=one.home).submit() for one in known[:: STANDING // 10]]
    holders = [Blocked(one.transfer) for one in known[:: STANDING // 10]]
    assert list(await store.commit(rivals)) == holders


@pytest.mark.campaign
@pytest.mark.skipif(MODULE.sqlite_version_info < FIXED_LOG, reason="An older SQLite must not rotate beside its owner.")
async def test_keys_change_while_the_gateway_dies_on_sqlite(sqlite_database: str, count: Count) -> None:
    """The gateway and the rotation die under load: what was acknowledged is completed once, and readable."""
    known: list[History] = []
    async with fleet(sqlite_database, furnish=standing(known)) as running:
        await survive(running, (running.gateway,), known, count)


@pytest.mark.campaign
async def test_keys_change_while_processes_die_on_postgresql(postgres_database: str, count: Count) -> None:
    """The gateway, two workers and the rotation die under load: nothing is lost, doubled or unreadable."""
    known: list[History] = []
    async with fleet(postgres_database, workers=2, furnish=standing(known)) as running:
        await survive(running, (running.gateway, *running.workers), known, count)
