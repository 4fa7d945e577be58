"""The worker: every task is finished, postponed, or buried with its reason, and nobody slows anybody else."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from datetime import datetime, timedelta

import attrs
import pytest
import structlog
from tests.app.world import AWAY, REQUEST, City, WatchedStore, asking, nth_case, nth_transfer, submitting

from cotransfer.adapters.memory.time import CountedIdentifiers, ManualClock
from cotransfer.app.desk import Desk
from cotransfer.app.duties import Later, Performance
from cotransfer.app.patience import SCHEDULE_S, UNINTELLIGIBLE_LIMIT, UNINTELLIGIBLE_PAUSE_S
from cotransfer.app.worker import Limits, Worker
from cotransfer.domain.agenda import Duty
from cotransfer.domain.commands import (
    Command,
    NoteOverdue,
    OpenSigning,
    RecordNotice,
    ReportHandling,
    ReportPreReview,
    ReportReceipt,
)
from cotransfer.domain.events import DeadlinePassed, NoticeSent, NoticeUndeliverable
from cotransfer.domain.ledger import Ledger, Revived, Tried
from cotransfer.domain.notices import Delivered, NoticeKind, Undeliverable
from cotransfer.domain.parties import NextAction, Party, Step
from cotransfer.domain.progress import milestone
from cotransfer.domain.reports import Cleared, Handled, Taken
from cotransfer.domain.states import Completed, InPreReview, State, Submitted
from cotransfer.domain.values import TransferId, UtilityId
from cotransfer.ports.agenda import Claimed, Lease, Postponed
from cotransfer.ports.errors import NotAdmitted, Unavailable, Unintelligible
from cotransfer.ports.standing import ALL, Resting, Revival
from cotransfer.ports.transfers import Loaded, MessageKey
from cotransfer.testing.samples import ADDRESS, KUNMING_WATER

READABLE_S = (0.0, *[UNINTELLIGIBLE_PAUSE_S] * (UNINTELLIGIBLE_LIMIT - 1))
TAKEN = (ReportReceipt(Taken("W-1")),)
HANDLED = ReportHandling(Handled())
Doing = Callable[[State, Claimed], Coroutine[None, None, tuple[Command, ...] | Later]]


class AgendaStore(WatchedStore):
    """A watched store whose agenda fails as it is told, by the name of the call."""

    def __init__(self) -> None:
        super().__init__()
        self.failing: Counter[str] = Counter()
        self.claims: list[int] = []
        self.on_load: Callable[[], None] = lambda: None

    def fail(self, call: str) -> None:
        """Raise where a failure is due."""
        if self.failing[call]:
            self.failing[call] -= 1
            raise AWAY

    async def load(self, transfers: Collection[TransferId], messages: Collection[MessageKey] = ()) -> Loaded:
        """Look, after whatever is to happen at that moment."""
        self.on_load()
        return await super().load(transfers, messages)

    async def claim(
        self,
        *,
        at: datetime,
        limit: int,
        lease_s: float,
        token: str,
        skip: Collection[str] = (),
        shut: Collection[str] = (),
    ) -> tuple[Claimed, ...]:
        """Claim, and remember how much was asked for."""
        self.fail("claim")
        self.claims.append(limit)
        return await super().claim(at=at, limit=limit, lease_s=lease_s, token=token, skip=skip, shut=shut)

    async def postpone(self, postponed: Sequence[Postponed]) -> None:
        """Give back."""
        self.fail("postpone")
        await super().postpone(postponed)

    async def bury(
        self, lease: Lease, *, why: str, at: datetime, doubt: datetime | None = None, ledger: Ledger | None = None
    ) -> bool:
        """Give up."""
        self.fail("bury")
        return await super().bury(lease, why=why, at=at, doubt=doubt, ledger=ledger)

    async def nudged(self, timeout_s: float) -> None:
        """Wait for a hint."""
        self.fail("nudged")
        await super().nudged(timeout_s)


class Shop:
    """A worker over a store, whose duties are done as each test says; chases wait for their time."""

    def __init__(self, doing: Doing, *, limits: Limits | None = None, store: AgendaStore | None = None) -> None:
        self.store = store or AgendaStore()
        self.clock = ManualClock()
        self.desk = Desk(self.store, self.clock)
        self.attempts: list[Claimed] = []
        self.waits: deque[float] = deque()

        async def watched(state: State, claimed: Claimed) -> tuple[Command, ...] | Later:
            self.attempts.append(claimed)
            return await doing(state, claimed)

        performances: Mapping[Duty, Performance] = dict.fromkeys(Duty, watched)
        self.worker = Worker(
            agenda=self.store,
            transfers=self.store,
            desk=self.desk,
            performances=performances,
            clock=self.clock,
            identifiers=CountedIdentifiers(),
            limits=limits or Limits(rest_s=0.01),
        )

    async def submit(self, *transfers: int, utility: UtilityId = KUNMING_WATER) -> None:
        """Transfers whose applications are due at once."""
        for nth in transfers:
            await self.desk.handle(submitting(attrs.evolve(nth_case(nth), utility=utility)))

    async def after(self, **by: float) -> int:
        """Let time go by and do what is due."""
        self.clock.move(timedelta(**by))
        return await self.worker.drain()

    async def state(self, nth: int) -> State:
        """Where that transfer stands."""
        return (await self.store.load((nth_transfer(nth),))).records[nth_transfer(nth)].state

    async def revive(self, nth: int) -> bool:
        """Put that transfer's application back."""
        at = self.clock.now()
        task = Revival(transfer=nth_transfer(nth), duty=Duty.SEND_APPLICATION, at=at, who="li-na", why="mended")
        return bool(await self.store.revive([task]))

    async def why_buried(self) -> list[str]:
        """The reasons on the operator's list."""
        return [one.why for one in await self.store.buried()]


