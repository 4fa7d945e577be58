"""Reconciliation: what is at odds is found in one round, in its class, and what helps is done; once a night, by one."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta

import attrs
import pytest
from tests.app.world import AWAY, City, nth_case, nth_transfer, submitting

from cotransfer.adapters.memory.reconciliations import MemoryReconciliations
from cotransfer.adapters.memory.store import MemoryStore
from cotransfer.adapters.memory.time import CountedIdentifiers
from cotransfer.adapters.memory.utility import MemoryUtility
from cotransfer.app import reconciling
from cotransfer.app.directory import Directory, Listing
from cotransfer.app.office import Office, Terms, open_office
from cotransfer.app.pairing import Statement
from cotransfer.app.patience import Patience
from cotransfer.app.reconciling import AGAIN_AFTER, FINDINGS_KEPT, HELD, PAUSE_S, Reconciling, ReconcilingTerms
from cotransfer.domain.agenda import Duty
from cotransfer.domain.commands import hearing
from cotransfer.domain.ledger import Failure
from cotransfer.domain.notes import Decision
from cotransfer.domain.parties import Party
from cotransfer.domain.reconciliation import Divergence, Remedy
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.reports import Handled, NotHandled, Report
from cotransfer.domain.statements import Stage, Stated
from cotransfer.domain.states import AwaitingSigning, Completed, InPreReview, NotSubmitted
from cotransfer.domain.trails import read
from cotransfer.domain.values import Service, TransferId, UtilityId
from cotransfer.ports.errors import LeaseLost, NotAdmitted, Unavailable, Unintelligible
from cotransfer.ports.reconciliations import Done, Kept, Noted, Round, RoundLease
from cotransfer.ports.utility import Capability, Page
from cotransfer.testing.samples import ACCOUNT, ADDRESS, GROUNDS, KUNMING_WATER

GAS = UtilityId("kunming-gas")
GARBLED = Unintelligible(Party.UTILITY, "Its answer cannot be read.")
LISTLESS = frozenset(Capability) - {Capability.LISTS}
HASTY = Terms(patience=Patience((1.0,)))


def city(people: int = 8, terms: Terms | None = None, **more) -> City:
    """With so many homes' accounts at the water company."""
    accounts = [attrs.evolve(ACCOUNT, number=nth_case(nth).account_number) for nth in range(people)]
    return City(accounts=accounts, terms=terms, **more)


def rounds_of(city: City) -> Reconciling:
    """The use case of the city's office."""
    assert city.office.reconciling is not None
    return city.office.reconciling


async def submitted(city: City, *numbers: int) -> None:
    """Handed in, and their receipts heard."""
    for nth in numbers:
        await city.office.desk.handle(submitting(nth_case(nth)))
    await city.office.worker.drain()


async def heard(city: City, nth: int, report: Report) -> None:
    """A report that came as it should."""
    errand = attrs.evolve(submitting(nth_case(nth)), commands=(hearing(report),))
    await city.office.desk.handle(errand)


async def state(city: City, nth: int):
    """Where a transfer stands here."""
    record = (await city.store.load((nth_transfer(nth),))).record(nth_transfer(nth))
    return NotSubmitted() if record is None else record.state


async def reconciled(city: City, statement: Statement | None = None) -> Round:
    """One round, asked for."""
    done = await rounds_of(city).reconcile(KUNMING_WATER, statement=statement)
    assert done is not None
    return done


async def found(city: City, *, lasting: bool = False) -> dict[int, tuple[Divergence, Remedy, Done, bool]]:
    """By transfer: the class, the remedy, what was done, and whether it lasts."""
    kept = await city.reconciliations.findings(lasting=lasting)
    return {int(one.finding.transfer.text[-12:], 16): _told(one) for one in kept}


def _told(one: Kept):
    return one.finding.divergence, one.finding.remedy, one.done, one.closed_at is None


CALLED = (Remedy.CALL_UTILITY, Done.OPERATOR_TOLD, True)
WAITED = (Divergence.EXPECTED_LATE, Remedy.WAIT, Done.NOTHING, True)
TAKEN = (Divergence.DIFFERS, Remedy.TAKE_REPORTS, Done.REPORTS_TAKEN, False)


async def brought(*stated: Stated) -> AsyncIterator[tuple[Stated, ...]]:
    """A statement from a file, a line a page."""
    for one in stated:
        yield (one,)


