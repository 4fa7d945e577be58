"""A counterparty that keeps failing is left alone, and slows nobody else: neither the worker nor a citizen who asks."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import structlog
from tests.adapters.test_memory_registry import HOMES
from tests.adapters.test_memory_utility import World as MemoryUtilityWorld
from tests.app.test_sharing import GuardedCity
from tests.app.test_worker import TAKEN, AgendaStore, Doing, Shop
from tests.app.world import ENQUIRY, REQUEST, City, nth_transfer

from cotransfer.adapters.memory.notifier import MemoryNotifier, MemorySms
from cotransfer.adapters.memory.registry import MemoryRegistry
from cotransfer.adapters.memory.time import ManualClock
from cotransfer.app.breaker import USUAL_RULES, Open, Passing, Probing
from cotransfer.app.circuits import COUNTED, Breaker, CircuitOpen, Circuits
from cotransfer.app.contained import ContainedNotifier, ContainedRegistry, ContainedUtility
from cotransfer.app.duties import Later
from cotransfer.app.worker import Limits
from cotransfer.domain.agenda import Duty
from cotransfer.domain.commands import Command
from cotransfer.domain.correlation import Correlation
from cotransfer.domain.events import DeadlinePassed
from cotransfer.domain.grants import NotGranted, WhyNot
from cotransfer.domain.parties import Party, Step
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.states import InPreReview, State, Submitted
from cotransfer.domain.values import Home, OpenId, UtilityId
from cotransfer.ports.agenda import Claimed
from cotransfer.ports.errors import Unavailable, Unintelligible
from cotransfer.testing.notifier import TELEPHONES, NotifierLaws, PostOffice, SmsLaws
from cotransfer.testing.registry import RegistryLaws
from cotransfer.testing.samples import ACCOUNT, KUNMING_WATER
from cotransfer.testing.utility import UtilityLaws

WATER = KUNMING_WATER.text
GAS = UtilityId("kunming-gas")
AWAY = Unavailable(Party.UTILITY, "It is away.")


def breaker(name: str = WATER) -> Breaker:
    """A closed circuit of its own."""
    return Breaker(Circuits(ManualClock()), name)


class ContainedWorld:
    """The utility in memory behind a closed circuit, and its inside as it was."""

    def __init__(self) -> None:
        self.inside = MemoryUtilityWorld()
        self.utility = ContainedUtility(self.inside.utility, breaker())

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inside, name)


class TestUtilityLaws(UtilityLaws):
    @pytest.fixture
    def world(self) -> Any:
        """Behind a circuit."""
        return ContainedWorld()


class TestRegistryLaws(RegistryLaws):
    @pytest.fixture
    def homes(self) -> Sequence[Home]:
        """What is written down."""
        return HOMES

    @pytest.fixture
    def registry(self, homes: Sequence[Home]) -> ContainedRegistry:
        """Behind a circuit."""
        return ContainedRegistry(MemoryRegistry(homes), breaker())


class ContainedPost:
    """The notifier in memory behind a closed circuit, with hands on its inside."""

    def __init__(self) -> None:
        self.inside = MemoryNotifier()
        self.notifier = ContainedNotifier(self.inside, breaker())

    async def shown(self, openid: OpenId) -> int:
        """How many notices somebody was shown."""
        return len(self.inside.shown_to(openid))

    async def unfollow(self, openid: OpenId) -> None:
        """Somebody wants none any more."""
        self.inside.unfollow(openid)

    async def go_away(self) -> None:
        """The channel is away."""
        self.inside.away = True

    async def come_back(self) -> None:
        """And back."""
        self.inside.away = False

    async def lose_an_answer(self) -> None:
        """Delivered, and nobody hears of it."""
        self.inside.lost_answers = 1


class TestNotifierLaws(NotifierLaws):
    @pytest.fixture
    def post_office(self) -> PostOffice:
        """Behind a circuit."""
        return ContainedPost()


class ContainedPostBySms(ContainedPost):
    """The same by telephone."""

    def __init__(self) -> None:
        self.inside = self.sms = MemorySms()
        self.notifier = ContainedNotifier(self.inside, breaker())

    async def shown(self, openid: OpenId) -> int:
        """How many notices somebody was shown."""
        return len(self.inside.shown_to(TELEPHONES[openid]))

    async def unfollow(self, openid: OpenId) -> None:
        """Somebody wants none any more."""
        self.sms.refuse(TELEPHONES[openid])


class TestSmsLaws(SmsLaws):
    @pytest.fixture
    def post_office(self) -> PostOffice:
        """Behind a circuit."""
        return ContainedPostBySms()


class Calls:
    """Calls through the circuits of one process, each of which fails as it is told."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.circuits = Circuits(self.clock)
        self.made = 0

    async def call(self, error: BaseException | None = None, name: str = WATER) -> str:
        """One call, and what it says."""

        async def work() -> str:
            self.made += 1
            if error is not None:
                raise error
            return "well"

        return await self.circuits.call(name, work)

    async def fail(self, times: int, error: BaseException = AWAY) -> None:
        """So many that fail."""
        for _ in range(times):
            with pytest.raises(type(error)):
                await self.call(error)


