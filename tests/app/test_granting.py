"""Grants at work: known afresh within half a second, spent to the last one and never beyond, changed with a note."""

import asyncio
from datetime import timedelta

import attrs
import pytest
from structlog.testing import capture_logs

from cotransfer.adapters.memory.audit import MemoryAudit
from cotransfer.adapters.memory.grants import MemoryGrants
from cotransfer.adapters.memory.time import ManualClock
from cotransfer.app import freshness
from cotransfer.app.freshness import BEARABLE, FRESH
from cotransfer.app.granting import PART, Granting, GrantsInForce
from cotransfer.domain.datasets import Operation
from cotransfer.domain.grants import (
    CannotChange,
    Grant,
    GrantId,
    NotGranted,
    Phase,
    Side,
    WhyNot,
    about_grant,
    day_of,
    permit,
    seconds_left,
)
from cotransfer.domain.notes import Note
from cotransfer.domain.parties import Party
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.grants import Held
from cotransfer.testing.grants import GRANT

TICK = timedelta(microseconds=1)


class Watched(MemoryGrants):
    """Counts what it is asked, and can be away, slow, or overtaken by somebody else."""

    def __init__(self) -> None:
        self.trail = MemoryAudit()
        super().__init__(self.trail)
        self.reads = self.writes = self.lost = 0
        self.away = False
        self.slow: asyncio.Event | None = None

    async def all(self) -> tuple[Held, ...]:
        """As told."""
        self.reads += 1
        found = await super().all()
        await asyncio.sleep(0)
        if self.slow is not None:
            await self.slow.wait()
        if self.away:
            raise Unavailable(Party.US, "The disk is gone.")
        return found

    async def put(self, grant: Grant, expected: int, note: Note) -> bool:
        """Somebody else is quicker, `lost` times."""
        if self.lost:
            self.lost -= 1
            return False
        return await super().put(grant, expected, note)

    async def spend(self, grant: GrantId, day: int, amount: int, quota: int) -> bool:
        """As told."""
        self.writes += 1
        await asyncio.sleep(0)
        return await super().spend(grant, day, amount, quota)


class World:
    """A store, a clock, two processes and an operator at the first."""

    def __init__(self) -> None:
        self.store, self.clock = Watched(), ManualClock()
        self.here, self.there = GrantsInForce(self.store, self.clock), GrantsInForce(self.store, self.clock)
        self.granting = Granting(self.store, self.clock, in_force=self.here)

    async def suspend(self, by: Side = Side.CITY) -> bool:
        """The water utility's grant."""
        return await self.granting.suspend(GRANT.id, by=by, who="operator-1", why="breach")


@pytest.fixture
async def world() -> World:
    """With the water utility's grant."""
    made = World()
    await made.granting.add(GRANT, who="operator-1")
    return made


def quota_of(quota: int) -> Grant:
    """A grant of so many disclosures a day."""
    return attrs.evolve(GRANT, id=GrantId("limited"), daily_quota=quota)


