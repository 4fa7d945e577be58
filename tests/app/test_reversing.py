"""Reversals over the ports: opened, decided, carried out, told, and nothing of it twice."""

from collections.abc import Sequence
from datetime import timedelta

import attrs
import pytest
import structlog
from tests.app.world import AWAY, City, WatchedStore, asking, message, nth_case, nth_transfer, submitting

from cotransfer.app.errand import MessageReused
from cotransfer.app.office import Terms
from cotransfer.app.reversal_draft import By, Ruling
from cotransfer.app.reversing import TRIES, Brought
from cotransfer.domain.agenda import Duty
from cotransfer.domain.allowances import Allowances, Timetable
from cotransfer.domain.commands import hearing
from cotransfer.domain.notes import Decision, about_transfer
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.reports import Failed, Handled
from cotransfer.domain.reversals import events as e
from cotransfer.domain.reversals import states as s
from cotransfer.domain.reversals.case import Complaint, Ground, ReversalId, Side
from cotransfer.domain.reversals.events import ReversalEvent
from cotransfer.domain.reversals.findings import CarriedOut, NotCarriedOut, Rejected, Stage, TakenUp, Upheld
from cotransfer.domain.states import Completed
from cotransfer.domain.trails import read
from cotransfer.domain.values import TransferId, UtilityId
from cotransfer.ports.agenda import Lease
from cotransfer.ports.errors import LeaseLost, Unavailable
from cotransfer.ports.reversals import ReversalRecord
from cotransfer.ports.transfers import Change, Outcome, Stale
from cotransfer.testing.reversals import CONTRACT, METER
from cotransfer.testing.samples import CASE, GROUNDS, KUNMING_WATER

OURS = nth_transfer(1)
FIRST = ReversalId(OURS, 1)
COMPLAINT = Complaint(Ground.WRONG_ACCOUNT)
CITIZEN = Brought(by=By(side=Side.CITIZEN, who="citizen"))
OPERATOR = Brought(by=By(side=Side.OPERATOR, who="li-na", why="letter-77"))
WATER = Brought(by=By(side=Side.UTILITY, who=KUNMING_WATER.text, utility=KUNMING_WATER))
ALLOW = Allowances()
WINDOW_DAYS = 30


async def completed(city: City, nth: int = 1) -> TransferId:
    """A transfer that has just been handled and announced."""
    await city.office.desk.handle(submitting(nth_case(nth)))
    await city.office.desk.handle(asking(nth, hearing(Handled())))
    await city.office.worker.drain()
    return nth_transfer(nth)


@pytest.fixture
async def city() -> City:
    """With one completed transfer."""
    city = City()
    await completed(city)
    return city


async def opened(city: City, brought: Brought = CITIZEN) -> ReversalId:
    """Questioned, and told."""
    reply = await city.reversing.open(OURS, COMPLAINT, (CONTRACT,), brought)
    assert reply.ruling is not None
    await city.office.worker.drain()
    return reply.ruling.id


async def record(city: City, of: ReversalId = FIRST) -> ReversalRecord:
    """As it is stored."""
    return (await city.reversing.of(of.transfer)).one(of)


def told(city: City) -> list[str]:
    """What the citizen was shown after the result of the transfer."""
    assert CASE.openid is not None
    return [notice.phrase.code for notice in city.notifier.shown_to(CASE.openid)][1:]


async def refusal(doing: object) -> Why:
    """Why it was refused."""
    with pytest.raises(Refused) as refused:
        await doing  # type: ignore[misc]
    return refused.value.refusal.why


def codes(events: Sequence[ReversalEvent]) -> list[str]:
    """What happened."""
    return [type(event).__name__ for event in events]