class TestCircuits:
    async def test_an_open_circuit_answers_at_once(self) -> None:
        """After five failures nobody is called: it says whose fault it is, that surely nothing was done, and when."""
        calls = Calls()
        await calls.fail(5)
        calls.clock.move(timedelta(seconds=10.5))
        with pytest.raises(
            CircuitOpen, match=f"{WATER} keeps failing and is left alone for now.*It is away."
        ) as caught:
            await calls.call()
        assert calls.made == 5
        assert (caught.value.party, caught.value.certain, caught.value.retry_after_s) == (Party.UTILITY, True, 20)
        assert caught.value.correlation.theirs is None
        assert calls.circuits.shut() == {WATER}

    async def test_one_counterparty_is_not_another(self) -> None:
        """Each has a circuit of its own."""
        calls = Calls()
        await calls.fail(5)
        assert await calls.call(name="registry") == "well"
        view = calls.circuits.view()
        assert {name: type(circuit) for name, circuit in view.items()} == {WATER: Open, "registry": Passing}

    async def test_a_probe_that_goes_well_closes_it(self) -> None:
        """After half a minute one call goes out; when it goes well, all do."""
        calls = Calls()
        await calls.fail(5)
        calls.clock.move(timedelta(seconds=30))
        assert calls.circuits.shut() == frozenset()
        assert await calls.call() == "well"
        assert isinstance(calls.circuits.view()[WATER], Passing)

    async def test_while_the_probe_is_out_nobody_follows(self) -> None:
        """A counterparty that comes to its feet is not run over by everybody who waited."""
        calls, answer = Calls(), asyncio.Event()
        await calls.fail(5)
        calls.clock.move(timedelta(seconds=30))
        probe = asyncio.ensure_future(calls.circuits.call(WATER, answer.wait))
        await asyncio.sleep(0)
        assert isinstance(calls.circuits.view()[WATER], Probing)
        await calls.fail(3, CircuitOpen(WATER, calls.circuits.view()[WATER], calls.clock.now()))  # type: ignore[arg-type]
        answer.set()
        assert await probe
        assert await calls.call() == "well"

    @pytest.mark.parametrize("nothing", [asyncio.CancelledError(), NotGranted(WhyNot.QUOTA_SPENT), ZeroDivisionError()])
    async def test_a_probe_that_tells_nothing_leaves_the_way_free(self, nothing: BaseException) -> None:
        """Cancelled, not granted, broken in our own hands: the next call is the probe, without another pause."""
        calls = Calls()
        await calls.fail(5)
        calls.clock.move(timedelta(seconds=30))
        await calls.fail(2, nothing)
        assert await calls.call() == "well"

    @pytest.mark.parametrize("party", list(Party))
    @pytest.mark.parametrize("kind", [Unavailable, Unintelligible])
    async def test_only_their_failures_count(self, party: Party, kind: type[Exception]) -> None:
        """Our own store away, or what a citizen did wrong, says nothing of a counterparty."""
        calls = Calls()
        await calls.fail(5, kind(party, "It failed."))
        counted = party in {Party.UTILITY, Party.REGISTRY, Party.NOTIFIER, Party.SIGNER, Party.NETWORK}
        assert isinstance(calls.circuits.view()[WATER], Open) == counted == (party in COUNTED)

    async def test_what_we_refuse_counts_for_nothing(self) -> None:
        """A refusal is neither a failure of theirs nor a success."""
        calls = Calls()
        await calls.fail(4)
        await calls.fail(9, Refused(Why.CONSENT_MISSING))
        await calls.fail(1)
        assert isinstance(calls.circuits.view()[WATER], Open)

    async def test_it_is_told(self) -> None:
        """The log has when a circuit opens, whose fault that is and until when, and when it closes again."""
        calls = Calls()
        with structlog.testing.capture_logs() as logs:
            await calls.fail(4)
            ids = Correlation(ours="c-1", theirs="kw-5")
            await calls.fail(1, Unavailable(Party.UTILITY, "It is away.", correlation=ids))
            calls.clock.move(timedelta(seconds=30))
            await calls.fail(1)
            calls.clock.move(timedelta(seconds=60))
            await calls.call()
        assert logs == [
            {
                "event": "circuit_opened",
                "log_level": "warning",
                "counterparty": WATER,
                "failures": 5,
                "until": "2026-03-02T09:00:30+00:00",
                "party": "utility",
                "what": "It is away.",
                "correlation_id": "c-1",
                "counterparty_correlation_id": "kw-5",
            },
            {
                "event": "circuit_closed",
                "log_level": "info",
                "counterparty": WATER,
                "failures": 6,
                "open_s": 90.0,
            },
        ]


