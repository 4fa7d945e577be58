"""A transfer as it stands, with everything that led there. Never changes anything."""

import attrs

from cotransfer.app.matter import Matter
from cotransfer.app.sharing import Sharing
from cotransfer.domain.datasets import Dataset
from cotransfer.domain.grants import NotGranted, Permit
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.states import Completed, HandlingFailed, PreReviewFailed, State
from cotransfer.domain.values import TransferId
from cotransfer.ports.reversals import ReversalRecord, Reversals
from cotransfer.ports.transfers import Entry, MessageKey, Record, Transfers

REASON = frozenset({"reason"})


@attrs.frozen
class View:
    """The stored record and its journal; `shows_reason`: whether the utility's words on why not may be shown.

    Who questions a transfer leaves it as it is: `reversals` stand beside it.
    """

    record: Record
    journal: tuple[Entry, ...]
    shows_reason: bool = True
    reversals: tuple[ReversalRecord, ...] = ()


class Viewing:
    """Looks at transfers; what a utility gave as its reason leaves through `sharing` only."""

    def __init__(
        self, transfers: Transfers, sharing: Sharing | None = None, reversals: Reversals | None = None
    ) -> None:
        self._transfers = transfers
        self._sharing = sharing
        self._reversals = reversals

    async def reach(self) -> None:
        """Ask the store for a message that nobody sent; raises `Unavailable` when it does not answer."""
        await self._transfers.load((), (MessageKey("", ""),))

    async def state(self, transfer: TransferId) -> State:
        """How it stands. Raises `Refused` for a transfer that there is not."""
        record = (await self._transfers.load((transfer,))).record(transfer)
        if record is None:
            raise Refused(Why.UNKNOWN_TRANSFER)
        return record.state

    async def of(self, transfer: TransferId, *, permit: Permit | None = None) -> View:
        """Raises `Refused` for a transfer that there is not, or as the gate does."""
        record = (await self._transfers.load((transfer,))).record(transfer)
        if record is None:
            raise Refused(Why.UNKNOWN_TRANSFER)
        journal = await self._transfers.journal(transfer)
        # What has happened since the record was loaded is not part of this view.
        shows_reason = await self._may_show_reason(record.state, permit)
        return View(record, journal[: record.version], shows_reason, await self._questioned(record))

    async def _questioned(self, record: Record) -> tuple[ReversalRecord, ...]:
        """What was never completed is never questioned."""
        if self._reversals is None or not isinstance(record.state, Completed):
            return ()
        return await self._reversals.reversals_of(record.transfer)

    async def _may_show_reason(self, state: State, permit: Permit | None) -> bool:
        """Without a grant for it the reason alone stays out: how far a transfer is, the platform knows anyway."""
        if self._sharing is None or not isinstance(state, PreReviewFailed | HandlingFailed):
            return True
        if permit is None:
            return False
        dataset = Dataset.PRE_REVIEW if isinstance(state, PreReviewFailed) else Dataset.HANDLING
        try:
            await self._sharing.release(permit, dataset, Matter.of(state.case), wanted=REASON)
        except NotGranted:
            return False
        return True
