"""The ports to counterparties, each behind the gate: nothing is asked of anybody that no grant allows us to say.

Each keeps the laws of the port it stands before, and adds one: it raises `NotGranted` or `Refused`, and then nothing
has left.
"""

from collections.abc import Collection
from datetime import datetime

from cotransfer.app.matter import Matter, at_hand
from cotransfer.app.sharing import Sharing
from cotransfer.domain.case import Case
from cotransfer.domain.datasets import Operation
from cotransfer.domain.notices import Fate, Notice, Undeliverable
from cotransfer.domain.refusals import Refused, Why
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

REGISTRY = "registry"
NOTIFIER = "notifier"
SMS = "sms"
NO_CONSENT = "no_consent"
"""Why a notice reaches nobody whose consent to the channel is wanting."""


class Gate:
    """The gate as one counterparty's port stands before it."""

    def __init__(self, sharing: Sharing, counterparty: str) -> None:
        self._sharing = sharing
        self._counterparty = counterparty

    async def pass_through(
        self, operation: Operation, matter: Matter | None = None, *, unsaid: Collection[str] = ()
    ) -> None:
        """Everything that `operation` says has been granted and written down. Raises as `Sharing.release_whole`."""
        about = self._sharing.filed(matter or at_hand() or Matter())
        await self._sharing.release_whole(self._counterparty, operation, about, unsaid=unsaid)


class GuardedRegistry:
    """`CertificateRegistry`."""

    def __init__(self, registry: CertificateRegistry, gate: Gate) -> None:
        self._registry = registry
        self._gate = gate

    async def properties_of(self, identity: IdentityNumber) -> tuple[Home, ...]:
        """Says whose homes are wanted."""
        await self._gate.pass_through(Operation.FIND_PROPERTIES)
        return await self._registry.properties_of(identity)

    async def status_of(self, certificate_number: CertificateNumber) -> CertificateStatus | None:
        """Says which certificate is meant."""
        await self._gate.pass_through(Operation.FIND_CERTIFICATE)
        return await self._registry.status_of(certificate_number)


class GuardedUtility:
    """`Utility`."""

    def __init__(self, utility: Utility, gate: Gate) -> None:
        self._utility = utility
        self._gate = gate

    @property
    def can(self) -> frozenset[Capability]:
        """As the utility declares."""
        return self._utility.can

    async def find_account(self, number: AccountNumber) -> Account | None:
        """Says which account is meant."""
        await self._gate.pass_through(Operation.FIND_ACCOUNT)
        return await self._utility.find_account(number)

    async def submit(self, case: Case, *, key: TransferId) -> Receipt:
        """Gives the application data."""
        await self._gate.pass_through(Operation.SUBMIT_APPLICATION, Matter.of(case))
        return await self._utility.submit(case, key=key)

    async def progress(self, key: TransferId) -> tuple[Report, ...] | None:
        """Says nothing but the key."""
        await self._gate.pass_through(Operation.SHOW_PROGRESS)
        return await self._utility.progress(key)

    async def cancel(self, key: TransferId) -> WithdrawalAnswer:
        """Says nothing but the key."""
        await self._gate.pass_through(Operation.CANCEL_APPLICATION)
        return await self._utility.cancel(key)

    async def renew_signing_address(self, key: TransferId) -> SigningAddress | None:
        """Says nothing but the key."""
        await self._gate.pass_through(Operation.RENEW_SIGNING_ADDRESS)
        return await self._utility.renew_signing_address(key)

    async def statement(self, changed_since: datetime, cursor: str | None = None) -> Page:
        """Says nothing of anybody."""
        await self._gate.pass_through(Operation.LIST_APPLICATIONS)
        return await self._utility.statement(changed_since, cursor)


class GuardedNotifier:
    """`Notifier`. Who has not agreed to the channel is not reached by it."""

    def __init__(self, notifier: Notifier, gate: Gate) -> None:
        self._notifier = notifier
        self._gate = gate

    @property
    def remembers_s(self) -> float | None:
        """As the channel has it."""
        return self._notifier.remembers_s

    async def send(self, notice: Notice) -> Fate:
        """Gives what a notice holds; without an address on the channel nothing leaves."""
        if notice.openid is not None:
            try:
                # Only a notice of what did not pass has the utility's reason in it.
                unsaid = () if notice.grounds is not None else ("reason",)
                await self._gate.pass_through(Operation.SEND_NOTICE, unsaid=unsaid)
            except Refused as refused:
                return _not_agreed(refused)
        return await self._notifier.send(notice)


class GuardedSms:
    """`Notifier` by SMS. Who has not agreed to it is not reached by it."""

    def __init__(self, notifier: Notifier, gate: Gate) -> None:
        self._notifier = notifier
        self._gate = gate

    @property
    def remembers_s(self) -> float | None:
        """As the channel has it."""
        return self._notifier.remembers_s

    async def send(self, notice: Notice) -> Fate:
        """Gives the number, and the few characters that an SMS says."""
        try:
            await self._gate.pass_through(Operation.SEND_SMS)
        except Refused as refused:
            return _not_agreed(refused)
        return await self._notifier.send(notice)


def _not_agreed(refused: Refused) -> Undeliverable:
    """Without a consent to the channel it never reaches them; raises what was refused for another reason."""
    if refused.refusal.why in {Why.CONSENT_MISSING, Why.CONSENT_WITHDRAWN}:
        return Undeliverable(NO_CONSENT)
    raise refused
