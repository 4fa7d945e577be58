"""The laws of `Transfers`, for every store: a subclass brings a fixture `store` that is empty when a test begins.

    class TestOurs(TransfersLaws):
        @pytest.fixture
        async def store(self): ...

Never looks behind the ports: whatever keeps the laws is a store.
"""

from collections.abc import Sequence
from datetime import timedelta

import attrs
import pytest

from cotransfer.domain import events as e
from cotransfer.domain import states as s
from cotransfer.domain.agenda import Duty
from cotransfer.domain.correlation import UNCORRELATED, Correlation
from cotransfer.domain.notices import NoticeKind
from cotransfer.domain.parties import Step as SchemeStep
from cotransfer.domain.reports import Channel, Handled
from cotransfer.domain.transfer import fold
from cotransfer.ports.agenda import Lease
from cotransfer.ports.transfers import Blocked, Committed, MessageKey, Stale
from cotransfer.testing.erasure import ErasureLaws
from cotransfer.testing.groups import GroupLaws, Store
from cotransfer.testing.histories import AT, History, Scene, history, message
from cotransfer.testing.samples import ADDRESS, GROUNDS, OTHER_ADDRESS

EVERY_EVENT: tuple[e.Event, ...] = (
    e.ApplicationTaken("KM-2026-0001"),
    e.PreReviewPassedForSms(),
    e.SigningAddressCame(ADDRESS),
    e.SigningAddressReplaced(OTHER_ADDRESS),
    e.PreReviewPassed(ADDRESS),
    e.SigningOpened(),
    e.NoticeSent(NoticeKind.INVITATION, "1"),
    e.NoticeUndeliverable(NoticeKind.RESULT, "not_following"),
    e.DeadlinePassed(SchemeStep.SIGN),
    e.ReportKept(Handled(), e.Standing.CONTRADICTS),
    e.ContractSigned(Channel.WECHAT),
    e.HandlingNotDone(GROUNDS),
)


