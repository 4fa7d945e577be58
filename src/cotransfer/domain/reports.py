"""What a utility can tell us about a transfer: sums, so that no flag ever stands beside a field that may be empty.

The tables are the scheme's: receipt (step 5), pre-review result (step 6), signing completion (step 7), handling result
(step 8); and that an application was taken back. Never holds an identifier or a time: those belong to the message that
carried the report.
"""

import enum
from typing import ClassVar

import attrs

from cotransfer.domain.faults import Fault, Invalid
from cotransfer.domain.parties import Step
from cotransfer.domain.values import SigningAddress
from cotransfer.domain.values.text import Personal, clean_text

GROUNDS_LIMIT = 500


@attrs.frozen(repr=False)
class Grounds(Personal):
    """Why a utility did not pass or did not handle (预审不通过原因, 办理不通过原因): its words, 1 to 500 characters."""

    text: str

    @classmethod
    def parse(cls, text: object) -> "Grounds":
        """Trimmed and free of control characters, or `Invalid`."""
        cleaned = clean_text("reason", text)
        if len(cleaned) > GROUNDS_LIMIT:
            raise Invalid(
                Fault("reason", "too_long", f"It is longer than {GROUNDS_LIMIT} characters.", "A sentence or two.")
            )
        return cls(cleaned)


class Channel(enum.Enum):
    """How the citizen came to sign: the utility's SMS, or the platform's WeChat notice (step 7)."""

    SMS = "sms"
    WECHAT = "wechat"


@attrs.frozen
class Taken:
    """The utility has the application under its own reference."""

    step: ClassVar = Step.SUBMIT
    goes_on: ClassVar = True
    reference: str


@attrs.frozen
class NotTaken:
    """The utility does not take the application, on these grounds."""

    step: ClassVar = Step.SUBMIT
    goes_on: ClassVar = False
    grounds: Grounds


@attrs.frozen
class Cleared:
    """Pre-review passed, and here is where the contract is signed."""

    step: ClassVar = Step.PRE_REVIEW
    goes_on: ClassVar = True
    signing_address: SigningAddress


@attrs.frozen
class ClearedForSms:
    """Pre-review passed, and the contract is signed through the utility's SMS only: no address came."""

    step: ClassVar = Step.PRE_REVIEW
    goes_on: ClassVar = True


@attrs.frozen
class Failed:
    """Pre-review not passed."""

    step: ClassVar = Step.PRE_REVIEW
    goes_on: ClassVar = False
    grounds: Grounds


@attrs.frozen
class Signed:
    """The contract is signed; the utility goes on to handling by itself."""

    step: ClassVar = Step.SIGN
    goes_on: ClassVar = True
    channel: Channel


@attrs.frozen
class Declined:
    """The citizen declined to sign."""

    step: ClassVar = Step.SIGN
    goes_on: ClassVar = False


@attrs.frozen
class Expired:
    """The contract was not signed in its time."""

    step: ClassVar = Step.SIGN
    goes_on: ClassVar = False


@attrs.frozen
class Cancelled:
    """The application is taken back at the citizen's wish, asked of us or at the utility's counter; nothing goes on.

    It belongs to the signing, the last step until which that can be.
    """

    step: ClassVar = Step.SIGN
    goes_on: ClassVar = False


@attrs.frozen
class TooLate:
    """The utility can no longer take the application back, and goes on with it. An answer only, never a report."""


@attrs.frozen
class Handled:
    """The account now bears the new right holder's name."""

    step: ClassVar = Step.HANDLE
    goes_on: ClassVar = False


@attrs.frozen
class NotHandled:
    """The utility could not move the account."""

    step: ClassVar = Step.HANDLE
    goes_on: ClassVar = False
    grounds: Grounds


Receipt = Taken | NotTaken
PreReviewOutcome = Cleared | ClearedForSms | Failed
SigningOutcome = Signed | Declined | Expired
HandlingResult = Handled | NotHandled
Report = Receipt | PreReviewOutcome | SigningOutcome | Cancelled | HandlingResult
WithdrawalAnswer = Cancelled | TooLate
