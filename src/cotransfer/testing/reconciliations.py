"""The laws of `Reconciliations`, for every store: a subclass brings `kept` and `transfers`, both of them empty."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs
import pytest

from cotransfer.domain import events as e
from cotransfer.domain.ledger import Failure
from cotransfer.domain.parties import Party
from cotransfer.domain.reconciliation import Divergence, Finding, Remedy
from cotransfer.domain.statements import Stage
from cotransfer.domain.values import TransferId, UtilityId
from cotransfer.ports.errors import LeaseLost
from cotransfer.ports.reconciliations import Done, Ending, Kept, Noted, Reconciliations, Round, RoundLease
from cotransfer.ports.transfers import Change, Committed, Transfers
from cotransfer.testing.histories import AT, History, history
from cotransfer.testing.samples import GROUNDS

WATER, GAS = UtilityId("kunming-water"), UtilityId("kunming-gas")
HOUR = timedelta(hours=1)
NIGHT = "2026-03-03"
TRIES = 3


def transfer(nth: int) -> TransferId:
    """One of many, in their order."""
    return TransferId(f"01997c5e-8000-7000-8000-{nth:012x}")


def lease(holder: str = "a", utility: UtilityId = WATER, name: str = NIGHT) -> RoundLease:
    """Of the same round, unless told otherwise."""
    return RoundLease(utility, name, holder)


def noted(nth: int, done: Done = Done.OPERATOR_TOLD, *, mended: bool = False, there: Stage | None = None) -> Noted:
    """A transfer that is missing there, or differs."""
    finding = Finding(
        transfer=transfer(nth),
        divergence=Divergence.MISSING_THERE if there is None else Divergence.DIFFERS,
        here="in_pre_review",
        there=there,
        turn=Party.UTILITY,
        remedy=Remedy.CALL_UTILITY,
    )
    return Noted(finding=finding, done=done, mended=mended)


def kept_as(one: Noted, *, first: datetime = AT, last: datetime = AT, closed: datetime | None = None) -> Kept:
    """As it stands in the store."""
    return Kept(utility=WATER, finding=one.finding, done=one.done, first_seen=first, last_seen=last, closed_at=closed)


async def a_round(
    kept: Reconciliations,
    found: Sequence[Noted] = (),
    *,
    at: datetime = AT,
    name: str = NIGHT,
    utility: UtilityId = WATER,
    failure: Failure | None = None,
) -> int:
    """From beginning to end; how many findings it closed."""
    mine = lease(f"of {name}", utility, name)
    assert await kept.begin(mine, at=at, until=at + HOUR, tries=TRIES)
    await kept.keep(mine, found, at=at, until=at + HOUR)
    return await kept.end(mine, Ending(at=at, compared=len(found), failure=failure))


class ReconciliationsLaws:
    """One test for each law of the port."""

    @pytest.fixture
    async def kept(self) -> Reconciliations:
        """To be overridden."""
        raise NotImplementedError("A subclass brings what is kept.")

    @pytest.fixture
    async def transfers(self) -> Transfers:
        """Of the same store; to be overridden as well."""
        raise NotImplementedError("A subclass brings the transfers.")

    async def test_what_is_open_or_ended_lately_is_compared(self, kept: Reconciliations, transfers: Transfers) -> None:
        """Open however old, closed since the window began; another utility's and erased ones never."""
        old, new, done, erased, other = (history() for _ in range(5))
        other.case = attrs.evolve(other.case, utility=GAS)
        end = e.PreReviewNotPassed(GROUNDS)
        await _committed(transfers, *(one.submit() for one in (old, new, done, erased, other)))
        await _committed(transfers, done.move(end, at=AT - HOUR), erased.move(end), new.move(end, at=AT + HOUR))
        await _committed(transfers, Change(erases=erased.transfer))
        expected = _sorted(old, new)
        assert await kept.tracked(WATER, AT, limit=10) == expected
        assert await kept.tracked(WATER, AT - HOUR, limit=10) == _sorted(old, new, done)
        assert await kept.tracked(GAS, AT, limit=10) == (other.transfer,)

    async def test_they_are_gone_through_piece_by_piece(self, kept: Reconciliations, transfers: Transfers) -> None:
        """In the order of their identifiers: after the one, up to the other, so many at most."""
        several = [history() for _ in range(5)]
        await _committed(transfers, *(one.submit() for one in several))
        keys = _sorted(*several)
        assert await kept.tracked(WATER, AT, limit=2) == keys[:2]
        assert await kept.tracked(WATER, AT, after=keys[1], limit=2) == keys[2:4]
        assert await kept.tracked(WATER, AT, after=keys[0], until=keys[2], limit=10) == keys[1:3]
        assert await kept.tracked(WATER, AT, after=keys[4], limit=10) == ()

    async def test_a_round_is_one_holders(self, kept: Reconciliations) -> None:
        """Of many that want it at once exactly one has it; another night, or utility, is another round."""
        wanted = [kept.begin(lease(f"{nth}"), at=AT, until=AT + HOUR, tries=TRIES) for nth in range(5)]
        assert sorted(await asyncio.gather(*wanted)) == [False, False, False, False, True]
        assert await kept.begin(lease("b", GAS), at=AT, until=AT + HOUR, tries=TRIES)
        assert await kept.begin(lease("b", name="2026-03-04"), at=AT, until=AT + HOUR, tries=TRIES)

    async def test_a_round_that_ended_is_over(self, kept: Reconciliations) -> None:
        """Once a night, whoever asks later, and however much later."""
        await a_round(kept)
        assert not await kept.begin(lease("b"), at=AT + 100 * HOUR, until=AT + 101 * HOUR, tries=TRIES)

    async def test_a_round_whose_holder_died_is_taken_over(self, kept: Reconciliations) -> None:
        """When its time has run out, and then the old holder has lost it; what it held on to is held on to."""
        first, second = lease("a"), lease("b")
        assert await kept.begin(first, at=AT, until=AT + HOUR, tries=TRIES)
        await kept.keep(first, (), at=AT, until=AT + 2 * HOUR)
        assert not await kept.begin(second, at=AT + HOUR, until=AT + 3 * HOUR, tries=TRIES)
        assert await kept.begin(second, at=AT + 2 * HOUR, until=AT + 3 * HOUR, tries=TRIES)
        with pytest.raises(LeaseLost):
            await kept.keep(first, (noted(1),), at=AT, until=AT + 9 * HOUR)
        with pytest.raises(LeaseLost):
            await kept.end(first, Ending(at=AT, compared=1))
        assert await kept.findings() == ()
        (told,) = await kept.rounds()
        assert (told.attempts, told.began_at, told.ended_at) == (2, AT + 2 * HOUR, None)

    async def test_a_round_that_failed_begins_anew(self, kept: Reconciliations) -> None:
        """Not before its time, and not for ever."""
        away = Failure(Party.NETWORK, "The line is down.")
        for nth in range(TRIES):
            at, mine = AT + nth * HOUR, lease(f"{nth}")
            assert not nth or not await kept.begin(mine, at=at - HOUR / 2, until=at, tries=TRIES)
            assert await kept.begin(mine, at=at, until=at + HOUR, tries=TRIES)
            await kept.end(mine, Ending(at=at, compared=nth, failure=away, again_at=at + HOUR))
        assert not await kept.begin(lease("z"), at=AT + 99 * HOUR, until=AT + 100 * HOUR, tries=TRIES)
        last = AT + (TRIES - 1) * HOUR
        assert await kept.rounds() == (
            Round(
                utility=WATER,
                name=NIGHT,
                began_at=last,
                attempts=TRIES,
                ended_at=last,
                compared=TRIES - 1,
                failure=away,
            ),
        )

    async def test_who_does_not_hold_it_writes_nothing(self, kept: Reconciliations) -> None:
        """Neither before it has begun nor after it has ended."""
        for _ in range(2):
            with pytest.raises(LeaseLost):
                await kept.keep(lease(f"of {NIGHT}"), (noted(1),), at=AT, until=AT)
            with pytest.raises(LeaseLost):
                await kept.end(lease(f"of {NIGHT}"), Ending(at=AT, compared=0))
            if not await kept.rounds():
                await a_round(kept)
        assert await kept.findings() == ()

    async def test_a_finding_lasts_until_a_round_no_longer_sees_it(self, kept: Reconciliations) -> None:
        """When it was first seen is kept, what is known of it now is told; then it is over, and may begin anew."""
        await a_round(kept, [noted(1), noted(2)])
        changed = noted(1, Done.NOTHING, there=Stage.COMPLETED)
        later, last = AT + HOUR, AT + 2 * HOUR
        assert await a_round(kept, [changed], at=later, name="2") == 1
        assert await kept.findings() == (kept_as(changed, first=AT, last=later),)
        assert await kept.findings(lasting=False) == (
            kept_as(changed, first=AT, last=later),
            kept_as(noted(2), closed=later),
        )
        await a_round(kept, [noted(2)], at=last, name="3")
        assert await kept.findings(lasting=False) == (
            kept_as(noted(2), first=last, last=last),
            kept_as(changed, first=AT, last=later, closed=last),
        )

    async def test_what_was_mended_on_the_spot_is_over(self, kept: Reconciliations) -> None:
        """It is told, but lasts no longer."""
        mended = noted(1, Done.REPORTS_TAKEN, mended=True)
        assert await a_round(kept, [mended]) == 0
        assert await kept.findings() == ()
        assert await kept.findings(lasting=False) == (kept_as(mended, closed=AT),)

    async def test_a_round_that_failed_closes_nothing(self, kept: Reconciliations) -> None:
        """It has not seen everything; nor does another utility's round."""
        await a_round(kept, [noted(1)])
        later = AT + HOUR
        failed = Failure(Party.UTILITY, "Its statement is out of order.")
        assert await a_round(kept, at=later, name="2", failure=failed) == 0
        assert await a_round(kept, at=later, utility=GAS) == 0
        assert await kept.findings() == (kept_as(noted(1)),)

    async def test_findings_are_told_by_utility_and_so_many_at_most(self, kept: Reconciliations) -> None:
        """The latest first, then by their identifiers."""
        await a_round(kept, [noted(3), noted(1)])
        await a_round(kept, [noted(2)], at=AT + HOUR, utility=GAS)
        told = [(one.utility, one.finding.transfer) for one in await kept.findings()]
        assert told == [(GAS, transfer(2)), (WATER, transfer(1)), (WATER, transfer(3))]
        assert [one.finding.transfer for one in await kept.findings(WATER)] == [transfer(1), transfer(3)]
        assert [one.finding.transfer for one in await kept.findings(limit=1)] == [transfer(2)]
        assert [one.utility for one in await kept.rounds(1)] == [GAS]

    async def test_what_is_over_is_forgotten(self, kept: Reconciliations) -> None:
        """Rounds and findings alike; what lasts is not."""
        await a_round(kept, [noted(1), noted(2)])
        assert await a_round(kept, [noted(1)], at=AT + HOUR, name="2") == 1
        assert await kept.forget(AT) == 0
        assert await kept.forget(AT + HOUR) == 1
        assert await kept.forget(AT + 2 * HOUR) == 2
        assert await kept.rounds() == ()
        assert await kept.findings(lasting=False) == (kept_as(noted(1), last=AT + HOUR),)


async def _committed(transfers: Transfers, *changes: Change) -> None:
    assert set(await transfers.commit(changes)) == {Committed()}


def _sorted(*histories: History) -> tuple[TransferId, ...]:
    return tuple(sorted((one.transfer for one in histories), key=lambda one: one.text))
