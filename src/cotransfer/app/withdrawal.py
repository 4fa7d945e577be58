"""Steps 5 to 7: the citizen takes the application back. Never ends a transfer itself: the utility's answer does."""

from collections.abc import Callable, Collection

import attrs

from cotransfer.app.desk import Desk
from cotransfer.app.errand import Errand, Message, Reply, Ruling
from cotransfer.domain.commands import Withdraw
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.states import Unsigned
from cotransfer.domain.values import TransferId, UtilityId
from cotransfer.ports.transfers import Transfers


class Withdrawal:
    """`cancelling` are the utilities that can be asked to take an application back."""

    def __init__(self, desk: Desk, transfers: Transfers, cancelling: Collection[UtilityId]) -> None:
        self._desk = desk
        self._transfers = transfers
        self._cancelling = frozenset(cancelling)

    async def withdraw(
        self,
        transfer: TransferId,
        message: Message | None = None,
        *,
        answer: Callable[[Ruling], bytes] | None = None,
    ) -> Reply:
        """Ask for it, durably; asked again it is no news.

        Raises `Refused`: there is no such transfer, its utility takes nothing back but at its counter, the contract is
        signed, or the transfer has ended in another way; or as `Desk.handle` does.
        """
        record = (await self._transfers.load((transfer,))).record(transfer)
        # Where it is signed or ended already the transfer itself has the better reason to refuse.
        if record is not None and isinstance(record.state, Unsigned) and not self._is_asked(record.state):
            raise Refused(Why.WITHDRAW_AT_COUNTER)
        errand = Errand(transfer=transfer, commands=(Withdraw(),), message=message)
        return await self._desk.handle(attrs.evolve(errand, answer=answer) if answer else errand)

    def _is_asked(self, state: Unsigned) -> bool:
        return state.case.utility in self._cancelling
