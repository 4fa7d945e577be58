"""The laws of `Reversals`, for every store: a subclass brings a fixture `store` that is empty when a test begins.

Never looks behind the ports.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import attrs
import pytest

from cotransfer.domain import events as e
from cotransfer.domain.agenda import Duty
from cotransfer.domain.events import Standing
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.reversals import events as r
from cotransfer.domain.reversals.case import Complaint, Ground, ReversalCase, ReversalId, Side
from cotransfer.domain.reversals.deciding import fold
from cotransfer.domain.reversals.events import ReversalEvent
from cotransfer.domain.reversals.findings import CarriedOut, NotCarriedOut, Rejected, Stage, TakenUp, Upheld
from cotransfer.domain.reversals.states import NotOpened, ReversalState
from cotransfer.ports.agenda import Lease
from cotransfer.ports.reversals import ReversalLine, Reversals, ReversalStep
from cotransfer.ports.transfers import Change, Committed, Seen, Stale
from cotransfer.testing.groups import Store
from cotransfer.testing.histories import AT, History, history, message
from cotransfer.testing.reversals import CONTRACT, METER, REVERSAL
from cotransfer.testing.samples import GROUNDS

LATER = AT + timedelta(days=1)

EVERY_EVENT: tuple[ReversalEvent, ...] = (
    r.EvidenceAdded((METER, CONTRACT)),
    r.ReversalHandedOn(Stage.TAKE_UP),
    r.StageOverdue(Stage.TAKE_UP),
    r.ReversalTakenUp("R-1"),
    r.ReversalNoticeSent("questioned", "n-1"),
    r.ReversalNoticeUndeliverable("questioned", "no_openid"),
    r.FindingKept(TakenUp("R-2"), Standing.LATE),
    r.ReversalUpheld(GROUNDS),
    *(
        r.FindingKept(one, Standing.CONTRADICTS)
        for one in (Upheld(GROUNDS), Rejected(GROUNDS), CarriedOut(), NotCarriedOut(GROUNDS))
    ),
    r.AccountNotPutBack(GROUNDS),
)
"""Each but the opening and the other ends, in some order."""


class ReversalStore(Store, Reversals, Protocol):
    """What one adapter is: reversals are written with the transfers."""


@attrs.define
class Questioned:
    """A completed transfer and the reversal of it that is being written; makes the next change of its own."""

    transfer: History
    case: ReversalCase
    state: ReversalState = attrs.field(factory=NotOpened)
    version: int = 0

    def open(self, *, at: datetime = LATER, owed: Sequence[Duty] = (), seen: tuple[Seen, ...] = ()) -> Change:
        """The first change."""
        return self.move(r.ReversalOpened(self.case, (CONTRACT,)), at=at, owed=owed, seen=seen)

    def move(
        self,
        *events: ReversalEvent,
        at: datetime = LATER,
        owed: Sequence[Duty] = (),
        seen: tuple[Seen, ...] = (),
        finished: tuple[Lease, ...] = (),
        stay: bool = False,
    ) -> Change:
        """The change that `events` make; `stay` leaves it where it was, so that a rival can follow."""
        state = fold(events, self.state)
        change = Change(
            reversal=ReversalStep(id=self.case.id, expected=self.version, state=state, events=events, at=at),
            owed=tuple(self.transfer.due(duty, at) for duty in owed),
            seen=seen,
            finished=finished,
        )
        if not stay:
            self.state, self.version = state, self.version + len(events)
        return change


def questioned(of: History | None = None, number: int = 1) -> Questioned:
    """Of a transfer of its own, unless told otherwise."""
    one = history() if of is None else of
    return Questioned(one, attrs.evolve(REVERSAL, id=ReversalId(one.transfer, number)))


async def completed(store: Store, one: History) -> None:
    """Write the transfer that is to be questioned."""
    assert await store.commit([one.submit(owed=(Duty.ERASE,))]) == (Committed(),)
    assert await store.commit([one.move(e.HandlingDone())]) == (Committed(),)


class ReversalsLaws:
    """One test for each law of the port."""

    @pytest.fixture
    async def store(self) -> ReversalStore:
        """To be overridden."""
        raise NotImplementedError("A subclass brings the store.")

    async def _opened(self, store: ReversalStore) -> Questioned:
        one = questioned()
        await completed(store, one.transfer)
        assert await store.commit([one.open()]) == (Committed(),)
        return one

    async def test_what_is_committed_is_found_as_it_was(self, store: ReversalStore) -> None:
        """Each event with its time, in order; the state is where they lead; the transfer stays as it is."""
        one = await self._opened(store)
        before = (await store.load([one.transfer.transfer])).records
        for nth, event in enumerate(EVERY_EVENT, 1):
            moved = one.move(event, at=LATER + timedelta(hours=nth))
            assert await store.commit([moved]) == (Committed(),)
        (record,) = await store.reversals_of(one.transfer.transfer)
        assert [entry.sequence for entry in record.journal] == list(range(1, len(EVERY_EVENT) + 2))
        assert tuple(entry.event for entry in record.journal[1:]) == EVERY_EVENT
        assert (record.id, record.state, record.version) == (one.case.id, one.state, one.version)
        assert record.state == fold(entry.event for entry in record.journal)
        assert (record.opened_at, record.updated_at) == (LATER, LATER + timedelta(hours=len(EVERY_EVENT)))
        assert (await store.load([one.transfer.transfer])).records == before

    @pytest.mark.parametrize("ground", list(Ground))
    @pytest.mark.parametrize("side", list(Side))
    async def test_every_opening(self, store: ReversalStore, side: Side, ground: Ground) -> None:
        """By every side, on every ground, with a statement and without."""
        one = questioned()
        one.case = attrs.evolve(one.case, opened_by=side, complaint=Complaint(ground))
        await completed(store, one.transfer)
        assert await store.commit([one.open()]) == (Committed(),)
        (record,) = await store.reversals_of(one.transfer.transfer)
        assert record.state == one.state

    async def test_where_there_is_none_none_is_found(self, store: ReversalStore) -> None:
        """Neither of an unknown transfer nor of one that nobody questions."""
        one = history()
        await completed(store, one)
        assert await store.reversals_of(one.transfer) == ()
        assert await store.reversals_of(history().transfer) == ()
        assert list(await store.reversal_lines(open_only=False)) == []

    async def test_another_version_is_stale(self, store: ReversalStore) -> None:
        """Nothing of it is written; a second opening under the same number is such a one."""
        one = await self._opened(store)
        again = questioned(one.transfer)
        seen = message("platform", "late")
        assert await store.commit([again.open(seen=(seen,), owed=(Duty.CHASE_REVERSAL,))]) == (Stale(),)
        early = one.move(r.ReversalTakenUp("R-1"), stay=True)
        assert early.reversal is not None
        wrong = attrs.evolve(early, reversal=attrs.evolve(early.reversal, expected=2))
        assert await store.commit([wrong]) == (Stale(),)
        assert not (await store.load([], [seen.message])).seen
        (record,) = await store.reversals_of(one.transfer.transfer)
        assert record.version == 1

    async def test_of_many_at_once_one_is_not_stale(self, store: ReversalStore) -> None:
        """Of eight that open the same at the same time, one does; and of eight that go on from there, one."""
        one = questioned()
        await completed(store, one.transfer)
        opening = one.open()
        moving = [one.move(r.ReversalTakenUp(f"R-{nth}"), stay=True) for nth in range(8)]
        for rivals in ([opening] * 8, moving):
            outcomes = [outcome for (outcome,) in await asyncio.gather(*(store.commit([rival]) for rival in rivals))]
            assert sorted(map(repr, outcomes)) == sorted(map(repr, [Committed(), *[Stale()] * 7]))
        (record,) = await store.reversals_of(one.transfer.transfer)
        assert record.version == 2

    async def test_an_unknown_transfer_is_not_questioned(self, store: ReversalStore) -> None:
        """It was decided on nothing."""
        assert await store.commit([questioned().open()]) == (Stale(),)

    async def test_numbers_stand_beside_one_another(self, store: ReversalStore) -> None:
        """A transfer's reversals, by number; another transfer's are not among them."""
        one, other = await self._opened(store), await self._opened(store)
        await store.commit([one.move(r.ReversalTakenBack())])
        second = questioned(one.transfer, 2)
        assert await store.commit([second.open()]) == (Committed(),)
        found = await store.reversals_of(one.transfer.transfer)
        assert [(record.id, record.version) for record in found] == [(one.case.id, 2), (second.case.id, 1)]
        assert [record.id for record in await store.reversals_of(other.transfer.transfer)] == [other.case.id]

    async def test_lines_tell_how_all_stand(self, store: ReversalStore) -> None:
        """The earliest first; the open ones, or all; no more than wanted."""
        cases = [questioned() for _ in range(3)]
        for nth, one in enumerate(cases):
            await completed(store, one.transfer)
            await store.commit([one.open(at=LATER - timedelta(hours=nth))])
        ended = LATER + timedelta(hours=1)
        await store.commit([cases[2].move(r.ReversalTurnedDown(GROUNDS), at=ended)])
        lines = list(await store.reversal_lines(open_only=False))
        assert [line.id for line in lines] == [one.case.id for one in cases[::-1]]
        first = cases[2].case
        assert lines[0] == ReversalLine(first.id, "rejected", False, first.utility, LATER - timedelta(hours=2), ended)
        assert list(await store.reversal_lines()) == lines[1:]
        assert list(await store.reversal_lines(open_only=False, limit=1)) == lines[:1]

    async def test_a_seen_message_goes_with_it(self, store: ReversalStore) -> None:
        """The message that moved it is answered again, kept as long as the transfer, and its second copy is stale."""
        one, seen = questioned(), message("platform", "open")
        await completed(store, one.transfer)
        assert await store.commit([one.open(seen=(seen,))]) == (Committed(),)
        assert await store.forget(AT + timedelta(days=9)) == 0
        assert (await store.load([], [seen.message])).seen == {seen.message: seen}
        other = await self._opened(store)
        assert await store.commit([other.move(r.ReversalTakenUp("R"), seen=(seen,))]) == (Stale(),)

    async def test_tasks_are_written_with_it(self, store: ReversalStore) -> None:
        """What it owes is on the transfer's agenda; what it finishes must still be held."""
        one = questioned()
        await completed(store, one.transfer)
        opening = attrs.evolve(one.open(owed=(Duty.CHASE_REVERSAL,)), settled=((one.transfer.transfer, Duty.ERASE),))
        assert await store.commit([opening]) == (Committed(),)
        (claimed,) = await store.claim(at=LATER, limit=9, lease_s=60, token="t")  # noqa: S106 - no secret
        assert claimed.due.duty is Duty.CHASE_REVERSAL
        lost = attrs.evolve(claimed.lease, token="u")  # noqa: S106 - no secret
        moved = one.move(r.StageOverdue(Stage.TAKE_UP), finished=(lost,), stay=True)
        assert await store.commit([moved]) == (Stale(frozenset({lost})),)
        moved = one.move(r.StageOverdue(Stage.TAKE_UP), finished=(claimed.lease,))
        assert await store.commit([moved]) == (Committed(),)

    async def test_an_open_one_keeps_its_transfer(self, store: ReversalStore) -> None:
        """Nothing is erased while somebody questions it; afterwards it is."""
        one = await self._opened(store)
        erasing = Change(erases=one.transfer.transfer)
        assert await store.commit([erasing]) == (Stale(),)
        await store.commit([one.move(r.ReversalTakenBack())])
        assert await store.commit([erasing]) == (Committed(),)

    async def test_what_is_erased_is_gone(self, store: ReversalStore) -> None:
        """Its reversals cannot be read, moved or opened, their messages cannot be answered; their lines stay."""
        one, seen = questioned(), message("platform", "erased")
        await completed(store, one.transfer)
        await store.commit([one.open(seen=(seen,))])
        await store.commit([one.move(r.ReversalTakenBack())])
        (line,) = await store.reversal_lines(open_only=False)
        assert await store.commit([Change(erases=one.transfer.transfer)]) == (Committed(),)
        assert await store.reversals_of(one.transfer.transfer) == ()
        reason = (await store.load([], [seen.message])).unanswerable[seen.message]
        assert isinstance(reason, Refused)
        assert reason.refusal.why is Why.ERASED
        late = one.move(r.FindingKept(CarriedOut(), Standing.CONTRADICTS))
        assert await store.commit([late]) == (Stale(),)
        assert await store.commit([questioned(one.transfer, 2).open()]) == (Stale(),)
        assert list(await store.reversal_lines(open_only=False)) == [line]

    async def test_a_group_has_one_change_of_a_transfer(self, store: ReversalStore) -> None:
        """Whether that moves the transfer or a reversal of it."""
        one = await self._opened(store)
        both = [one.move(r.ReversalTakenUp("R-1"), stay=True), Change(erases=one.transfer.transfer)]
        with pytest.raises(ValueError, match="of the same transfer"):
            await store.commit(both)

    async def test_neighbours_in_a_group_are_independent(self, store: ReversalStore) -> None:
        """A stale one spoils nobody."""
        one, other = await self._opened(store), await self._opened(store)
        stale = questioned(one.transfer).open()
        group = [stale, other.move(r.ReversalTakenUp("R-1")), history().submit()]
        assert await store.commit(group) == (Stale(), Committed(), Committed())
