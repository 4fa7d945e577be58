"""Personal data goes for good: when its time is over, or earlier when the citizen or the operator asks for it.

What remains of a transfer is a skeleton and the audit trail. Never touches a transfer that is under way: it could not
be ended without its data.
"""

import contextlib

from cotransfer.domain.notes import Decision, Note, about_transfer
from cotransfer.domain.parties import Party
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.reversals.states import OpenReversal
from cotransfer.domain.states import Closed
from cotransfer.domain.values import TransferId, UtilityId
from cotransfer.ports.agenda import Lease
from cotransfer.ports.clock import Clock
from cotransfer.ports.errors import LeaseLost, Unavailable, Unintelligible
from cotransfer.ports.reversals import Reversals
from cotransfer.ports.transfers import Change, Committed, Loaded, Record, Stale, Transfers

TRIES = 4
"""How often it is looked again because the transfer had moved: late reports of a closed one are kept."""


class Erasure:
    """Destroys the keys of transfers that have ended."""

    def __init__(self, transfers: Transfers, clock: Clock, reversals: Reversals | None = None) -> None:
        self._transfers = transfers
        self._clock = clock
        self._reversals = reversals

    async def erase(self, transfer: TransferId, *, who: str = "us", finishes: Lease | None = None) -> bool:
        """Erase, durably; False when it was erased before. One that cannot be read is erased as well.

        `who` stands in the audit trail: a party, a client or an operator. `finishes` is the claimed task that this is.
        Raises `Refused` (there is no such transfer, it is under way, or a reversal of it is), `LeaseLost`, or
        `Unavailable`.
        """
        for _ in range(TRIES):
            loaded = await self._transfers.load((transfer,))
            if transfer in loaded.erased:
                return False
            _check(loaded, transfer)
            await self._check_reversals(transfer)
            (outcome,) = await self._transfers.commit([self._change(transfer, who, finishes)])
            match outcome:
                case Committed():
                    return True
                case Stale(lost) if lost:
                    raise LeaseLost
        raise Unavailable(
            Party.US,
            "The transfer keeps moving on, or it or a reversal of it has not ended.",
            retry_after_s=1,
            certain=True,
        )

    async def _check_reversals(self, transfer: TransferId) -> None:
        """Where one that cannot be read is open, the store knows, and writes nothing."""
        with contextlib.suppress(Unintelligible):
            known = () if self._reversals is None else await self._reversals.reversals_of(transfer)
            if any(isinstance(record.state, OpenReversal) for record in known):
                raise Refused(Why.REVERSAL_UNDER_WAY)

    def _change(self, transfer: TransferId, who: str, finishes: Lease | None) -> Change:
        note = Note(chain=about_transfer(transfer), at=self._clock.now(), what=Decision(what="key.destroyed", who=who))
        return Change(erases=transfer, finished=() if finishes is None else (finishes,), noted=(note,))


def found(loaded: Loaded, transfer: TransferId, *, by: UtilityId | None) -> Record | None:
    """As `Loaded.record`; but to a utility, what is left of the transfers of others is unknown."""
    gone = loaded.erased.get(transfer)
    if gone is not None and by is not None and gone.utility != by:
        raise Refused(Why.UNKNOWN_TRANSFER)
    return loaded.record(transfer)


def _check(loaded: Loaded, transfer: TransferId) -> None:
    if transfer in loaded.unreadable:
        return  # Whether it has ended the store knows without reading it.
    record = loaded.record(transfer)
    if record is None:
        raise Refused(Why.UNKNOWN_TRANSFER)
    if not isinstance(record.state, Closed):
        raise Refused(Why.NOT_CLOSED)