def telling(*commands: Command) -> Doing:
    """A duty that goes well."""

    async def doing(state: State, claimed: Claimed) -> tuple[Command, ...]:
        return commands

    return doing


def raising(*errors: Exception, then: tuple[Command, ...] = TAKEN) -> Doing:
    """A duty that fails in these ways, one after the other, and then goes well; one error fails for ever."""
    left = deque(errors)

    async def doing(state: State, claimed: Claimed) -> tuple[Command, ...]:
        if len(errors) == 1:
            raise errors[0]
        if left:
            raise left.popleft()
        return then

    return doing


def away(retry_after_s: float | None = None) -> Unavailable:
    """A counterparty that cannot be reached."""
    return Unavailable(Party.UTILITY, "It is away.", retry_after_s=retry_after_s)


class TestDoing:
    async def test_what_is_done_is_finished(self) -> None:
        """A duty done leaves the agenda with what it tells the transfer, in one write."""
        shop = Shop(telling(*TAKEN))
        await shop.submit(1)
        assert await shop.worker.drain() == 1
        assert await shop.state(1) == InPreReview(nth_case(1))
        assert await shop.worker.drain() == 0

    async def test_a_duty_without_a_point_is_finished(self) -> None:
        """A duty that comes to nothing is taken off the agenda all the same."""
        shop = Shop(telling())
        await shop.submit(1)
        assert await shop.worker.drain() == 1
        assert await shop.worker.drain() == 0
        assert await shop.state(1) == Submitted(nth_case(1))

    async def test_what_comes_of_it_is_done_too(self) -> None:
        """Draining goes on while something is due: the end is announced in the same go."""

        async def doing(state: State, claimed: Claimed) -> tuple[Command, ...]:
            if claimed.due.duty is Duty.SEND_APPLICATION:
                return (*TAKEN, HANDLED)
            return (RecordNotice(NoticeKind.RESULT, Delivered("1")),)

        shop = Shop(doing)
        await shop.submit(1)
        assert await shop.worker.drain() == 2
        assert [one.due.duty for one in shop.attempts] == [Duty.SEND_APPLICATION, Duty.ANNOUNCE_RESULT]

    async def test_many_are_finished_in_groups(self) -> None:
        """Tasks done at the same time share a commit."""
        shop = Shop(telling(*TAKEN))
        await shop.submit(*range(20))
        shop.store.groups.clear()
        assert await shop.worker.drain() == 20
        assert len(shop.store.groups) < 20

    async def test_a_missed_deadline_is_followed_by_the_next(self) -> None:
        """Never stuck: finishing a chase and owing the next one is a single write, and the next one is there."""

        async def doing(state: State, claimed: Claimed) -> tuple[Command, ...]:
            return (NoteOverdue(Step.SUBMIT),) if claimed.due.duty is Duty.CHASE_RECEIPT else ()

        shop = Shop(doing)
        await shop.submit(1)
        for _ in range(3):
            await shop.after(days=1)
        noted = [one.event for one in await shop.store.journal(nth_transfer(1))]
        assert noted.count(DeadlinePassed(Step.SUBMIT)) == 3

    async def test_what_comes_up_again(self) -> None:
        """A duty that is not over tells what there is and stays on the agenda, however often it comes up."""
        told = deque([(), TAKEN, ()])

        async def doing(state: State, claimed: Claimed) -> tuple[Command, ...] | Later:
            if claimed.due.duty is not Duty.CHASE_RECEIPT:
                return ()
            return Later(told.popleft(), timedelta(hours=1))

        shop = Shop(doing)
        await shop.submit(1)
        assert await shop.after(hours=4) >= 1
        assert await shop.state(1) == Submitted(nth_case(1))
        assert await shop.after(minutes=59) == 0
        assert await shop.after(minutes=1) == 1
        assert await shop.state(1) == InPreReview(nth_case(1))
        # What it told has settled it: there is nothing to come up again.
        assert await shop.after(hours=2) == 0
        assert await shop.why_buried() == []


