"""Clocks and identifiers without a world, and the two that a running process uses."""

import asyncio
import random
import secrets
import time
import uuid
from datetime import UTC, datetime, timedelta

from cotransfer.domain.values import TransferId


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait on the event loop."""
        await asyncio.sleep(seconds)


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


def _uuid7(milliseconds: int, noise: int) -> str:
    """RFC 9562 §5.7: 48 bits of milliseconds, then version, variant and 74 bits of noise."""
    value = (milliseconds & (1 << 48) - 1) << 80 | noise & (1 << 80) - 1
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    return str(uuid.UUID(int=value))


class RandomIdentifiers:
    """Drawn from the machine's randomness."""

    def transfer(self) -> TransferId:
        """A UUIDv7 of this millisecond."""
        return TransferId(_uuid7(time.time_ns() // 1_000_000, secrets.randbits(80)))

    def token(self) -> str:
        """96 bits, as hexadecimal digits."""
        return secrets.token_hex(12)

    def chance(self) -> float:
        """Not for secrets."""
        return random.random()  # noqa: S311 - jitter, nobody gains by guessing it


class CountedIdentifiers:
    """The same identifiers in every run: the n-th draw is n."""

    def __init__(self) -> None:
        self._drawn = 0

    def _next(self) -> int:
        self._drawn += 1
        return self._drawn

    def transfer(self) -> TransferId:
        """A UUIDv7 of the n-th millisecond."""
        return TransferId(_uuid7(self._next(), 0))

    def token(self) -> str:
        """The n-th token."""
        return f"{self._next():024x}"

    def chance(self) -> float:
        """Always the middle."""
        return 0.5
