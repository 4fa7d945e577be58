"""What can have happened to a transfer, in the past tense. Never a time or a sequence: the journal has those."""

import enum

import attrs

from cotransfer.domain.case import Case
from cotransfer.domain.notices import NoticeChannel, NoticeKind
from cotransfer.domain.parties import Party, Step
from cotransfer.domain.rechecking import Changed
from cotransfer.domain.reports import Channel, Grounds, Report
from cotransfer.domain.values import SigningAddress


@attrs.frozen
class ApplicationSubmitted:
    """Step 5: the citizen submitted; everything before was a query."""

    case: Case


@attrs.frozen
class ApplicationTaken:
    """Step 5: the utility has it, under its own reference."""

    reference: str


@attrs.frozen
class PreReviewPassed:
    """Step 6: passed, with the address where the contract is signed."""

    signing_address: SigningAddress


@attrs.frozen
class PreReviewPassedForSms:
    """Step 6: passed, and the utility invites by its SMS only."""


@attrs.frozen
class SigningAddressCame:
    """Step 6: the address that had not come with the result has come after all."""

    signing_address: SigningAddress


@attrs.frozen
class SigningAddressReplaced:
    """Step 7: the utility gave another address in place of the one it gave before."""

    signing_address: SigningAddress


@attrs.frozen
class PreReviewNotPassed:
    """Step 6 (or a receipt refused at step 5): the end, with the utility's grounds."""

    grounds: Grounds


@attrs.frozen
class SigningOpened:
    """Step 7, second way: the citizen was led to the signing address."""


@attrs.frozen
class ContractSigned:
    """Step 7: signed, by the channel that was heard first."""

    channel: Channel


@attrs.frozen
class ContractDeclined:
    """Step 7: the citizen declined; the end."""


@attrs.frozen
class ContractExpired:
    """Step 7: not signed in time; the end."""


@attrs.frozen
class WithdrawalAsked:
    """Steps 5 to 7: the citizen wants the application back."""


@attrs.frozen
class WithdrawalTooLate:
    """Steps 5 to 7: the utility could not take it back any more; it goes on from where it stood."""


@attrs.frozen
class ApplicationWithdrawn:
    """Steps 5 to 7: the utility took it back; the end."""


@attrs.frozen
class HandlingDone:
    """Step 8: the account bears the new name; the end."""


@attrs.frozen
class HandlingNotDone:
    """Step 8: not handled, with the utility's grounds; the end."""

    grounds: Grounds


@attrs.frozen
class NoticeSent:
    """Steps 7 and 9: a channel took the notice."""

    kind: NoticeKind
    reference: str
    channel: NoticeChannel = NoticeChannel.WECHAT


@attrs.frozen
class NoticeUndeliverable:
    """Steps 7 and 9: that channel will never take the notice, or took it perhaps and is not asked again."""

    kind: NoticeKind
    why: str
    channel: NoticeChannel = NoticeChannel.WECHAT


@attrs.frozen
class DeadlinePassed:
    """A step waited longer than it should."""

    step: Step


@attrs.frozen
class OperatorTold:
    """A step still waits although its deadline has passed and the utility was asked: a person has to look."""

    step: Step


@attrs.frozen
class FoundUnchanged:
    """Step 8: looked at again before handling, arrears and certificate are as they have to be."""


@attrs.frozen
class FoundChanged:
    """Step 8: looked at again before handling, something has changed that would refuse the submission now."""

    changes: tuple[Changed, ...]


@attrs.frozen
class NotLookedAgain:
    """Step 8: it was not looked at again before handling, for that party could not be asked."""

    party: Party


class Standing(enum.Enum):
    """How a kept report stands to what is known."""

    LATE = "late"
    CONTRADICTS = "contradicts"


@attrs.frozen
class ReportKept:
    """A report that moves nothing: late on a passed step, or at odds with what is known."""

    report: Report
    standing: Standing


Event = (
    ApplicationSubmitted
    | ApplicationTaken
    | PreReviewPassed
    | PreReviewPassedForSms
    | SigningAddressCame
    | SigningAddressReplaced
    | PreReviewNotPassed
    | SigningOpened
    | ContractSigned
    | ContractDeclined
    | ContractExpired
    | WithdrawalAsked
    | WithdrawalTooLate
    | ApplicationWithdrawn
    | HandlingDone
    | HandlingNotDone
    | NoticeSent
    | NoticeUndeliverable
    | DeadlinePassed
    | OperatorTold
    | FoundUnchanged
    | FoundChanged
    | NotLookedAgain
    | ReportKept
)