class TestInForce:
    async def test_all_callers_share_one_read(self, world: World) -> None:
        """No read for each disclosure: whoever asks within half a second is told what the first was told."""
        world.store.reads = 0
        assert await asyncio.gather(*(world.here.current() for _ in range(50))) == [(GRANT,)] * 50
        world.clock.move(FRESH)
        await world.here.current()
        assert world.store.reads == 1

    async def test_a_change_elsewhere_bites_within_a_second(self, world: World) -> None:
        """Suspended by one process, a grant gives nothing in any other after half a second."""
        permit(await world.there.current(), "kunming-water", Operation.SHOW_IDENTITY, world.clock.now())
        await world.suspend()
        world.clock.move(FRESH + TICK)
        with pytest.raises(NotGranted) as refused:
            permit(await world.there.current(), "kunming-water", Operation.SHOW_IDENTITY, world.clock.now())
        assert refused.value.why_not is WhyNot.SUSPENDED

    async def test_a_change_here_bites_at_once(self, world: World) -> None:
        """The process that suspends it need not wait for the next read."""
        await world.here.current()
        await world.suspend()
        (grant,) = await world.here.current()
        assert grant.standing_at(world.clock.now()) is Phase.SUSPENDED

    async def test_a_read_that_was_overtaken_is_not_kept(self, world: World) -> None:
        """A look that began before a suspension must not give anything afterwards."""
        world.store.slow = asyncio.Event()
        world.clock.move(FRESH + TICK)
        early = asyncio.create_task(world.here.current())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        slow, world.store.slow = world.store.slow, None
        await world.suspend()
        slow.set()
        await early
        (grant,) = await world.here.current()
        assert grant.standing_at(world.clock.now()) is Phase.SUSPENDED

    async def test_with_the_store_away_grants_stay_for_five_seconds(self, world: World) -> None:
        """A short outage stops nobody; a longer one stops everything that would leave, and says whose fault it is."""
        await world.here.current()
        world.store.away = True
        world.clock.move(BEARABLE)
        assert await world.here.current() == (GRANT,)
        world.clock.move(TICK)
        with pytest.raises(Unavailable) as away:
            await world.here.current()
        assert (away.value.party, away.value.certain) == (Party.US, True)
        world.store.away = False
        assert await world.here.current() == (GRANT,)

    async def test_a_store_that_hangs_is_as_one_that_is_away(self, world: World, monkeypatch) -> None:
        """Nobody waits for it longer than a second; what is known helps out for five."""
        await world.here.current()
        monkeypatch.setattr(freshness, "READ_LIMIT_S", 0.01)  # Only now: the read that succeeds may take its time.
        world.store.slow = asyncio.Event()
        world.clock.move(BEARABLE)
        assert await world.here.current() == (GRANT,)
        world.clock.move(TICK)
        with pytest.raises(Unavailable):
            await world.here.current()
        world.store.slow.set()

    async def test_what_was_never_known_is_not_assumed(self, world: World) -> None:
        """A process that starts without its store gives nothing."""
        world.store.away = True
        with pytest.raises(Unavailable):
            await world.there.current()

    async def test_a_clock_that_goes_back_gives_nothing_old(self, world: World) -> None:
        """What seems to be known from the future is read anew."""
        await world.here.current()
        world.clock.move(-timedelta(hours=1))
        world.store.away = True
        with pytest.raises(Unavailable):
            await world.here.current()


class TestTelling:
    async def test_the_operator_is_told_once(self, world: World) -> None:
        """Every process says what it learns, in its log, when it learns it: no data goes out from then on."""
        with capture_logs() as said:
            for in_force in (world.here, world.there):
                await in_force.current()
            await world.suspend()
            for _ in range(3):
                world.clock.move(FRESH + TICK)
                await world.there.current()
            await world.granting.resume(GRANT.id, by=Side.CITY, who="operator-1", why="settled")
            world.clock.move(FRESH + TICK)
            await world.there.current()
            await world.granting.end(GRANT.id, by=Side.COUNTERPARTY, who="operator-1", why="agreement-over")
            world.clock.move(FRESH + TICK)
            await world.there.current()
        named = {"grant": "kunming-water.transfer", "counterparty": "kunming-water"}
        assert said == [
            {"event": "grant_suspended", "log_level": "warning", "by": ["city"], "why": "breach", **named},
            {"event": "grant_resumed", "log_level": "info", **named},
            {"event": "grant_ended", "log_level": "warning", "by": ["counterparty"], "why": "agreement-over", **named},
        ]

    async def test_who_starts_tells_what_is_not_active(self, world: World) -> None:
        """A process that starts while a grant is suspended says so."""
        await world.suspend()
        with capture_logs() as said:
            await world.there.current()
        assert [one["event"] for one in said] == ["grant_suspended"]


