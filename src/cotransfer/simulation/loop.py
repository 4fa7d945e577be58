"""An event loop whose time jumps to the next timer, so that days pass in milliseconds and a seed decides everything.

Tasks bear the name of whoever started them, from task to task: so a process can be killed with all it has begun.
Never sleeps, and knows neither sockets nor threads.
"""

import asyncio
import heapq
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from typing import Any, TypeVar, cast

from typing_extensions import TypeVarTuple, Unpack, override

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


KEPT = 100
"""Tasks of one owner that are remembered before those are forgotten that have ended."""


class Deadlock(Exception):
    """Somebody waits, and nothing will ever happen any more."""


class TooLong(Exception):
    """More steps than any schedule needs: something runs in a circle."""


class VirtualLoop(asyncio.BaseEventLoop):
    """`steps` counts what has run; `now_s` are virtual seconds since the loop was made."""

    _ready: Any
    _scheduled: Any

    def __init__(self, *, most_steps: int) -> None:
        super().__init__()
        self.set_debug(False)
        self.now_s = 0.0
        self.steps = 0
        self._most_steps = most_steps
        self._owned: dict[str, list[asyncio.Task[Any]]] = {}
        self._alarm: tuple[int, Callable[[], None]] | None = None
        self._watch: Callable[[int, str], None] | None = None

    @override
    def time(self) -> float:
        return self.now_s

    @override
    def create_task(
        self, coro: Any, *, name: object = None, context: Context | None = None, **more: Any
    ) -> "asyncio.Task[Any]":
        """A task of whoever is running, unless it is named."""
        if name is None:
            running = asyncio.current_task(self)
            name = "simulator" if running is None else running.get_name()
        task = asyncio.Task(coro, loop=self, name=str(name), context=context, **more)
        owned = self._owned.setdefault(str(name), [])
        if len(owned) > KEPT:
            owned[:] = [one for one in owned if not one.done()]
        owned.append(task)
        return task

    @override
    def call_soon(
        self, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """As the base, without asking whether it is closed or debugged: most of what a loop does is this."""
        handle = _Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    @override
    def call_at(
        self, when: float, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Likewise."""
        timer: Any = asyncio.TimerHandle(when, callback, args, self, context)
        heapq.heappush(self._scheduled, timer)
        timer._scheduled = True
        return cast(asyncio.TimerHandle, timer)

    def kill(self, name: str) -> int:
        """Cancel every task of that name, in the order in which they began; how many."""
        doomed = [task for task in self._owned.pop(name, ()) if not task.done()]
        for task in doomed:
            task.cancel()
        return len(doomed)

    def at_step(self, step: int, do: Callable[[], None]) -> None:
        """Before the `step`-th step of this loop, call `do`; one at a time."""
        self._alarm = (step, do)

    def watch(self, see: Callable[[int, str], None] | None) -> None:
        """Before each step, `see` is called with its number and the name of its owner, "" where it is nobody's."""
        self._watch = see

    def play(self, main: Coroutine[Any, Any, T]) -> T:
        """Run `main` to its end, then throw away whatever is still under way."""
        try:
            return self.run_until_complete(main)
        finally:
            played = self.steps
            try:
                self._throw_away()
            finally:
                self.close()
                self.steps = played

    def _throw_away(self) -> None:
        self._alarm = self._watch = None
        self._most_steps += 100_000
        for _ in range(20):
            left = [task for owned in self._owned.values() for task in owned if not task.done()]
            if not left:
                break
            for task in left:
                task.cancel()
            self.run_until_complete(asyncio.wait(left, timeout=0.0))

    def _run_once(self) -> None:
        """One round: everything that is ready; where nothing is, time goes on to the next timer."""
        ready, scheduled = self._ready, self._scheduled
        while scheduled and scheduled[0]._cancelled:
            heapq.heappop(scheduled)._scheduled = False
        if not ready:
            if not scheduled:
                raise Deadlock("Everybody waits, and no timer is set.")
            self.now_s = max(self.now_s, scheduled[0]._when)
        while scheduled and scheduled[0]._when <= self.now_s:
            handle = heapq.heappop(scheduled)
            handle._scheduled = False
            ready.append(handle)
        for _ in range(len(ready)):
            handle = ready.popleft()
            if handle._cancelled:
                continue
            self.steps += 1
            if self._alarm is not None and self.steps >= self._alarm[0]:
                (_, do), self._alarm = self._alarm, None
                do()
            if self._watch is not None:
                self._watch(self.steps, _owner(handle))
            handle._run()
        if self.steps > self._most_steps:
            raise TooLong(f"More than {self._most_steps} steps: something runs in a circle.")

    def _asyncgen_finalizer_hook(self, agen: Any) -> None:
        """When the garbage is collected must not matter: what is left of a generator holds nothing here."""

    def _process_events(self, event_list: Any) -> None:
        raise AssertionError("There is no outside.")

    def _write_to_self(self) -> None:
        raise AssertionError("There is one thread.")


class _Handle(asyncio.Handle):
    """As the base, without asking for the debug mode."""

    __slots__ = ()

    def __init__(self, callback: Any, args: Any, loop: VirtualLoop, context: Context | None) -> None:
        own: Any = self
        own._context = copy_context() if context is None else context
        own._loop, own._callback, own._args = loop, callback, args
        own._cancelled, own._repr, own._source_traceback = False, None, None


def _owner(handle: Any) -> str:
    """Whose step a handle is; "" where it is nobody's: a timer, the network."""
    task = getattr(handle._callback, "__self__", None)
    return task.get_name() if isinstance(task, asyncio.Task) else ""
