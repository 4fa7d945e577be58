"""`cotransfer erase`: the personal data of a transfer that has ended, gone before its time. Never shows any of it."""

import asyncio
from typing import Annotated

import typer

from cotransfer.adapters.machine import SystemClock
from cotransfer.app.erasure import Erasure
from cotransfer.cli.opening import store_of
from cotransfer.cli.saying import ConfigOption, Who, complain, settings_of
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.values import TransferId
from cotransfer.settings import Settings
from cotransfer.wiring import sealing_of

_REFUSED = {
    Why.NOT_CLOSED: "The transfer is under way: its data can be erased once it has ended.",
    Why.REVERSAL_UNDER_WAY: "A reversal of the transfer is open: its data can be erased once that has ended.",
    Why.UNKNOWN_TRANSFER: "There is no such transfer in this database. Check the identifier, and database.url.",
}


def erase(
    transfer: Annotated[str, typer.Argument(help="The transfer's identifier.")],
    config: ConfigOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    who: Who = "operator",
) -> None:
    """Erase the personal data of a transfer that has ended, for good. The audit trail stays."""
    wanted, settings = TransferId.parse(transfer), settings_of(config)
    if not yes:
        typer.confirm(f"Erase the personal data of {wanted.text}? Nothing brings it back", abort=True)
    try:
        erased = asyncio.run(_erase(wanted, settings, who))
    except Refused as error:
        complain(_REFUSED[error.refusal.why])
        raise typer.Exit(1) from None
    print(f"erased: {wanted.text}" if erased else f"erased before: {wanted.text}")


async def _erase(transfer: TransferId, settings: Settings, who: str) -> bool:
    async with store_of(settings, read_only=False, sealing=sealing_of(settings)) as store:
        return await Erasure(store, SystemClock(), store).erase(transfer, who=who)
