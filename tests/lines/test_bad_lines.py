"""Every call over a line that fails in every way: the blame is the network's, nothing is guessed, and once the line is
well again every transfer reaches its end, with each effect made once.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import attrs
import pytest
from tests.lines.stage import Stage, staged

from cotransfer.app.office import Office
from cotransfer.domain.parties import Party
from cotransfer.domain.states import Closed, Completed, Submitted
from cotransfer.domain.values import TransferId
from cotransfer.ports.errors import Unavailable
from cotransfer.sandbox import INVITATION_TEMPLATE, RESULT_TEMPLATE, Someone
from cotransfer.testing.faulty_line import Cut, Deaf, Dripping, Fault, Late, Mute, Refused, Way

LATE = "did not answer in time"
BROKEN = "broke off"
NOBODY = "No connection to"


@attrs.frozen
class Suffering:
    """A way to fail, what is said of it, and whether the call surely had no effect."""

    fault: Fault
    said: str
    certain: bool = False

    def hasty(self, line: str) -> set[str]:
        """Who calls shall not wait for what never comes in time; for all else they are patient."""
        return {line} if self.said == LATE else set()


WAYS = {
    "refused": Suffering(Refused(), NOBODY, certain=True),
    "deaf": Suffering(Deaf(), LATE),
    "mute": Suffering(Mute(), LATE),
    "late": Suffering(Late(0.4), LATE),
    "dripping": Suffering(Dripping(0.02), LATE),
    "cut_before_the_request": Suffering(Cut(after=0, way=Way.THERE), BROKEN),
    "cut_in_the_request": Suffering(Cut(after=60, way=Way.THERE), BROKEN),
    "cut_before_the_answer": Suffering(Cut(after=0, way=Way.BACK), BROKEN),
    "cut_in_the_head": Suffering(Cut(after=12, way=Way.BACK), BROKEN),
    "cut_in_the_answer": Suffering(Cut(after=140, way=Way.BACK), BROKEN),
}


@pytest.fixture(params=WAYS)
def suffering(request: pytest.FixtureRequest) -> Suffering:
    """One after the other."""
    return WAYS[request.param]


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A fresh one."""
    async with staged() as stage:
        yield stage


@pytest.fixture
def who(stage: Stage) -> Someone:
    """Somebody whose transfer goes through."""
    return stage.sandbox.city.someone("plain")


async def ends_once(stage: Stage, transfer: TransferId, *, notices: int = 1) -> None:
    """The transfer reaches its end over sound lines; every effect was made once, and the citizen was told once."""
    office = await stage.office()
    assert isinstance(await stage.finish(office, transfer), Completed)
    assert stage.effects(transfer) == ["taken", "pre_reviewed", "signed", "transferred"]
    told = Counter(stage.told(transfer))
    assert told[RESULT_TEMPLATE] == notices
    assert told[INVITATION_TEMPLATE] <= 1
    assert await stage.store.buried() == ()


class TestWhoWaitsForAnAnswer:
    """Steps 1 to 5, with the citizen before the screen: told at once, and nothing is stored."""

    @pytest.mark.parametrize("line", ["registry", "water", "tokens"])
    async def test_the_citizen_is_told_and_tries_again(
        self, stage: Stage, who: Someone, line: str, suffering: Suffering
    ) -> None:
        """The registry, the account search or the token endpoint cannot be reached: 503, and no transfer."""
        office = await stage.office(hasty=suffering.hasty(line))
        await stage.lines[line].suffer(suffering.fault)
        with pytest.raises(Unavailable) as away:
            await stage.submit(office, who)
        assert away.value.party is Party.NETWORK
        assert suffering.said in away.value.what
        # Without a token nothing was asked for, however the line to the token endpoint broke.
        assert away.value.certain is (suffering.certain or line == "tokens")
        assert ("the token endpoint" in away.value.what) is (line == "tokens")
        assert stage.sandbox.water.book.cases == {}
        await stage.lines[line].heal()
        await ends_once(stage, await stage.submit(await stage.office(), who))


async def fails(stage: Stage, office: Office, line: str, suffering: Suffering, *, attempts: int = 2) -> None:
    """What is due is tried, and put off with its reason: the task is there, and nothing is in the grave."""
    before = len(stage.store.put_off)
    await stage.lines[line].suffer(suffering.fault)
    await office.worker.drain()
    said = stage.store.put_off[before:]
    assert len(said) >= attempts
    assert all(why.startswith("network: ") and suffering.said in why for why in said), said
    assert await stage.store.buried() == ()


