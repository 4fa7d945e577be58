"""What the water company says to the gateway: each report until it has arrived, and what its reviewers ask.

The outbox outlives its process. Gives a report up after a few attempts: then the gateway has to ask.
"""

import asyncio
from collections.abc import Callable

import attrs

from cotransfer.domain.refusals import Refused
from cotransfer.domain.reports import Report
from cotransfer.domain.values import TransferId, UtilityId
from cotransfer.ports.errors import Unavailable, Unintelligible
from cotransfer.simulation.dice import Dice
from cotransfer.simulation.door import Door
from cotransfer.simulation.incoming import Incoming
from cotransfer.simulation.loop import VirtualLoop
from cotransfer.simulation.plan import DAY_S
from cotransfer.simulation.weather import INCOMING, REPORTING, Kind, Weather
from cotransfer.simulation.witness import Gone, Witness

OWNER = "water"
"""The name of the water company's tasks: they are killed when its process is restarted."""

ID = UtilityId("kunming-water")
ATTEMPTS = 6
FIRST_PAUSE_S = 60.0
LATEST_S = 3 * DAY_S


@attrs.define
class Sending:
    """A report on its way, until it has arrived or is given up."""

    transfer: TransferId
    key: str
    report: Report
    over: bool = False


class Reporting:
    """`incoming` gives the line to the gateway, once there is one."""

    def __init__(
        self, incoming: Callable[[], Incoming], *, loop: VirtualLoop, dice: Dice, weather: Weather, witness: Witness
    ) -> None:
        self._incoming = incoming
        self._loop = loop
        self._dice = dice
        self._weather = weather
        self._witness = witness
        self._door = Door(witness)
        self._outbox: list[Sending] = []

    def send(self, transfer: TransferId, report: Report, mark: str, *, now: bool) -> None:
        """Into the outbox, and on its way, unless its process is down."""
        sending = Sending(transfer, f"{transfer.text[-12:]}-{mark}", report)
        self._outbox.append(sending)
        if now:
            self._begin(sending)

    def begin_again(self) -> None:
        """Whatever was on its way when the process ended."""
        for sending in self._outbox:
            if not sending.over:
                self._begin(sending)

    async def ask(self, transfer: TransferId, what: str) -> None:
        """For what its reviewers want to see; what it cannot have it goes without (the scheme: on demand)."""
        asked = self._door.identity if what == "identity" else self._door.certificate
        try:
            await self._incoming().call(f"water.{what}", INCOMING, lambda office: asked(office, transfer, ID))
        except (Gone, Refused, Unavailable, Unintelligible) as error:
            self._witness.tell(f"unverified {what} {type(error).__name__}")

    def _begin(self, sending: Sending) -> None:
        self._loop.create_task(self._push(sending), name=OWNER)

    async def _push(self, sending: Sending) -> None:
        struck = self._weather.strikes("report.whole", REPORTING)
        if struck is not None and struck.kind is Kind.SILENT:
            sending.over = True
            return
        if struck is not None and struck.kind is Kind.LATE:
            await asyncio.sleep(self._dice.between(60.0, LATEST_S, "report.late", struck.nth))
        for attempt in range(ATTEMPTS):
            if await self._told(sending, sending.key):
                break
            await asyncio.sleep(FIRST_PAUSE_S * 2**attempt)
        if struck is not None and struck.kind is Kind.AGAIN:
            await self._told(sending, f"{sending.key}-again")
        sending.over = True

    async def _told(self, sending: Sending, key: str) -> bool:
        """Whether the gateway took the report; a contradiction it has taken as well."""
        try:
            answer = await self._incoming().call(
                f"report.{sending.report.step.name.lower()}",
                INCOMING,
                lambda office: self._door.hear(office, sending.report, sending.transfer, ID, key),
            )
        except (Gone, Unavailable):
            return False
        except Refused as refused:
            why = refused.refusal.why.code
            if sending.transfer not in self._witness.erased:
                self._witness.blame("I1", f"a report on {sending.transfer} was refused: {why}")
            return True
        if answer == "contradicts":
            self._witness.blame("I5", f"{type(sending.report).__name__} contradicts {sending.transfer}")
        return True
