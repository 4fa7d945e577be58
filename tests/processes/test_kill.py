"""kill -9 of real processes under load: nothing acknowledged is lost, no effect is doubled."""

import asyncio
import random

import pytest
from tests.processes.fleet import Fleet, Life, doubled, fleet

from cotransfer.adapters.sql import open_store
from cotransfer.domain.states import Completed
from cotransfer.domain.transfer import fold
from cotransfer.domain.values import TransferId
from cotransfer.ports.transfers import Transfers

KILLS = 30
AT_ONCE = 12


async def citizens(running: Fleet, stop: asyncio.Event) -> list[str]:
    """Citizens keep coming, so many at once, until told to stop; the transfers that were acknowledged to them."""
    people = iter((*running.city.everyone("plain"), *running.city.everyone("co_owner")))
    acknowledged: list[str] = []

    async def come() -> None:
        for who in people:
            if stop.is_set():
                return
            acknowledged.append(await running.submit(who))
            await asyncio.sleep(0.1)

    await asyncio.gather(*(come() for _ in range(AT_ONCE)))
    return acknowledged


async def kill_again_and_again(lives: tuple[Life, ...], chance: random.Random) -> None:
    """One of them dies at a random moment, and is started again, KILLS times."""
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.05, 0.6))
        life = chance.choice(lives)
        await life.kill()
        await life.start()


async def survive(running: Fleet, lives: tuple[Life, ...], seed: int) -> None:
    """The whole trial, and what must hold after it."""
    print(f"seed {seed}")
    stop = asyncio.Event()
    load = asyncio.create_task(citizens(running, stop))
    await kill_again_and_again(lives, random.Random(seed))
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
    await memory_is_enough(running.database, acknowledged)
    print(f"kill -9: {kills} kills, {len(acknowledged)} transfers acknowledged, 0 lost, 0 doubled")


async def memory_is_enough(database: str, transfers: list[str]) -> None:
    """Every journal, folded, gives the stored state."""
    store = open_store(database, claim_key=b"cotransfer-known-to-everybody", hints=False)
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
async def test_killing_the_gateway_on_sqlite(sqlite_database: str) -> None:
    """The gateway dies 30 times under load, its worker with it: what was acknowledged is completed, once."""
    async with fleet(sqlite_database) as running:
        await survive(running, (running.gateway,), random.randrange(10**6))


@pytest.mark.slow
async def test_killing_gateway_and_workers_on_postgresql(postgres_database: str) -> None:
    """The gateway and two workers die 30 times, one at a time: nothing is skipped, nothing done twice."""
    async with fleet(postgres_database, workers=2) as running:
        await survive(running, (running.gateway, *running.workers), random.randrange(10**6))
