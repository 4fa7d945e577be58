"""The desk: many at once, each as if alone, and nobody answered before it is durable."""

import asyncio
from collections.abc import Sequence

import attrs
import pytest
from tests.app.world import AWAY, BROKEN, WatchedStore, asking, message, nth_case, nth_transfer, submitting

from cotransfer.adapters.memory.time import ManualClock
from cotransfer.app.desk import TRIES, Desk
from cotransfer.app.errand import Errand, MessageReused, Reply, Ruling
from cotransfer.domain.agenda import Duty
from cotransfer.domain.commands import Command, OpenSigning, ReportHandling, ReportPreReview, ReportReceipt
from cotransfer.domain.events import ApplicationTaken, PreReviewPassedForSms
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.reports import ClearedForSms, Handled, Taken
from cotransfer.domain.states import InPreReview, Submitted
from cotransfer.domain.values import UtilityId
from cotransfer.ports.agenda import Lease
from cotransfer.ports.errors import LeaseLost, Unavailable
from cotransfer.ports.transfers import Change, Outcome, Stale
from cotransfer.testing.samples import ADDRESS, KUNMING_WATER

TAKEN = ReportReceipt(Taken("W-1"))
CLEARED = ReportPreReview(ClearedForSms())
HANDLED = ReportHandling(Handled())


@pytest.fixture
def store() -> WatchedStore:
    """A store that can be held up."""
    return WatchedStore()


@pytest.fixture
def desk(store: WatchedStore) -> Desk:
    """A desk over it."""
    return Desk(store, ManualClock())


async def begin(desk: Desk, *transfers: int) -> None:
    """Submit those transfers."""
    for nth in transfers:
        await desk.handle(submitting(nth_case(nth)))


async def settle() -> None:
    """Let everything that can go on go on."""
    for _ in range(20):
        await asyncio.sleep(0)


def brought(desk: Desk, *errands: Errand) -> list[asyncio.Task[Reply]]:
    """Bring errands at the same moment."""
    return [asyncio.ensure_future(desk.handle(errand)) for errand in errands]


async def refusal(waiting: asyncio.Task[Reply]) -> Why:
    """Why that errand was refused."""
    with pytest.raises(Refused) as refused:
        await waiting
    return refused.value.refusal.why


class TestGathering:
    async def test_alone_nobody_waits(self, desk: Desk, store: WatchedStore) -> None:
        """One errand is one commit, at once."""
        reply = await desk.handle(submitting(nth_case(1)))
        assert reply.ruling is not None
        assert reply.ruling.state == Submitted(nth_case(1))
        assert store.groups == [1]

    async def test_nobody_is_answered_before_the_commit(self, desk: Desk, store: WatchedStore) -> None:
        """What the caller hears is durable."""
        store.gate.clear()
        (waiting,) = brought(desk, submitting(nth_case(1)))
        await settle()
        assert store.groups == [1]
        assert not waiting.done()
        store.gate.set()
        await waiting

    async def test_who_comes_during_a_commit_shares_the_next(self, desk: Desk, store: WatchedStore) -> None:
        """While one group is written the next one gathers."""
        store.gate.clear()
        first = brought(desk, submitting(nth_case(0)))
        await settle()
        others = brought(desk, *(submitting(nth_case(nth)) for nth in range(1, 51)))
        await settle()
        store.gate.set()
        await asyncio.gather(*first, *others)
        assert store.groups == [1, 50]

    async def test_a_group_has_a_limit(self, store: WatchedStore) -> None:
        """More than a group's worth is written as several groups."""
        desk = Desk(store, ManualClock(), group_limit=4)
        await asyncio.gather(*(desk.handle(submitting(nth_case(nth))) for nth in range(10)))
        assert store.groups == [4, 4, 2]

    async def test_a_queue_has_a_limit(self, store: WatchedStore) -> None:
        """Who comes to a full desk is turned away at once, surely without effect."""
        desk = Desk(store, ManualClock(), waiting_limit=2)
        waiting = brought(desk, *(submitting(nth_case(nth)) for nth in range(2)))
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="Too many") as away:
            await desk.handle(submitting(nth_case(3)))
        assert away.value.certain
        assert away.value.retry_after_s == 1
        await asyncio.gather(*waiting)

    async def test_closing_serves_those_who_wait(self, desk: Desk, store: WatchedStore) -> None:
        """A desk that closes leaves nobody without an answer, also those who came meanwhile."""
        store.gate.clear()
        waiting = brought(desk, submitting(nth_case(1)))
        await settle()
        closing = asyncio.ensure_future(desk.close())
        waiting += brought(desk, submitting(nth_case(2)))
        await settle()
        assert not closing.done()
        store.gate.set()
        await closing
        assert all(one.done() for one in waiting)
        await desk.close()

    async def test_a_desk_goes_on_after_a_rest(self, desk: Desk, store: WatchedStore) -> None:
        """No wake-up is lost between the last group and the next errand."""
        for nth in range(5):
            await desk.handle(submitting(nth_case(nth)))
            await settle()
        assert store.groups == [1] * 5


