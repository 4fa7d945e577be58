"""Housekeeping: what is old goes, what belongs to a transfer stays, and a store that is away is no trouble."""

import asyncio
from datetime import datetime, timedelta

import pytest

from cotransfer.adapters.memory.store import MemoryStore
from cotransfer.adapters.memory.time import ManualClock
from cotransfer.app.housekeeping import PAUSE_S, Housekeeping
from cotransfer.domain.parties import Party
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.transfers import Change, MessageKey, Seen


class Away(MemoryStore):
    """A store that does not answer."""

    async def forget(self, before: datetime) -> int:
        """Not now."""
        raise Unavailable(Party.US, "The disk is full.")


class Ended(ManualClock):
    """A clock whose owner is told to stop after so many rounds."""

    def __init__(self, rounds: int) -> None:
        super().__init__()
        self._left = rounds

    async def sleep(self, seconds: float) -> None:
        """Until there are no rounds left."""
        self._left -= 1
        if self._left == 0:
            raise asyncio.CancelledError
        await super().sleep(seconds)


async def test_answers_of_queries_are_kept_for_a_week() -> None:
    """A key is answered the same for seven days; then the answer is forgotten."""
    store, clock = MemoryStore(), ManualClock()
    await store.commit([Change(seen=(Seen(MessageKey("platform", "q"), b"d", b"{}", clock.now()),))])
    housekeeping = Housekeeping(store, clock)
    clock.move(timedelta(days=7))
    assert await housekeeping.tidy() == 0
    clock.move(timedelta(seconds=1))
    assert await housekeeping.tidy() == 1


class Drawer:
    """Holds things that are over at these moments."""

    def __init__(self, *over_at: datetime) -> None:
        self.held = list(over_at)

    async def forget(self, before: datetime, /) -> int:
        """What was over before then."""
        kept = [at for at in self.held if at >= before]
        forgotten, self.held = len(self.held) - len(kept), kept
        return forgotten


async def test_what_others_hold_goes_in_the_same_round() -> None:
    """Sessions, nonces, counted look-ups: whatever is over by itself is dropped with the rest."""
    clock = ManualClock()
    over = clock.now() - timedelta(minutes=2)
    housekeeping = Housekeeping(MemoryStore(), clock, others=(Drawer(over, over), Drawer(over)))
    assert await housekeeping.tidy() == 3
    assert await housekeeping.tidy() == 0


async def test_what_another_clock_may_not_think_over_is_kept() -> None:
    """A nonce that is over by this process's clock may be good by another's: it is kept a minute longer."""
    clock = ManualClock()
    housekeeping = Housekeeping(MemoryStore(), clock, others=(Drawer(clock.now() - timedelta(seconds=1)),))
    assert await housekeeping.tidy() == 0
    clock.move(timedelta(minutes=1))
    assert await housekeeping.tidy() == 1


async def test_a_store_that_is_away_is_tidied_another_time() -> None:
    """Tidying is never a reason to stop."""
    assert await Housekeeping(Away(), ManualClock()).tidy() == 0


async def test_it_goes_on_until_it_is_told_to_stop() -> None:
    """One round an hour."""
    clock = Ended(rounds=3)
    begin = clock.now()
    with pytest.raises(asyncio.CancelledError):
        await Housekeeping(MemoryStore(), clock).run()
    assert clock.now() == begin + timedelta(seconds=2 * PAUSE_S)
