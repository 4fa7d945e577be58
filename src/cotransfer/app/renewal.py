"""Step 7: a signing address that has outlived what its provider grants is renewed when the citizen taps.

Some providers' addresses work for half an hour, others' for a month; a utility that renews them says so. Never stores
an address, and never calls one.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import attrs

from cotransfer.domain import events as e
from cotransfer.domain.commands import Command, hearing
from cotransfer.domain.reports import Cleared
from cotransfer.domain.states import AwaitingSigning, State
from cotransfer.domain.values import TransferId, UtilityId
from cotransfer.ports.clock import Clock
from cotransfer.ports.transfers import Transfers
from cotransfer.ports.utility import Utility

_ADDRESS_CAME = (e.PreReviewPassed, e.SigningAddressCame, e.SigningAddressReplaced)


@attrs.frozen
class Renewing:
    """A utility that renews its signing addresses, and how long one of them works."""

    utility: Utility
    life: timedelta


class Renewal:
    """Asks the utilities in `renewing`; whose addresses last is not among them."""

    def __init__(self, transfers: Transfers, clock: Clock, renewing: Mapping[UtilityId, Renewing]) -> None:
        self._transfers = transfers
        self._clock = clock
        self._renewing = renewing

    async def news(self, transfer: TransferId, state: State) -> tuple[Command, ...]:
        """What the utility tells of the address, where it has to be asked; raises as the utility does.

        Where there is no contract to sign any more, it is asked how far it is.
        """
        if not isinstance(state, AwaitingSigning):
            return ()
        renewing = self._renewing.get(state.case.utility)
        if renewing is None or self._clock.now() - await self._came_at(transfer) < renewing.life:
            return ()
        address = await renewing.utility.renew_signing_address(transfer)
        if address is not None:
            return (hearing(Cleared(address)),)
        return tuple(hearing(report) for report in await renewing.utility.progress(transfer) or ())

    async def _came_at(self, transfer: TransferId) -> datetime:
        journal = await self._transfers.journal(transfer)
        return max(entry.at for entry in journal if isinstance(entry.event, _ADDRESS_CAME))
