"""A utility in a dictionary, and the hands of its reviewers: for tests, examples and simulation.

Never moves an application on by itself: whoever holds the utility calls `clear`, `sign`, `handle` and their opposites,
and gets the report that a real one would send.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import attrs

from cotransfer.domain.case import Case
from cotransfer.domain.parties import Party, Step
from cotransfer.domain.reports import (
    Cancelled,
    Channel,
    Cleared,
    ClearedForSms,
    Declined,
    Expired,
    Failed,
    Grounds,
    Handled,
    HandlingResult,
    NotHandled,
    NotTaken,
    PreReviewOutcome,
    Receipt,
    Report,
    Signed,
    SigningOutcome,
    Taken,
    TooLate,
    WithdrawalAnswer,
)
from cotransfer.domain.statements import Stated, stage_of
from cotransfer.domain.values import Account, AccountNumber, Location, Name, SigningAddress, TransferId, UtilityId
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.utility import Capability, Page

R = TypeVar("R", bound=Report)

PAGE = 100
"""Applications on one page of a statement."""

EVER = datetime(2026, 1, 1, tzinfo=UTC)


@attrs.define
class _Application:
    """What came in, every report there is on it by now, and where it is signed."""

    case: Case
    reports: list[Report]
    since: datetime
    renewed: int = 0


class MemoryUtility:
    """`MemoryUtility(UtilityId("kunming-water"), [account(...), ...])`.

    `away` makes it unreachable; `loses_answers` makes it do what it is told and never say so; both until switched off.
    `now` is its own clock, which its statements tell of; without one it stands still.
    """

    def __init__(
        self,
        utility: UtilityId,
        accounts: Iterable[Account] = (),
        *,
        can: Iterable[Capability] = tuple(Capability),
        now: Callable[[], datetime] = lambda: EVER,
        page: int = PAGE,
    ) -> None:
        self.id = utility
        self.can = frozenset(can)
        self.away = False
        self.loses_answers = False
        self._accounts = {account.number: account for account in accounts}
        self._refused: dict[AccountNumber, Grounds] = {}
        self._now = now
        self._page = page
        self._applications: dict[TransferId, _Application] = {}
        self._cancelled: set[TransferId] = set()

    # ------------------------------------------------------------------------------------------------------- the port

    async def find_account(self, number: AccountNumber) -> Account | None:
        """Step 4."""
        self._answer()
        return self._accounts.get(number)

    async def submit(self, case: Case, *, key: TransferId) -> Receipt:
        """Step 5, once per key."""
        self._answer()
        if key not in self._applications:
            self._applications[key] = _Application(case, [self._receipt(case)], self._now())
        if self.loses_answers:
            raise Unavailable(Party.NETWORK, "The answer of the utility was lost.")
        match self._applications[key].reports[0]:
            case Taken() | NotTaken() as receipt:
                return receipt
            case _:
                raise AssertionError("An application begins with its receipt.")

    async def progress(self, key: TransferId) -> tuple[Report, ...] | None:
        """None as well for an application that was not taken: there is nothing to make progress."""
        self._answer()
        application = self._applications.get(key)
        if application is None or not application.reports[0].goes_on:
            return None
        return tuple(application.reports)

    async def cancel(self, key: TransferId) -> WithdrawalAnswer:
        """Steps 5 to 7; what comes in under the key later is not taken."""
        self._answer()
        answer = self._take_back(key)
        if self.loses_answers:
            raise Unavailable(Party.NETWORK, "The answer of the utility was lost.")
        return answer

    async def renew_signing_address(self, key: TransferId) -> SigningAddress | None:
        """Step 7: the same host, another door."""
        self._answer()
        application = self._applications.get(key)
        match application and application.reports[-1]:
            case Cleared(address):
                assert application is not None  # noqa: S101 - it has a report
                application.renewed += 1
                renewed = SigningAddress(f"{address.text}-{application.renewed}")
                application.reports[-1] = Cleared(renewed)
                return renewed
            case _:
                return None

    async def statement(self, changed_since: datetime, cursor: str | None = None) -> Page:
        """What was taken, a page after the other; the cursor is the last transfer of the page before."""
        self._answer()
        stated = [
            Stated(transfer=key, stage=stage_of(one.reports), since=one.since)
            for key, one in sorted(self._applications.items(), key=lambda item: item[0].text)
            if one.reports[0].goes_on
            and (one.reports[-1].goes_on or one.since >= changed_since)
            and key.text > (cursor or "")
        ]
        shown = tuple(stated[: self._page])
        return Page(shown, shown[-1].transfer.text if len(stated) > len(shown) else None)

    # ------------------------------------------------------------------------------------------------ the other side

    @property
    def applications(self) -> Sequence[Case]:
        """Every application that came in, in order, each once."""
        return tuple(application.case for application in self._applications.values())

    def set_arrears(self, number: AccountNumber, in_arrears: bool) -> None:
        """Somebody pays, or somebody does not; `KeyError` for an unknown account."""
        self._accounts[number] = attrs.evolve(self._accounts[number], in_arrears=in_arrears)

    def refuse(self, number: AccountNumber, reason: str) -> None:
        """From now on no application for this account is taken."""
        self._refused[number] = Grounds.parse(reason)

    def lose(self, key: TransferId) -> None:
        """The application is gone from its book; `KeyError` for one that never came in."""
        del self._applications[key]

    def clear(self, key: TransferId, address: SigningAddress | None = None) -> PreReviewOutcome:
        """Pre-review passed; without an address the contract is signed through the SMS only."""
        return self._reported(key, ClearedForSms() if address is None else Cleared(address))

    def fail(self, key: TransferId, reason: str) -> Failed:
        """Pre-review not passed."""
        return self._reported(key, Failed(Grounds.parse(reason)))

    def sign(self, key: TransferId, channel: Channel = Channel.SMS) -> SigningOutcome:
        """The citizen signs; signing again changes nothing and tells the first signature."""
        said = [report for report in self._applications[key].reports if isinstance(report, Signed)]
        return said[0] if said else self._reported(key, Signed(channel))

    def decline(self, key: TransferId) -> Declined:
        """The citizen does not want to sign."""
        return self._reported(key, Declined())

    def expire(self, key: TransferId) -> Expired:
        """Nobody signed in time."""
        return self._reported(key, Expired())

    def handle(self, key: TransferId) -> HandlingResult:
        """Done: the account bears the new right holder's name from now on."""
        case = self._applications[key].case
        report = self._reported(key, Handled())
        account = self._accounts[case.account_number]
        self._accounts[account.number] = attrs.evolve(account, holder=case.application.right_holder_name)
        return report

    def not_handle(self, key: TransferId, reason: str) -> NotHandled:
        """Not done."""
        return self._reported(key, NotHandled(Grounds.parse(reason)))

    def _take_back(self, key: TransferId) -> WithdrawalAnswer:
        if key not in self._applications:
            self._cancelled.add(key)
            return Cancelled()
        application = self._applications[key]
        match application.reports:
            case [*_, Cancelled()]:
                return Cancelled()
            case [*_, Taken() | Cleared() | ClearedForSms()]:
                self._note(application, Cancelled())
                return Cancelled()
            case _:
                return TooLate()

    def _receipt(self, case: Case) -> Receipt:
        if case.transfer in self._cancelled:
            return NotTaken(Grounds("申请已撤回"))
        if case.account_number not in self._accounts:
            return NotTaken(Grounds("无此户号"))
        if case.account_number in self._refused:
            return NotTaken(self._refused[case.account_number])
        return Taken(f"M-{len(self._applications) + 1:06d}")

    def _reported(self, key: TransferId, report: R) -> R:
        """`report`, kept as the next one; `ValueError` when it is not its turn."""
        application = self._applications[key]
        reports = application.reports
        if not reports[-1].goes_on or report.step != Step(reports[-1].step + 1):
            raise ValueError(f"After {type(reports[-1]).__name__} comes no {type(report).__name__}.")
        self._note(application, report)
        return report

    def _note(self, application: _Application, report: Report) -> None:
        application.reports.append(report)
        application.since = self._now()

    def _answer(self) -> None:
        if self.away:
            raise Unavailable(Party.NETWORK, "The utility is away.", certain=True)


def account(number: str, *, holder: str, location: str, in_arrears: bool = False) -> Account:
    """An account as one writes it down."""
    return Account(
        number=AccountNumber.parse(number),
        holder=Name.parse(holder),
        location=Location.parse(location),
        in_arrears=in_arrears,
    )