class TestTheWay:
    async def test_upheld_and_carried_out(self, city: City) -> None:
        """Opened by the citizen, taken up, upheld, carried out; the transfer stays completed, and each is told once."""
        assert await opened(city) == FIRST
        for finding in (TakenUp("R-1"), Upheld(GROUNDS), CarriedOut()):
            await city.reversing.hear(FIRST, finding, WATER)
            await city.office.worker.drain()
        assert isinstance((await record(city)).state, s.Reversed)
        assert told(city) == ["questioned", "reversal_upheld", "reversed"]
        transfer = (await city.store.load((OURS,))).record(OURS)
        assert transfer is not None
        assert isinstance(transfer.state, Completed)
        owed = {due.duty for due in await city.due_within(days=999)}
        assert owed == {Duty.ERASE}

    @pytest.mark.parametrize(
        ("findings", "phrase"),
        [
            ((Rejected(GROUNDS),), "reversal_rejected"),
            ((Upheld(GROUNDS), NotCarriedOut(GROUNDS)), "not_reversed"),
        ],
    )
    async def test_the_grounds_are_told(self, city: City, findings: tuple[Rejected | Upheld, ...], phrase: str) -> None:
        """What the utility says is in the notice; whoever is told twice in a moment hears the last word."""
        await opened(city)
        for finding in findings:
            await city.reversing.hear(FIRST, finding, WATER)
        await city.office.worker.drain()
        assert told(city) == ["questioned", phrase]
        assert city.notifier.inbox[-1].grounds == GROUNDS

    async def test_taken_back(self, city: City) -> None:
        """By whoever opened it; somebody else cannot."""
        await opened(city)
        assert await refusal(city.reversing.take_back(FIRST, WATER)) is Why.NOT_YOUR_REVERSAL
        await city.reversing.take_back(FIRST, CITIZEN)
        await city.office.worker.drain()
        assert told(city) == ["questioned", "reversal_withdrawn"]

    async def test_evidence_of_both_sides(self, city: City) -> None:
        """It joins the file, and somebody takes it to the utility."""
        await opened(city)
        await city.reversing.add(FIRST, (METER,), WATER)
        assert (await record(city)).state == s.Opened(
            attrs.evolve((await record(city)).state.file, documents=(CONTRACT, METER))  # type: ignore[union-attr]
        )
        assert Duty.HAND_ON_REVERSAL in {due.duty for due in await city.due_within(seconds=0)}

    async def test_a_second_one_follows_the_first(self, city: City) -> None:
        """Under the next number; the notices of both are their own."""
        await opened(city)
        assert await refusal(city.reversing.open(OURS, COMPLAINT, (), WATER)) is Why.REVERSAL_UNDER_WAY
        await city.reversing.hear(FIRST, Rejected(GROUNDS), WATER)
        assert await opened(city, WATER) == ReversalId(OURS, 2)
        assert told(city) == ["questioned", "reversal_rejected", "questioned"]

    async def test_a_contradiction_is_kept_and_told_of(self, city: City) -> None:
        """It moves nothing, and a person has to look."""
        await opened(city)
        await city.reversing.hear(FIRST, Rejected(GROUNDS), WATER)
        with structlog.testing.capture_logs() as logs:
            await city.reversing.hear(FIRST, CarriedOut(), WATER)
            await city.reversing.hear(FIRST, Rejected(GROUNDS), WATER)
        assert [log["event"] for log in logs] == ["reversal_contradicted"]
        assert isinstance((await record(city)).state, s.ReversalRejected)
        assert codes([(await record(city)).journal[-1].event]) == ["FindingKept"]


class TestTheView:
    async def test_a_ruling_is_what_will_be_stored(self, city: City) -> None:
        """Whoever answers before the commit shows the very record."""
        for finding in (None, TakenUp("R-1"), TakenUp("R-1")):
            reply = await (
                city.reversing.open(OURS, COMPLAINT, (CONTRACT,), CITIZEN)
                if finding is None
                else city.reversing.hear(FIRST, finding, WATER)
            )
            assert reply.ruling is not None
            assert reply.ruling.record == await record(city)

    async def test_the_transfers_view_says_that_there_is_one(self, city: City) -> None:
        """Beside its own state, which stays; of one that was never completed nobody asks."""
        assert (await city.office.viewing.of(OURS)).reversals == ()
        await opened(city)
        view = await city.office.viewing.of(OURS)
        assert (view.record.state.code, [one.id for one in view.reversals]) == ("completed", [FIRST])
        await city.office.desk.handle(submitting(nth_case(2)))
        assert (await city.office.viewing.of(nth_transfer(2))).reversals == ()