class TestInteractive:
    async def test_who_asks_is_told_at_once(self) -> None:
        """Step 4: a dead utility is answered for without waiting for it, with the time to come back."""
        city = City()
        city.utility.away = True
        for _ in range(USUAL_RULES.in_a_row):
            with pytest.raises(Unavailable, match="The utility is away"):
                await city.office.accounts.find(ENQUIRY)
        city.utility.away = False
        with pytest.raises(CircuitOpen) as caught:
            await city.office.accounts.find(ENQUIRY)
        assert caught.value.retry_after_s == USUAL_RULES.first_pause_s
        city.clock.move(timedelta(seconds=30))
        assert (await city.office.accounts.find(ENQUIRY)).account.number.text == ENQUIRY.account_number
        assert isinstance(city.office.circuits.view()[WATER], Passing)

    async def test_what_is_not_said_is_not_noted(self) -> None:
        """While the circuit is open nothing leaves: no quota is spent, and no disclosure stands in the audit trail."""
        city = GuardedCity()
        city.utility.away = True
        with structlog.testing.capture_logs():
            for _ in range(USUAL_RULES.in_a_row):
                with pytest.raises(Unavailable):
                    await city.office.accounts.find(ENQUIRY)

        def towards_water() -> list[str]:
            return [to for to, *_ in city.noted_store.disclosures() if to == WATER]

        noted, spent = towards_water(), dict(city.granting.spent)
        assert len(noted) == USUAL_RULES.in_a_row
        listing = city.office.accounts._directory[KUNMING_WATER]
        with pytest.raises(CircuitOpen):
            await listing.utility.find_account(ACCOUNT.number)
        assert (towards_water(), city.granting.spent) == (noted, spent)

    async def test_the_registry_as_well(self) -> None:
        """Step 1: a dead registry is answered for at once, and the utility is not held to it."""
        city = City()
        city.registry.away = True
        for _ in range(USUAL_RULES.in_a_row):
            with pytest.raises(Unavailable):
                await city.office.properties.linked_to(ENQUIRY.identity)
        with pytest.raises(CircuitOpen, match="registry keeps failing"):
            await city.office.properties.linked_to(ENQUIRY.identity)
        assert list(city.office.circuits.view()) == ["registry"]


class Town:
    """A worker between two utilities: water, which does as it is told, and gas, which does well. Each stands behind
    its circuit.
    """

    def __init__(self, *, store: AgendaStore | None = None, limits: Limits | None = None) -> None:
        self.water: Doing | None = None
        self.calls: list[str] = []
        self.shop = Shop(self._doing, store=store, limits=limits)
        self.circuits = Circuits(self.shop.clock)
        self.shop.worker._circuits = self.circuits

    async def _doing(self, state: State, claimed: Claimed) -> tuple[Command, ...] | Later:
        name = claimed.due.counterparty

        async def work() -> tuple[Command, ...] | Later:
            self.calls.append(name)
            return await self.water(state, claimed) if name == WATER and self.water else TAKEN

        return await self.circuits.call(name, work) if claimed.due.duty is Duty.SEND_APPLICATION else ()

    def attempts(self) -> dict[str, int]:
        """The attempt of each task of water's as it stands on the agenda."""
        tasks = self.shop.store._tasks.values()
        return {one.due.transfer.text[-3:]: one.attempt for one in tasks if one.due.duty is Duty.SEND_APPLICATION}


async def dead(state: State, claimed: Claimed) -> tuple[Command, ...]:
    """Nobody answers."""
    raise AWAY


