"""What is done now and then so that nothing grows for ever. Never touches what belongs to a transfer."""

from datetime import timedelta

import structlog

from cotransfer.ports.clock import Clock
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.transfers import Transfers

ANSWERS_KEPT = timedelta(days=7)
"""How long the answer of a query is repeated to whoever asks again under the same key."""

PAUSE_S = 3600.0
"""Between two rounds."""

_log = structlog.get_logger(__name__)


class Housekeeping:
    """Forgets the answers of queries once nobody will ask for them again."""

    def __init__(self, transfers: Transfers, clock: Clock, *, kept: timedelta = ANSWERS_KEPT) -> None:
        self._transfers = transfers
        self._clock = clock
        self._kept = kept

    async def run(self) -> None:
        """A round an hour, until cancelled."""
        while True:
            await self.tidy()
            await self._clock.sleep(PAUSE_S)

    async def tidy(self) -> int:
        """One round; how many answers were forgotten. With the store away there is a next time."""
        try:
            return await self._transfers.forget(self._clock.now() - self._kept)
        except Unavailable as error:
            _log.warning("tidying_put_off", what=error.what)
            return 0
