"""Step 7, second way: what the button on the transfer's page does. Never fetches the signing address itself."""

from collections.abc import Callable

import attrs

from cotransfer.app.desk import Desk
from cotransfer.app.errand import Errand, Message, Reply, Ruling
from cotransfer.app.matter import Matter
from cotransfer.app.renewal import Renewal
from cotransfer.app.sharing import Clearance, Sharing
from cotransfer.domain.commands import OpenSigning
from cotransfer.domain.datasets import Dataset
from cotransfer.domain.grants import Permit
from cotransfer.domain.notes import Note
from cotransfer.domain.parties import Party
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.states import AwaitingSigning, State
from cotransfer.domain.values import TransferId
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.transfers import Record, Transfers

ADDRESS = frozenset({"signing_address"})


class Signing:
    """Leads the citizen to the contract, or says that it is signed already; the address leaves through `sharing`.

    Without `sharing` whoever calls is the gate.
    """

    def __init__(
        self,
        desk: Desk,
        transfers: Transfers,
        sharing: Sharing | None = None,
        renewal: Renewal | None = None,
    ) -> None:
        self._desk = desk
        self._transfers = transfers
        self._sharing = sharing
        self._renewal = renewal

    async def open(
        self,
        transfer: TransferId,
        message: Message | None = None,
        *,
        permit: Permit | None = None,
        answer: Callable[[Ruling], bytes] | None = None,
    ) -> Reply:
        """At the tap: `answer` reads from the ruling's state what to show.

        Raises as `Desk.handle` and the gate do, and as the utility where the address has to be renewed.
        """
        state = (await self._record(transfer)).state
        clearance = None if self._sharing is None else await self._cleared(self._sharing, state, permit)
        news = () if self._renewal is None else await self._renewal.news(transfer, state)
        errand = Errand(transfer=transfer, commands=(*news, OpenSigning()), message=message)
        if answer is not None:
            errand = attrs.evolve(errand, answer=answer)
        if self._sharing is not None:
            errand = attrs.evolve(errand, noted=lambda ruling: _noted(ruling, clearance))
        return await self._desk.handle(errand)

    async def _record(self, transfer: TransferId) -> Record:
        record = (await self._transfers.load((transfer,))).record(transfer)
        if record is None:
            raise Refused(Why.UNKNOWN_TRANSFER)
        return record

    @staticmethod
    async def _cleared(sharing: Sharing, state: State, permit: Permit | None) -> Clearance | None:
        """Whether the address may be shown; None as long as there is none to show."""
        if not isinstance(state, AwaitingSigning):
            return None
        if permit is None:
            raise Refused(Why.NOT_GRANTED)
        return await sharing.clear(permit, Dataset.PRE_REVIEW, Matter.of(state.case), wanted=ADDRESS)


def _noted(ruling: Ruling, clearance: Clearance | None) -> tuple[Note, ...]:
    """What is written down with the answer that shows the address."""
    if not isinstance(ruling.state, AwaitingSigning):
        return ()
    if clearance is None:
        raise Unavailable(Party.US, "The transfer has just moved on: tap again.", retry_after_s=1, certain=True)
    return clearance.noted
