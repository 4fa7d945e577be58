"""What a process knows of something that others change, read once for everybody who asks, and never too old.

With its source away it is known for a few seconds more, and then by nobody: whoever asks is told so.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from cotransfer.domain.parties import Party
from cotransfer.ports.clock import Clock
from cotransfer.ports.errors import Unavailable

T = TypeVar("T")

FRESH = timedelta(seconds=0.5)
"""How old what is known may be, so that a change bites within a second, everywhere."""

BEARABLE = timedelta(seconds=5)
"""How old it may be while its source does not answer."""

READ_LIMIT_S = 1.0
"""How long who asks waits for the source before falling back on what is known."""


class Known(Generic[T]):
    """One for a process; `what` ends the sentence "Nobody can tell …" when nobody can."""

    def __init__(self, read: Callable[[], Awaitable[T]], clock: Clock, *, what: str) -> None:
        self._ask = read
        self._clock = clock
        self._what = what
        self._known: tuple[T, datetime] | None = None
        self._reading: asyncio.Task[T] | None = None
        self._changes = 0

    async def now(self) -> T:
        """As of half a second ago at most; raises `Unavailable` when nobody could tell for five seconds."""
        known = self._within(FRESH)
        if known is not None:
            return known[0]
        try:
            async with asyncio.timeout(READ_LIMIT_S):
                return await asyncio.shield(self._read_once())
        except (TimeoutError, Unavailable):
            known = self._within(BEARABLE)
            if known is None:
                text = f"Nobody can tell {self._what}: the store does not answer."
                raise Unavailable(Party.US, text, retry_after_s=1.0, certain=True) from None
            return known[0]

    def changed(self) -> None:
        """By this process itself: it bites here at once, and a read that is under way may not know of it."""
        self._known = None
        self._reading = None
        self._changes += 1

    def _within(self, age: timedelta) -> tuple[T, datetime] | None:
        # A clock that went back makes what is known seem to come from the future: then it is read anew.
        known = self._known
        return known if known is not None and timedelta() <= self._clock.now() - known[1] <= age else None

    def _read_once(self) -> "asyncio.Task[T]":
        """The read under way, or a new one: however many ask, the source is asked once."""
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())
            self._reading.add_done_callback(self._was_read)
        return self._reading

    async def _read(self) -> T:
        began, changes = self._clock.now(), self._changes  # What is read is at least as young as the moment before.
        found = await self._ask()
        if changes == self._changes:
            self._known = (found, began)
        return found

    def _was_read(self, task: "asyncio.Task[T]") -> None:
        if self._reading is task:
            self._reading = None
        if not task.cancelled():
            task.exception()  # Looked at, so that nobody complains when every caller has gone.
