"""Step 8 over real lines: arrears that come with the signature are found before handling, whoever is away meanwhile."""

from collections.abc import AsyncIterator
from datetime import timedelta

import attrs
import pytest
import structlog
from tests.lines.stage import QUIET, Stage, staged

from cotransfer.app.office import Office
from cotransfer.domain import events as e
from cotransfer.domain.allowances import Allowances, Timetable
from cotransfer.domain.events import Event
from cotransfer.domain.parties import Party
from cotransfer.domain.rechecking import BeforeHandling, Changed
from cotransfer.domain.states import Completed, InHandling
from cotransfer.domain.values import TransferId
from cotransfer.sandbox import Someone
from cotransfer.testing.faulty_line import Cut, Way

INFORM = Timetable(usual=Allowances(before_handling=BeforeHandling.INFORM, ask=timedelta(minutes=10)))


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A fresh one."""
    async with staged() as stage:
        yield stage


async def signed(stage: Stage, office: Office, who: Someone, *, falls_behind: bool) -> TransferId:
    """A transfer that is signed, by the look of the gateway too, and waits at the water company to be handled."""
    transfer = await stage.submit(office, who)
    assert who.account is not None
    plan = attrs.evolve(QUIET, by_hand=True, falls_behind=falls_behind)
    stage.sandbox.water.plan(who.account.account_number, plan)
    await office.worker.drain()
    case = stage.sandbox.water.book.cases[transfer.text]
    for _ in range(2):
        case.go.release()
    for _ in range(100):
        if case.signing is not None:
            return transfer
        await stage.settle()
    raise AssertionError("Nobody signs.")


async def looked(stage: Stage, office: Office, transfer: TransferId) -> list[Event]:
    """What a look before handling came to, once there was time enough for every try."""
    with structlog.testing.capture_logs():
        for _ in range(12):
            stage.clock.move(timedelta(minutes=11))
            await office.worker.drain()
    assert isinstance(await stage.state(transfer), InHandling)
    kinds = (e.FoundUnchanged, e.FoundChanged, e.NotLookedAgain)
    return [entry.event for entry in await stage.store.journal(transfer) if isinstance(entry.event, kinds)]


async def ends(stage: Stage, office: Office, transfer: TransferId) -> None:
    """It is handled all the same."""
    stage.sandbox.water.book.cases[transfer.text].go.release()
    assert isinstance(await stage.finish(office, transfer), Completed)


@pytest.mark.parametrize("falls_behind", [True, False])
async def test_what_the_utility_and_the_registry_say_now(stage: Stage, falls_behind: bool) -> None:
    """Arrears are told once; without any, that nothing has changed."""
    office = await stage.office(timetable=INFORM)
    transfer = await signed(stage, office, stage.sandbox.city.someone("plain"), falls_behind=falls_behind)
    found = e.FoundChanged((Changed.IN_ARREARS,)) if falls_behind else e.FoundUnchanged()
    assert await looked(stage, office, transfer) == [found]
    await ends(stage, office, transfer)


async def test_a_registry_that_cannot_be_reached_holds_nothing_up(stage: Stage) -> None:
    """After its tries it is noted as not looked at, with whose fault that is; nothing is buried."""
    office = await stage.office(timetable=INFORM)
    transfer = await signed(stage, office, stage.sandbox.city.someone("plain"), falls_behind=True)
    await stage.lines["registry"].suffer(Cut(after=0, way=Way.BACK))
    assert await looked(stage, office, transfer) == [e.NotLookedAgain(Party.NETWORK)]
    assert await stage.store.buried() == ()
    await ends(stage, office, transfer)
