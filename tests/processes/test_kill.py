"""kill -9 of real processes under load: nothing acknowledged is lost, no effect is doubled."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Iterator

import pytest
from tests.processes.fleet import PATIENCE_S, Fleet, Life, doubled, fleet

from cotransfer.adapters.keys.folder import KeyFolder
from cotransfer.adapters.sql import Sealing, open_store
from cotransfer.domain.states import Completed
from cotransfer.domain.transfer import fold
from cotransfer.domain.values import TransferId
from cotransfer.ports.transfers import Transfers
from cotransfer.sandbox import Someone

Count = Callable[[str], None]
KILLS = 30
AT_ONCE = 16
LOOK_EVERY_S = 0.5


async def citizens(running: Fleet, people: Iterator[Someone], stop: asyncio.Event) -> list[str]:
    """They keep coming, so many at once, until told to stop; the transfers that were acknowledged to them.

    Each stays until their transfer is over: load that outruns the counterparties would only test how they queue.
    """
    acknowledged: list[str] = []

    async def come() -> None:
        for who in people:
            transfer = await running.submit(who)
            acknowledged.append(transfer)
            while not stop.is_set() and not await running.is_over(transfer):
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), LOOK_EVERY_S)
            if stop.is_set():
                return

    await asyncio.gather(*(come() for _ in range(AT_ONCE)))
    return acknowledged


async def kill_again_and_again(running: Fleet, lives: tuple[Life, ...], chance: random.Random) -> list[int]:
    """One of them dies at a random moment, and is started again, KILLS times; how many transfers were open then."""
    open_then: list[int] = []
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.05, 0.6))
        life = chance.choice(lives)
        open_then.append(await some_under_way(running))
        await life.kill()
        await life.start()
    return open_then


async def survive(running: Fleet, lives: tuple[Life, ...], count: Count) -> None:
    """The whole trial, and what must hold after it."""
    seed = random.randrange(10**6)
    count(f"kill -9: the seed was {seed}, {len(lives)} processes took turns")
    stop = asyncio.Event()
    people = iter((*running.city.everyone("plain"), *running.city.everyone("co_owner")))
    load = asyncio.create_task(citizens(running, people, stop))
    open_then = await kill_again_and_again(running, lives, random.Random(seed))
    assert not load.done(), "the citizens stopped coming before the last kill"
    assert next(people, None) is not None, "the citizens ran out: the last kills met no load"
    assert min(open_then) > 0, f"a kill met no open transfer: {open_then}"
    stop.set()
    acknowledged = await load
    ended = [await running.finished(transfer) for transfer in acknowledged]
    kills = sum(life.kills for life in lives)
    assert kills == KILLS
    assert len(set(acknowledged)) == len(acknowledged)
    assert all(seen["state"] == "completed" for seen in ended)
    assert await doubled(running) == []
    ledger = await running.behind("water", "ledger")
    assert {one["transfer"] for one in ledger["applications"]} == set(acknowledged)
    await asyncio.gather(*(life.end() for life in (running.gateway, *running.workers)))
    await memory_is_enough(running, acknowledged)
    hit = f"{min(open_then)} to {max(open_then)} transfers open at each"
    count(f"kill -9: {kills} kills, {hit}, {len(acknowledged)} transfers acknowledged, 0 lost, 0 doubled")


async def some_under_way(running: Fleet) -> int:
    """How many transfers are open, as soon as there is one: a kill that meets none proves nothing."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if count := await running.under_way():
                return count
            await asyncio.sleep(LOOK_EVERY_S / 10)


async def memory_is_enough(running: Fleet, transfers: list[str]) -> None:
    """Every journal, folded, gives the stored state."""
    store = open_store(running.database, hints=False, sealing=Sealing(KeyFolder(running.keys)))
    async with store:
        kept: Transfers = store
        for text in transfers:
            transfer = TransferId(text)
            record = (await kept.load((transfer,))).records[transfer]
            journal = await kept.journal(transfer)
            assert isinstance(record.state, Completed)
            assert fold(entry.event for entry in journal) == record.state
            assert [entry.sequence for entry in journal] == list(range(1, record.version + 1))


@pytest.mark.slow
async def test_killing_the_gateway_on_sqlite(sqlite_database: str, count: Count) -> None:
    """The gateway dies 30 times under load, its worker with it: what was acknowledged is completed, once."""
    async with fleet(sqlite_database) as running:
        await survive(running, (running.gateway,), count)


@pytest.mark.slow
async def test_killing_gateway_and_workers_on_postgresql(postgres_database: str, count: Count) -> None:
    """The gateway and two workers die 30 times, one at a time: nothing is skipped, nothing done twice."""
    async with fleet(postgres_database, workers=2) as running:
        await survive(running, (running.gateway, *running.workers), count)