class TestOneTransferInOneGroup:
    async def test_decided_one_after_the_other(self, desk: Desk, store: WatchedStore) -> None:
        """The second command sees what the first one did; both are one change."""
        await begin(desk, 1)
        first, second = await asyncio.gather(desk.handle(asking(1, TAKEN)), desk.handle(asking(1, CLEARED)))
        assert (first.answer, second.answer) == (b"in_pre_review", b"awaiting_sms_signing")
        assert store.groups == [1, 1]
        journal = [entry.event for entry in await store.journal(nth_transfer(1))]
        assert journal[1:] == [ApplicationTaken("W-1"), PreReviewPassedForSms()]

    async def test_commands_of_an_errand_stand_or_fall_together(self, desk: Desk, store: WatchedStore) -> None:
        """A refused command takes the whole errand with it."""
        await begin(desk, 1)
        assert await refusal(*brought(desk, asking(1, TAKEN, OpenSigning()))) is Why.NOT_READY_TO_SIGN
        assert len(await store.journal(nth_transfer(1))) == 1

    async def test_nobody_is_refused_for_what_is_not_durable(self, desk: Desk, store: WatchedStore) -> None:
        """A refusal that rests on an uncommitted neighbour waits for the commit, and is decided on what came of it."""
        await begin(desk, 1)
        store.fail_commits.extend([AWAY])
        first, second = brought(desk, asking(1, TAKEN), asking(1, OpenSigning()))
        with pytest.raises(Unavailable):
            await first
        # The first one failed with the store; the second one was not part of that write, and has its own answer.
        assert await refusal(second) is Why.NOT_READY_TO_SIGN
        assert store.groups == [1, 1]

    async def test_who_was_put_off_is_done_once(self, desk: Desk, store: WatchedStore) -> None:
        """An errand put off to the next group is neither lost nor told of the error of a write it was not part of."""
        await begin(desk, 1)
        store.fail_commits.extend([AWAY])
        first, second, third = brought(
            desk,
            asking(1, TAKEN),
            asking(1, CLEARED, message=message("k")),
            asking(1, HANDLED, message=message("k")),
        )
        results = await asyncio.gather(first, second, third, return_exceptions=True)
        assert results[0] is results[1] is AWAY
        assert isinstance(results[2], Reply)
        assert results[2].answer == b"completed"

    async def test_a_refusal_spoils_nobody(self, desk: Desk) -> None:
        """Of three errands in one group the refused one alone is refused."""
        await begin(desk, 1, 2)
        good, bad, also_good = brought(desk, asking(1, TAKEN), asking(9, TAKEN), asking(2, TAKEN))
        assert (await good).answer == (await also_good).answer == b"in_pre_review"
        assert await refusal(bad) is Why.UNKNOWN_TRANSFER

    async def test_a_broken_answer_is_its_owners(self, desk: Desk, store: WatchedStore) -> None:
        """An answer that cannot be made fails its caller; nothing of that errand is stored, and all else is."""
        await begin(desk, 1)

        def broken(ruling: Ruling) -> bytes:
            raise LookupError(ruling.state.code)

        bad, good = brought(desk, attrs.evolve(asking(1, TAKEN), answer=broken), asking(1, CLEARED))
        with pytest.raises(LookupError):
            await bad
        assert (await good).answer == b"awaiting_sms_signing"
        assert len(await store.journal(nth_transfer(1))) == 2