class TestFailing:
    async def test_a_failure_is_tried_again_after_its_pause(self) -> None:
        """Postponed means not before its time, and the attempts are counted."""
        shop = Shop(raising(away(), away(), away(), then=TAKEN))
        await shop.submit(1)
        assert await shop.worker.drain() == 2  # at once, once
        assert await shop.after(seconds=SCHEDULE_S[1] / 2 - 1) == 0
        assert await shop.after(seconds=SCHEDULE_S[1]) == 1
        assert await shop.after(seconds=SCHEDULE_S[2]) == 1
        assert [one.attempt for one in shop.attempts] == [1, 2, 3, 4]
        assert await shop.state(1) == InPreReview(nth_case(1))

    async def test_retry_after_is_kept(self) -> None:
        """Who asks to be left alone for a while is left alone."""
        shop = Shop(raising(away(retry_after_s=600), away(), then=TAKEN))
        await shop.submit(1)
        assert await shop.worker.drain() == 1
        assert await shop.after(seconds=599) == 0
        assert await shop.after(seconds=1) == 1

    async def test_patience_ends_in_a_burial(self) -> None:
        """After the schedule the task is given up with its reason, and nobody tries it any more."""
        shop = Shop(raising(away()))
        await shop.submit(1)
        for pause_s in SCHEDULE_S:
            await shop.after(seconds=pause_s)
        tried = [one for one in shop.attempts if one.due.duty is Duty.SEND_APPLICATION]
        assert len(tried) == len(SCHEDULE_S) + 1
        assert "utility: It is away." in await shop.why_buried()
        await shop.after(days=30)
        assert len([one for one in shop.attempts if one.due.duty is Duty.SEND_APPLICATION]) == len(tried)

    async def test_every_failed_attempt_is_kept_with_its_task(self) -> None:
        """When it was, whose fault, and what was wrong: for whoever has to explain it, and revived it goes on."""
        shop = Shop(
            raising(away(), Unintelligible(Party.NOTIFIER, "A poem."), ZeroDivisionError(), then=(OpenSigning(),))
        )
        began = shop.clock.now()
        await shop.submit(1)
        with structlog.testing.capture_logs():
            for pause_s in (0, UNINTELLIGIBLE_PAUSE_S, UNINTELLIGIBLE_PAUSE_S):
                await shop.after(seconds=pause_s)
        assert await shop.revive(1)
        with structlog.testing.capture_logs():
            await shop.worker.drain()
        at = [began + timedelta(seconds=seconds) for seconds in (0, UNINTELLIGIBLE_PAUSE_S, 2 * UNINTELLIGIBLE_PAUSE_S)]
        (item,) = [one for one in await shop.store.items(ALL, at=began) if one.due.duty is Duty.SEND_APPLICATION]
        tried = [mark for mark in item.ledger if isinstance(mark, Tried)]
        assert item.ledger[4] == Revived(at=at[2], who="li-na", why="mended")
        assert [(one.number, one.at, str(one.failure)) for one in tried] == [
            (1, at[0], "utility: It is away."),
            (2, at[0], "notifier: A poem."),
            (3, at[1], "us: ZeroDivisionError"),
            (4, at[2], "us: refused as not_ready_to_sign"),
            (5, at[2], "us: refused as not_ready_to_sign"),
        ]
        later, act = NextAction.TRY_LATER, NextAction.CALL_OPERATOR
        assert [one.failure.next_action for one in tried] == [later, later, later, act, act]
        assert {one.failure.step for one in tried} == {Step.SUBMIT}
        # Each attempt goes by an id of its own, which everything that is asked in it bears.
        assert len({one.failure.correlation.ours for one in tried} - {None}) == len(tried)
        assert {one.failure.correlation.theirs for one in tried} == {None}
        assert isinstance(item.standing, Resting)

    async def test_an_answer_nobody_can_read(self) -> None:
        """No blind retry: after three such answers a person has to look."""
        shop = Shop(raising(Unintelligible(Party.UTILITY, "It answered with a poem.")))
        await shop.submit(1)
        for pause_s in READABLE_S:
            await shop.after(seconds=pause_s)
        assert await shop.why_buried() == ["utility: It answered with a poem."]
        assert [one.attempt for one in shop.attempts] == [1, 2, 3]
        assert await shop.revive(1)
        assert await shop.worker.drain() == 1
        assert shop.attempts[-1].attempt == 4
        assert shop.attempts[-1].due.key == shop.attempts[0].due.key

    async def test_who_is_not_admitted_does_not_knock_again(self) -> None:
        """A token or secret that is not taken is for a person: buried at once, in no doubt; revived, it counts on."""
        shop = Shop(raising(NotAdmitted(Party.UTILITY, "It answered 401.")))
        await shop.submit(1)
        await shop.worker.drain()
        assert await shop.why_buried() == ["utility: It answered 401."]
        assert await shop.revive(1)
        await shop.worker.drain()
        assert [(one.attempt, one.doubt) for one in shop.attempts] == [(1, None), (2, None)]

    async def test_a_transfer_nobody_can_read(self) -> None:
        """Its tasks are never taken for pointless ones: they wait for a person, and its neighbours' are done."""
        shop = Shop(telling(*TAKEN))
        await shop.submit(1, 2)
        shop.store.broken = {nth_transfer(1)}
        for pause_s in READABLE_S:
            await shop.after(seconds=pause_s)
        assert await shop.state(2) == InPreReview(nth_case(2))
        assert await shop.why_buried() == ["us: The row is broken."]
        assert {one.due.transfer for one in shop.attempts} == {nth_transfer(2)}

    async def test_a_burial_is_told(self) -> None:
        """Nobody tries it any more, so the log says which task, towards whom, how often it was tried, and why."""
        shop = Shop(telling(OpenSigning()))
        await shop.submit(1)
        with structlog.testing.capture_logs() as logs:
            await shop.worker.drain()
        assert logs == [
            {
                "event": "buried",
                "log_level": "error",
                "key": f"{nth_transfer(1).text}.send_application",
                "counterparty": KUNMING_WATER.text,
                "attempt": 1,
                "why": "us: refused as not_ready_to_sign",
                "step": 5,
                "correlation_id": logs[0]["correlation_id"],
                "counterparty_correlation_id": None,
            }
        ]
        assert logs[0]["correlation_id"]

    async def test_a_refusal_is_buried_at_once(self) -> None:
        """What we refuse ourselves no retry can help."""
        shop = Shop(telling(OpenSigning()))
        await shop.submit(1)
        await shop.worker.drain()
        assert await shop.why_buried() == ["us: refused as not_ready_to_sign"]
        assert len(shop.attempts) == 1

    async def test_an_unforeseen_error_is_ours(self) -> None:
        """Whatever breaks is logged by its kind, and the task is tried again: it is never dropped."""
        shop = Shop(raising(ZeroDivisionError(), ZeroDivisionError(), then=TAKEN))
        await shop.submit(1)
        with structlog.testing.capture_logs() as logs:
            await shop.worker.drain()
            await shop.after(seconds=SCHEDULE_S[1])
        assert [(one["event"], one["error"]) for one in logs] == [("duty_broke", "ZeroDivisionError")] * 2
        assert await shop.state(1) == InPreReview(nth_case(1))

    async def test_a_duty_nobody_knows(self) -> None:
        """A duty without a performance is our own fault, and ends on the operator's list like any other."""
        shop = Shop(telling())
        shop.worker._performances = {}
        await shop.submit(1)
        with structlog.testing.capture_logs():
            for pause_s in SCHEDULE_S:
                await shop.after(seconds=pause_s)
        assert set(await shop.why_buried()) == {"us: KeyError"}