class TransfersLaws(GroupLaws, ErasureLaws):
    """One test for each law of the port."""

    @pytest.fixture
    async def store(self) -> Store:
        """To be overridden."""
        raise NotImplementedError("A subclass brings the store.")

    async def test_what_is_committed_is_loaded_as_it_was(self, store: Store) -> None:
        """A committed step is there with its state, its version and its two times."""
        one = history()
        assert await store.commit([one.submit()]) == (Committed(),)
        assert await store.commit([one.move(e.ApplicationTaken("KM-1"), at=AT + timedelta(hours=1))]) == (Committed(),)
        record = (await store.load([one.transfer])).records[one.transfer]
        assert record.state == s.InPreReview(one.case)
        assert (record.version, record.submitted_at, record.updated_at) == (2, AT, AT + timedelta(hours=1))

    async def test_what_is_not_there_is_not_loaded(self, store: Store) -> None:
        """What `load` did not find is not in its answer."""
        loaded = await store.load([history().transfer], [MessageKey("platform", "unheard")])
        assert (dict(loaded.records), dict(loaded.seen)) == ({}, {})

    async def test_nothing_to_do_is_no_trouble(self, store: Store) -> None:
        """A group of nothing, a look for nothing and a change of nothing are answered as such."""
        loaded = await store.load([], [])
        assert (dict(loaded.records), dict(loaded.seen)) == ({}, {})
        assert await store.commit([]) == ()
        assert await store.commit([Scene().change()]) == (Committed(),)

    async def test_a_seen_message_is_loaded_with_its_answer(self, store: Store) -> None:
        """A message dealt with keeps the digest of what it asked and the answer it got, byte by byte."""
        seen = message("platform", "k-1", digest=bytes(range(256)), answer="“答”\0\n".encode())
        one = history()
        await store.commit([one.submit(seen=(seen,))])
        assert (await store.load([], [seen.message])).seen == {seen.message: seen}

    async def test_the_same_key_of_another_sender_is_another_message(self, store: Store) -> None:
        """A message is known by its sender and its key together."""
        assert await store.commit([Scene().change(seen=(message("platform", "k-1"),))]) == (Committed(),)
        assert await store.commit([Scene().change(seen=(message("kunming-water", "k-1"),))]) == (Committed(),)

    async def test_a_change_without_a_step_keeps_its_message(self, store: Store) -> None:
        """A query's answer may be kept without any transfer moving."""
        seen = message("platform", "asked")
        assert await store.commit([Scene().change(seen=(seen,))]) == (Committed(),)
        assert (await store.load([], [seen.message])).seen == {seen.message: seen}

    async def test_old_answers_to_queries_are_forgotten(self, store: Store) -> None:
        """Forgotten is what was answered before the given instant and moved nothing; what moved a transfer is kept."""
        one, asked = history(), message("platform", "asked")
        moved = message("platform", "moved")
        await store.commit([Scene().change(seen=(asked,)), one.submit(seen=(moved,))])
        assert await store.forget(AT) == 0
        assert await store.forget(AT + timedelta(microseconds=1)) == 1
        assert (await store.load([], [asked.message, moved.message])).seen == {moved.message: moved}

    @pytest.mark.parametrize("off", [-1, 1])
    async def test_another_version_is_stale(self, store: Store, off: int) -> None:
        """A change decided on a version that is not the stored one is stale, and nothing of it is written."""
        one = history()
        await store.commit([one.submit()])
        await store.commit([one.move(e.ApplicationTaken("KM-1"))])
        seen = message("kunming-water", "late")
        late = one.move(e.PreReviewPassed(ADDRESS), owed=(Duty.INVITE_TO_SIGN,), seen=(seen,))
        assert late.step is not None
        wrong = attrs.evolve(late, step=attrs.evolve(late.step, expected=late.step.expected + off))
        assert await store.commit([wrong]) == (Stale(),)
        loaded = await store.load([one.transfer], [seen.message])
        assert loaded.records[one.transfer].version == 2
        assert not loaded.seen
        assert len(await store.journal(one.transfer)) == 2
        assert await self._due(store) == []

    async def test_an_unknown_transfer_is_stale(self, store: Store) -> None:
        """A step of a transfer that is not stored was decided on nothing."""
        one = history()
        one.submit()
        assert await store.commit([one.move(e.ApplicationTaken("KM-1"))]) == (Stale(),)

    async def test_a_second_submission_of_one_transfer_is_stale(self, store: Store) -> None:
        """A transfer is new once."""
        one = history()
        first = one.submit()
        assert await store.commit([first]) == (Committed(),)
        assert await store.commit([first]) == (Stale(),)

    async def test_a_message_seen_before_is_stale(self, store: Store) -> None:
        """A message's change is written once; what else the second one brought is not."""
        one, other = history(), history()
        seen = message("platform", "k-1")
        await store.commit([one.submit(seen=(seen,))])
        assert await store.commit([other.submit(seen=(seen,))]) == (Stale(),)
        assert not (await store.load([other.transfer])).records

    async def test_a_lost_lease_is_stale_and_named(self, store: Store) -> None:
        """A change that finishes a task of somebody else's is not written, and says which leases are lost."""
        one = history()
        await store.commit([one.submit(owed=(Duty.SEND_APPLICATION,))])
        lost = Lease(one.transfer, Duty.SEND_APPLICATION, "nobody's")
        assert await store.commit([one.move(e.ApplicationTaken("KM-1"), finished=(lost,))]) == (
            Stale(frozenset({lost})),
        )
        assert (await store.load([one.transfer])).records[one.transfer].version == 1

    @pytest.mark.parametrize("shared", ["home", "account"])
    async def test_one_open_transfer_for_a_home_and_for_an_account(self, store: Store, shared: str) -> None:
        """While a transfer is open no other one commits with its home or its account; the refusal names it."""
        one = history()
        other = history(home=one.home) if shared == "home" else history(account=one.account)
        await store.commit([one.submit()])
        seen = message("platform", "k-2")
        assert await store.commit([other.submit(seen=(seen,))]) == (Blocked(one.transfer),)
        loaded = await store.load([other.transfer], [seen.message])
        assert (dict(loaded.records), dict(loaded.seen)) == ({}, {})
        await store.commit([one.move(e.ApplicationTaken("KM-1"))])
        assert await store.commit([history(home=one.home).submit()]) == (Blocked(one.transfer),)

    async def test_claims_end_with_the_transfer(self, store: Store) -> None:
        """A closed transfer is in nobody's way."""
        one = history()
        other, third = history(home=one.home, account=one.account), history(home=one.home)
        await store.commit([one.submit()])
        await store.commit([one.move(e.PreReviewNotPassed(GROUNDS))])
        assert await store.commit([other.submit()]) == (Committed(),)
        # News of the closed one does not give away what is the other's now.
        await store.commit([one.move(e.NoticeSent(NoticeKind.RESULT, "1"))])
        assert await store.commit([third.submit()]) == (Blocked(other.transfer),)

    async def test_what_ends_makes_room_in_the_same_group(self, store: Store) -> None:
        """Changes of a group count one after the other: the one that closes, then the one that takes its place."""
        one = history()
        before, after = history(home=one.home), history(home=one.home)
        await store.commit([one.submit()])
        group = [before.submit(), one.move(e.ContractDeclined()), after.submit()]
        assert await store.commit(group) == (Blocked(one.transfer), Committed(), Committed())

    async def test_of_two_that_claim_one_home_the_first_of_the_group_has_it(self, store: Store) -> None:
        """Neighbours in a group are in each other's way as if they had come alone."""
        one = history()
        other = history(home=one.home)
        assert await store.commit([one.submit(), other.submit()]) == (Committed(), Blocked(one.transfer))

    async def test_a_message_twice_in_a_group_counts_once(self, store: Store) -> None:
        """The first change of a message is written, the second is stale."""
        seen = message("platform", "k-1")
        one, other = history(), history()
        assert await store.commit([one.submit(seen=(seen,)), other.submit(seen=(seen,))]) == (Committed(), Stale())

    async def test_the_journal_has_every_event_once_in_order(self, store: Store) -> None:
        """The journal counts from 1 without a gap, has each event with its time, and folds to the stored state."""
        one = history()
        await store.commit([one.submit()])
        for nth, event in enumerate(EVERY_EVENT):
            moved = one.move(event, e.SigningOpened(), at=AT + timedelta(minutes=nth))
            assert await store.commit([moved]) == (Committed(),)
        entries = await store.journal(one.transfer)
        assert [entry.sequence for entry in entries] == list(range(1, 2 * len(EVERY_EVENT) + 2))
        assert [entry.event for entry in entries[1::2]] == list(EVERY_EVENT)
        assert entries[-1].at == AT + timedelta(minutes=len(EVERY_EVENT) - 1)
        assert fold(entry.event for entry in entries) == (await store.load([one.transfer])).records[one.transfer].state

    async def test_the_journal_has_the_ids_that_brought_each_event(self, store: Store) -> None:
        """Ours and theirs, each as it came, or that none are known; of a step that tells none, none are."""
        one = history()
        await store.commit([one.submit()])
        both = Correlation(ours="c-20261123-8f2a", theirs="kw_77812")
        ids = (both, UNCORRELATED, Correlation(ours="c-2"), Correlation(theirs="t-3"))
        assert await store.commit([one.move(*[e.SigningOpened()] * 4, brought=ids)]) == (Committed(),)
        assert [entry.brought for entry in await store.journal(one.transfer)] == [UNCORRELATED, *ids]

    async def test_no_such_transfer_has_no_journal(self, store: Store) -> None:
        """An unknown transfer's journal is empty, never an error."""
        assert await store.journal(history().transfer) == ()

    async def test_two_changes_of_one_transfer_are_a_mistake(self, store: Store) -> None:
        """A group has one change for each transfer: a second one is the caller's mistake, and nothing is written."""
        one, other = history(), history()
        with pytest.raises(ValueError, match="of the same transfer"):
            await store.commit([other.submit(), one.submit(), one.move(e.ApplicationTaken("KM"))])
        assert not (await store.load([one.transfer, other.transfer])).records

    async def _due(self, store: Store) -> Sequence[Duty]:
        claimed = await store.claim(at=AT + timedelta(days=365), limit=100, lease_s=60, token="t")  # noqa: S106 - no secret
        return [one.due.duty for one in claimed]


__all__ = ["History", "Store", "TransfersLaws"]
