"""The ports to counterparties, each behind its circuit breaker: a dead one is answered for at once, not waited for.

Each keeps the laws of the port it stands before, and adds one: it raises `CircuitOpen`, and then nobody was called.
It stands before the gate as well, so that what is not said is neither counted nor written down as said.
"""

from datetime import datetime

from cotransfer.app.circuits import Breaker
from cotransfer.domain.case import Case
from cotransfer.domain.notices import Fate, Notice
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
from cotransfer.ports.notifier import Notifier
from cotransfer.ports.registry import CertificateRegistry, CertificateStatus
from cotransfer.ports.utility import Capability, Page, Utility


class ContainedRegistry:
    """`CertificateRegistry`."""

    def __init__(self, registry: CertificateRegistry, breaker: Breaker) -> None:
        self._registry = registry
        self._breaker = breaker

    async def properties_of(self, identity: IdentityNumber) -> tuple[Home, ...]:
        """As the registry has it."""
        return await self._breaker(lambda: self._registry.properties_of(identity))

    async def status_of(self, certificate_number: CertificateNumber) -> CertificateStatus | None:
        """As the registry has it."""
        return await self._breaker(lambda: self._registry.status_of(certificate_number))


class ContainedUtility:
    """`Utility`."""

    def __init__(self, utility: Utility, breaker: Breaker) -> None:
        self._utility = utility
        self._breaker = breaker

    @property
    def can(self) -> frozenset[Capability]:
        """As the utility declares."""
        return self._utility.can

    async def find_account(self, number: AccountNumber) -> Account | None:
        """As the utility has it."""
        return await self._breaker(lambda: self._utility.find_account(number))

    async def submit(self, case: Case, *, key: TransferId) -> Receipt:
        """As the utility does."""
        return await self._breaker(lambda: self._utility.submit(case, key=key))

    async def progress(self, key: TransferId) -> tuple[Report, ...] | None:
        """As the utility tells."""
        return await self._breaker(lambda: self._utility.progress(key))

    async def cancel(self, key: TransferId) -> WithdrawalAnswer:
        """As the utility does."""
        return await self._breaker(lambda: self._utility.cancel(key))

    async def renew_signing_address(self, key: TransferId) -> SigningAddress | None:
        """As the utility has it."""
        return await self._breaker(lambda: self._utility.renew_signing_address(key))

    async def statement(self, changed_since: datetime, cursor: str | None = None) -> Page:
        """As the utility states it."""
        return await self._breaker(lambda: self._utility.statement(changed_since, cursor))


class ContainedNotifier:
    """`Notifier`."""

    def __init__(self, notifier: Notifier, breaker: Breaker) -> None:
        self._notifier = notifier
        self._breaker = breaker

    @property
    def remembers_s(self) -> float | None:
        """As the channel has it."""
        return self._notifier.remembers_s

    async def send(self, notice: Notice) -> Fate:
        """As the channel does."""
        return await self._breaker(lambda: self._notifier.send(notice))
