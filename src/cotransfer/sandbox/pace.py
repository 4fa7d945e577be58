"""How fast the invented world runs: every wait of a counterparty goes through here, scaled.

Never reads the wall clock by itself; a test hands in a sleep of its own, or a scale of nought.
"""

import asyncio
from collections.abc import Awaitable, Callable

import attrs


@attrs.frozen(kw_only=True)
class Pace:
    """`scale` multiplies every wait: 1 is a demo's speed, 0 gives each other task one turn and goes on."""

    scale: float = 1.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def wait(self, seconds: float) -> None:
        await self.sleep(seconds * self.scale)