class TestTheDoor:
    async def test_within_the_window(self, city: City) -> None:
        """Counted from the moment it was handled, not from what was remembered later."""
        city.clock.move(timedelta(days=WINDOW_DAYS))
        await city.reversing.open(OURS, COMPLAINT, (), CITIZEN)

    async def test_not_after_it(self, city: City) -> None:
        """Whose fault and what to do stand in the refusal."""
        city.clock.move(timedelta(days=WINDOW_DAYS, microseconds=1))
        assert await refusal(city.reversing.open(OURS, COMPLAINT, (), CITIZEN)) is Why.REVERSAL_TOO_LATE

    async def test_the_window_is_the_utilitys(self) -> None:
        """A setting for each."""
        own = {KUNMING_WATER: Allowances(reversal_window=timedelta(days=2))}
        city = City(terms=Terms(timetable=Timetable(own=own)))
        await completed(city)
        city.clock.move(timedelta(days=3))
        assert await refusal(city.reversing.open(OURS, COMPLAINT, (), CITIZEN)) is Why.REVERSAL_TOO_LATE

    async def test_only_what_is_completed(self, city: City) -> None:
        """Neither what is under way, nor what failed, nor what there is not."""
        await city.office.desk.handle(submitting(nth_case(2)))
        assert await refusal(city.reversing.open(nth_transfer(2), COMPLAINT, (), CITIZEN)) is Why.NOT_CLOSED
        await city.office.desk.handle(asking(2, hearing(Failed(GROUNDS))))
        assert await refusal(city.reversing.open(nth_transfer(2), COMPLAINT, (), CITIZEN)) is Why.NOTHING_TO_REVERSE
        assert await refusal(city.reversing.open(nth_transfer(3), COMPLAINT, (), CITIZEN)) is Why.UNKNOWN_TRANSFER
        assert await refusal(city.reversing.hear(FIRST, CarriedOut(), WATER)) is Why.UNKNOWN_REVERSAL

    async def test_to_a_utility_others_transfers_are_unknown(self, city: City) -> None:
        """Whether they are reversed or not."""
        gas = Brought(by=By(side=Side.UTILITY, who="kunming-gas", utility=UtilityId("kunming-gas")))
        assert await refusal(city.reversing.open(OURS, COMPLAINT, (), gas)) is Why.UNKNOWN_TRANSFER
        await opened(city)
        assert await refusal(city.reversing.hear(FIRST, CarriedOut(), gas)) is Why.UNKNOWN_TRANSFER
        assert await refusal(city.reversing.read(FIRST, gas.by)) is Why.UNKNOWN_TRANSFER

    async def test_the_citizen_is_heard(self, city: City) -> None:
        """Before a decision is entered for the utility, where somebody else opened it."""
        await opened(city, OPERATOR)
        await city.reversing.hear(FIRST, TakenUp("R-1"), OPERATOR)
        assert await refusal(city.reversing.hear(FIRST, Upheld(GROUNDS), OPERATOR)) is Why.CITIZEN_UNHEARD
        city.clock.move(timedelta(days=7))
        await city.reversing.hear(FIRST, Upheld(GROUNDS), OPERATOR)
        assert isinstance((await record(city)).state, s.CarryingOut)

    async def test_it_is_in_the_audit_trail(self, city: City) -> None:
        """Who did what, and why; and who has read what people wrote."""
        await opened(city, OPERATOR)
        await city.reversing.read(FIRST, OPERATOR.by)
        noted = [read(link.body).what for link in await city.store.audit.chain(about_transfer(OURS))][-4:]
        assert noted[0] == Decision(what="reversal.opened", who="li-na", about="reversal-1", why="letter-77")
        assert noted[-1] == Decision(what="reversal.read", who="li-na", about="reversal-1", why="letter-77")
        assert {(what.what, what.who) for what in noted[1:3] if isinstance(what, Decision)} == {
            ("reversal.notice_sent", "notifier"),
            ("reversal.operator_told", "us"),
        }

    async def test_what_cannot_be_written_down_is_not_done(self, city: City) -> None:
        """The trail holds stable words only."""
        wordy = Brought(by=By(side=Side.OPERATOR, who="li-na", why="because I say so"))
        with pytest.raises(ValueError, match="stable words"):
            await city.reversing.open(OURS, COMPLAINT, (), wordy)
        assert await city.store.reversals_of(OURS) == ()


def named(ruling: Ruling) -> bytes:
    """An answer."""
    return f"{ruling.id.text} {ruling.state.code}".encode()