class TestDoubt:
    async def doubts(self, shop: Shop, pauses_s: Sequence[float] = SCHEDULE_S[:3]) -> list[timedelta | None]:
        """Submit and let the pauses pass; since how long each attempt at the application was in doubt."""
        since: list[timedelta | None] = []
        await shop.submit(1)
        for pause_s in pauses_s:
            shop.attempts.clear()
            await shop.after(seconds=pause_s)
            since += [None if one.doubt is None else shop.clock.now() - one.doubt for one in shop.attempts]
        return since

    async def test_an_outcome_that_nobody_knows(self) -> None:
        """Since the first attempt that was not answered the task is in doubt, whatever comes after it."""
        sure = Unavailable(Party.UTILITY, "It is away.", certain=True)
        shop = Shop(raising(away(), sure, away(), sure, sure, then=TAKEN))
        assert await self.doubts(shop) == [None, timedelta(0), timedelta(seconds=5), timedelta(seconds=35)]

    async def test_what_surely_had_no_effect(self) -> None:
        """Turned away, however often: nothing is in doubt."""
        shop = Shop(raising(Unavailable(Party.UTILITY, "It is away.", certain=True)))
        assert set(await self.doubts(shop)) == {None}

    async def test_what_broke(self) -> None:
        """Whatever broke may have been done."""
        shop = Shop(raising(ZeroDivisionError()))
        with structlog.testing.capture_logs():
            assert (await self.doubts(shop))[:3] == [None, timedelta(0), timedelta(seconds=5)]

    @pytest.mark.parametrize("certain", [True, False])
    async def test_what_nobody_understood(self, certain: bool) -> None:
        """What was answered with nonsense may have been done, unless it surely was not."""
        shop = Shop(raising(Unintelligible(Party.UTILITY, "A poem.", certain=certain)))
        paused = [timedelta(seconds=sum(READABLE_S[: nth + 1])) for nth in (1, 2)]
        with structlog.testing.capture_logs():
            assert await self.doubts(shop, READABLE_S) == [None, *([None, None] if certain else paused)]

    async def test_done_but_not_stored(self) -> None:
        """What is done at the counterparty is done, though the store was away when it was to be remembered."""
        shop = Shop(telling(*TAKEN))
        await shop.submit(1)
        shop.store.fail_commits.append(AWAY)
        await shop.worker.drain()
        assert [one.doubt for one in shop.attempts] == [None, shop.clock.now()]

    async def test_an_attempt_that_died(self) -> None:
        """Nobody knows what a worker did that is no more."""
        shop = Shop(telling(*TAKEN))
        await shop.submit(1)
        began = shop.clock.now()
        await shop.store.claim(at=began, limit=9, lease_s=60, token="another")
        await shop.after(seconds=60)
        assert [one.doubt for one in shop.attempts] == [began]

    async def test_what_is_given_back_untouched(self) -> None:
        """An attempt that did not begin adds no doubt, and takes none away."""
        shop = Shop(raising(away(), away(), then=TAKEN))
        await shop.submit(1)
        shop.store.fail_loads += [None, AWAY]
        began = shop.clock.now()
        with pytest.raises(Unavailable):
            await shop.worker.drain()
        await shop.after(seconds=5)
        await shop.after(seconds=30)
        assert [(one.attempt, one.doubt) for one in shop.attempts] == [(1, None), (3, began), (4, began)]


