"""Personal data goes when its time is over, or earlier on request; whoever asks for it is told that it is gone."""

import attrs
import pytest
from tests.app.world import AWAY, City, asking, message, nth_case, nth_transfer, submitting

from cotransfer.app.erasure import Erasure, found
from cotransfer.domain.agenda import Duty
from cotransfer.domain.allowances import Allowances
from cotransfer.domain.commands import Command, hearing
from cotransfer.domain.notes import Decision, about_transfer
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.reports import Expired, Failed
from cotransfer.domain.trails import read
from cotransfer.domain.values import TransferId, UtilityId
from cotransfer.ports.agenda import Lease
from cotransfer.ports.errors import LeaseLost, Unavailable
from cotransfer.ports.transfers import Stale
from cotransfer.testing.samples import BUYER, GROUNDS, KUNMING_WATER

OURS = nth_transfer(1)
RETENTION = Allowances().retention
END: Command = hearing(Failed(GROUNDS))


@pytest.fixture
async def city() -> City:
    """A transfer that has ended a moment ago, and whose result has been announced."""
    city = City()
    await city.office.desk.handle(submitting(nth_case(1), message("submitted")))
    await city.office.desk.handle(asking(1, END, message=message("failed", source="kunming-water")))
    await city.office.worker.drain()
    return city


def why(refused: pytest.ExceptionInfo[Refused]) -> Why:
    """The reason."""
    return refused.value.refusal.why


async def is_erased(city: City) -> bool:
    """Whether only the skeleton is left."""
    return OURS in (await city.store.load([OURS])).erased


class TestWhenItsTimeIsOver:
    async def test_not_a_moment_earlier(self, city: City) -> None:
        """The retention counts from the end; the agenda holds the erasure until then, and does it by itself."""
        await city.later(seconds=(RETENTION.total_seconds() - 1))
        assert not await is_erased(city)
        await city.later(seconds=2)
        assert await is_erased(city)
        assert await city.office.worker.drain() == 0
        assert await city.store.buried() == ()

    async def test_it_is_in_the_audit_trail(self, city: City) -> None:
        """That the key was destroyed, by whom, and when; entries before it stay."""
        before = await city.store.audit.chain(about_transfer(OURS))
        await city.office.erasure.erase(OURS, who="operator-7")
        *earlier, last = await city.store.audit.chain(about_transfer(OURS))
        assert tuple(earlier) == tuple(before)
        assert read(last.body).what == Decision(what="key.destroyed", who="operator-7")
        assert await city.store.audit.chains_about(BUYER.identity) == ()

    async def test_a_store_that_is_away_puts_it_off(self, city: City) -> None:
        """It is tried again, and nothing is half erased."""
        city.store.fail_commits.extend([AWAY] * 2)
        await city.later(days=RETENTION.days + 1)
        assert not await is_erased(city)
        await city.later(hours=1)
        assert await is_erased(city)

    async def test_one_that_cannot_be_read_goes_as_well(self, city: City) -> None:
        """What nobody can read any more must not stay for ever for that."""
        city.store.broken.add(OURS)
        await city.later(days=RETENTION.days + 1)
        city.store.broken.clear()
        assert await is_erased(city)

    async def test_a_lost_lease_is_somebody_elses_matter(self, city: City) -> None:
        """Nothing is erased under a lease that another worker took over."""
        with pytest.raises(LeaseLost):
            await city.office.erasure.erase(OURS, finishes=Lease(OURS, Duty.ERASE, "lost"))
        assert not await is_erased(city)


class TestEarlier:
    async def test_once_is_enough(self, city: City) -> None:
        """A second time is told, and does nothing; the task that was due for it is gone."""
        assert await city.office.erasure.erase(OURS)
        assert not await city.office.erasure.erase(OURS)
        assert await city.later(days=RETENTION.days + 1) == 0

    async def test_what_is_under_way_is_refused(self, city: City) -> None:
        """It could not be ended without its data."""
        await city.office.desk.handle(submitting(nth_case(2)))
        with pytest.raises(Refused) as refused:
            await city.office.erasure.erase(nth_transfer(2))
        assert why(refused) is Why.NOT_CLOSED

    async def test_what_is_unknown_is_refused(self, city: City) -> None:
        """There is nothing to erase."""
        with pytest.raises(Refused) as refused:
            await city.office.erasure.erase(nth_transfer(9))
        assert why(refused) is Why.UNKNOWN_TRANSFER

    async def test_one_that_keeps_moving_is_tried_a_few_times(self, city: City) -> None:
        """And then given back to whoever asked, without anything written."""

        class Moving(type(city.store)):  # type: ignore[misc]
            async def commit(self, changes: object) -> tuple[Stale, ...]:
                return (Stale(),)

        moving = Moving()
        moving.__dict__.update(vars(city.store))
        with pytest.raises(Unavailable) as away:
            await Erasure(moving, city.clock).erase(OURS)
        assert away.value.certain


class TestAfterwards:
    async def test_everybody_is_told(self, city: City) -> None:
        """Who looks, who reports, who signs and who repeats a message: erased, and never a broken row."""
        await city.office.erasure.erase(OURS)
        office = city.office
        asked = (
            lambda: office.viewing.of(OURS),
            lambda: office.verification.identity(OURS, utility=KUNMING_WATER),
            lambda: office.verification.certificate(OURS, utility=KUNMING_WATER),
            lambda: office.signing.open(OURS),
            lambda: office.reports.hear(Expired(), transfer=OURS, utility=KUNMING_WATER),
            lambda: office.desk.handle(submitting(nth_case(1), message("submitted"))),
            lambda: office.desk.recall(message("submitted")),
            lambda: office.desk.handle(asking(1, END, message=message("failed", source="kunming-water"))),
        )
        for ask in asked:
            with pytest.raises(Refused) as refused:
                await ask()
            assert why(refused) is Why.ERASED

    async def test_to_another_utility_it_is_unknown(self, city: City) -> None:
        """As it was before: what is left of a transfer tells nothing to strangers."""
        await city.office.erasure.erase(OURS)
        stranger = UtilityId("kunming-power")
        for ask in (
            lambda: city.office.verification.identity(OURS, utility=stranger),
            lambda: city.office.reports.hear(Expired(), transfer=OURS, utility=stranger),
        ):
            with pytest.raises(Refused) as refused:
                await ask()
            assert why(refused) is Why.UNKNOWN_TRANSFER

    async def test_neighbours_in_a_group_are_served(self, city: City) -> None:
        """An erased transfer spoils no other errand that is decided with it."""
        await city.office.erasure.erase(OURS)
        await city.office.desk.handle(submitting(nth_case(2)))
        city.store.gate.clear()
        with pytest.raises(Refused):
            await city.office.desk.handle(asking(1, END))
        city.store.gate.set()
        assert (await city.office.desk.handle(asking(2, END))).decided.events

    async def test_the_home_is_free_again(self, city: City) -> None:
        """Nothing of it stands in the way of the next transfer of the same home."""
        await city.office.erasure.erase(OURS)
        again = attrs.evolve(nth_case(1), transfer=TransferId(nth_transfer(77).text))
        assert (await city.office.desk.handle(submitting(again))).decided.events


async def test_found_is_the_record_of_whoever_is_party(city: City) -> None:
    """Before the erasure there is no difference; `Loaded.record` decides."""
    loaded = await city.store.load([OURS])
    assert found(loaded, OURS, by=KUNMING_WATER) == found(loaded, OURS, by=None) == loaded.records[OURS]
