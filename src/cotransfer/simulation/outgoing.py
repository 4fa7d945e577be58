"""The lines from the gateway to its counterparties: each port as the real adapters keep its laws over a bad line.

What was sent arrives, or does not, whether or not its sender is still alive. Never changes what a counterparty does.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from cotransfer.domain.case import Case
from cotransfer.domain.notices import Fate, Notice
from cotransfer.domain.parties import Party
from cotransfer.domain.reports import Receipt, Report, WithdrawalAnswer
from cotransfer.domain.values import (
    Account,
    AccountNumber,
    CertificateNumber,
    Home,
    IdentityNumber,
    SigningAddress,
    TransferId,
)
from cotransfer.ports import correlation as ids
from cotransfer.ports.errors import QuotaSpent, Unavailable, Unintelligible
from cotransfer.ports.registry import CertificateStatus
from cotransfer.ports.utility import Capability, Page
from cotransfer.simulation.attribution import Attribution, Outcome
from cotransfer.simulation.dice import Dice
from cotransfer.simulation.loop import VirtualLoop
from cotransfer.simulation.notifier import SimulatedNotifier
from cotransfer.simulation.processes import Life
from cotransfer.simulation.reach import Ports, Reach
from cotransfer.simulation.registry import SimulatedRegistry
from cotransfer.simulation.sms import SimulatedSms
from cotransfer.simulation.utility import SimulatedUtility
from cotransfer.simulation.weather import OUTGOING, Kind, Weather

T = TypeVar("T")

TIMEOUT_S = 15.0
SLOWEST_CROSSING_S = 0.3
SLOWEST_S = 150.0
"""Of an answer: longer than a lease, so that another worker takes the task over meanwhile."""

LONGEST_RETRY_AFTER_S = 7200.0
WECHAT = "wechat.send"
"""Where too many are a quota that is spent."""


class Outgoing:
    """The network as one life of a process sees it."""

    def __init__(self, life: Life, loop: VirtualLoop, weather: Weather, dice: Dice, attribution: Attribution) -> None:
        self._life = life
        self._loop = loop
        self._weather = weather
        self._dice = dice
        self._attribution = attribution

    async def call(self, point: str, party: Party, effect: Callable[[], T]) -> T:
        """Have `effect` take place at the other end, and its answer. Raises as a real adapter does."""
        self._life.check()
        struck, ours = self._weather.strikes(point, OUTGOING), ids.begun() or "nobody-began"
        kind = None if struck is None else struck.kind
        ids.asking(party, ours)
        self._attribution.called(ours, Outcome(Party.NETWORK, None))  # Until an answer comes.
        await asyncio.sleep(TIMEOUT_S if kind is Kind.REQUEST_LOST else 0)
        self._life.check()
        if struck is not None and kind in _WITHOUT_EFFECT:
            self._answered(ours, party, kind, spent=kind is Kind.TOO_MANY and point == WECHAT)
            raise self._without_effect(struck.kind, party, point, struck.nth)
        answer = await self._crossed(effect, self._weather.latency_s(point, SLOWEST_CROSSING_S))
        if kind is Kind.SLOW:
            await asyncio.sleep(self._weather.latency_s(point, SLOWEST_S))
        self._life.check()
        if kind in _AFTER_EFFECT:
            await asyncio.sleep(TIMEOUT_S if kind is Kind.ANSWER_LOST else 0.0)
            self._answered(ours, party, kind)
            raise _AFTER_EFFECT[kind](party)
        self._answered(ours, party, None)
        return answer

    def _answered(self, ours: str, party: Party, kind: Kind | None, *, spent: bool = False) -> None:
        """Whoever answers, however badly, does so under an id of their own; a line that breaks has none."""
        if kind in _UNANSWERED:
            return
        theirs = self._attribution.answer(party)
        ids.answered(theirs)
        if spent:
            self._attribution.spent(ours, party, theirs)
        else:
            self._attribution.called(ours, Outcome(None if kind is None else party, theirs))

    async def _crossed(self, effect: Callable[[], T], seconds: float) -> T:
        """On its way the request no longer depends on its sender."""
        answer: asyncio.Future[T] = self._loop.create_future()
        self._loop.call_later(seconds, self._arrive, effect, answer)
        return await answer

    @staticmethod
    def _arrive(effect: Callable[[], T], answer: "asyncio.Future[T]") -> None:
        try:
            found = effect()
        except Exception as error:
            if not answer.done():
                answer.set_exception(error)
        else:
            if not answer.done():
                answer.set_result(found)

    def _without_effect(self, kind: Kind, party: Party, point: str, nth: int) -> Exception:
        match kind:
            case Kind.NO_CONNECTION:
                return Unavailable(Party.NETWORK, "No connection.", certain=True)
            case Kind.TOO_MANY:
                wait_s = self._dice.between(1.0, LONGEST_RETRY_AFTER_S, f"{point}.retry_after", nth)
                if point == WECHAT:
                    return QuotaSpent(party, "It takes no more today.", retry_after_s=round(wait_s))
                return Unavailable(party, "It answered 429.", retry_after_s=round(wait_s), certain=True)
            case Kind.BUSY:
                return Unavailable(party, "It answered 503.")
            case Kind.NONSENSE:
                return Unintelligible(party, "Its answer cannot be read.")
            case _:
                return Unavailable(Party.NETWORK, "It did not answer in time.")


_WITHOUT_EFFECT = frozenset({Kind.NO_CONNECTION, Kind.TOO_MANY, Kind.BUSY, Kind.NONSENSE, Kind.REQUEST_LOST})
_UNANSWERED = frozenset({Kind.NO_CONNECTION, Kind.REQUEST_LOST, Kind.ANSWER_LOST})
_AFTER_EFFECT: dict[Kind | None, Callable[[Party], Exception]] = {
    Kind.ANSWER_LOST: lambda _: Unavailable(Party.NETWORK, "It did not answer in time."),
    Kind.BROKE_AFTER: lambda party: Unavailable(party, "It answered 500."),
    Kind.GARBAGE: lambda party: Unintelligible(party, "Its answer cannot be read."),
}


class UtilityLine:
    """`Utility`."""

    def __init__(self, utility: SimulatedUtility, line: Outgoing) -> None:
        self._utility = utility
        self._line = line

    @property
    def can(self) -> frozenset[Capability]:
        return frozenset(Capability)

    async def cancel(self, key: TransferId) -> WithdrawalAnswer:
        return await self._line.call("water.cancel", Party.UTILITY, lambda: self._utility.cancel(key))

    async def renew_signing_address(self, key: TransferId) -> SigningAddress | None:
        return await self._line.call("water.renew", Party.UTILITY, lambda: self._utility.renew_signing_address(key))

    async def statement(self, changed_since: datetime, cursor: str | None = None) -> Page:
        return await self._line.call(
            "water.statement", Party.UTILITY, lambda: self._utility.statement(changed_since, cursor)
        )

    async def find_account(self, number: AccountNumber) -> Account | None:
        return await self._line.call("water.account", Party.UTILITY, lambda: self._utility.find_account(number))

    async def submit(self, case: Case, *, key: TransferId) -> Receipt:
        return await self._line.call("water.submit", Party.UTILITY, lambda: self._utility.submit(case, key))

    async def progress(self, key: TransferId) -> tuple[Report, ...] | None:
        return await self._line.call("water.progress", Party.UTILITY, lambda: self._utility.progress(key))


class RegistryLine:
    """`CertificateRegistry`."""

    def __init__(self, registry: SimulatedRegistry, line: Outgoing) -> None:
        self._registry = registry
        self._line = line

    async def properties_of(self, identity: IdentityNumber) -> tuple[Home, ...]:
        return await self._line.call(
            "registry.properties", Party.REGISTRY, lambda: self._registry.properties_of(identity)
        )

    async def status_of(self, certificate_number: CertificateNumber) -> CertificateStatus | None:
        return await self._line.call(
            "registry.status", Party.REGISTRY, lambda: self._registry.status_of(certificate_number)
        )


class NotifierLine:
    """`Notifier`; what the gateway is told of the channel's memory is less than the truth."""

    def __init__(self, notifier: SimulatedNotifier, line: Outgoing, *, remembers_s: float) -> None:
        self.remembers_s = remembers_s
        self._notifier = notifier
        self._line = line

    async def send(self, notice: Notice) -> Fate:
        return await self._line.call(WECHAT, Party.NOTIFIER, lambda: self._notifier.send(notice))


class SmsLine:
    """`Notifier` by SMS, likewise."""

    def __init__(self, sms: SimulatedSms, line: Outgoing, *, remembers_s: float) -> None:
        self.remembers_s = remembers_s
        self._sms = sms
        self._line = line

    async def send(self, notice: Notice) -> Fate:
        return await self._line.call("sms.send", Party.NOTIFIER, lambda: self._sms.send(notice))


def at_the_ports(reach: Reach) -> Ports:
    """Simulated counterparties right behind the ports."""
    line = Outgoing(reach.life, reach.loop, reach.weather, reach.dice, reach.attribution)
    return Ports(
        utility=UtilityLine(reach.utility, line),
        registry=RegistryLine(reach.registry, line),
        notifier=NotifierLine(reach.notifier, line, remembers_s=reach.remembers_s),
        sms=None if reach.sms is None else SmsLine(reach.sms, line, remembers_s=reach.sms_remembers_s),
    )
