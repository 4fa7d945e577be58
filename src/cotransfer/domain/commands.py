"""What may be asked of a transfer, in the imperative. Never says what follows from it: that is `transfer.decide`."""

from typing import assert_never

import attrs

from cotransfer.domain.case import Case, Policy
from cotransfer.domain.matching import Matching
from cotransfer.domain.notices import Fate, NoticeChannel, NoticeKind
from cotransfer.domain.parties import Party, Step
from cotransfer.domain.reports import (
    Cancelled,
    Cleared,
    ClearedForSms,
    Declined,
    Expired,
    Failed,
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
    WithdrawalAnswer,
)
from cotransfer.domain.values import Account, RegistryState


@attrs.frozen(kw_only=True)
class Submit:
    """Step 5, with the account as it was looked up a moment ago (not as it was once shown)."""

    case: Case
    account: Account
    matching: Matching
    confirmed: bool
    policy: Policy = attrs.field(factory=Policy)


@attrs.frozen
class ReportReceipt:
    """The utility answered our application (step 5)."""

    outcome: Receipt


@attrs.frozen
class ReportPreReview:
    """The utility reports its pre-review (step 6)."""

    outcome: PreReviewOutcome


@attrs.frozen
class ReportSigning:
    """The utility reports on the contract (step 7)."""

    outcome: SigningOutcome


@attrs.frozen
class ReportHandling:
    """The utility reports the handling result (step 8)."""

    outcome: HandlingResult


@attrs.frozen
class Withdraw:
    """The citizen wants the application back: possible until the contract is signed (step 7).

    `where_possible`: it follows from something else that was withdrawn, and where it comes too late nothing happens.
    """

    where_possible: bool = False


@attrs.frozen
class ReportWithdrawal:
    """The utility answered whether it takes the application back, or says by itself that it has."""

    answer: WithdrawalAnswer


@attrs.frozen
class OpenSigning:
    """The citizen taps "sign the contract" on the transfer's page (step 7, second way)."""


@attrs.frozen
class RecordNotice:
    """What became of a notice to the citizen (steps 7 and 9), by the scheme's own channel or by another one."""

    kind: NoticeKind
    fate: Fate
    channel: NoticeChannel = NoticeChannel.WECHAT


@attrs.frozen
class NoteOverdue:
    """The deadline of a step has passed."""

    step: Step


@attrs.frozen
class NoteOperatorTold:
    """The city's operator has been told that a step waits too long."""

    step: Step


@attrs.frozen(kw_only=True)
class LookAgain:
    """Before handling (step 8): the account and the certificate as they were looked up a moment ago, None: gone.

    `asks_back`: where something has changed, the utility is to be asked to take the application back.
    """

    account: Account | None
    certificate: RegistryState | None
    policy: Policy = attrs.field(factory=Policy)
    asks_back: bool = False


@attrs.frozen
class NoteNotLooked:
    """Before handling (step 8): whatever was tried, that party could not be asked."""

    party: Party


Hearing = ReportReceipt | ReportPreReview | ReportSigning | ReportWithdrawal | ReportHandling
Noting = RecordNotice | NoteOverdue | NoteOperatorTold | LookAgain | NoteNotLooked
Command = Submit | Hearing | Withdraw | OpenSigning | Noting


def hearing(report: Report) -> Hearing:
    """The command that brings `report` to the transfer."""
    match report:
        case Taken() | NotTaken():
            return ReportReceipt(report)
        case Cleared() | ClearedForSms() | Failed():
            return ReportPreReview(report)
        case Signed() | Declined() | Expired():
            return ReportSigning(report)
        case Cancelled():
            return ReportWithdrawal(report)
        case Handled() | NotHandled():
            return ReportHandling(report)
        case _:
            assert_never(report)
