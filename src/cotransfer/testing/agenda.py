"""The laws of `Agenda`, for every store: a subclass brings a fixture `store` that is empty when a test begins.

Tasks come onto an agenda only with changes, so a store that keeps these laws keeps `Transfers` as well.
"""

# ruff: noqa: S106 - the token of a lease is no secret

import asyncio
from datetime import timedelta

import pytest

from cotransfer.domain import events as e
from cotransfer.ports.agenda import Claimed, Lease, Postponed
from cotransfer.ports.transfers import Change, Committed, Stale
from cotransfer.testing.agenda_order import OrderLaws
from cotransfer.testing.agenda_view import ViewLaws
from cotransfer.testing.histories import AT, history
from cotransfer.testing.owing import CHASE, INVITE, LATER, LEASE_S, RESULT, SEND, claim, owe, revive
from cotransfer.testing.transfers import Store


class AgendaLaws(OrderLaws, ViewLaws):
    """One test for each law of the port."""

    @pytest.fixture
    async def store(self) -> Store:
        """To be overridden."""
        raise NotImplementedError("A subclass brings the store.")

    async def test_a_task_is_claimed_as_it_was_owed(self, store: Store) -> None:
        """A claimed task says what is due to whom since when, its first attempt, and until when it is held."""
        one = await owe(store, SEND)
        lease = Lease(one.transfer, SEND, "t")
        assert await claim(store) == (Claimed(one.due(SEND), lease, 1, AT + timedelta(seconds=LEASE_S)),)

    async def test_nothing_is_claimed_before_it_is_due(self, store: Store) -> None:
        """A task is due at its instant, and not a microsecond earlier."""
        await owe(store, SEND)
        assert await claim(store, -1e-6) == ()
        assert len(await claim(store)) == 1

    async def test_a_task_has_one_holder(self, store: Store) -> None:
        """What is claimed is not claimed again while the lease runs."""
        await owe(store, SEND)
        await claim(store)
        assert await claim(store, LEASE_S - 1e-6, token="u") == ()

    async def test_the_earliest_come_first_and_no_more_than_asked_for(self, store: Store) -> None:
        """`claim` answers at most `limit` tasks, earliest first, whatever order they were owed in."""
        many = [history() for _ in range(7)]
        for nth in (3, 0, 6, 1, 5, 2, 4):
            await store.commit([Change(owed=(many[nth].due(SEND, AT + timedelta(seconds=nth)),))])
        first = await claim(store, 60, limit=3)
        assert [one.due.transfer for one in first] == [one.transfer for one in many[:3]]
        assert [one.due.transfer for one in await claim(store, 60)] == [one.transfer for one in many[3:]]

    async def test_nothing_is_asked_for(self, store: Store) -> None:
        """A limit of nothing is answered with nothing."""
        await owe(store, SEND)
        assert await claim(store, limit=0) == ()

    async def test_a_counterparty_may_be_skipped(self, store: Store) -> None:
        """No task of a counterparty in `skip` is claimed, and those behind it are."""
        one = history()
        await store.commit([Change(owed=(one.due(SEND), one.due(INVITE, LATER, "wechat")))])
        skipping = await store.claim(at=LATER, limit=1, lease_s=60, token="t", skip=("kunming-water", "x"))
        assert [claimed.due.counterparty for claimed in skipping] == ["wechat"]
        assert await store.claim(at=LATER, limit=9, lease_s=60, token="t", skip={"kunming-water"}) == ()
        assert len(await store.claim(at=LATER, limit=9, lease_s=60, token="t")) == 1

    async def test_of_a_counterparty_that_is_shut_only_what_needs_nobody(self, store: Store) -> None:
        """Of a counterparty in `shut` a deadline may be noted, and nothing is claimed that has to be asked of it."""
        one = history()
        needing = (one.due(SEND), one.due(INVITE), history().due(RESULT))
        await store.commit([Change(owed=(*needing, one.due(CHASE), history().due(SEND, LATER, "kunming-gas")))])
        shut = await store.claim(at=LATER, limit=9, lease_s=60, token="t", shut=("kunming-water", "x"))
        assert [(claimed.due.counterparty, claimed.due.duty) for claimed in shut] == [
            ("kunming-water", CHASE),
            ("kunming-gas", SEND),
        ]
        both = await store.claim(at=LATER, limit=9, lease_s=60, token="t", skip={"x"}, shut={"kunming-water"})
        assert both == ()
        assert len(await store.claim(at=LATER, limit=9, lease_s=60, token="t", skip={"x"}, shut={"y"})) == 3

    async def test_an_expired_lease_is_lost_to_the_next(self, store: Store) -> None:
        """Past its `until` a task may be claimed again, with another token; the attempt that died is counted."""
        one = await owe(store, SEND)
        (died,) = await claim(store, token="first")
        (second,) = await claim(store, LEASE_S, token="second")
        assert (second.due, second.attempt) == (died.due, 2)
        await store.postpone([Postponed(died.lease, LATER, "late")])
        await store.bury(died.lease, why="late", at=AT)
        assert await store.buried() == ()
        assert await store.commit([Change(finished=(died.lease,))]) == (Stale(frozenset({died.lease})),)
        assert await store.commit([Change(finished=(second.lease,))]) == (Committed(),)
        assert await claim(store, 9999) == ()
        assert one.transfer == second.due.transfer

    async def test_a_late_holder_may_finish_while_nobody_else_has_claimed(self, store: Store) -> None:
        """Only the latest lease of a task counts: it is lost to another claim, not to the clock."""
        await owe(store, SEND)
        (late,) = await claim(store)
        assert await store.commit([Change(finished=(late.lease,))]) == (Committed(),)

    async def test_a_postponed_task_comes_back_later(self, store: Store) -> None:
        """Given back, a task is due when it was said to be, keeps its key, and counts on."""
        await owe(store, SEND)
        (first,) = await claim(store)
        await store.postpone([Postponed(first.lease, LATER, "The line was busy.")])
        assert await claim(store, 3599) == ()
        (again,) = await claim(store, 3600)
        assert (again.due.key, again.due.at, again.attempt) == (first.due.key, LATER, 2)

    async def test_a_postponed_task_is_nobodys(self, store: Store) -> None:
        """Whoever gave a task back can no longer finish it, give it back or bury it."""
        await owe(store, SEND)
        (held,) = await claim(store)
        await store.postpone([Postponed(held.lease, LATER, "busy")])
        await store.postpone([Postponed(held.lease, AT, "again")])
        await store.bury(held.lease, why="gone", at=AT)
        assert await store.commit([Change(finished=(held.lease,))]) == (Stale(frozenset({held.lease})),)
        assert await claim(store) == ()
        assert await store.buried() == ()

    async def test_an_attempt_that_died_is_in_doubt(self, store: Store) -> None:
        """Nobody knows what became of an attempt whose lease ran out: in doubt since it was claimed."""
        await owe(store, SEND)
        assert [one.doubt for one in await claim(store, 1)] == [None]
        for nth in (1, 2):
            (again,) = await claim(store, 1 + nth * LEASE_S, token=f"t{nth}")
            assert again.doubt == AT + timedelta(seconds=1)

    async def test_a_task_is_given_back_with_its_doubt(self, store: Store) -> None:
        """Whoever gives it back says since when it may have been done, or that it surely was not."""
        await owe(store, SEND)
        for nth, doubt in enumerate((None, AT + timedelta(microseconds=5), None, AT)):
            (held,) = await claim(store, nth * 10, token=f"t{nth}")
            until = AT + timedelta(seconds=(nth + 1) * 10)
            await store.postpone([Postponed(held.lease, until, "busy", doubt)])
            (again,) = await claim(store, (nth + 1) * 10, token="look")
            assert again.doubt == doubt
            await store.postpone([Postponed(again.lease, until, "busy", doubt)])

    async def test_doubt_outlives_the_grave(self, store: Store) -> None:
        """Released, a task is in doubt since it was claimed; revived it keeps its doubt; owed anew it has none."""
        one = await owe(store, SEND)
        await claim(store)
        await store.release()
        (held,) = await claim(store, 1, token="u")
        assert held.doubt == AT
        assert await store.bury(held.lease, why="gone", at=AT, doubt=held.doubt)
        await revive(store, one, SEND)
        assert [again.doubt for again in await claim(store, 3600)] == [AT]
        await store.commit([Change(owed=(one.due(SEND),))])
        assert [again.doubt for again in await claim(store, 9999)] == [None]

    async def test_what_surely_was_not_done_is_buried_without_doubt(self, store: Store) -> None:
        """Revived, such a task may be done however late; buried by who no longer holds it, it is not buried."""
        one = await owe(store, SEND)
        (held,) = await claim(store)
        assert await store.bury(held.lease, why="The secret is wrong.", at=AT, doubt=None)
        assert not await store.bury(held.lease, why="again", at=AT)
        await revive(store, one, SEND)
        assert [again.doubt for again in await claim(store, 3600)] == [None]

    async def test_a_buried_task_rests(self, store: Store) -> None:
        """A buried task is never claimed, and is shown with its reason and its attempts."""
        one = await owe(store, SEND)
        (held,) = await claim(store)
        await store.bury(held.lease, why="The utility does not know the account.", at=LATER)
        assert await claim(store, 10**6) == ()
        (grave,) = await store.buried()
        assert (grave.due, grave.attempt, grave.at) == (one.due(SEND), 1, LATER)
        assert grave.why == "The utility does not know the account."

    async def test_the_latest_grave_comes_first(self, store: Store) -> None:
        """`buried` answers at most `limit` tasks, the latest first."""
        await owe(store, SEND, INVITE, CHASE)
        held = {claimed.due.duty: claimed for claimed in await claim(store)}
        for nth, duty in enumerate((INVITE, SEND, CHASE)):
            await store.bury(held[duty].lease, why="gone", at=AT + timedelta(seconds=nth))
        assert [grave.due.duty for grave in await store.buried(2)] == [CHASE, SEND]

    async def test_a_revived_task_is_due_at_once(self, store: Store) -> None:
        """Revived, a task keeps its key and its count of attempts; there is nothing to revive twice."""
        one = await owe(store, SEND)
        (held,) = await claim(store)
        assert not await revive(store, one, SEND)
        await store.bury(held.lease, why="gone", at=AT)
        assert await revive(store, one, SEND)
        assert not await revive(store, one, SEND)
        assert not await revive(store, one, INVITE)
        assert await store.buried() == ()
        (again,) = await claim(store, 3600)
        assert (again.due.key, again.due.at, again.attempt) == (held.due.key, LATER, 2)

    async def test_release_ends_every_claim(self, store: Store) -> None:
        """The one owner of a store that starts anew takes back what its former self held."""
        await owe(store, SEND, INVITE, CHASE)
        held = await claim(store, limit=2)
        assert await store.release() == 2
        assert await store.release() == 0
        assert len(await claim(store, token="u")) == 3
        assert await store.commit([Change(finished=(held[0].lease,))]) == (Stale(frozenset({held[0].lease})),)

    async def test_a_settled_task_is_off_the_agenda(self, store: Store) -> None:
        """What a change settles is taken off, owed or not, held or not."""
        one = history()
        await store.commit([one.submit(owed=(SEND, CHASE))])
        (held, _) = await claim(store)
        assert await store.commit([one.move(e.ApplicationTaken("KM-1"), settled=(SEND, CHASE, INVITE))]) == (
            Committed(),
        )
        assert await store.commit([Change(finished=(held.lease,))]) == (Stale(frozenset({held.lease})),)
        assert await claim(store, 9999) == ()

    async def test_a_task_may_be_owed_again_by_the_change_that_finishes_it(self, store: Store) -> None:
        """What is over goes before what is owed: a chase may owe the next chase."""
        one = await owe(store, CHASE)
        (held,) = await claim(store)
        again = Change(finished=(held.lease,), settled=((one.transfer, CHASE),), owed=(one.due(CHASE, LATER),))
        assert await store.commit([again]) == (Committed(),)
        assert await claim(store, 3599) == ()
        (second,) = await claim(store, 3600)
        assert (second.due.at, second.attempt) == (LATER, 1)

    async def test_a_transfer_owes_a_duty_once_at_a_time(self, store: Store) -> None:
        """A duty owed again takes the place of the one before, with its time, and whoever held that has lost it."""
        one = await owe(store, SEND)
        (held,) = await claim(store)
        await store.commit([Change(owed=(one.due(SEND, LATER, "kunming-gas"),))])
        assert await store.commit([Change(finished=(held.lease,))]) == (Stale(frozenset({held.lease})),)
        (again,) = await claim(store, 3600)
        assert (again.due.counterparty, again.attempt) == ("kunming-gas", 1)

    async def test_two_of_a_group_cannot_finish_one_task(self, store: Store) -> None:
        """A lease is used up by the first change that finishes its task."""
        await owe(store, SEND)
        (held,) = await claim(store)
        finishing = Change(finished=(held.lease,))
        assert await store.commit([finishing, finishing]) == (Committed(), Stale(frozenset({held.lease})))

    async def test_every_task_is_claimed_once_by_many(self, store: Store) -> None:
        """Sixteen that claim at the same time share the tasks: none is skipped, none has two holders."""
        many = [history() for _ in range(100)]
        await store.commit([Change(owed=tuple(one.due(SEND) for one in many))])

        async def work(token: str) -> list[Claimed]:
            mine: list[Claimed] = []
            while claimed := await claim(store, token=token, limit=3):
                assert len(claimed) <= 3
                mine += claimed
            return mine

        shares = await asyncio.gather(*(work(f"t{nth}") for nth in range(16)))
        transfers = [claimed.due.transfer for share in shares for claimed in share]
        assert sorted(one.text for one in transfers) == sorted(one.transfer.text for one in many)

    async def test_a_hint_comes_when_something_is_owed(self, store: Store) -> None:
        """`nudged` returns long before its time is over once a change owes something."""
        waiting = asyncio.create_task(store.nudged(30))
        await asyncio.sleep(0)
        await owe(store, SEND)
        await asyncio.wait_for(waiting, 10)

    async def test_without_a_hint_the_wait_ends(self, store: Store) -> None:
        """`nudged` returns after `timeout_s` when there was nothing to tell."""
        await asyncio.wait_for(store.nudged(0.02), 10)