class TestMessages:
    async def test_the_same_message_again(self, desk: Desk, store: WatchedStore) -> None:
        """A repeated message gets the stored answer, and nothing happens again."""
        await begin(desk, 1)
        first = await desk.handle(asking(1, TAKEN, message=message("k")))
        await desk.handle(asking(1, CLEARED))
        again = await desk.handle(asking(1, TAKEN, message=message("k")))
        assert not first.replayed
        assert again == Reply(b"in_pre_review", replayed=True)
        assert store.groups == [1, 1, 1]

    async def test_twice_in_one_group(self, desk: Desk, store: WatchedStore) -> None:
        """Two copies of a message that arrive together are done once and answered alike."""
        await begin(desk, 1)
        copies = await asyncio.gather(*(desk.handle(asking(1, TAKEN, message=message("k"))) for _ in range(3)))
        assert [one.answer for one in copies] == [b"in_pre_review"] * 3
        assert [one.replayed for one in copies] == [False, True, True]
        assert len(await store.journal(nth_transfer(1))) == 2

    async def test_a_key_with_other_content(self, desk: Desk) -> None:
        """The same key with another content is a mistake of the sender's, together or later."""
        await begin(desk, 1)
        good, reused = brought(
            desk, asking(1, TAKEN, message=message("k")), asking(1, CLEARED, message=message("k", b"other"))
        )
        assert (await good).answer == b"in_pre_review"
        with pytest.raises(MessageReused):
            await reused
        with pytest.raises(MessageReused):
            await desk.handle(asking(1, CLEARED, message=message("k", b"other")))

    async def test_senders_have_keys_of_their_own(self, desk: Desk) -> None:
        """Two senders may choose the same key."""
        await begin(desk, 1)
        await desk.handle(asking(1, TAKEN, message=message("k", source="platform")))
        reply = await desk.handle(asking(1, CLEARED, message=message("k", source="kunming-water")))
        assert not reply.replayed

    async def test_a_refused_message_may_be_sent_again(self, desk: Desk) -> None:
        """Nothing happened, so nothing is remembered: later the same message may succeed."""
        tap = asking(1, OpenSigning(), message=message("tap"))
        await begin(desk, 1)
        assert await refusal(*brought(desk, tap)) is Why.NOT_READY_TO_SIGN
        await desk.handle(asking(1, CLEARED))
        assert (await desk.handle(tap)).answer == b"awaiting_sms_signing"

    async def test_recalling(self, desk: Desk) -> None:
        """A message can be looked for before the work that its answer would cost."""
        await begin(desk, 1)
        assert await desk.recall(message("k")) is None
        await desk.handle(asking(1, TAKEN, message=message("k")))
        assert await desk.recall(message("k")) == Reply(b"in_pre_review", replayed=True)
        with pytest.raises(MessageReused):
            await desk.recall(message("k", b"other"))

    async def test_keeping_a_querys_answer(self, desk: Desk, store: WatchedStore) -> None:
        """The answer of a query is kept under its message; the first answer is the one that stays."""
        kept = await asyncio.gather(desk.keep(message("q"), b"one"), desk.keep(message("q"), b"two"))
        assert [one.answer for one in kept] == [b"one", b"one"]
        assert await desk.recall(message("q")) == Reply(b"one", replayed=True)
        assert store.groups == [1]

    async def test_keeping_stands_beside_transfers(self, desk: Desk, store: WatchedStore) -> None:
        """Queries and commands share a group."""
        await asyncio.gather(desk.keep(message("q"), b"one"), desk.handle(submitting(nth_case(1))))
        assert store.groups == [2]