def line(nth: int, stage: Stage) -> Stated:
    """What a file says of a transfer."""
    return Stated(transfer=nth_transfer(nth), stage=stage)


class TestOneRound:
    async def test_every_class_is_found_in_one_round(self):
        """Each divergence that is seeded is found at once, in its class, and its remedy is carried out."""
        town = city(terms=HASTY)
        await submitted(town, 1, 2, 3, 5)
        town.utility.away = True
        await submitted(town, 4)
        await town.later(seconds=10)
        town.utility.away = False
        town.clock.move(timedelta(hours=5))
        await submitted(town, 6)
        town.utility.lose(nth_transfer(6))  # 6: lost as well, five hours ago.
        await town.utility.submit(nth_case(0), key=nth_transfer(0))  # 0: nobody handed it in.
        town.utility.lose(nth_transfer(2))  # 2: taken, and lost.
        for nth in (3, 5):  # 3, 5: passed there, and the report was lost.
            town.utility.clear(nth_transfer(nth), ADDRESS)
        await heard(town, 1, Handled())  # 1: done here, under review there.
        town.clock.move(timedelta(hours=5))
        await submitted(town, 7)
        town.utility.lose(nth_transfer(7))  # 7: not found right after it was handed in.
        done = await reconciled(town)
        assert (done.failure, done.compared) == (None, 8)
        assert await found(town) == {
            0: (Divergence.MISSING_HERE, *CALLED),
            1: (Divergence.DIFFERS, *CALLED),
            2: (Divergence.MISSING_THERE, *CALLED),
            3: TAKEN,
            4: (Divergence.MISSING_THERE, Remedy.HAND_IN_AGAIN, Done.HANDED_IN_AGAIN, True),
            5: TAKEN,
            6: (Divergence.MISSING_THERE, *CALLED),
            7: WAITED,
        }
        assert isinstance(await state(town, 1), Completed)
        assert isinstance(await state(town, 0), NotSubmitted)
        for nth in (3, 5):
            assert isinstance(await state(town, nth), AwaitingSigning)
        await town.office.worker.drain()
        assert isinstance(await state(town, 4), InPreReview)
        handed_in = [case.transfer for case in town.utility.applications]
        assert handed_in.count(nth_transfer(4)) == 1

    async def test_where_both_agree_there_is_nothing(self):
        """And what is mended is over with the next round that sees everything."""
        town = city()
        await submitted(town, 1, 2)
        town.clock.move(timedelta(hours=5))
        await reconciled(town)
        assert await found(town) == {}
        town.utility.lose(nth_transfer(1))
        await reconciled(town)
        assert await found(town) == {1: (Divergence.MISSING_THERE, *CALLED)}
        town.clock.move(timedelta(days=1))
        await town.utility.submit(nth_case(1), key=nth_transfer(1))
        await reconciled(town)
        assert await found(town, lasting=True) == {}
        assert len(await found(town)) == 1

    async def test_what_ended_lately_is_compared_and_what_ended_long_ago_is_not(self):
        """The window is counted from the last word on a transfer; an open one is compared for ever."""
        town = city()
        await submitted(town, 1, 2)
        await heard(town, 1, Handled())
        await town.office.worker.drain()
        town.utility.lose(nth_transfer(1))
        town.clock.move(timedelta(days=6))
        assert (await reconciled(town)).compared == 2
        assert list(await found(town, lasting=True)) == [1]
        town.clock.move(timedelta(days=2))
        assert (await reconciled(town)).compared == 1
        assert await found(town, lasting=True) == {}

    async def test_what_is_still_handed_in_by_ourselves_is_late(self):
        """Step 5: the utility was away, and our agenda tries on for days: nobody else has to act."""
        town = city()
        town.utility.away = True
        await submitted(town, 1)
        await town.later(hours=5)
        town.utility.away = False
        await reconciled(town)
        assert await found(town) == {1: WAITED}
        (kept,) = await town.reconciliations.findings()
        assert kept.finding.turn is Party.US

    async def test_an_old_statement_blames_nobody(self):
        """What is stated is asked again before it is believed: meanwhile both have moved on together."""
        town = city()
        await submitted(town, 1)
        await heard(town, 1, town.utility.clear(nth_transfer(1), ADDRESS))
        town.clock.move(timedelta(days=1))
        old = Statement(town.clock.now(), brought(line(1, Stage.COMPLETED), line(2, Stage.IN_HANDLING)))
        await reconciled(town, old)
        assert await found(town) == {2: (Divergence.MISSING_HERE, *CALLED)}

    async def test_as_of_yesterday_what_is_young_is_late(self):
        """A file of yesterday cannot know what came to us today."""
        town = city()
        yesterday = town.clock.now()
        town.clock.move(timedelta(days=1))
        await submitted(town, 1)
        town.clock.move(timedelta(hours=9))
        await reconciled(town, Statement(yesterday, brought()))
        assert await found(town) == {1: WAITED}

    async def test_who_states_nothing_is_asked_for_each(self):
        """Case by case, by progress: no list, no file, the same classes."""
        town = city(can=LISTLESS)
        await submitted(town, 1, 2, 3)
        town.utility.lose(nth_transfer(1))
        town.utility.clear(nth_transfer(2), ADDRESS)
        town.clock.move(timedelta(hours=5))
        assert (await reconciled(town)).compared == 3
        assert await found(town) == {1: (Divergence.MISSING_THERE, *CALLED), 2: TAKEN}

    async def test_another_utilitys_transfer_is_unknown_to_it(self):
        """Nothing of it is told, and nothing compared."""
        town = city()
        theirs = attrs.evolve(nth_case(1), utility=GAS)
        await town.office.desk.handle(submitting(theirs))
        await reconciled(town, Statement(town.clock.now(), brought(line(1, Stage.IN_HANDLING))))
        (kept,) = await town.reconciliations.findings()
        assert (kept.finding.here, kept.finding.divergence) == (None, Divergence.MISSING_HERE)

    async def test_an_erased_transfer_is_known_by_its_end(self):
        """What is left of it is enough to agree, or to be at odds with another end."""
        town = city()
        await submitted(town, 1, 2)
        for nth, report in ((1, Handled()), (2, NotHandled(GROUNDS))):
            await heard(town, nth, report)
            await town.office.erasure.erase(nth_transfer(nth))
        town.clock.move(timedelta(days=2))
        lines = brought(line(1, Stage.COMPLETED), line(2, Stage.COMPLETED))
        await reconciled(town, Statement(town.clock.now(), lines))
        assert await found(town) == {2: (Divergence.DIFFERS, *CALLED)}

    async def test_who_put_it_back_is_in_the_trail(self):
        """Step 5: handing in again is a decision, written down with its reason, and the task keeps its key."""
        town = city(terms=HASTY)
        town.utility.away = True
        await submitted(town, 1)
        await town.later(seconds=10)
        town.utility.away = False
        town.clock.move(timedelta(hours=5))
        await reconciled(town)
        chain = await town.store.audit.chain(nth_transfer(1).text)
        said = [read(entry.body).what for entry in chain]
        decided = [(one.what, one.who, one.why) for one in said if isinstance(one, Decision)]
        assert ("task.revived", "reconciliation", "missing_there") in decided

    async def test_a_task_that_nobody_can_put_back_is_a_persons(self):
        """Step 5: somebody else was quicker, or it is not there: the operator is told."""
        town = city(can=LISTLESS)
        town.utility.away = True
        await submitted(town, 1)
        town.utility.away = False
        town.store._tasks.pop((nth_transfer(1), Duty.SEND_APPLICATION))
        town.clock.move(timedelta(hours=5))
        await reconciled(town)
        assert await found(town) == {1: (Divergence.MISSING_THERE, Remedy.HAND_IN_AGAIN, Done.OPERATOR_TOLD, True)}


