"""After an outage: how quickly what has piled up is done beside fresh work, and how soon an idle worker begins.

The whole office with its breaker and its usual limits, over a real store; only the utility is told when to be away.
Never compares figures of two databases: both drains are of one, the fresh one before the outage and after it.
"""

import asyncio
import contextlib
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

import attrs
from typing_extensions import override

from cotransfer.adapters.keys.held import HeldKeys
from cotransfer.adapters.machine import RandomIdentifiers, SystemClock
from cotransfer.adapters.sql import Sealing, SqlStore, open_store
from cotransfer.app.breaker import Rules
from cotransfer.app.directory import Directory, Listing
from cotransfer.app.office import Office, Terms, World, open_office
from cotransfer.bench import town
from cotransfer.bench.engines import Engine
from cotransfer.bench.figures import Spread, percentile
from cotransfer.bench.plan import EngineName, Plan
from cotransfer.bench.watching import WatchedTransfers
from cotransfer.domain.case import Case
from cotransfer.domain.events import ApplicationTaken
from cotransfer.domain.parties import Party
from cotransfer.domain.reports import Receipt
from cotransfer.domain.values import Service, TransferId
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.keys import KeyUse
from cotransfer.ports.transfers import Change, Outcome

FRESH_SHARE = 10
"""Fresh work is measured on a tenth of the backlog."""

IDLE_SAMPLES = 200
IDLE_S = 0.02
"""Between two of them, so that the worker has gone to rest."""

AT_ONCE = 64
PROBE_S = 0.5
"""How long the circuit waits before it looks again: of half a minute, as a deployment has it, nothing is learnt."""


OUTAGE_S = 2.0
"""How long the utility stays away once the worker has noticed: its circuit opens, and some probes fail."""


class FickleUtility(town.InstantUtility):
    """Away when told to be; notes what was handed in, how often, and when first."""

    def __init__(self) -> None:
        self.away = False
        self.turned_away = asyncio.Event()
        self.handed_in = Counter[TransferId]()
        self.first_at: dict[TransferId, float] = {}

    @override
    async def submit(self, case: Case, *, key: TransferId) -> Receipt:
        self.first_at.setdefault(key, time.perf_counter())
        if self.away:
            self.turned_away.set()
            raise Unavailable(Party.UTILITY, "It is away.", certain=True)
        self.handed_in[key] += 1
        return await super().submit(case, key=key)


class TimedTransfers(WatchedTransfers):
    """Notes when a transfer's first step had become durable."""

    def __init__(self, store: SqlStore) -> None:
        super().__init__(store)
        self.durable_at: dict[TransferId, float] = {}

    @override
    async def commit(self, changes: Sequence[Change]) -> tuple[Outcome, ...]:
        outcomes = await super().commit(changes)
        now = time.perf_counter()
        for change in changes:
            if change.step is not None:
                self.durable_at.setdefault(change.step.transfer, now)
        return outcomes


@attrs.frozen(kw_only=True)
class Stage:
    """One office over one database."""

    office: Office
    transfers: TimedTransfers
    utility: FickleUtility
    numbers: Iterator[int] = attrs.field(factory=itertools.count)

    async def submit(self, count: int, passed: Callable[[], None] = lambda: None) -> list[TransferId]:
        """So many new transfers, each of which owes its application now."""
        submitted: list[TransferId] = []
        left = iter(range(count))

        async def one_after_another() -> None:
            for _ in left:
                reply = await self.office.submission.submit(town.request(next(self.numbers)))
                submitted.append(reply.decided.transfer)
                passed()

        await asyncio.gather(*(one_after_another() for _ in range(min(count, AT_ONCE))))
        return submitted

    async def taken(self, transfers: Sequence[TransferId]) -> None:
        """Returns once the utility has taken all of them, durably."""
        await asyncio.gather(*(self.transfers.until(one, ApplicationTaken) for one in transfers))
        for one in transfers:
            self.transfers.leave(one)

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """A worker is at it meanwhile."""
        work = asyncio.create_task(self.office.worker.run())
        try:
            yield
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)