class TestLeases:
    async def test_what_was_done_is_told_although_the_lease_is_lost(self) -> None:
        """A report finished the task meanwhile: what happened at the counterparty has happened, and is remembered."""

        async def doing(state: State, claimed: Claimed) -> tuple[Command, ...]:
            await shop.desk.handle(asking(1, HANDLED))
            return (RecordNotice(NoticeKind.INVITATION, Delivered("1")),)

        shop = Shop(doing)
        await shop.submit(1)
        shop.worker._performances = {**dict.fromkeys(Duty, telling()), Duty.SEND_APPLICATION: doing}
        await shop.worker.drain()
        events = [one.event for one in await shop.store.journal(nth_transfer(1))]
        assert NoticeSent(NoticeKind.INVITATION, "1") in events

    async def test_a_notice_that_two_find_undeliverable_falls_once(self) -> None:
        """Steps 7 and 9: nothing happened at the channel; whoever holds the task now says so, and sends it on."""

        async def doing(state: State, claimed: Claimed) -> tuple[Command, ...]:
            await shop.desk.handle(asking(1, HANDLED))
            return (RecordNotice(NoticeKind.INVITATION, Undeliverable("not_following")),)

        shop = Shop(doing)
        await shop.submit(1)
        shop.worker._performances = {**dict.fromkeys(Duty, telling()), Duty.SEND_APPLICATION: doing}
        await shop.worker.drain()
        events = [one.event for one in await shop.store.journal(nth_transfer(1))]
        assert not [one for one in events if isinstance(one, NoticeUndeliverable)]

    async def test_a_chase_whose_lease_is_lost_says_nothing(self) -> None:
        """Somebody else is at the deadline, or it has passed: nothing happened at a counterparty, nothing is noted."""
        waiting = asyncio.Event()

        async def doing(state: State, claimed: Claimed) -> tuple[Command, ...]:
            if claimed.due.duty is not Duty.CHASE_RECEIPT:
                return ()
            waiting.set()
            shop.clock.move(timedelta(hours=1))
            await shop.store.claim(at=shop.clock.now(), limit=9, lease_s=9999, token="another")
            return (NoteOverdue(Step.SUBMIT),)

        shop = Shop(doing)
        await shop.submit(1)
        await shop.after(hours=4)
        assert waiting.is_set()
        assert len(await shop.store.journal(nth_transfer(1))) == 1

    async def test_a_lease_that_is_nearly_over(self) -> None:
        """What has waited too long for its turn is given back rather than done twice at once."""
        shop = Shop(telling(*TAKEN))
        await shop.submit(1)
        moved = iter((timedelta(seconds=40), *[timedelta(0)] * 99))
        shop.store.on_load = lambda: shop.clock.move(next(moved))
        assert await shop.worker.drain() == 2
        assert [one.attempt for one in shop.attempts] == [2]
        assert await shop.state(1) == InPreReview(nth_case(1))


