"""A gateway process that can be killed between any two steps and started again, and how it is called from outside.

Its memory is its tasks' and goes with them; what it had written or sent before stays so. Never lets a dead process
reach a store or a line: whatever its last breath still calls is cut off.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

from cotransfer.adapters.wire.uuid7 import uuid7
from cotransfer.app.office import Office
from cotransfer.domain.values import TransferId
from cotransfer.ports import correlation
from cotransfer.simulation.dice import Dice
from cotransfer.simulation.loop import VirtualLoop
from cotransfer.simulation.plan import START
from cotransfer.simulation.witness import Gone, Witness

T = TypeVar("T")
GATEWAY = "gateway"
"""What the names of its processes' tasks begin with."""

Run = Callable[[], Coroutine[Any, Any, None]]
"""What a process does beside answering, for as long as it lives."""


class SimulatedClock:
    """`Clock` of a process that is `skew_s` ahead of the true time."""

    def __init__(self, loop: VirtualLoop, skew_s: float = 0.0) -> None:
        self._loop = loop
        self._skew_s = skew_s
        self._shown = (-1.0, START)

    def now(self) -> datetime:
        """True time is the loop's."""
        now_s = self._loop.now_s
        if self._shown[0] != now_s:
            self._shown = (now_s, START + timedelta(seconds=now_s + self._skew_s))
        return self._shown[1]

    async def sleep(self, seconds: float) -> None:
        """By the loop's time."""
        await asyncio.sleep(seconds)


class DrawnIdentifiers:
    """`Identifiers` out of the dice; `owner` keeps those of two processes apart."""

    def __init__(self, dice: Dice, clock: SimulatedClock, owner: str) -> None:
        self._dice = dice
        self._clock = clock
        self._owner = owner
        self._drawn = 0
        self._latest_ms = 0

    def _next(self) -> int:
        self._drawn += 1
        return self._dice.word(self._owner, self._drawn)

    def transfer(self) -> TransferId:
        """Of this millisecond, counted on within it."""
        self._latest_ms = max(self._latest_ms, int(self._clock.now().timestamp() * 1000))
        self._drawn += 1
        return TransferId(uuid7(self._latest_ms, self._drawn << 56 | self._next() >> 16))

    def token(self) -> str:
        return f"{self._next():016x}"

    def chance(self) -> float:
        return (self._next() >> 11) / (1 << 53)


class Life:
    """One run of a process, from start to death. `check` stops whatever belongs to a dead one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.alive = True
        self.office: Office | None = None
        self._callers: set[asyncio.Future[Any]] = set()
        self._asked = 0

    def check(self) -> None:
        """Raises `CancelledError`, as if the machine had been unplugged."""
        if not self.alive:
            raise asyncio.CancelledError

    async def answer(self, loop: VirtualLoop, work: Callable[[Office], Awaitable[T]]) -> T:
        """Do `work` in this process for a caller outside. Raises `Gone` when it dies meanwhile."""
        if not self.alive or self.office is None:
            raise Gone
        caller: asyncio.Future[T] = loop.create_future()
        self._callers.add(caller)
        self._asked += 1
        loop.create_task(self._serve(work, self.office, caller, self._asked), name=self.name)
        try:
            return await caller
        finally:
            self._callers.discard(caller)

    async def _serve(
        self, work: Callable[[Office], Awaitable[T]], office: Office, caller: "asyncio.Future[T]", nth: int
    ) -> None:
        correlation.begin(f"{self.name.replace('.', '-')}-{nth}")
        try:
            answer = await work(office)
        except Exception as error:
            if not caller.done():
                caller.set_exception(error)
        else:
            if not caller.done():
                caller.set_result(answer)

    def die(self) -> None:
        """At once; who waits for an answer finds the line broken."""
        self.alive = False
        callers, self._callers = self._callers, set()
        for caller in callers:
            if not caller.done():
                caller.set_exception(Gone())


class Process:
    """A place where a gateway runs, most of the time. `opened` makes the office of a new life and what runs beside."""

    def __init__(
        self,
        nth: int,
        loop: VirtualLoop,
        witness: Witness,
        opened: "Callable[[Life, int], tuple[Office, tuple[Run, ...]]]",
        closed: Callable[[Life], None],
    ) -> None:
        self.nth = nth
        self.life: Life | None = None
        self._loop = loop
        self._witness = witness
        self._opened = opened
        self._closed = closed
        self._lives = 0

    def start(self) -> None:
        """Begin a life, unless there is one."""
        if self.life is not None:
            return
        self._lives += 1
        life = Life(f"{GATEWAY}-{self.nth}.{self._lives}")
        life.office, runs = self._opened(life, self._lives)
        self.life = life
        for run in runs:
            self._loop.create_task(self._run(run, life), name=life.name)
        self._witness.tell(f"start {life.name}")

    def kill(self) -> bool:
        """End the life, if there is one, between two steps."""
        life, self.life = self.life, None
        if life is None:
            return False
        life.die()
        self._loop.kill(life.name)
        self._closed(life)
        self._witness.tell(f"kill {life.name}")
        return True

    async def _run(self, run: Run, life: Life) -> None:
        try:
            await run()
        except Exception as error:
            if life.alive:
                self._witness.blame("I12", f"{life.name} ended by {type(error).__name__}")
