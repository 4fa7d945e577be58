"""Steps 6 to 8 from the utility's side: what it reports of its transfers. Never judges a report: the domain does."""

from collections.abc import Callable

import attrs

from cotransfer.app.desk import Desk
from cotransfer.app.errand import Errand, Message, Reply, Ruling
from cotransfer.domain.commands import hearing
from cotransfer.domain.events import ReportKept, Standing
from cotransfer.domain.reports import Report
from cotransfer.domain.values import TransferId, UtilityId


class Reports:
    """Takes reports, in any order and however often."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def hear(
        self,
        report: Report,
        *,
        transfer: TransferId,
        utility: UtilityId,
        message: Message | None = None,
        answer: Callable[[Ruling], bytes] | None = None,
    ) -> Reply:
        """Store what is new in `report`; raises `Refused` for a transfer that is not this utility's."""
        errand = Errand(transfer=transfer, commands=(hearing(report),), message=message, by=utility)
        return await self._desk.handle(attrs.evolve(errand, answer=answer) if answer else errand)


def contradicts(ruling: Ruling) -> bool:
    """Whether the report was at odds with what is known: it is kept, and a person has to look."""
    return any(isinstance(event, ReportKept) and event.standing is Standing.CONTRADICTS for event in ruling.events)


def is_news(ruling: Ruling) -> bool:
    """Whether the report moved the transfer on."""
    return any(not isinstance(event, ReportKept) for event in ruling.events)
