"""A transfer as it stands, with everything that led there. Never changes anything."""

import attrs

from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.values import TransferId
from cotransfer.ports.transfers import Entry, MessageKey, Record, Transfers


@attrs.frozen
class View:
    """The stored record and its journal."""

    record: Record
    journal: tuple[Entry, ...]


class Viewing:
    """Looks at transfers."""

    def __init__(self, transfers: Transfers) -> None:
        self._transfers = transfers

    async def reach(self) -> None:
        """Ask the store for a message that nobody sent; raises `Unavailable` when it does not answer."""
        await self._transfers.load((), (MessageKey("", ""),))

    async def of(self, transfer: TransferId) -> View:
        """Raises `Refused` for a transfer that there is not."""
        record = (await self._transfers.load((transfer,))).record(transfer)
        if record is None:
            raise Refused(Why.UNKNOWN_TRANSFER)
        journal = await self._transfers.journal(transfer)
        # What has happened since the record was loaded is not part of this view.
        return View(record, journal[: record.version])
