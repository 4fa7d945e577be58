"""Time, brought in."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The one source of time.

    Laws: `now` is aware, in UTC, and never goes back by itself; `sleep(s)` returns when at least `s` seconds have
    gone by on the same clock that `now` shows.
    """

    def now(self) -> datetime:
        """The present instant, in UTC."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""
