"""A utility: owns the accounts, reviews, contracts, handles."""

import enum
from datetime import datetime
from typing import Protocol

import attrs

from cotransfer.domain.case import Case
from cotransfer.domain.reports import Receipt, Report, WithdrawalAnswer
from cotransfer.domain.statements import Stated
from cotransfer.domain.values import Account, AccountNumber, SigningAddress, TransferId


class Capability(enum.Enum):
    """What not every utility can do; without it the gateway does without."""

    CANCELS = "cancels"
    RENEWS_SIGNING_ADDRESS = "renews_signing_address"
    LISTS = "lists"


@attrs.frozen
class Page:
    """Part of a statement; `next` is where it goes on, None on its last page."""

    stated: tuple[Stated, ...]
    next: str | None = None


class Utility(Protocol):
    """One utility's business system.

    Laws: `find_account` answers the account of that very number, afresh, and changes nothing; `submit` takes effect
    once per key however often it is called, and answers the same receipt every time; `progress` knows a key as soon
    as `submit` has taken effect, and tells reports in the order of the scheme's steps; a key never submitted gives
    None. `cancel` takes effect once, and answers the same however often it is called: `Cancelled` as long as the
    contract is not signed and nothing else has ended it, from then on `TooLate`; a key never submitted is
    `Cancelled` as well, and a submission of it that comes later is not taken. `renew_signing_address` answers an
    address that leads to the contract now, None when there is none to sign; the address before may be dead from
    then on. `statement` tells, page by page and by transfer in ascending order, every application that was taken
    and is under way, or came to its end at `changed_since` or later, each once and at the stage that `progress`
    tells; a page that another follows is not empty, and asking changes nothing. These three are called only where
    the utility `can`. All raise `Unavailable` (with `certain` as it says) or `Unintelligible`, party UTILITY or
    NETWORK.
    """

    @property
    def can(self) -> frozenset[Capability]:
        """What it declares that it can do."""

    async def find_account(self, number: AccountNumber) -> Account | None:
        """Step 4: the scheme's original account data, None when there is no such account."""

    async def submit(self, case: Case, *, key: TransferId) -> Receipt:
        """Step 5: hand the application in."""

    async def progress(self, key: TransferId) -> tuple[Report, ...] | None:
        """How far the utility is: every report it would give by now; None when it does not know the key."""

    async def cancel(self, key: TransferId) -> WithdrawalAnswer:
        """Steps 5 to 7: take the application back, if that is still possible."""

    async def renew_signing_address(self, key: TransferId) -> SigningAddress | None:
        """Step 7: an address that works, for a contract that waits to be signed."""

    async def statement(self, changed_since: datetime, cursor: str | None = None) -> Page:
        """Where the applications that it has taken stand with it: the first page, or the one that `cursor` leads to."""