class Lying(MemoryUtility):
    """States what it is told to, and garbles or refuses its progress."""

    pages: tuple[Page | Exception, ...] | None = None
    progresses: dict[TransferId, Exception] | None = None

    async def statement(self, changed_since: datetime, cursor: str | None = None) -> Page:
        """The next page."""
        if self.pages is None:
            return await super().statement(changed_since, cursor)
        page = self.pages[int(cursor or 0)]
        if isinstance(page, Exception):
            raise page
        return page

    async def progress(self, key: TransferId):
        """As it is, or not at all."""
        if self.progresses and key in self.progresses:
            raise self.progresses[key]
        return await super().progress(key)


def lying(**more) -> tuple[City, Lying]:
    """A city whose water company cannot be trusted."""
    town = city(**more)
    accounts = [attrs.evolve(ACCOUNT, number=nth_case(nth).account_number) for nth in range(8)]
    liar = Lying(KUNMING_WATER, accounts, can=town.utility.can, now=town.clock.now)
    town.utility = liar
    town.world = attrs.evolve(town.world, directory=Directory(attrs.evolve(town.listing, utility=liar)))
    town.office = open_office(town.world)
    return town, liar


class TestWrongStatements:
    @pytest.mark.parametrize(
        "pages",
        [
            (Page((line(2, Stage.COMPLETED), line(1, Stage.COMPLETED))),),
            (Page((line(1, Stage.COMPLETED), line(1, Stage.DECLINED))),),
            (Page((line(2, Stage.COMPLETED),), "1"), Page((line(1, Stage.COMPLETED),))),
            (Page((line(2, Stage.COMPLETED),), "1"), Page((line(2, Stage.COMPLETED),))),
            (Page((line(2, Stage.COMPLETED),), "1"), Page((), "1")),
            (Page((line(2, Stage.COMPLETED),), "1"), GARBLED),
        ],
    )
    async def test_a_garbled_statement_is_the_utilitys_fault(self, pages):
        """Out of order, twice, endless or unreadable: the round fails with its party, and nothing is closed by it."""
        town, liar = lying()
        await submitted(town, 3)
        liar.lose(nth_transfer(3))
        town.clock.move(timedelta(hours=5))
        await reconciled(town)
        liar.pages = pages
        done = await reconciled(town)
        assert done.failure is not None
        assert done.failure.party is Party.UTILITY
        assert 3 in await found(town, lasting=True)

    async def test_one_garbled_answer_says_nothing_of_the_others(self):
        """The others are compared; the round has not seen everything, and what it could not ask about is told as it
        was stated.
        """
        town, liar = lying()
        await submitted(town, 1, 2)
        for nth in (1, 2):
            liar.lose(nth_transfer(nth))
        town.clock.move(timedelta(hours=5))
        liar.progresses = {nth_transfer(1): GARBLED}
        done = await reconciled(town)
        assert done.failure == Failure(Party.UTILITY, GARBLED.what)
        assert await found(town) == {
            1: (Divergence.MISSING_THERE, Remedy.CALL_UTILITY, Done.NOTHING, True),
            2: (Divergence.MISSING_THERE, *CALLED),
        }

    async def test_case_by_case_as_well(self):
        """Of a transfer whose answer is garbled nothing is found at all."""
        town, liar = lying(can=LISTLESS)
        await submitted(town, 1, 2)
        liar.lose(nth_transfer(2))
        liar.progresses = {nth_transfer(1): GARBLED}
        town.clock.move(timedelta(hours=5))
        done = await reconciled(town)
        assert done.failure == Failure(Party.UTILITY, GARBLED.what)
        assert list(await found(town)) == [2]

    @pytest.mark.parametrize(
        "error", [Unavailable(Party.NETWORK, "No line."), NotAdmitted(Party.UTILITY, "It does not take our key.")]
    )
    async def test_who_cannot_be_asked_at_all_ends_the_round(self, error):
        """What was found before is kept; the rest is for another round."""
        town, liar = lying()
        await submitted(town, 1, 2, 3)
        for nth in (1, 2, 3):
            liar.lose(nth_transfer(nth))
        town.clock.move(timedelta(hours=5))
        liar.progresses = {nth_transfer(2): error}
        done = await reconciled(town)
        assert (done.failure, done.compared) == (Failure(error.party, error.what), 1)
        assert list(await found(town)) == [1]

    async def test_a_statement_of_strangers_is_cut_short(self, monkeypatch):
        """Nobody fills the store with what was never ours."""
        monkeypatch.setattr(reconciling, "MOST_FINDINGS", 2)
        town, liar = lying()
        liar.pages = (Page(tuple(line(nth, Stage.IN_HANDLING) for nth in range(9))),)
        done = await reconciled(town)
        assert done.failure is not None
        assert done.failure.party is Party.UTILITY
        assert len(await found(town)) == 3

    async def test_empty_pages_of_a_file_are_nothing(self):
        """They are passed over."""

        async def pages() -> AsyncIterator[tuple[Stated, ...]]:
            for page in ((), (line(1, Stage.IN_HANDLING),)):
                yield page

        town = city()
        await reconciled(town, Statement(town.clock.now(), pages()))
        assert list(await found(town)) == [1]


