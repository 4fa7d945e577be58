"""The machine's own clock and randomness, as the ports want them. Never anything else of the machine."""

import asyncio
import random
import secrets
import time
from datetime import UTC, datetime

from cotransfer.adapters.wire.uuid7 import uuid7
from cotransfer.domain.values import TransferId


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait on the event loop."""
        await asyncio.sleep(seconds)


class RandomIdentifiers:
    """Drawn from the machine's randomness; transfers sort in the order they were drawn in by this process."""

    def __init__(self) -> None:
        self._milliseconds = 0
        self._noise = 0

    def transfer(self) -> TransferId:
        """A UUIDv7 of this millisecond; within one, or when the clock was set back, it counts on by a random step."""
        milliseconds = time.time_ns() // 1_000_000
        if milliseconds > self._milliseconds:
            # Of the lowest 62 bits, which count, the first is left free, so that no step overflows them.
            self._milliseconds, self._noise = milliseconds, secrets.randbits(12) << 64 | secrets.randbits(61)
        else:
            self._noise += 1 + secrets.randbits(32)
        return TransferId(uuid7(self._milliseconds, self._noise))

    def token(self) -> str:
        """96 bits, as hexadecimal digits."""
        return secrets.token_hex(12)

    def chance(self) -> float:
        """Not for secrets."""
        return random.random()