class TestMovingOn:
    async def test_what_had_moved_is_decided_anew(self, desk: Desk, store: WatchedStore) -> None:
        """Another process moved the transfer between look and write: the errand is decided on what is there now."""
        await begin(desk, 1)
        store.gate.clear()
        (waiting,) = brought(desk, asking(1, CLEARED))
        await settle()
        other_desk = Desk(_Ungated(store), ManualClock())
        await other_desk.handle(asking(1, TAKEN))
        store.gate.set()
        assert (await waiting).answer == b"awaiting_sms_signing"
        assert len(await store.journal(nth_transfer(1))) == 3

    async def test_one_stale_change_spoils_nobody(self, desk: Desk, store: WatchedStore) -> None:
        """A neighbour in the same group is written although one change has to be decided anew."""
        await begin(desk, 1, 2)
        store.gate.clear()
        waiting = brought(desk, asking(1, CLEARED), asking(2, TAKEN))
        await settle()
        await Desk(_Ungated(store), ManualClock()).handle(asking(1, TAKEN))
        store.gate.set()
        await asyncio.gather(*waiting)
        assert store.groups[-2:] == [2, 1]

    async def test_trying_again_has_a_limit(self) -> None:
        """What moves on and on is given up, surely without effect."""
        store = _AlwaysStale()
        desk = Desk(store, ManualClock())
        with pytest.raises(Unavailable, match="keeps moving") as away:
            await desk.handle(submitting(nth_case(1)))
        assert away.value.certain
        assert store.groups == [1] * TRIES

    async def test_another_transfer_in_the_way(self, desk: Desk, store: WatchedStore) -> None:
        """One open transfer per home and account: the refusal names the one in the way, also within one group."""
        first = submitting(nth_case(1))
        rival = submitting(attrs.evolve(nth_case(1), transfer=nth_transfer(2)))
        _, refused = brought(desk, first, rival)
        with pytest.raises(Refused) as caught:
            await refused
        assert caught.value.refusal.why is Why.ALREADY_UNDER_WAY
        assert caught.value.refusal.blocking == nth_transfer(1)
        assert await store.journal(nth_transfer(2)) == ()

    async def test_who_built_on_a_blocked_submission(self, desk: Desk) -> None:
        """A command decided on top of a submission that is blocked meets a transfer that there is not."""
        await begin(desk, 1)
        rival = submitting(attrs.evolve(nth_case(1), transfer=nth_transfer(2)))
        blocked, rider = brought(desk, rival, asking(2, TAKEN))
        assert await refusal(blocked) is Why.ALREADY_UNDER_WAY
        assert await refusal(rider) is Why.UNKNOWN_TRANSFER

    async def test_a_lost_lease(self, desk: Desk, store: WatchedStore) -> None:
        """A task that somebody else holds is not finished here; who shared the change is served all the same."""
        await begin(desk, 1)
        lost = Lease(nth_transfer(1), Duty.SEND_APPLICATION, "not-mine")
        finishing, neighbour = brought(desk, attrs.evolve(asking(1, TAKEN), finishes=lost), asking(1, CLEARED))
        with pytest.raises(LeaseLost):
            await finishing
        assert (await neighbour).answer == b"awaiting_sms_signing"
        assert len(await store.journal(nth_transfer(1))) == 2


class _Ungated(WatchedStore):
    """Another process's way to the same store."""

    def __init__(self, store: WatchedStore) -> None:
        super().__init__()
        self.__dict__ |= {name: value for name, value in vars(store).items() if name not in ("gate", "groups")}


class _AlwaysStale(WatchedStore):
    """A store where everything has always just moved."""

    async def commit(self, changes: Sequence[Change]) -> tuple[Outcome, ...]:
        """Never."""
        self.groups.append(len(changes))
        return tuple(Stale() for _ in changes)


class _Miscounting(WatchedStore):
    """A store that breaks its law."""

    async def commit(self, changes: Sequence[Change]) -> tuple[Outcome, ...]:
        """One outcome too few."""
        return (await super().commit(changes))[1:]