class TestMessages:
    async def test_the_same_message_has_the_same_answer(self, city: City) -> None:
        """However often it comes, and whatever has happened since."""
        asked = attrs.evolve(CITIZEN, message=message("open"), answer=named)
        first = await city.reversing.open(OURS, COMPLAINT, (), asked)
        await city.reversing.hear(FIRST, CarriedOut(), WATER)
        again = await city.reversing.open(OURS, COMPLAINT, (), asked)
        assert first.answer == again.answer == f"{FIRST.text} opened".encode()
        assert again.ruling is None
        assert len(await city.store.reversals_of(OURS)) == 1

    async def test_the_same_key_for_something_else_is_refused(self, city: City) -> None:
        """Nothing of it is done."""
        await city.reversing.open(OURS, COMPLAINT, (), attrs.evolve(CITIZEN, message=message("open")))
        with pytest.raises(MessageReused):
            await city.reversing.take_back(FIRST, attrs.evolve(CITIZEN, message=message("open", digest=b"other")))
        assert isinstance((await record(city)).state, s.Opened)

    async def test_no_news_is_answered_and_kept(self, city: City) -> None:
        """A finding heard again under another key."""
        await opened(city)
        await city.reversing.hear(FIRST, TakenUp("R-1"), WATER)
        heard = attrs.evolve(WATER, message=message("again"), answer=named)
        reply = await city.reversing.hear(FIRST, TakenUp("R-1"), heard)
        assert reply.answer == f"{FIRST.text} in_decision".encode()
        assert reply.ruling is not None
        assert reply.ruling.events == ()
        assert (await city.reversing.hear(FIRST, TakenUp("R-1"), heard)).answer == reply.answer

    async def test_without_a_message_no_news_writes_nothing(self, city: City) -> None:
        """There is nothing to keep."""
        await opened(city)
        await city.reversing.hear(FIRST, TakenUp("R-1"), WATER)
        groups = len(city.store.groups)
        await city.reversing.hear(FIRST, TakenUp("R-1"), WATER)
        assert len(city.store.groups) == groups

    async def test_what_was_erased_is_not_answered(self, city: City) -> None:
        """Neither again nor anew."""
        asked = attrs.evolve(CITIZEN, message=message("open"))
        await city.reversing.open(OURS, COMPLAINT, (), asked)
        assert await refusal(city.office.erasure.erase(OURS)) is Why.REVERSAL_UNDER_WAY
        await city.reversing.take_back(FIRST, CITIZEN)
        await city.office.erasure.erase(OURS)
        assert await refusal(city.reversing.open(OURS, COMPLAINT, (), asked)) is Why.ERASED
        assert await refusal(city.reversing.open(OURS, COMPLAINT, (), CITIZEN)) is Why.ERASED


class Rival(WatchedStore):
    """Somebody is always a moment quicker: the next `stale` changes of reversals are."""

    stale = 0

    async def commit(self, changes: Sequence[Change]) -> tuple[Outcome, ...]:
        """As told."""
        if self.stale and any(change.reversal for change in changes):
            self.stale -= 1
            return (Stale(),)
        return await super().commit(changes)


class TestRivals:
    @pytest.mark.parametrize("stale", [1, TRIES - 1])
    async def test_what_had_moved_is_decided_anew(self, stale: int) -> None:
        """On what is there then."""
        store = Rival()
        city = City(store=store)
        await completed(city)
        store.stale = stale
        await opened(city)
        assert (await record(city)).version == 3

    async def test_there_is_an_end_to_that(self) -> None:
        """Nothing was done, and it may be tried later."""
        store = Rival()
        city = City(store=store)
        await completed(city)
        store.stale = TRIES
        with pytest.raises(Unavailable) as error:
            await city.reversing.open(OURS, COMPLAINT, (), CITIZEN)
        assert error.value.certain

    async def test_an_erasure_leaves_an_open_one_alone(self, city: City) -> None:
        """Whether or not whoever erases can read it."""
        await opened(city)
        city.store.broken.add(OURS)
        blind = type(city.office.erasure)(city.store, city.clock)
        with pytest.raises(Unavailable):
            await blind.erase(OURS)