class TestOurOwnTrouble:
    async def test_what_cannot_be_read_is_not_compared(self):
        """Of a row that is broken nobody knows how it stands: the round says whose fault that is."""
        for can in (frozenset(Capability), LISTLESS):
            town = city(can=can)
            await submitted(town, 1, 2)
            town.store.broken.add(nth_transfer(1))
            town.utility.lose(nth_transfer(2))
            town.clock.move(timedelta(hours=5))
            done = await reconciled(town)
            assert done.failure is not None
            assert done.failure.party is Party.US
            assert list(await found(town)) == [2]

    async def test_what_is_erased_meanwhile_is_nobodys_business(self):
        """Between the list of ours and the look at it, a transfer may be gone; so may its journal a moment later."""
        town = city()
        await submitted(town, 1, 2)
        for nth in (1, 2):
            await heard(town, nth, Handled())
            town.utility.lose(nth_transfer(nth))
        town.clock.move(timedelta(hours=5))
        await town.office.erasure.erase(nth_transfer(1))
        town.store._journal[nth_transfer(2)].clear()
        seen = _Seeing(town.store, (nth_transfer(1), nth_transfer(2)))
        for can in (frozenset(Capability), LISTLESS):
            liar = MemoryUtility(KUNMING_WATER, can=can)
            world = attrs.evolve(
                town.world,
                reconciliations=seen,
                directory=Directory(attrs.evolve(town.listing, utility=liar)),
            )
            rounds = open_office(world).reconciling
            assert rounds is not None
            done = await rounds.reconcile(KUNMING_WATER, name=f"{len(can)}")
            assert done is not None
            assert (done.failure, done.compared) == (None, 2)
        assert await seen.findings() == ()

    async def test_a_refusal_is_ours(self):
        """Nothing is granted, so nothing is asked; that is not the utility's fault."""
        town, liar = lying()
        await submitted(town, 1)
        liar.pages = (Refused(Why.ERASED),)
        done = await reconciled(town)
        assert done.failure == Failure(Party.US, "refused as erased")