class TestTrouble:
    @pytest.mark.parametrize("where", ["fail_loads", "fail_commits"])
    async def test_the_store_is_away(self, desk: Desk, store: WatchedStore, where: str) -> None:
        """Everybody in the group hears that the store is away; the next group is served."""
        getattr(store, where).append(AWAY)
        results = await asyncio.gather(
            *(desk.handle(submitting(nth_case(nth))) for nth in range(3)), return_exceptions=True
        )
        assert results == [AWAY] * 3
        await begin(desk, 1)

    async def test_a_transfer_that_cannot_be_read(self, desk: Desk, store: WatchedStore) -> None:
        """Only who asks for that transfer hears of it: nothing is decided on it, and its neighbours are served."""
        await begin(desk, 1, 2)
        store.broken = {nth_transfer(1)}
        errands = [asking(nth, TAKEN, message=message(f"k-{nth}")) for nth in (1, 2, 1)]
        results = await asyncio.gather(*(desk.handle(errand) for errand in errands), return_exceptions=True)
        assert [results[0], results[2]] == [BROKEN, BROKEN]
        assert isinstance(results[1], Reply)
        store.broken.clear()
        assert not (await desk.handle(errands[0])).replayed

    async def test_an_unforeseen_error_is_told(self, desk: Desk, store: WatchedStore) -> None:
        """Whatever breaks, nobody is left waiting."""
        store.fail_commits.append(ZeroDivisionError())
        with pytest.raises(ZeroDivisionError):
            await desk.handle(submitting(nth_case(1)))
        await begin(desk, 1)

    async def test_a_store_that_miscounts(self) -> None:
        """Outcomes that do not fit the changes answer nobody wrongly."""
        desk = Desk(_Miscounting(), ManualClock())
        results = await asyncio.gather(
            *(desk.handle(submitting(nth_case(nth))) for nth in range(2)), return_exceptions=True
        )
        assert all(isinstance(one, ValueError) for one in results)

    async def test_a_caller_who_leaves(self, desk: Desk, store: WatchedStore) -> None:
        """A caller that gives up changes nothing for the others, and its errand is done all the same."""
        store.gate.clear()
        leaving, staying = brought(desk, submitting(nth_case(1)), submitting(nth_case(2)))
        await settle()
        leaving.cancel()
        store.gate.set()
        await staying
        with pytest.raises(asyncio.CancelledError):
            await leaving
        assert len(await store.journal(nth_transfer(1))) == 1

    async def test_a_caller_who_leaves_before_an_error(self, desk: Desk, store: WatchedStore) -> None:
        """Who has left is not told of the error either, and nothing breaks over it."""
        store.gate.clear()
        store.fail_commits.append(AWAY)
        leaving, staying = brought(desk, submitting(nth_case(1)), submitting(nth_case(2)))
        await settle()
        leaving.cancel()
        store.gate.set()
        results = await asyncio.gather(leaving, staying, return_exceptions=True)
        assert isinstance(results[0], asyncio.CancelledError)
        assert results[1] is AWAY

    async def test_a_loop_that_is_shut_down(self, desk: Desk, store: WatchedStore) -> None:
        """When the work itself is cancelled nobody is left waiting, in the group or in the queue."""
        store.gate.clear()
        before = asyncio.all_tasks()
        in_hand = brought(desk, submitting(nth_case(1)))
        await settle()
        (work,) = asyncio.all_tasks() - before - set(in_hand)
        queued = brought(desk, submitting(nth_case(2)))
        await settle()
        work.cancel()
        results = await asyncio.gather(work, *in_hand, *queued, return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in results)
        store.gate.set()
        await begin(desk, 2)


class TestWhoBringsIt:
    async def test_a_utility_has_its_own_transfers(self, desk: Desk) -> None:
        """To a utility the transfers of others are unknown, and so are those that there are not."""
        await begin(desk, 1)
        strange = attrs.evolve(asking(1, TAKEN), by=UtilityId("kunming-gas"))
        assert await refusal(*brought(desk, strange)) is Why.UNKNOWN_TRANSFER
        missing = attrs.evolve(asking(7, TAKEN), by=KUNMING_WATER)
        assert await refusal(*brought(desk, missing)) is Why.UNKNOWN_TRANSFER
        own = await desk.handle(attrs.evolve(asking(1, TAKEN), by=KUNMING_WATER))
        assert own.ruling is not None
        assert own.ruling.state == InPreReview(nth_case(1))

    async def test_no_news_is_an_answer(self, desk: Desk, store: WatchedStore) -> None:
        """A report that is known already is answered and remembered, and the journal stays as it was."""
        commands: tuple[Command, ...] = (TAKEN,)
        await begin(desk, 1)
        await desk.handle(asking(1, *commands))
        known = await desk.handle(asking(1, *commands, message=message("k")))
        assert known.ruling is not None
        assert known.ruling.events == ()
        assert len(await store.journal(nth_transfer(1))) == 2
        assert await desk.recall(message("k")) is not None
        assert ADDRESS.text not in repr(known)