async def measure(
    plan: Plan, running: dict[EngineName, Engine], *, begun: Callable[[str], None], passed: Callable[[], None]
) -> AsyncIterator[dict[str, Any]]:
    """The lines of this part, two for each engine."""
    for name, engine in running.items():
        async with _stage(engine.new_database()) as stage:
            begun(f"{name.value}, an idle worker")
            yield {"measure": "first_attempt", "engine": name.value, **await _idle(stage)}
            begun(f"{name.value}, {plan.backlog_tasks} tasks after an outage")
            yield {"measure": "backlog", "engine": name.value, **await _outage(stage, plan.backlog_tasks, passed)}


async def _idle(stage: Stage) -> dict[str, Any]:
    """From commit to first attempt, one at a time."""
    waits = []
    async with stage.working():
        for _ in range(IDLE_SAMPLES):
            await asyncio.sleep(IDLE_S)
            submitted = await stage.submit(1)
            await stage.taken(submitted)
            waits += [max(0.0, stage.utility.first_at[one] - stage.transfers.durable_at[one]) for one in submitted]
    figures = {f"p{share}": round(percentile(waits, share) * 1e3, 2) for share in (50, 99)}
    return {"commit_to_first_attempt_ms": {**figures, "max": round(max(waits) * 1e3, 2)}, "samples": len(waits)}


async def _outage(stage: Stage, tasks: int, passed: Callable[[], None]) -> dict[str, Any]:
    """Fresh work, an outage while so many tasks are due, what has piled up, and fresh work again."""
    share = max(1, tasks // FRESH_SHARE)
    fresh = [await _drained(stage, await stage.submit(share))]
    piled = await stage.submit(tasks, passed)
    stage.utility.away = True
    async with stage.working():
        await stage.utility.turned_away.wait()
        await asyncio.sleep(OUTAGE_S)
        # Those that were tried in vain wait for their own pauses, half a minute it may be: that is told, not divided.
        tried = [one for one in piled if one in stage.utility.first_at]
        stage.utility.away = False
        begun = time.perf_counter()
        await stage.taken([one for one in piled if one not in stage.utility.first_at])
        drained = (tasks - len(tried)) / (time.perf_counter() - begun)
        await stage.taken(tried)
        whole_s = time.perf_counter() - begun
    fresh.append(await _drained(stage, await stage.submit(share)))
    return {
        "tasks": tasks,
        "tried_in_the_outage": len(tried),
        "all_done_after_s": round(whole_s, 1),
        "fresh_tasks_per_s": Spread.of(fresh).line(),
        "drained_tasks_per_s": round(drained, 1),
        "drained_over_fresh": round(drained / Spread.of(fresh).median, 3),
        "handed_in_twice": sum(times > 1 for times in stage.utility.handed_in.values()),
    }


async def _drained(stage: Stage, transfers: Sequence[TransferId]) -> float:
    """Tasks a second, from when a worker starts until the last one is done."""
    begun = time.perf_counter()
    async with stage.working():
        await stage.taken(transfers)
    return len(transfers) / (time.perf_counter() - begun)


@contextlib.asynccontextmanager
async def _stage(address: str) -> AsyncIterator[Stage]:
    async with open_store(address, sealing=Sealing(HeldKeys.new(KeyUse.WRAPPING, KeyUse.INDEX))) as store:
        transfers, utility = TimedTransfers(store), FickleUtility()
        world = World(
            transfers=transfers,
            agenda=store,
            registry=town.InstantRegistry(),
            directory=Directory(Listing(id=town.WATER, service=Service.WATER, utility=utility)),
            notifier=town.InstantNotifier(),
            clock=SystemClock(),
            identifiers=RandomIdentifiers(),
        )
        rules = Rules(first_pause_s=PROBE_S, longest_pause_s=PROBE_S)
        office = open_office(world, Terms(circuits=rules))
        yield Stage(office=office, transfers=transfers, utility=utility)
        await office.desk.close()
