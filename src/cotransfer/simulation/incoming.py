"""How everybody outside calls the gateway: over a line that loses, doubles and delays, to whichever process is up.

Never repeats a call by itself: who called decides whether to, under the same key.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from cotransfer.app.errand import MessageReused
from cotransfer.app.office import Office
from cotransfer.domain.faults import Invalid
from cotransfer.domain.parties import Party
from cotransfer.domain.refusals import Refused
from cotransfer.ports.errors import Unavailable, Unintelligible
from cotransfer.simulation.dice import Dice
from cotransfer.simulation.loop import VirtualLoop
from cotransfer.simulation.processes import Process
from cotransfer.simulation.weather import Kind, Sort, Weather
from cotransfer.simulation.witness import Gone, Witness

T = TypeVar("T")
Work = Callable[[Office], Awaitable[T]]

TIMEOUT_S = 15.0
SLOWEST_S = 100.0
LATEST_S = 30 * 3600.0

ANSWERS = (Refused, MessageReused, Unavailable, Unintelligible, Invalid)
"""What a use case may answer with instead of a result; the edge has an HTTP status for each."""


class Incoming:
    """The network before the gateway."""

    def __init__(
        self, processes: Sequence[Process], loop: VirtualLoop, weather: Weather, dice: Dice, witness: Witness
    ) -> None:
        self._processes = processes
        self._loop = loop
        self._weather = weather
        self._dice = dice
        self._witness = witness
        self._calls = 0

    async def call(self, point: str, sort: Sort, work: "Work[T]") -> T:
        """What the gateway answers. Raises `Gone` when nothing comes back, and what the gateway raises."""
        struck = self._weather.strikes(point, sort)
        match None if struck is None else struck.kind:
            case Kind.NO_CONNECTION:
                raise Gone
            case Kind.REQUEST_LOST:
                await asyncio.sleep(TIMEOUT_S)
                raise Gone
            case Kind.LATE:
                assert struck is not None  # noqa: S101 - it is late
                self._later(work, self._dice.between(60.0, LATEST_S, f"{point}.late", struck.nth))
                await asyncio.sleep(TIMEOUT_S)
                raise Gone
            case Kind.DOUBLED:
                self._later(work, self._weather.latency_s(point, 0.2))
            case Kind.SLOW:
                await asyncio.sleep(self._weather.latency_s(point, SLOWEST_S))
            case Kind.ANSWER_LOST:
                await self._quietly(work)
                await asyncio.sleep(TIMEOUT_S)
                raise Gone
        await asyncio.sleep(self._weather.latency_s(point, 0.2))
        return await self._deliver(work)

    def _later(self, work: "Work[T]", seconds: float) -> None:
        self._loop.create_task(self._after(work, seconds), name="network")

    async def _after(self, work: "Work[T]", seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._quietly(work)

    async def _quietly(self, work: "Work[T]") -> None:
        """Nobody hears what comes of it."""
        try:
            await self._deliver(work)
        except (Gone, *ANSWERS):
            return

    async def _deliver(self, work: "Work[T]") -> T:
        up = [process.life for process in self._processes if process.life is not None]
        if not up:
            raise Gone
        self._calls += 1
        try:
            return await self._dice.pick(up, "incoming.process", self._calls).answer(self._loop, work)
        except Unintelligible as error:
            if error.party is Party.US:
                self._witness.blame("I12", f"what is stored cannot be read: {error.what}")
            raise
        except (Gone, *ANSWERS):
            raise
        except Exception as error:
            self._witness.blame("I12", f"a request broke on {type(error).__name__}")
            raise Gone from error