class TestOrder:
    async def test_a_result_waits_for_its_invitation(self) -> None:
        """Steps 7 and 9: while the invitation is being sent the transfer ends, and takes it off the agenda: the result
        is not sent before the invitation is out.
        """
        sending, told = asyncio.Event(), list[Duty]()

        async def doing(state: State, claimed: Claimed) -> tuple[Command, ...]:
            if claimed.due.duty is Duty.SEND_APPLICATION:
                return (*TAKEN, ReportPreReview(Cleared(ADDRESS)))
            if claimed.due.duty is Duty.INVITE_TO_SIGN:
                await sending.wait()
            told.append(claimed.due.duty)
            return ()

        shop = Shop(doing)
        await shop.submit(1)
        running = asyncio.ensure_future(shop.worker.run())
        await until(lambda: shop.attempts[-1:] != [] and shop.attempts[-1].due.duty is Duty.INVITE_TO_SIGN)
        await shop.desk.handle(asking(1, HANDLED))
        await until(lambda: len(shop.worker._busy) == 2)
        assert told == []
        sending.set()
        await until(lambda: len(told) == 2)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert told == [Duty.INVITE_TO_SIGN, Duty.ANNOUNCE_RESULT]


class TestLimits:
    async def test_a_counterparty_has_a_limit(self) -> None:
        """However much is due, no more of one counterparty's tasks are in hand than its limit."""
        busy, most = 0, 0

        async def doing(state: State, claimed: Claimed) -> tuple[Command, ...]:
            nonlocal busy, most
            busy += 1
            most = max(most, busy)
            await asyncio.sleep(0)
            busy -= 1
            return TAKEN

        shop = Shop(doing, limits=Limits(at_once=8, per_counterparty=3))
        await shop.submit(*range(20))
        assert await shop.worker.drain() == 20
        assert most == 3

    @pytest.mark.parametrize("per_counterparty", [1, 2, 5])
    async def test_a_slow_counterparty_slows_nobody_else(self, per_counterparty: int) -> None:
        """While one utility takes its time, with more due than there is room for, the other one's tasks are done."""
        slow = asyncio.Event()

        async def doing(state: State, claimed: Claimed) -> tuple[Command, ...]:
            if claimed.due.counterparty == "kunming-water":
                await slow.wait()
            return TAKEN

        shop = Shop(doing, limits=Limits(at_once=8, per_counterparty=per_counterparty))
        await shop.submit(*range(10))
        shop.clock.move(timedelta(seconds=1))
        await shop.submit(10, 11, utility=UtilityId("kunming-gas"))
        draining = asyncio.ensure_future(shop.worker.drain())
        for _ in range(100):
            await asyncio.sleep(0)
        assert isinstance(await shop.state(10), InPreReview)
        assert isinstance(await shop.state(11), InPreReview)
        slow.set()
        assert await draining == 12

    async def test_there_is_a_limit_to_everything(self) -> None:
        """A worker claims what it has room for, and not a task more."""
        hold = asyncio.Event()

        async def doing(state: State, claimed: Claimed) -> tuple[Command, ...]:
            await hold.wait()
            return TAKEN

        shop = Shop(doing, limits=Limits(at_once=2, per_counterparty=9))
        await shop.submit(*range(5))
        draining = asyncio.ensure_future(shop.worker.drain())
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(shop.attempts) == 2
        hold.set()
        assert await draining == 5
        assert max(shop.store.claims) == 2


