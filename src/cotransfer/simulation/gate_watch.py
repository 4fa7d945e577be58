"""Watches what leaves the gateway against what was granted and written down. Never holds anything up."""

from datetime import datetime

import attrs

from cotransfer.app.guarded import NOTIFIER, SMS
from cotransfer.domain.case import Case
from cotransfer.domain.datasets import GIVES, Operation
from cotransfer.domain.notes import about_transfer
from cotransfer.domain.notices import Fate, Notice
from cotransfer.domain.reports import Receipt, Report, WithdrawalAnswer
from cotransfer.domain.values import Account, AccountNumber, SigningAddress, TransferId
from cotransfer.ports.notifier import Notifier
from cotransfer.ports.utility import Capability, Page, Utility
from cotransfer.simulation.loop import VirtualLoop
from cotransfer.simulation.utility_reporting import ID
from cotransfer.simulation.witness import Witness

BITES_WITHIN_S = 60.0
"""What a process knows of grants is five seconds old at most; what it has judged by then still has to be written down,
by a store that may stall on the way."""


@attrs.define
class GateWatch:
    """`suspended_s` is since when a counterparty's grant has been suspended; without a gate nothing is watched."""

    witness: Witness
    loop: VirtualLoop
    guarded: bool
    suspended_s: dict[str, float] = attrs.field(factory=dict)
    _sent: dict[tuple[str, Operation], int] = attrs.field(factory=dict)

    def passed(self, counterparty: str, operation: Operation, transfer: TransferId | None = None) -> None:
        """Something of ours is on its way to a counterparty."""
        if not self.guarded:
            return
        since_s = self.suspended_s.get(counterparty)
        if since_s is not None and self.loop.now_s - since_s > BITES_WITHIN_S:
            self.witness.blame("I8", f"{operation.value} left for {counterparty}, whose grant is suspended")
        if transfer is not None:
            key = (about_transfer(transfer), operation)
            self._sent[key] = self._sent.get(key, 0) + len(GIVES[operation])
            if self._sent[key] > self.witness.noted[key]:
                self.witness.blame("I8", f"{operation.value} of {transfer} left before it was written down")


class WatchedUtility:
    """`Utility`, watched as it is called: who sends an application again has asked before, every time but the first."""

    def __init__(self, utility: Utility, watch: GateWatch) -> None:
        self._utility = utility
        self._watch = watch

    @property
    def can(self) -> frozenset[Capability]:
        return self._utility.can

    async def cancel(self, key: TransferId) -> WithdrawalAnswer:
        return await self._utility.cancel(key)

    async def renew_signing_address(self, key: TransferId) -> SigningAddress | None:
        return await self._utility.renew_signing_address(key)

    async def statement(self, changed_since: datetime, cursor: str | None = None) -> Page:
        return await self._utility.statement(changed_since, cursor)

    async def find_account(self, number: AccountNumber) -> Account | None:
        self._watch.passed(ID.text, Operation.FIND_ACCOUNT)
        return await self._utility.find_account(number)

    async def submit(self, case: Case, *, key: TransferId) -> Receipt:
        self._watch.passed(ID.text, Operation.SUBMIT_APPLICATION, key)
        asked = self._watch.witness.asked
        asked["submit", key] += 1
        if asked["submit", key] > 1 + asked["progress", key]:
            self._watch.witness.blame("I3", f"{key} was handed in again without asking whether it had arrived")
        return await self._utility.submit(case, key=key)

    async def progress(self, key: TransferId) -> tuple[Report, ...] | None:
        self._watch.witness.asked["progress", key] += 1
        return await self._utility.progress(key)


class WatchedNotifier:
    """`Notifier`, watched likewise, by WeChat or by SMS."""

    def __init__(self, notifier: Notifier, watch: GateWatch, *, by_sms: bool = False) -> None:
        self._notifier = notifier
        self._watch = watch
        self._says = (SMS, Operation.SEND_SMS) if by_sms else (NOTIFIER, Operation.SEND_NOTICE)

    @property
    def remembers_s(self) -> float | None:
        return self._notifier.remembers_s

    async def send(self, notice: Notice) -> Fate:
        self._watch.passed(*self._says, notice.transfer)
        return await self._notifier.send(notice)
