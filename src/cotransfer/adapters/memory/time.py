"""Clocks and identifiers without a world: they do only what they are told, the same in every run."""

import asyncio
from datetime import UTC, datetime, timedelta

from cotransfer.adapters.wire.uuid7 import uuid7
from cotransfer.domain.values import TransferId


class ManualClock:
    """A clock that moves only when told; a sleeper wakes at once and finds that its time has gone by."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 9, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        """The instant the clock was last moved to."""
        return self._now

    def move(self, by: timedelta) -> None:
        """Let time go by."""
        self._now += by

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` go by, and give way once."""
        self._now += timedelta(seconds=seconds)
        await asyncio.sleep(0)


class CountedIdentifiers:
    """The same identifiers in every run: the n-th draw is n; from `first` on, so that two need not draw the same."""

    def __init__(self, first: int = 0) -> None:
        self._drawn = first

    def _next(self) -> int:
        self._drawn += 1
        return self._drawn

    def transfer(self) -> TransferId:
        """A UUIDv7 of the n-th millisecond."""
        return TransferId(uuid7(self._next(), 0))

    def token(self) -> str:
        """The n-th token."""
        return f"{self._next():024x}"

    def chance(self) -> float:
        """Always the middle."""
        return 0.5