class TestWorker:
    async def test_an_open_circuit_costs_no_attempts(self) -> None:
        """However long a utility is away, its tasks wait as they stand; one at a time is the probe."""
        town = Town(limits=Limits(at_once=8, per_counterparty=4))
        town.water = dead
        await town.shop.submit(*range(40))
        with structlog.testing.capture_logs():
            await town.shop.worker.drain()
            opened = len(town.calls)
            assert USUAL_RULES.in_a_row <= opened < USUAL_RULES.in_a_row + 4
            assert sum(town.attempts().values()) == opened
            pause_s, probes = USUAL_RULES.first_pause_s, 0
            while probes < 7:
                await town.shop.after(seconds=pause_s - 0.001)
                assert len(town.calls) == opened + probes
                await town.shop.after(seconds=0.001)
                probes, pause_s = probes + 1, min(2 * pause_s, USUAL_RULES.longest_pause_s)
                assert len(town.calls) == opened + probes
        assert sum(town.attempts().values()) == opened + probes
        assert max(town.attempts().values()) <= 3

    async def test_when_it_is_back_everything_is_done(self) -> None:
        """The probe that goes well opens the way for all that waited, each tried as often as it was, and no oftener."""
        town = Town()
        town.water = dead
        await town.shop.submit(*range(30))
        with structlog.testing.capture_logs():
            await town.shop.worker.drain()
            town.water = None
            await town.shop.after(seconds=30)
        for nth in range(30):
            assert isinstance(await town.shop.state(nth), InPreReview)
        never_tried = [one for one in town.shop.attempts if one.attempt == 1]
        assert len(never_tried) >= 20

    @pytest.mark.parametrize("dying", ["at once", "by waiting"])
    async def test_a_dead_counterparty_slows_nobody_else(self, dying: str) -> None:
        """Bulkhead and breaker together: with a thousand tasks of a dead utility due, and before them, another one's
        tasks are all done in the same go, while no more than its share is ever at the dead one's door.
        """
        never, at_the_door, most = asyncio.Event(), 0, 0

        async def waiting(state: State, claimed: Claimed) -> tuple[Command, ...]:
            nonlocal at_the_door, most
            at_the_door += 1
            most = max(most, at_the_door)
            try:
                await (never.wait() if dying == "by waiting" else asyncio.sleep(0))
            finally:
                at_the_door -= 1
            raise AWAY

        town = Town(limits=Limits(at_once=16, per_counterparty=4))
        town.water = waiting
        await town.shop.submit(*range(1_000))
        town.shop.clock.move(timedelta(seconds=1))
        await town.shop.submit(*range(1_000, 1_100), utility=GAS)
        with structlog.testing.capture_logs():
            draining = asyncio.ensure_future(town.shop.worker.drain())
            async with asyncio.timeout(30):
                while town.calls.count(GAS.text) < 100:  # noqa: ASYNC110 - what is waited for has no event of its own
                    await asyncio.sleep(0)
            assert isinstance(await town.shop.state(0), Submitted)
            assert most <= 4
            assert town.calls.count(WATER) <= USUAL_RULES.in_a_row + 4
            never.set()
            await draining
        for nth in range(1_000, 1_100):
            assert isinstance(await town.shop.state(nth), InPreReview)

    async def test_a_deadline_is_noted_while_nobody_answers(self) -> None:
        """Never stuck: with the utility's circuit open, what is overdue is told all the same, and costs it no call."""
        city = City()
        transfer = (await city.office.submission.submit(REQUEST)).decided.transfer
        city.utility.away = True
        with structlog.testing.capture_logs():
            for pause_s in (0, 5, 30, 300, 4 * 3600):
                await city.later(seconds=pause_s)
            # Somebody else's call has just failed as the probe when the chase is due.
            city.clock.move(timedelta(days=1))
            with pytest.raises(Unavailable):
                await city.office.accounts.find(ENQUIRY)
            assert isinstance(city.office.circuits.view()[WATER], Open)
            await city.later(seconds=0)
        noted = [one.event for one in (await city.office.viewing.of(transfer)).journal]
        assert noted.count(DeadlinePassed(Step.SUBMIT)) == 2

    async def test_a_call_to_somebody_else_who_is_left_alone(self) -> None:
        """A duty that also needs another counterparty waits until that one may be called, and spins at nothing."""
        town = Town()

        async def ask() -> tuple[Command, ...]:
            raise Unavailable(Party.REGISTRY, "It is away.")

        async def asking_the_registry(state: State, claimed: Claimed) -> tuple[Command, ...]:
            return await town.circuits.call("registry", ask)

        town.water = asking_the_registry
        with structlog.testing.capture_logs():
            for _ in range(5):
                with pytest.raises(Unavailable):
                    await town.circuits.call("registry", ask)
            await town.shop.submit(1)
            assert await town.shop.worker.drain() == 1
            assert town.attempts() == {nth_transfer(1).text[-3:]: 0}
            assert await town.shop.after(seconds=29) == 0
            assert await town.shop.after(seconds=1) == 2  # Once as the probe, and at once again: left alone.
        assert town.attempts() == {nth_transfer(1).text[-3:]: 1}
        view = town.circuits.view()[WATER]
        assert isinstance(view, Passing)
        assert view.in_a_row == 1  # Of water's own failures: that it was not even asked is none.