class TestWhatIsOwed:
    """Steps 5 to 9, on the agenda: put off with its reason, and done once the line is well."""

    async def test_handing_in(self, stage: Stage, who: Someone, suffering: Suffering) -> None:
        """Step 5: whether the application has arrived or not, it is taken once."""
        transfer = await stage.submit(await stage.office(), who)
        await fails(stage, await stage.office(hasty=suffering.hasty("water")), "water", suffering)
        assert isinstance(await stage.state(transfer), Submitted)
        await stage.lines["water"].heal()
        await ends_once(stage, transfer)

    async def test_fetching_a_token_first(self, stage: Stage, who: Someone, suffering: Suffering) -> None:
        """Step 5, when the token endpoint cannot be reached: surely nothing was handed in."""
        transfer = await stage.submit(await stage.office(), who)
        await fails(stage, await stage.office(hasty=suffering.hasty("tokens")), "tokens", suffering)
        assert stage.effects(transfer) == []
        assert isinstance(await stage.state(transfer), Submitted)
        await stage.lines["tokens"].heal()
        await ends_once(stage, transfer)

    async def test_asking_how_far_it_is(self, stage: Stage, who: Someone, suffering: Suffering) -> None:
        """After a lost answer the utility is asked first; that question may fail as well, as often as it likes."""
        transfer = await stage.submit(await stage.office(), who)
        await fails(stage, await stage.office(), "water", WAYS["cut_before_the_answer"])
        assert stage.sandbox.water.book.cases[transfer.text].received == 1
        stage.clock.move(timedelta(seconds=10))
        office = await stage.office(hasty=suffering.hasty("water"))
        await fails(stage, office, "water", suffering, attempts=1)
        assert isinstance(await stage.state(transfer), Submitted)
        await stage.lines["water"].heal()
        await ends_once(stage, transfer)
        assert stage.sandbox.water.book.cases[transfer.text].received == 1

    async def test_telling_the_citizen(self, stage: Stage, who: Someone, suffering: Suffering) -> None:
        """Step 9: the notice arrives once; the closed transfer waits for it, and is not moved by it."""
        transfer = await stage.submit(await stage.office(), who)
        office = await stage.office(hasty=suffering.hasty("wechat"))
        await stage.lines["wechat"].suffer(Refused())
        for _ in range(100):
            await office.worker.drain()
            if isinstance(await stage.state(transfer), Closed):
                break
            stage.clock.move(timedelta(hours=6))
        stage.clock.move(timedelta(seconds=40))
        await fails(stage, office, "wechat", suffering, attempts=1)
        assert isinstance(await stage.state(transfer), Completed)
        assert await stage.notices(transfer) == 0
        await stage.lines["wechat"].heal()
        await ends_once(stage, transfer)


async def test_a_line_that_is_slow_is_no_trouble(stage: Stage) -> None:
    """Late within the time that is allowed: everything goes through at the first attempt, for several at once."""
    for line in stage.lines.values():
        await line.suffer(Late(0.01))
    office = await stage.office()
    people = [stage.sandbox.city.someone("plain", nth) for nth in range(8)]
    transfers = await asyncio.gather(*(stage.submit(office, one) for one in people))
    for transfer in transfers:
        await ends_once(stage, transfer)
    assert stage.store.put_off == []


async def test_lines_that_fail_again_and_again_lose_nobody(stage: Stage) -> None:
    """Eight transfers while every line suffers one thing after another, connections under way among it."""
    people = [stage.sandbox.city.someone("plain", nth) for nth in range(8)]
    patient = await stage.office()
    transfers = await asyncio.gather(*(stage.submit(patient, one) for one in people))
    hasty = await stage.office(hasty=stage.lines)
    for suffering in WAYS.values():
        for line in stage.lines.values():
            await line.suffer(suffering.fault)
        stage.clock.move(timedelta(hours=2))
        await hasty.worker.drain()
    for line in stage.lines.values():
        await line.heal()
    for transfer in transfers:
        assert isinstance(await stage.finish(patient, transfer), Completed)
        assert stage.effects(transfer) == ["taken", "pre_reviewed", "signed", "transferred"]
        assert max(Counter(stage.told(transfer)).values(), default=0) <= 1
    assert await stage.store.buried() == ()
