"""Where the blocking work runs: on a thread of its own, entered once per group, or inline for a simulation.

Never runs two pieces of work of one place at the same time.
"""

from asyncio import get_running_loop
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

T = TypeVar("T")


class Place(Protocol):
    """Runs blocking work, one piece after the other."""

    async def run(self, work: Callable[[], T]) -> T: ...
    def close(self) -> None: ...


class OwnThread:
    """A thread of its own; work that was begun is finished even when nobody waits for it any more."""

    def __init__(self, name: str) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def run(self, work: Callable[[], T]) -> T:
        return await get_running_loop().run_in_executor(self._pool, work)

    def close(self) -> None:
        """Waits for the work under way."""
        self._pool.shutdown()


class Inline:
    """The caller's own thread: nothing else happens meanwhile, so that one seed decides everything."""

    async def run(self, work: Callable[[], T]) -> T:
        return work()

    def close(self) -> None:
        """Nothing to end."""
