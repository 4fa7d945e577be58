"""The standard utility client. Never takes a word that the contract does not know for a success or a failure."""

import datetime
from collections.abc import Callable, Collection
from typing import TypeVar

from cotransfer.adapters.wire.client import Line, Message, understood
from cotransfer.adapters.wire.forms import Form, Terms
from cotransfer.adapters.wire.spelling import (
    ACCOUNT,
    ACCOUNT_QUERY,
    DELIVERY,
    PROGRESS,
    RECEIPT,
    RENEWED_ADDRESS,
    WITHDRAWAL_ANSWER,
    Delivery,
)
from cotransfer.adapters.wire.statements import STATEMENT, STATEMENT_QUERY, StatementQuery
from cotransfer.adapters.wire.today import today
from cotransfer.domain.case import Case
from cotransfer.domain.reports import Receipt, Report, WithdrawalAnswer
from cotransfer.domain.values import Account, AccountNumber, SigningAddress, TransferId, UtilityId
from cotransfer.domain.values.account import ANY_ACCOUNT_NUMBER
from cotransfer.ports.errors import Unintelligible
from cotransfer.ports.utility import Capability, Page

T = TypeVar("T")


class StandardUtility:
    """`ports.utility.Utility` over a line with party UTILITY."""

    def __init__(
        self,
        line: Line,
        utility: UtilityId,
        *,
        signing_hosts: frozenset[str],
        account_pattern: str = ANY_ACCOUNT_NUMBER,
        can: Collection[Capability] = (),
        today: Callable[[], datetime.date] = today,
    ) -> None:
        self.id = utility
        self._can = frozenset(can)
        self._line = line
        self._signing_hosts = signing_hosts
        self._account_pattern = account_pattern
        self._today = today

    @property
    def can(self) -> frozenset[Capability]:
        """What the settings say of it."""
        return self._can

    async def find_account(self, number: AccountNumber) -> Account | None:
        """Step 4."""
        query = ACCOUNT_QUERY.write(number)
        answer = await self._line.find("/v1/accounts/search", query, absent="account_unknown")
        if answer is None:
            return None
        account = self._understood(ACCOUNT, answer)
        if account.number != number:
            raise Unintelligible(self._line.party, f"{self._line.name} answered with another account.")
        return account

    async def submit(self, case: Case, *, key: TransferId) -> Receipt:
        """Step 5; the key goes along as `Idempotency-Key`, so that the utility takes it once."""
        delivery = Delivery(
            transfer=key,
            service=case.service,
            account_number=case.account_number,
            application=case.application,
        )
        answer = await self._line.post("/v1/applications", DELIVERY.write(delivery), key=key.text)
        return self._understood(RECEIPT, answer)

    async def progress(self, key: TransferId) -> tuple[Report, ...] | None:
        """At any time, and first of all when the answer to a submission was lost."""
        answer = await self._line.show(f"/v1/applications/{key.text}", absent="application_unknown")
        if answer is None:
            return None
        progress = self._understood(PROGRESS, answer)
        if progress.transfer != key:
            raise Unintelligible(self._line.party, f"{self._line.name} answered with another transfer.")
        return progress.reports

    async def cancel(self, key: TransferId) -> WithdrawalAnswer:
        """Steps 5 to 7; by its nature it can be asked again."""
        answer = await self._line.post(f"/v1/applications/{key.text}/withdrawal", {})
        return self._understood(WITHDRAWAL_ANSWER, answer)

    async def renew_signing_address(self, key: TransferId) -> SigningAddress | None:
        """Step 7, at the tap."""
        answer = await self._line.find(f"/v1/applications/{key.text}/signing-address", {}, absent="nothing_to_sign")
        return None if answer is None else self._understood(RENEWED_ADDRESS, answer)

    async def statement(self, changed_since: datetime.datetime, cursor: str | None = None) -> Page:
        """At night, page by page; that a page goes on where the one before ended is for whoever reads them all."""
        query = STATEMENT_QUERY.write(StatementQuery(changed_since, cursor))
        page = self._understood(STATEMENT, await self._line.post("/v1/applications/search", query))
        if page.next is not None and not page.stated:
            raise Unintelligible(self._line.party, f"{self._line.name} answered with an empty page that goes on.")
        return page

    def _understood(self, form: Form[T], message: Message) -> T:
        terms = Terms(on=self._today(), hosts=self._signing_hosts, account_pattern=self._account_pattern)
        return understood(self._line, form, message, terms)