class TestDuties:
    async def test_the_operator_is_told_until_it_is_taken_up(self, city: City) -> None:
        """At once, and once a day; whose turn it is stands in the log, and nothing personal."""
        with structlog.testing.capture_logs() as logs:
            await opened(city)
            await city.later(days=1)
            await city.later(hours=25)
        waits = [log for log in logs if log["event"] == "reversal_waits"]
        assert len(waits) == 3
        assert {**waits[0], "log_level": ""} == {
            "event": "reversal_waits",
            "reversal": FIRST.text,
            "utility": "kunming-water",
            "state": "opened",
            "waits_for": "us",
            "log_level": "",
        }
        await city.reversing.hear(FIRST, TakenUp("R-1"), WATER)
        with structlog.testing.capture_logs() as logs:
            await city.later(days=1)
        assert [log for log in logs if log["event"] == "reversal_waits"] == []

    async def test_a_stage_has_its_deadline(self, city: City) -> None:
        """Once it has passed that is noted, and told once a day while it waits."""
        await opened(city, WATER)
        with structlog.testing.capture_logs() as logs:
            await city.later(days=30)
            await city.later(days=1)
        overdue = [log for log in logs if log["event"] == "reversal_overdue"]
        assert [log["waits_for"] for log in overdue] == ["utility"] * 2
        noted = [entry.event for entry in (await record(city)).journal if isinstance(entry.event, e.StageOverdue)]
        assert noted == [e.StageOverdue(Stage.DECIDE)] * 2

    async def test_nothing_is_chased_after_the_end(self, city: City) -> None:
        """A task that was claimed a moment before the end comes to nothing."""
        await opened(city)
        await city.reversing.hear(FIRST, CarriedOut(), WATER)
        await city.store.commit([Change(owed=(city.due(OURS, Duty.CHASE_REVERSAL, "us"),))])
        with structlog.testing.capture_logs() as logs:
            await city.office.worker.drain()
        assert logs == []
        assert {due.duty for due in await city.due_within(days=999)} == {Duty.ERASE}

    async def test_a_notice_waits_for_its_channel(self, city: City) -> None:
        """Away: tried again, and shown once."""
        city.notifier.away = True
        await city.reversing.open(OURS, COMPLAINT, (), CITIZEN)
        await city.office.worker.drain()
        assert told(city) == []
        city.notifier.away = False
        await city.later(hours=1)
        assert told(city) == ["questioned"]

    async def test_a_lost_answer_shows_nothing_twice(self, city: City) -> None:
        """The key is the reversal's and the phrase's."""
        city.notifier.lost_answers = 1
        await opened(city)
        await city.later(hours=1)
        assert told(city) == ["questioned"]
        assert any(isinstance(entry.event, e.ReversalNoticeSent) for entry in (await record(city)).journal)

    async def test_in_doubt_for_too_long_it_is_not_sent_again(self, city: City) -> None:
        """Once the channel has forgotten the key, it might be shown twice."""
        city.notifier.remembers_s = 60.0
        city.notifier.lost_answers = 2
        await opened(city)
        await city.later(hours=2)
        assert told(city) == ["questioned"]
        lost = e.ReversalNoticeUndeliverable("questioned", "outcome_unknown")
        assert lost in [entry.event for entry in (await record(city)).journal]

    async def test_within_its_memory_it_is(self, city: City) -> None:
        """The same key again is no second notice."""
        city.notifier.remembers_s = 10**6
        city.notifier.lost_answers = 2
        await opened(city)
        await city.later(hours=2)
        assert told(city) == ["questioned"]
        assert any(isinstance(entry.event, e.ReversalNoticeSent) for entry in (await record(city)).journal)

    async def test_a_lost_lease_after_the_notice_is_nobodys_loss(self, city: City) -> None:
        """What was told is remembered; whoever holds the task finds nothing left to say."""
        await city.reversing.open(OURS, COMPLAINT, (), CITIZEN)
        claimed = [
            one
            for one in await city.store.claim(at=city.clock.now(), limit=9, lease_s=60, token="t")
            if one.due.duty is Duty.ANNOUNCE_REVERSAL
        ]
        lost = attrs.evolve(claimed[0], lease=Lease(OURS, Duty.ANNOUNCE_REVERSAL, "lost"))
        await city.reversal_duties.perform(lost)
        assert told(city) == ["questioned"]
        await city.reversal_duties.perform(claimed[0])
        assert told(city) == ["questioned"]

    async def test_a_lost_lease_notes_nothing(self, city: City) -> None:
        """The other holder does."""
        await opened(city)
        version = (await record(city)).version
        (claimed,) = [
            one
            for one in await city.store.claim(at=city.clock.now() + timedelta(days=2), limit=9, lease_s=60, token="t")
            if one.due.duty is Duty.HAND_ON_REVERSAL
        ]
        with pytest.raises(LeaseLost):
            await city.reversal_duties.perform(attrs.evolve(claimed, lease=attrs.evolve(claimed.lease, token="lost")))
        assert (await record(city)).version == version

    async def test_a_store_that_is_away_puts_it_off(self, city: City) -> None:
        """And nothing is lost."""
        await city.reversing.open(OURS, COMPLAINT, (), CITIZEN)
        city.store.fail_commits.extend([AWAY] * 2)
        await city.office.worker.drain()
        await city.later(hours=1)
        assert told(city) == ["questioned"]
        assert await city.store.buried() == ()

    async def test_while_it_is_open_nothing_is_erased(self, city: City) -> None:
        """However long it takes; afterwards the time begins anew."""
        await opened(city)
        await city.later(days=ALLOW.retention.days + 9)
        assert OURS in (await city.store.load((OURS,))).records
        await city.reversing.hear(FIRST, CarriedOut(), WATER)
        await city.later(days=ALLOW.retention.days - 1)
        assert OURS in (await city.store.load((OURS,))).records
        await city.later(days=2)
        assert OURS in (await city.store.load((OURS,))).erased


def test_a_world_without_reversals_has_none() -> None:
    """A program that keeps none needs no store for them."""
    city = City()
    office = type(city)(reversals=False).office
    assert office.reversing is None
