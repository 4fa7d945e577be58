"""What is done now and then so that nothing grows for ever. Never touches what belongs to a transfer."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from cotransfer.ports.clock import Clock
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.transfers import Transfers

ANSWERS_KEPT = timedelta(days=7)
"""How long the answer of a query is repeated to whoever asks again under the same key."""

CLOCKS_APART = timedelta(minutes=1)
"""How much longer is kept what other processes, by their own clocks, may not think over yet."""

PAUSE_S = 3600.0
"""Between two rounds."""

_log = structlog.get_logger(__name__)


class Forgetful(Protocol):
    """What is over by itself at some time, and only takes up room then: sessions, used nonces, counted look-ups."""

    async def forget(self, before: datetime, /) -> int:
        """Drop what was over before then; how much that was."""


class Housekeeping:
    """Forgets the answers of queries once nobody will ask for them again, and what `others` hold that is over."""

    def __init__(
        self,
        transfers: Transfers,
        clock: Clock,
        *,
        kept: timedelta = ANSWERS_KEPT,
        others: Iterable[Forgetful] = (),
    ) -> None:
        self._transfers = transfers
        self._clock = clock
        self._kept = kept
        self._others = tuple(others)

    async def run(self) -> None:
        """A round an hour, until cancelled."""
        while True:
            await self.tidy()
            await self._clock.sleep(PAUSE_S)

    async def tidy(self) -> int:
        """One round; how much was forgotten. With the store away there is a next time."""
        at = self._clock.now()
        try:
            forgotten = await self._transfers.forget(at - self._kept)
            return forgotten + sum([await other.forget(at - CLOCKS_APART) for other in self._others])
        except Unavailable as error:
            _log.warning("tidying_put_off", what=error.what)
            return 0