class TestStoreAway:
    @pytest.mark.parametrize("call", ["claim", "postpone"])
    async def test_nothing_is_lost_while_the_store_is_away(self, call: str) -> None:
        """What was to be postponed is postponed when the store is back; what was to be claimed is claimed."""
        shop = Shop(raising(away(retry_after_s=30), away(), then=TAKEN))
        await shop.submit(1)
        shop.store.failing[call] = 1
        with pytest.raises(Unavailable):
            await shop.worker.drain()
        await shop.worker.drain()
        assert await shop.after(seconds=30) >= 1
        assert [one.attempt for one in shop.attempts][:2] == [1, 2]

    async def test_the_store_goes_away_after_a_claim(self) -> None:
        """Claimed and then not even looked at: the tasks are given back, and not left to run out."""
        shop = Shop(telling(*TAKEN))
        await shop.submit(1)
        shop.store.fail_loads.append(AWAY)
        with pytest.raises(Unavailable):
            await shop.worker.drain()
        assert shop.attempts == []
        assert await shop.worker.drain() == 1

    async def test_the_store_goes_away_at_a_burial(self) -> None:
        """A task that could not be buried is left to its lease, and buried the next time."""
        shop = Shop(telling(OpenSigning()))
        await shop.submit(1)
        shop.store.failing["bury"] = 1
        await shop.worker.drain()
        assert await shop.why_buried() == []
        await shop.after(seconds=60)
        assert await shop.why_buried() == ["us: refused as not_ready_to_sign"]

    async def test_the_store_goes_away_at_the_finish(self) -> None:
        """Done at the counterparty and not written down: tried again later, with the attempt counted."""
        shop = Shop(telling(*TAKEN))
        await shop.submit(1)
        shop.store.fail_commits.append(AWAY)
        await shop.worker.drain()
        assert [one.attempt for one in shop.attempts] == [1, 2]
        assert await shop.state(1) == InPreReview(nth_case(1))


async def until(true: Callable[[], bool]) -> None:
    """Give way until something is so; the test's own timeout is the limit."""
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.001)


