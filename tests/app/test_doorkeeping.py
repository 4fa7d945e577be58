"""Who is shut out is known afresh within half a second, at one read for all, and never from too old a knowledge."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from cotransfer.adapters.memory.access import MemoryAccess
from cotransfer.adapters.memory.store import MemoryStore
from cotransfer.adapters.memory.time import ManualClock
from cotransfer.app import freshness
from cotransfer.app.doorkeeping import Doorkeeping
from cotransfer.app.freshness import BEARABLE, FRESH
from cotransfer.domain.notes import Decision
from cotransfer.domain.parties import Party
from cotransfer.ports.access import Barred, Standing
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.transfers import Change, Outcome

TICK = timedelta(microseconds=1)


class Watched(MemoryAccess):
    """Counts its reads, and can be away or slow."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0
        self.away = False
        self.slow: asyncio.Event | None = None

    async def standing(self) -> Standing:
        """As told."""
        self.reads += 1
        seen = await super().standing()
        await asyncio.sleep(0)
        if self.slow is not None:
            await self.slow.wait()
        if self.away:
            raise Unavailable(Party.US, "The disk is gone.")
        return seen


class Noting(MemoryStore):
    """Remembers what was noted, and may refuse to."""

    def __init__(self) -> None:
        super().__init__()
        self.decisions: list[Decision] = []
        self.full = False

    async def commit(self, changes: Sequence[Change]) -> tuple[Outcome, ...]:
        """As told."""
        if self.full:
            raise Unavailable(Party.US, "The disk is full.")
        self.decisions += [note.what for one in changes for note in one.noted if isinstance(note.what, Decision)]
        return await super().commit(changes)


class Door:
    """A door, and what stands behind it."""

    def __init__(self) -> None:
        self.access, self.notes, self.clock = Watched(), Noting(), ManualClock()
        self.keeping = Doorkeeping(self.access, self.notes, self.clock)


@pytest.fixture
def door() -> Door:
    """A fresh one."""
    return Door()


async def test_all_callers_share_one_read(door: Door) -> None:
    """No read for each request: whoever asks within half a second is told what the first was told."""
    assert await asyncio.gather(*(door.keeping.standing() for _ in range(50))) == [Standing()] * 50
    door.clock.move(FRESH)
    await door.keeping.standing()
    assert door.access.reads == 1


async def test_what_is_older_is_read_again(door: Door) -> None:
    """Barring a client elsewhere bites within a second: what is known is never older than half of one."""
    await door.keeping.standing()
    await door.access.bar("water", who="another process", why="leaked", at=door.clock.now())
    door.clock.move(FRESH + TICK)
    assert (await door.keeping.standing()).barred == {"water"}


async def test_a_clock_that_goes_back_makes_nobody_welcome(door: Door) -> None:
    """What seems to be known from the future is read anew."""
    await door.keeping.standing()
    door.clock.move(-timedelta(hours=1))
    await door.keeping.standing()
    assert door.access.reads == 2


async def test_what_was_done_here_bites_here_at_once(door: Door) -> None:
    """Barring, admitting and revoking need not wait for the next read."""
    await door.keeping.standing()
    assert await door.keeping.bar("water", who="operator", why="leaked")
    assert (await door.keeping.standing()).barred == {"water"}
    assert await door.keeping.admit("water", who="operator", why="new-secret")
    assert not (await door.keeping.standing()).barred
    await door.keeping.revoke("t-1", door.clock.now())
    assert (await door.keeping.standing()).revoked == {"t-1"}


async def test_a_read_that_was_overtaken_is_not_kept(door: Door) -> None:
    """A look that began before a client was barred must not let it in afterwards."""
    door.access.slow = asyncio.Event()
    early = asyncio.create_task(door.keeping.standing())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await door.keeping.bar("water", who="operator", why="leaked")
    door.access.slow.set()
    await early
    assert (await door.keeping.standing()).barred == {"water"}


async def test_with_the_store_away_the_door_stays_as_it_was_for_a_while(door: Door) -> None:
    """A restart of the database turns nobody away for five seconds, and nobody who is barred gets in."""
    await door.keeping.bar("water", who="operator", why="leaked")
    await door.keeping.standing()
    door.access.away = True
    door.clock.move(BEARABLE)
    assert (await door.keeping.standing()).barred == {"water"}


async def test_after_that_nobody_comes_in(door: Door) -> None:
    """Fail closed: when nobody could tell for five seconds who is barred, every request is put off."""
    await door.keeping.standing()
    door.access.away = True
    door.clock.move(BEARABLE + TICK)
    with pytest.raises(Unavailable) as turned_away:
        await door.keeping.standing()
    assert turned_away.value.certain
    door.access.away = False
    assert await door.keeping.standing() == Standing()


async def test_a_store_that_does_not_answer_is_away(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request waits for the store no longer than a moment, and a read whose callers have gone troubles nobody."""
    door.access.slow = asyncio.Event()
    with monkeypatch.context() as impatient:
        impatient.setattr(freshness, "READ_LIMIT_S", 0.01)
        with pytest.raises(Unavailable):
            await door.keeping.standing()
    # From here on as patient as ever: a busy machine may need longer than that moment for the read that succeeds.
    door.access.away = True
    door.access.slow.set()
    await asyncio.sleep(0.01)
    door.access.away = False
    assert await door.keeping.standing() == Standing()


async def test_a_read_that_is_cancelled_ends_quietly(door: Door) -> None:
    """At the end of the process a read under way is given up without a complaint."""
    door.access.slow = asyncio.Event()
    asking = asyncio.create_task(door.keeping.standing())
    await asyncio.sleep(0)
    assert door.keeping._known._reading is not None
    door.keeping._known._reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert door.keeping._known._reading is None


async def test_decisions_are_written_down(door: Door) -> None:
    """Who was barred or admitted, by whom and why, is in the audit trail."""
    await door.keeping.bar("water", who="operator", why="leaked")
    await door.keeping.admit("water", who="operator", why="new-secret")
    assert door.notes.decisions == [
        Decision(what="client.barred", who="operator", about="water", why="leaked"),
        Decision(what="client.admitted", who="operator", about="water", why="new-secret"),
    ]


async def test_a_note_that_fails_leaves_the_door_shut(door: Door) -> None:
    """Barring comes before its note, admitting after it: whatever fails, nobody comes in unrecorded."""
    door.notes.full = True
    with pytest.raises(Unavailable):
        await door.keeping.bar("water", who="operator", why="leaked")
    with pytest.raises(Unavailable):
        await door.keeping.admit("water", who="operator", why="new-secret")
    assert (await door.keeping.standing()).barred == {"water"}
    assert tuple(await door.keeping.barred()) == (
        Barred(client="water", at=door.clock.now(), who="operator", why="leaked"),
    )