class _Seeing(MemoryReconciliations):
    """Still lists what has just been erased."""

    def __init__(self, store: MemoryStore, listed: Iterable[TransferId]) -> None:
        super().__init__(store)
        self._listed = tuple(listed)

    async def tracked(self, utility, ended_since, *, after=None, until=None, limit):
        """Once, the same."""
        return self._listed if after is None else ()


class TestNights:
    def at_night(self, town: City) -> None:
        """18:30 UTC is half past two in Kunming."""
        town.clock.move(timedelta(hours=9, minutes=30))

    async def test_by_day_nothing_is_done(self):
        """Nobody is asked about everything in the daytime."""
        assert await rounds_of(city()).tonight() == ()

    async def test_once_a_night(self):
        """However often the clock is looked at; the next night again."""
        town = city()
        self.at_night(town)
        rounds = rounds_of(town)
        assert [one.name for one in await rounds.tonight()] == ["2026-03-03"]
        town.clock.move(timedelta(hours=1))
        assert await rounds.tonight() == ()
        town.clock.move(timedelta(hours=23))
        assert [one.name for one in await rounds.tonight()] == ["2026-03-04"]

    async def test_two_workers_do_it_once(self):
        """Whoever comes first; a restart changes nothing."""
        town = city()
        self.at_night(town)
        others = [open_office(town.world).reconciling for _ in range(2)]
        done = await asyncio.gather(*(one.tonight() for one in others if one is not None))
        assert sorted(len(rounds) for rounds in done) == [0, 1]
        restarted = open_office(attrs.evolve(town.world, identifiers=CountedIdentifiers(first=99))).reconciling
        assert restarted is not None
        assert await restarted.tonight() == ()

    async def test_a_round_whose_worker_died_is_taken_up(self):
        """When it has not been heard of for long enough."""
        town = city()
        self.at_night(town)
        dead = RoundLease(KUNMING_WATER, "2026-03-03", "dead")
        at = town.clock.now()
        assert await town.reconciliations.begin(dead, at=at, until=at + HELD, tries=5)
        assert await rounds_of(town).tonight() == ()
        town.clock.move(HELD)
        assert len(await rounds_of(town).tonight()) == 1

    async def test_a_failed_round_is_tried_again_and_stops_nobody_else(self):
        """Another utility's round goes through; the failed one begins anew in half an hour."""
        town = city()
        gas = MemoryUtility(GAS)
        listing = Listing(id=GAS, service=Service.GAS, utility=gas)
        town.world = attrs.evolve(town.world, directory=Directory(town.listing, listing))
        town.office = open_office(town.world)
        self.at_night(town)
        town.utility.away = True
        water, other = await rounds_of(town).tonight()
        assert (water.failure is not None, other.failure) == (True, None)
        town.utility.away = False
        assert await rounds_of(town).tonight() == ()
        town.clock.move(AGAIN_AFTER)
        again = await rounds_of(town).tonight()
        assert [(one.utility, one.failure) for one in again] == [(KUNMING_WATER, None)]

    async def test_with_the_store_away_there_is_another_look(self):
        """The process goes on."""
        town = city()
        self.at_night(town)

        class Away(MemoryReconciliations):
            """The store does not answer."""

            async def begin(self, lease, *, at, until, tries):
                """Not now."""
                raise AWAY

        away = open_office(attrs.evolve(town.world, reconciliations=Away(town.store))).reconciling
        assert away is not None
        assert await away.tonight() == ()

    async def test_who_lost_the_round_leaves_it(self):
        """Somebody else has taken it over: nothing more is written."""
        town = city()
        self.at_night(town)

        class Lost(MemoryReconciliations):
            """Somebody was quicker."""

            async def keep(self, lease, noted, *, at, until):
                """Too late."""
                raise LeaseLost

        lost = open_office(attrs.evolve(town.world, reconciliations=Lost(town.store))).reconciling
        assert lost is not None
        assert await lost.tonight() == ()

    async def test_a_long_round_holds_on_to_it(self):
        """While a slow utility is asked case by case, nobody takes it for dead."""
        town, liar = lying(can=LISTLESS)
        await submitted(town, *range(1, 8))
        kept: list[datetime] = []

        class Watched(MemoryReconciliations):
            """Writes down when it heard."""

            async def keep(self, lease, noted: Iterable[Noted], *, at, until):
                """As it is."""
                kept.append(until - HELD)
                await super().keep(lease, tuple(noted), at=at, until=until)

        class Slow(Lying):
            """A minute an answer."""

            async def progress(self, key: TransferId):
                """At last."""
                town.clock.move(timedelta(minutes=1))
                return await liar.progress(key)

        slow = Listing(id=KUNMING_WATER, service=Service.WATER, utility=Slow(KUNMING_WATER, can=LISTLESS))
        world = attrs.evolve(town.world, reconciliations=Watched(town.store), directory=Directory(slow))
        rounds = open_office(world).reconciling
        assert rounds is not None
        began = town.clock.now()
        done = await rounds.reconcile(KUNMING_WATER)
        assert done is not None
        assert [at - began for at in kept] == [*(timedelta(minutes=nth) for nth in range(1, 8)), timedelta(minutes=7)]

    async def test_it_looks_at_the_clock_now_and_then(self):
        """Until it is cancelled; switched off it ends at once."""
        town = city()
        rounds = rounds_of(town)
        running = asyncio.create_task(rounds.run())
        for _ in range(300):
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert town.clock.now() > datetime(2026, 3, 2, 9, tzinfo=town.clock.now().tzinfo) + timedelta(seconds=PAUSE_S)
        off = open_office(town.world, Terms(reconciling=ReconcilingTerms(enabled=False))).reconciling
        assert off is not None
        await asyncio.wait_for(off.run(), 5)


class TestWhatIsKept:
    async def test_what_is_over_is_forgotten_in_time(self):
        """By the housekeeping, with everything else that is over."""
        town = city()
        await submitted(town, 1)
        town.utility.lose(nth_transfer(1))
        town.clock.move(timedelta(hours=5))
        await reconciled(town)
        assert await town.office.housekeeping.tidy() == 0
        town.clock.move(FINDINGS_KEPT + timedelta(minutes=2))
        assert await town.office.housekeeping.tidy() == 1
        assert await town.reconciliations.rounds() == ()
        assert len(await town.reconciliations.findings()) == 1

    async def test_without_a_store_for_it_there_is_none(self):
        """A program that keeps no findings reconciles nothing."""
        office: Office = open_office(attrs.evolve(city().world, reconciliations=None))
        assert office.reconciling is None
