"""Step 7, second way: what the button on the transfer's page does. Never fetches the signing address itself."""

from collections.abc import Callable

import attrs

from cotransfer.app.desk import Desk
from cotransfer.app.errand import Errand, Message, Reply, Ruling
from cotransfer.domain.commands import OpenSigning
from cotransfer.domain.values import TransferId


class Signing:
    """Leads the citizen to the contract, or says that it is signed already."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def open(
        self, transfer: TransferId, message: Message | None = None, *, answer: Callable[[Ruling], bytes] | None = None
    ) -> Reply:
        """At the tap: `answer` reads from the ruling's state what to show. Raises as `Desk.handle` does."""
        errand = Errand(transfer=transfer, commands=(OpenSigning(),), message=message)
        return await self._desk.handle(attrs.evolve(errand, answer=answer) if answer else errand)