class TestRunning:
    async def test_it_works_until_it_is_cancelled(self) -> None:
        """A running worker finds what comes while it waits."""
        shop = Shop(telling(*TAKEN))
        running = asyncio.ensure_future(shop.worker.run())
        await asyncio.sleep(0.002)
        await shop.submit(1)
        await until(lambda: len(shop.attempts) == 1)
        await shop.submit(2)
        await until(lambda: len(shop.attempts) == 2)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await shop.desk.close()
        assert await shop.state(2) == InPreReview(nth_case(2))

    async def test_nobody_is_left_behind(self) -> None:
        """Cancelled, it takes its helpers with it; what was in hand is left to its lease."""
        never = asyncio.Event()

        async def doing(state: State, claimed: Claimed) -> tuple[Command, ...]:
            await never.wait()
            return ()

        shop = Shop(doing)
        await shop.submit(1)
        before = asyncio.all_tasks()
        running = asyncio.ensure_future(shop.worker.run())
        await until(lambda: len(shop.attempts) == 1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await asyncio.sleep(0)
        assert asyncio.all_tasks() <= before
        shop.worker._performances = dict.fromkeys(Duty, telling(*TAKEN))
        assert await shop.after(seconds=59) == 0
        assert await shop.after(seconds=1) == 1

    @pytest.mark.parametrize("call", ["claim", "nudged"])
    async def test_a_store_that_comes_back(self, call: str) -> None:
        """A worker rests while the store is away, and goes on when it is back."""
        shop = Shop(telling(*TAKEN))
        shop.store.failing[call] = 3
        running = asyncio.ensure_future(shop.worker.run())
        await until(lambda: shop.store.failing[call] == 0)
        await shop.submit(1)
        await until(lambda: len(shop.attempts) == 1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


class TestWholeTransfer:
    async def test_to_the_end_by_the_agenda(self) -> None:
        """Steps 5 to 9: what is owed is done, and the citizen hears of the contract and of the end."""
        city = City()
        transfer = (await city.office.submission.submit(REQUEST)).decided.transfer
        await city.later(seconds=0)
        assert city.utility.applications[0].transfer == transfer
        hear = city.office.reports.hear
        for report in (
            city.utility.clear(transfer, ADDRESS),
            city.utility.sign(transfer),
            city.utility.handle(transfer),
        ):
            await hear(report, transfer=transfer, utility=KUNMING_WATER)
            await city.later(seconds=1)
        assert [notice.kind for notice in city.notifier.inbox] == [NoticeKind.INVITATION, NoticeKind.RESULT]
        assert isinstance((await city.office.viewing.of(transfer)).record.state, Completed)

    async def test_a_lost_answer_doubles_nothing(self) -> None:
        """Step 5: the answer was lost, the utility is asked, and it has one application."""
        city = City()
        city.utility.loses_answers = True
        transfer = (await city.office.submission.submit(REQUEST)).decided.transfer
        await city.later(seconds=0)
        assert len(city.utility.applications) == 1
        assert isinstance((await city.office.viewing.of(transfer)).record.state, InPreReview)

    async def test_an_application_given_up_that_had_arrived(self) -> None:
        """Never stuck: the sending was buried, the utility had it all the same, and the chase finds out."""
        city = City()
        transfer = (await city.office.submission.submit(REQUEST)).decided.transfer
        city.utility.away = True
        with structlog.testing.capture_logs():
            for _ in range(5 * 24):  # An hour each: at times the chase is the probe, and the sending waits.
                await city.later(hours=1)
        assert [one.due.duty for one in await city.store.buried()] == [Duty.SEND_APPLICATION]
        city.utility.away = False
        case = (await city.office.viewing.of(transfer)).record.state
        assert isinstance(case, Submitted)
        await city.utility.submit(case.case, key=transfer)
        await city.later(days=1)
        assert isinstance((await city.office.viewing.of(transfer)).record.state, InPreReview)
        assert await city.store.buried() == ()

    @pytest.mark.parametrize(("lost", "told"), [(1, "result_sent"), (4, "result_sent"), (5, "result_in_doubt")])
    async def test_a_notice_is_never_shown_twice(self, lost: int, told: str) -> None:
        """Step 9: answers are lost; while the channel remembers it is sent again, afterwards the doubt is told."""
        city = City()
        city.notifier.remembers_s = 540
        transfer = (await city.office.submission.submit(REQUEST)).decided.transfer
        await city.later(seconds=0)
        city.notifier.lost_answers = lost
        for report in (city.utility.clear(transfer), city.utility.sign(transfer), city.utility.handle(transfer)):
            await city.office.reports.hear(report, transfer=transfer, utility=KUNMING_WATER)
        for pause_s in SCHEDULE_S:
            await city.later(seconds=pause_s)
        (last,) = (await city.office.viewing.of(transfer)).journal[-1:]
        assert milestone(last.event).code == told
        assert len(city.notifier.inbox) == 1

    async def test_a_notice_given_up_unsent_is_sent_when_revived(self) -> None:
        """A channel that was surely closed costs no notice: once it is mended, however late, the notice goes out."""
        city = City()
        city.notifier.remembers_s = 540
        transfer = (await city.office.submission.submit(REQUEST)).decided.transfer
        await city.later(seconds=0)
        city.notifier.away = True
        for report in (city.utility.clear(transfer), city.utility.sign(transfer), city.utility.handle(transfer)):
            await city.office.reports.hear(report, transfer=transfer, utility=KUNMING_WATER)
        with structlog.testing.capture_logs():
            for pause_s in SCHEDULE_S:
                await city.later(seconds=pause_s)
        assert [one.due.duty for one in await city.store.buried()] == [Duty.ANNOUNCE_RESULT]
        city.notifier.away = False
        result = Revival(transfer=transfer, duty=Duty.ANNOUNCE_RESULT, at=city.clock.now(), who="li-na", why="mended")
        assert await city.store.revive([result]) == (result,)
        await city.later(days=1)
        assert [notice.kind for notice in city.notifier.inbox] == [NoticeKind.RESULT]

    async def test_reports_that_never_came(self) -> None:
        """Never stuck: where the utility's reports are lost, the chases bring the transfer to its end."""
        city = City()
        transfer = (await city.office.submission.submit(REQUEST)).decided.transfer
        await city.later(seconds=0)
        city.utility.clear(transfer, ADDRESS)
        city.utility.sign(transfer)
        city.utility.handle(transfer)
        await city.later(days=1)
        assert isinstance((await city.office.viewing.of(transfer)).record.state, Completed)
        assert [notice.kind for notice in city.notifier.inbox] == [NoticeKind.RESULT]
