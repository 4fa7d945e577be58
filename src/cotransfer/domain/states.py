"""Where a transfer can stand: one class per state, each holding just what exists there.

An open state says which step it waits for; a closed one has nothing left to wait for. Never holds how it came about:
the journal does, so that reports in any order end in the same state.
"""

import enum
from typing import ClassVar

import attrs

from cotransfer.domain.case import Case
from cotransfer.domain.parties import Step
from cotransfer.domain.reports import Grounds
from cotransfer.domain.values import SigningAddress


@attrs.frozen
class NotSubmitted:
    """Nothing is stored yet: steps 1 to 4 are queries."""

    code: ClassVar = "not_submitted"


@attrs.frozen
class Submitted:
    """已提交: stored with us, not yet known to be with the utility."""

    code: ClassVar = "submitted"
    waits_for: ClassVar = Step.SUBMIT
    case: Case


@attrs.frozen
class InPreReview:
    """预审中: with the utility's reviewers."""

    code: ClassVar = "in_pre_review"
    waits_for: ClassVar = Step.PRE_REVIEW
    case: Case


@attrs.frozen
class AwaitingSigning:
    """待签章: either channel may bring the signature."""

    code: ClassVar = "awaiting_signing"
    waits_for: ClassVar = Step.SIGN
    case: Case
    signing_address: SigningAddress


@attrs.frozen
class AwaitingSmsSigning:
    """待签章 without an address: only the utility's SMS leads to the contract."""

    code: ClassVar = "awaiting_sms_signing"
    waits_for: ClassVar = Step.SIGN
    case: Case


@attrs.frozen
class InHandling:
    """办理中: signed, and the utility is at work."""

    code: ClassVar = "in_handling"
    waits_for: ClassVar = Step.HANDLE
    case: Case


@attrs.frozen
class Withdrawing:
    """撤回中: it is wanted back and the utility has yet to answer; until then it stands where it `stood`.

    By the citizen until it is signed; after that by us, where something changed before handling (step 8).
    """

    code: ClassVar = "withdrawing"
    stood: "Unsigned | InHandling"

    @property
    def case(self) -> Case:
        """Of the transfer that is to be taken back."""
        return self.stood.case

    @property
    def waits_for(self) -> Step:
        """The step that the utility would go on with."""
        return self.stood.waits_for


@attrs.frozen
class Completed:
    """已办结: the account bears the new name."""

    code: ClassVar = "completed"
    ended_at: ClassVar = Step.HANDLE
    case: Case


@attrs.frozen
class PreReviewFailed:
    """预审不通过."""

    code: ClassVar = "pre_review_failed"
    ended_at: ClassVar = Step.PRE_REVIEW
    case: Case
    grounds: Grounds


@attrs.frozen
class HandlingFailed:
    """办理不通过."""

    code: ClassVar = "handling_failed"
    ended_at: ClassVar = Step.HANDLE
    case: Case
    grounds: Grounds


class Lapse(enum.Enum):
    """How signing came to nothing."""

    DECLINED = "declined"
    EXPIRED = "expired"


@attrs.frozen
class SigningLapsed:
    """签章未完成."""

    code: ClassVar = "signing_lapsed"
    ended_at: ClassVar = Step.SIGN
    case: Case
    lapse: Lapse


@attrs.frozen
class Withdrawn:
    """已撤回: at the citizen's wish before the contract was signed, or because of what changed before handling."""

    code: ClassVar = "withdrawn"
    ended_at: ClassVar = Step.SIGN
    case: Case


Unsigned = Submitted | InPreReview | AwaitingSigning | AwaitingSmsSigning
Open = Unsigned | InHandling | Withdrawing
Closed = Completed | PreReviewFailed | HandlingFailed | SigningLapsed | Withdrawn
State = NotSubmitted | Open | Closed
