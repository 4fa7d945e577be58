"""The laws of `Transfers` about erasure: what goes, what stays, for good. Never looks behind the ports."""

import asyncio
from datetime import timedelta

import attrs
import pytest

from cotransfer.domain import events as e
from cotransfer.domain.agenda import Duty
from cotransfer.domain.notices import NoticeKind
from cotransfer.domain.refusals import Refused, Why
from cotransfer.ports.transfers import Change, Committed, Skeleton, Stale
from cotransfer.testing.groups import Store
from cotransfer.testing.histories import AT, History, history, message
from cotransfer.testing.samples import GROUNDS

ENDED = AT + timedelta(days=1)


def ended() -> tuple[History, list[Change]]:
    """A transfer that has ended, the messages that moved it, and what it still owes."""
    one = history()
    submit = one.submit(owed=(Duty.SEND_APPLICATION,), seen=(message("platform", one.transfer.text),))
    end = one.move(e.PreReviewNotPassed(GROUNDS), at=ENDED, owed=(Duty.ANNOUNCE_RESULT, Duty.ERASE))
    return one, [submit, end]


class ErasureLaws:
    """One test for each law of the port."""

    @pytest.fixture
    async def store(self) -> Store:
        """To be overridden."""
        raise NotImplementedError("A subclass brings the store.")

    async def _erased(self, store: Store) -> History:
        one, changes = ended()
        for change in changes:
            assert await store.commit([change]) == (Committed(),)
        assert await store.commit([Change(erases=one.transfer)]) == (Committed(),)
        return one

    async def test_a_skeleton_remains(self, store: Store) -> None:
        """What, where, when and how it ended; whoever asks for the transfer itself is told that it was erased."""
        one = await self._erased(store)
        loaded = await store.load([one.transfer])
        assert loaded.erased == {
            one.transfer: Skeleton(one.transfer, "pre_review_failed", one.case.service, one.case.utility, AT, ENDED)
        }
        assert (dict(loaded.records), dict(loaded.unreadable)) == ({}, {})
        with pytest.raises(Refused) as refused:
            loaded.record(one.transfer)
        assert refused.value.refusal.why is Why.ERASED

    async def test_its_journal_tells_nothing(self, store: Store) -> None:
        """What happened cannot be read any more."""
        one = await self._erased(store)
        assert await store.journal(one.transfer) == ()

    async def test_its_answers_cannot_be_given_again(self, store: Store) -> None:
        """A message that moved it is neither new nor answered: whoever repeats it is told why."""
        one = await self._erased(store)
        again = message("platform", one.transfer.text)
        loaded = await store.load([], [again.message])
        assert not loaded.seen
        reason = loaded.unanswerable[again.message]
        assert isinstance(reason, Refused)
        assert reason.refusal.why is Why.ERASED
        assert await store.commit([history().submit(seen=(again,))]) == (Stale(),)

    async def test_nothing_of_it_is_on_the_agenda(self, store: Store) -> None:
        """What was due, what was claimed and what was buried goes with it; whoever held a task has lost it."""
        one, changes = ended()
        other = history()
        await store.commit([changes[0], other.submit(owed=(Duty.SEND_APPLICATION,))])
        await store.commit([changes[1]])
        held = await store.claim(at=ENDED, limit=9, lease_s=60, token="t")  # noqa: S106 - no secret
        leases = {claimed.lease.duty: claimed.lease for claimed in held if claimed.lease.transfer == one.transfer}
        await store.bury(leases[Duty.ANNOUNCE_RESULT], why="enough", at=ENDED)
        erasing = Change(erases=one.transfer, finished=(leases[Duty.ERASE],))
        assert await store.commit([erasing]) == (Committed(),)
        assert await store.buried() == ()
        left = await store.claim(at=ENDED + timedelta(days=9), limit=9, lease_s=60, token="u")  # noqa: S106 - no secret
        assert {claimed.due.transfer for claimed in left} == {other.transfer}
        lost = Change(finished=(leases[Duty.SEND_APPLICATION],))
        assert await store.commit([lost]) == (Stale(frozenset({leases[Duty.SEND_APPLICATION]})),)

    async def test_no_step_follows(self, store: Store) -> None:
        """Neither one that was decided on what there was, nor a submission of the same transfer."""
        one, changes = ended()
        for change in changes:
            await store.commit([change])
        late = one.move(e.NoticeUndeliverable(NoticeKind.RESULT, "no_openid"), stay=True)
        await store.commit([Change(erases=one.transfer)])
        assert await store.commit([late]) == (Stale(),)
        assert late.step is not None
        later = attrs.evolve(late, step=attrs.evolve(late.step, expected=late.step.expected + 1))
        assert await store.commit([later]) == (Stale(),)
        again = attrs.evolve(changes[0], seen=())
        assert await store.commit([again]) == (Stale(),)

    async def test_only_what_has_ended_is_erased(self, store: Store) -> None:
        """One that is under way, one that is unknown and one that is erased are left alone, and nothing is written."""
        one = history()
        await store.commit([one.submit()])
        gone = await self._erased(store)
        for transfer in (one.transfer, history().transfer, gone.transfer):
            seen = message("platform", f"with-{transfer.text}")
            assert await store.commit([Change(erases=transfer, seen=(seen,))]) == (Stale(),)
            assert not (await store.load([], [seen.message])).seen
        assert one.transfer in (await store.load([one.transfer])).records

    async def test_neighbours_are_left_alone(self, store: Store) -> None:
        """Two of a group go, a third is as readable as before."""
        (one, first), (two, second), (three, third) = ended(), ended(), ended()
        for changes in (first, second, third):
            for change in changes:
                await store.commit([change])
        both = [Change(erases=one.transfer), Change(erases=two.transfer)]
        assert await store.commit(both) == (Committed(), Committed())
        loaded = await store.load([one.transfer, two.transfer, three.transfer])
        assert (set(loaded.erased), set(loaded.records)) == ({one.transfer, two.transfer}, {three.transfer})
        assert len(await store.journal(three.transfer)) == 2

    async def test_erasing_and_moving_in_one_group_is_a_mistake(self, store: Store) -> None:
        """As any two changes of one transfer are."""
        one, changes = ended()
        for change in changes:
            await store.commit([change])
        late = one.move(e.NoticeUndeliverable(NoticeKind.RESULT, "no_openid"), stay=True)
        with pytest.raises(ValueError, match="of the same transfer"):
            await store.commit([late, Change(erases=one.transfer)])

    async def test_of_many_at_once_one_erases(self, store: Store) -> None:
        """Whoever comes second finds it done."""
        one, changes = ended()
        for change in changes:
            await store.commit([change])
        outcomes = await asyncio.gather(*(store.commit([Change(erases=one.transfer)]) for _ in range(8)))
        assert sorted(repr(outcome) for (outcome,) in outcomes) == sorted(map(repr, [Committed(), *[Stale()] * 7]))