class TestQuota:
    @pytest.mark.parametrize("quota", [1, 7, 99, 100, 101, 250])
    async def test_one_process_can_use_it_all(self, world: World, quota: int) -> None:
        """To the last one, and then nothing until midnight in China."""
        grant = quota_of(quota)
        assert [await world.here.spend(grant, 1) for _ in range(quota + 2)] == [*[True] * quota, False, False]
        world.clock.move(timedelta(seconds=seconds_left(world.clock.now())) - TICK)
        assert not await world.here.spend(grant, 1)
        world.clock.move(TICK)
        assert await world.here.spend(grant, 1)

    async def test_a_large_quota_costs_few_writes(self, world: World) -> None:
        """A hundredth is set aside at a time: a thousand disclosures of ten thousand are ten writes."""
        grant = quota_of(10_000)
        assert all([await world.here.spend(grant, 1) for _ in range(1_000)])
        assert world.store.writes == 1_000 // (10_000 // PART)

    async def test_two_processes_never_overspend(self, world: World) -> None:
        """Together they use no more than the quota, and lose no more of it than what they set aside."""
        grant = quota_of(1_000)
        spending = [(world.here, world.there)[nth % 3 == 0].spend(grant, 1 + nth % 2) for nth in range(2_000)]
        allowed = await asyncio.gather(*spending)
        used = sum(1 + nth % 2 for nth, may in enumerate(allowed) if may)
        assert 1_000 - 2 * (1_000 // PART) <= used <= 1_000
        assert used <= await world.store.spent(grant.id, day_of(world.clock.now())) <= 1_000

    async def test_what_is_refused_is_not_used(self, world: World) -> None:
        """More at once than is left counts for nothing, and less still fits."""
        grant = quota_of(10)
        assert await world.here.spend(grant, 8)
        assert not await world.here.spend(grant, 3)
        assert await world.here.spend(grant, 2)

    async def test_what_is_given_back_is_there_again(self, world: World) -> None:
        """Today's, once, and never more than the quota; what was yesterday's is over with its day."""
        grant = quota_of(10)
        assert await world.here.spend(grant, 8)
        await world.here.give_back(grant, 8)
        assert [await world.here.spend(grant, amount) for amount in (8, 2, 1)] == [True, True, False]
        world.clock.move(timedelta(days=1))
        await world.here.give_back(grant, 8)
        assert [await world.here.spend(grant, amount) for amount in (10, 1)] == [True, False]

    async def test_what_was_set_aside_yesterday_is_gone(self, world: World) -> None:
        """A day's quota is that day's, also for what a process holds."""
        grant = quota_of(1_000)
        await world.here.spend(grant, 1)
        world.clock.move(timedelta(days=1))
        assert await world.there.spend(grant, 996)  # Another process leaves four of the new day.
        assert [await world.here.spend(grant, 1) for _ in range(5)] == [True, True, True, True, False]

    async def test_without_its_store_nothing_is_spent(self, world: World) -> None:
        """What cannot be counted does not leave."""

        class Away(Watched):
            async def spend(self, grant: GrantId, day: int, amount: int, quota: int) -> bool:
                raise Unavailable(Party.US, "The disk is gone.")

        in_force = GrantsInForce(Away(), world.clock)
        with pytest.raises(Unavailable):
            await in_force.spend(GRANT, 1)


class TestAdministration:
    async def test_a_whole_life(self, world: World) -> None:
        """Added, suspended by both, resumed by both, ended: each step is in the trail, once."""
        granting = world.granting
        who, why = "operator-1", "settled"
        assert await granting.add(GRANT, who=who) == ()
        assert await world.suspend(Side.CITY)
        assert await world.suspend(Side.COUNTERPARTY)
        assert not await world.suspend(Side.COUNTERPARTY)
        for side in Side:
            assert await granting.resume(GRANT.id, by=side, who=who, why=why)
        assert not await granting.resume(GRANT.id, by=Side.CITY, who=who, why=why)
        assert await granting.end(GRANT.id, by=Side.CITY, who=who, why="agreement-over")
        links = await world.store.trail.chain(about_grant(GRANT.id))
        told = ["added", "suspended_by_city", "suspended_by_counterparty", "resumed_by_city", "resumed_by_counterparty"]
        for link, what in zip(links, [*told, "ended_by_city"], strict=True):
            assert f'"grant.{what}"' in link.body.decode()

    async def test_only_the_new_ones_are_named(self, world: World) -> None:
        """A file of grants can be added again and again."""
        other = attrs.evolve(GRANT, id=GrantId("another"))
        assert await world.granting.add(GRANT, other, who="operator-1") == (other.id,)

    async def test_a_change_is_decided_anew_when_another_was_quicker(self, world: World) -> None:
        """Two operators at once: each decision is made on what then stands."""
        world.store.lost = 3
        assert await world.suspend()
        (held,) = await world.granting.all()
        assert held.version == 2

    async def test_it_gives_up_at_last(self, world: World) -> None:
        """A race that never ends is told, and nothing was changed."""
        world.store.lost = 100
        with pytest.raises(Unavailable) as given_up:
            await world.suspend()
        assert given_up.value.certain
        assert [held.grant for held in await world.granting.all()] == [GRANT]

    async def test_what_is_refused_leaves_no_trace(self, world: World) -> None:
        """Neither in the store nor in the trail."""
        with pytest.raises(CannotChange):
            await world.granting.end(GrantId("nobodys"), by=Side.CITY, who="operator-1", why="breach")
        assert [held.version for held in await world.granting.all()] == [1]
        assert await world.store.trail.chain("grant:nobodys") == ()

    async def test_what_was_spent_can_be_seen(self, world: World) -> None:
        """An operator sees how much of a quota is gone, set aside or used."""
        await world.here.spend(GRANT, 3)
        assert await world.granting.spent_today(GRANT.id) == 3
