"""kill -9 of real processes under load: nothing acknowledged is lost, no effect is doubled."""

import asyncio
import contextlib
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from datetime import datetime
from typing import Any

import attrs
import pytest
from tests.processes.fleet import PATIENCE_S, Fleet, Life, doubled, fleet

from cotransfer.adapters.keys.folder import KeyFolder
from cotransfer.adapters.sql import Sealing, open_store
from cotransfer.domain.events import ApplicationTaken, NoticeSent
from cotransfer.domain.states import Completed
from cotransfer.domain.transfer import fold
from cotransfer.domain.values import TransferId
from cotransfer.ports.transfers import Transfers
from cotransfer.sandbox import Someone

Count = Callable[[str], None]
FEW_ROUNDS = 6
ROUNDS = int(os.environ.get("KILLS", "100"))
"""Of a campaign; each takes the while that processes take to start."""

ROUNDS_WITH_WORKERS = min(ROUNDS, 30)
AT_ONCE = 16
LOOK_EVERY_S = 0.5
UNFORESEEN = ("Traceback", '"unforeseen"', '"duty_broke"')
"""What no process may say in any of its lives."""


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


@contextlib.asynccontextmanager
async def loaded(coming: Coroutine[Any, Any, list[str]]) -> AsyncIterator[asyncio.Task[list[str]]]:
    """With that load beside it, which ends with the block in any case."""
    load = asyncio.create_task(coming)
    try:
        yield load
    finally:
        load.cancel()
        await asyncio.wait([load])


@attrs.define
class Trial:
    """What is killed, in so many rounds; in each, one of `victims`, which may be several processes at the same moment.

    `open_then` is how many transfers were open at each kill.
    """

    victims: tuple[tuple[Life, ...], ...]
    rounds: int
    open_then: list[int] = attrs.field(factory=list)
    alone: list[datetime] = attrs.field(factory=list)
    """When a life of the gateway began that found all its counterparties there."""

    async def run(self, running: Fleet, chance: random.Random) -> None:
        """They die at random moments, and are started again."""
        done = 0
        for nth in range(self.rounds):
            # However slow the machine is: each life gets something done.
            done = await more_done(running, than=done)
            await asyncio.sleep(chance.uniform(0.05, 0.4))
            victims = self.victims[nth % len(self.victims)]
            self.open_then.append(await some_under_way(running))
            await asyncio.gather(*(life.kill() for life in victims))
            await asyncio.gather(*(life.start() for life in victims))
            if victims == (running.gateway,) and not running.workers:
                self.alone.append(running.gateway.began[-1])

    @property
    def kills(self) -> dict[str, int]:
        """How often each was killed, by the name of its command."""
        lives = {id(life): life for victims in self.victims for life in victims}.values()
        counts = Counter[str]()
        for life in lives:
            counts[life.arguments[0]] += life.kills
        return dict(counts)


async def survive(running: Fleet, trial: Trial, count: Count) -> None:
    """The whole trial, and what must hold after it."""
    seed = random.randrange(10**6)
    count(f"kill -9: the seed was {seed}, {len(trial.victims)} victims took turns")
    stop = asyncio.Event()
    people = iter((*running.city.everyone("plain"), *running.city.everyone("co_owner")))
    async with loaded(citizens(running, people, stop)) as load:
        await trial.run(running, random.Random(seed))
        assert not load.done(), "the citizens stopped coming before the last kill"
        assert next(people, None) is not None, "the citizens ran out: the last kills met no load"
        assert min(trial.open_then) > 0, f"a kill met no open transfer: {trial.open_then}"
        stop.set()
        acknowledged = await load
    ended = [await running.finished(transfer) for transfer in acknowledged]
    assert sum(trial.kills.values()) == sum(len(trial.victims[nth % len(trial.victims)]) for nth in range(trial.rounds))
    assert len(set(acknowledged)) == len(acknowledged)
    assert all(seen["state"] == "completed" for seen in ended)
    assert await doubled(running) == []
    ledger = await running.behind("water", "ledger")
    assert {one["transfer"] for one in ledger["applications"]} == set(acknowledged)
    effects = Counter(one["what"] for one in ledger["effects"])
    assert effects == dict.fromkeys(("taken", "pre_reviewed", "signed", "transferred"), len(acknowledged))
    await asyncio.gather(*(life.end() for life in (running.gateway, *running.workers)))
    complaints = (running.gateway.folder / "stderr.txt").read_text(encoding="utf-8")
    assert not [line for line in complaints.splitlines() if any(word in line for word in UNFORESEEN)]
    delivered = await memory_is_enough(running, acknowledged)
    hit = f"{min(trial.open_then)} to {max(trial.open_then)} transfers open at each"
    count(
        f"kill -9: {trial.rounds} rounds, kills {_listed(trial.kills)}, {hit}, "
        f"{len(acknowledged)} transfers acknowledged, 0 lost, 0 doubled"
    )
    if trial.alone:
        waits = sorted((_first_after(began, delivered) - began).total_seconds() for began in trial.alone)
        count(
            f"kill -9: from the start of a killed gateway to its first delivery, under load, "
            f"{waits[0]:.1f} to {waits[-1]:.1f} s, median {waits[len(waits) // 2]:.1f} s"
        )


def _listed(kills: dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in kills.items())


def _first_after(began: datetime, delivered: list[datetime]) -> datetime:
    return min(at for at in delivered if at >= began)


async def some_under_way(running: Fleet) -> int:
    """How many transfers are open, as soon as there is one: a kill that meets none proves nothing."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if count := await running.under_way():
                return count
            await asyncio.sleep(LOOK_EVERY_S / 10)


async def more_done(running: Fleet, *, than: int) -> int:
    """How many effects there are at the water company, as soon as there are more."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            effects = (await running.behind("water", "ledger"))["effects"]
            if len(effects) > than:
                return len(effects)
            await asyncio.sleep(LOOK_EVERY_S / 10)


async def memory_is_enough(running: Fleet, transfers: list[str]) -> list[datetime]:
    """Every journal, folded, gives the stored state. When something was delivered: an application, or a notice."""
    delivered: list[datetime] = []
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
            delivered += (entry.at for entry in journal if isinstance(entry.event, ApplicationTaken | NoticeSent))
    return delivered


def few_or(many: int) -> pytest.MarkDecorator:
    """A few rounds wherever the tests run, and so many in a campaign."""
    return pytest.mark.parametrize("rounds", [FEW_ROUNDS, pytest.param(many, id="many", marks=pytest.mark.campaign)])


@pytest.mark.slow
@few_or(ROUNDS)
async def test_killing_gateway_and_sandbox_on_sqlite(sqlite_database: str, rounds: int, count: Count) -> None:
    """The gateway, its worker with it, the counterparties, or all at once die again and again under load: what was
    acknowledged is completed, once.
    """
    async with fleet(sqlite_database) as running:
        await survive(running, Trial(_turns(running), rounds), count)


@pytest.mark.slow
@few_or(ROUNDS_WITH_WORKERS)
async def test_killing_gateway_and_workers_on_postgresql(postgres_database: str, rounds: int, count: Count) -> None:
    """The gateway and two workers die, one at a time: nothing is skipped, nothing done twice."""
    async with fleet(postgres_database, workers=2) as running:
        lives = (running.gateway, *running.workers)
        await survive(running, Trial(tuple((life,) for life in lives), rounds), count)


def _turns(running: Fleet) -> tuple[tuple[Life, ...], ...]:
    """On SQLite gateway and worker are one process."""
    return (running.gateway,), (running.sandbox,), (running.gateway, running.sandbox)
