"""Counterparties in memory that remember what they were asked, and what was said to them in asking."""

from datetime import datetime
from typing import Any

import attrs
from tests.gateway.stage import ACCOUNT, BUYER, CERTIFICATE, WATER

from cotransfer.adapters.memory.notifier import MemoryNotifier, MemorySms
from cotransfer.adapters.memory.registry import MemoryRegistry, home
from cotransfer.adapters.memory.utility import MemoryUtility, account
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
from cotransfer.ports.registry import CertificateStatus
from cotransfer.ports.utility import Page

SECOND = {"account_number": "0871200777", "certificate_number": "云(2024)五华区不动产权第0066666号"}
FAR = "云(2024)西山区不动产权第0088888号"
"""Two more homes of the buyer: one in the same county, one in another."""

Calls = list[tuple[str, dict[str, Any]]]


@attrs.frozen
class Told:
    """Every call of ours, and what was said in it, by the names of the scheme's tables."""

    calls: Calls = attrs.field(factory=list)

    def of(self, operation: str, since: int) -> list[dict[str, Any]]:
        """What was said in each call of that operation."""
        return [said for name, said in self.calls[since:] if name == operation]


class WatchedRegistry(MemoryRegistry):
    """A registry that remembers what it was asked."""

    def __init__(self, told: Told) -> None:
        self._told = told
        buyer = {BUYER: "李小满"}
        place = "昆明市五华区翠湖东路18号翠湖小区3幢2单元"
        super().__init__(
            [
                home(CERTIFICATE, unit="530102003004GB00012F00030502", location=f"{place}502室", right_holders=buyer),
                home(
                    SECOND["certificate_number"],
                    unit="530102003004GB00012F00030602",
                    location=f"{place}602室",
                    right_holders=buyer,
                ),
                home(
                    FAR,
                    unit="530112003004GB00012F00030702",
                    location="昆明市西山区滇池路9号海埂花园1幢1单元702室",
                    right_holders=buyer,
                ),
            ]
        )

    async def properties_of(self, identity: IdentityNumber) -> tuple[Home, ...]:
        """Whose homes."""
        self._told.calls.append(("findProperties", {"holder_query.identity_number": identity.text}))
        return await super().properties_of(identity)

    async def status_of(self, certificate_number: CertificateNumber) -> CertificateStatus | None:
        """Which certificate."""
        said = {"certificate_query.certificate_number": certificate_number.text}
        self._told.calls.append(("findCertificate", said))
        return await super().status_of(certificate_number)


class WatchedUtility(MemoryUtility):
    """A utility that remembers likewise."""

    def __init__(self, told: Told) -> None:
        self._told = told
        place = "五华区翠湖东路18号翠湖小区3栋2单元"
        super().__init__(
            WATER,
            [
                account(ACCOUNT, holder="王秋实", location=f"{place}502"),
                account(SECOND["account_number"], holder="王秋实", location=f"{place}602"),
            ],
        )

    async def find_account(self, number: AccountNumber) -> Account | None:
        """Which account."""
        self._told.calls.append(("findAccount", {"account_query.account_number": number.text}))
        return await super().find_account(number)

    async def submit(self, case: Case, *, key: TransferId) -> Receipt:
        """The application."""
        one = case.application
        said = {
            "application.right_holder_name": one.right_holder_name.text,
            "application.identity_number": one.identity_number.text,
            "application.mobile_number": one.mobile_number.text,
            "application.certificate_number": one.certificate_number.text,
            "application.location": one.location.text,
            "application.unit_numbers": one.unit_numbers,
            "application.registry_status": one.registry_state,
            "account_query.account_number": case.account_number.text,
        }
        self._told.calls.append(("submitApplication", said))
        return await super().submit(case, key=key)

    async def progress(self, key: TransferId) -> tuple[Report, ...] | None:
        """How far it is."""
        self._told.calls.append(("showProgress", {}))
        return await super().progress(key)

    async def cancel(self, key: TransferId) -> WithdrawalAnswer:
        """That it is wanted back."""
        self._told.calls.append(("cancelApplication", {}))
        return await super().cancel(key)

    async def renew_signing_address(self, key: TransferId) -> SigningAddress | None:
        """That another address is wanted."""
        self._told.calls.append(("renewSigningAddress", {}))
        return await super().renew_signing_address(key)

    async def statement(self, changed_since: datetime, cursor: str | None = None) -> Page:
        """With nothing."""
        self._told.calls.append(("listApplications", {}))
        return await super().statement(changed_since, cursor)


class WatchedNotifier(MemoryNotifier):
    """A channel that remembers likewise."""

    def __init__(self, told: Told) -> None:
        super().__init__()
        self._told = told

    async def send(self, notice: Notice) -> Fate:
        """One notice."""
        said = {
            "notice.recipient": notice.openid,
            "notice.location": notice.location,
            "notice.certificate_number": notice.certificate_number,
            "notice.outcome": notice.phrase,
            "notice.reason": notice.grounds,
        }
        self._told.calls.append(("sendTemplateMessage", said))
        return await super().send(notice)


class WatchedSms(MemorySms):
    """The next one, likewise."""

    def __init__(self, told: Told) -> None:
        super().__init__()
        self._told = told

    async def send(self, notice: Notice) -> Fate:
        """One SMS."""
        said = {"sms_notice.mobile_number": notice.mobile_number, "sms_notice.outcome": notice.phrase}
        self._told.calls.append(("sendSms", said))
        return await super().send(notice)
