"""A utility: owns the accounts, reviews, contracts, handles."""

from typing import Protocol

from cotransfer.domain.case import Case
from cotransfer.domain.reports import Receipt, Report
from cotransfer.domain.values import Account, AccountNumber, TransferId


class Utility(Protocol):
    """One utility's business system.

    Laws: `find_account` answers the account of that very number, afresh, and changes nothing; `submit` takes effect
    once per key however often it is called, and answers the same receipt every time; `progress` knows a key as soon
    as `submit` has taken effect, and tells reports in the order of the scheme's steps; a key never submitted gives
    None. All raise `Unavailable` (with `certain` as it says) or `Unintelligible`, party UTILITY or NETWORK.
    """

    async def find_account(self, number: AccountNumber) -> Account | None:
        """Step 4: the scheme's original account data, None when there is no such account."""

    async def submit(self, case: Case, *, key: TransferId) -> Receipt:
        """Step 5: hand the application in."""

    async def progress(self, key: TransferId) -> tuple[Report, ...] | None:
        """How far the utility is: every report it would give by now; None when it does not know the key."""
