"""How the scheme's tables are spelled on the wire: one line a field, in both directions.

Used wherever such a message comes in or goes out, on our side or at a counterparty's. Never decides anything: an `if`
here would mean that the domain is missing a word.
"""

import attrs

from cotransfer.adapters.wire.fields import (
    ACCOUNT_NUMBER,
    CERTIFICATE_NUMBER,
    CHANNEL,
    DOCUMENT_TYPE,
    GROUNDS,
    LOCATION,
    MOBILE_NUMBER,
    NAME,
    REFERENCE,
    REGISTRY_STATUS,
    RESTRICTIONS,
    SERVICE,
    SIGNING_ADDRESS,
    TRANSFER,
    UNIT_NUMBERS,
    YES_OR_NO,
    as_it_is,
)
from cotransfer.adapters.wire.forms import Form, Terms, leaf, nullable
from cotransfer.adapters.wire.messages import Variant, either, field, message, spread, weighed, wrapping
from cotransfer.domain.faults import Fault, Invalid
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
    TooLate,
    WithdrawalAnswer,
)
from cotransfer.domain.values import (
    Account,
    AccountNumber,
    Application,
    DocumentType,
    IdentityNumber,
    RegistryState,
    RightHolder,
    Service,
    TransferId,
)
from cotransfer.domain.values.text import ANY_TEXT

# ---------------------------------------------------------------------------------------------- people and certificates


@attrs.frozen
class Document:
    """A document as it comes in: its number can only be checked by its kind."""

    document_type: DocumentType
    identity_number: object = attrs.field(repr=False)


def _number(raw: object, _: Terms) -> object:
    """A text at least; of whatever kind the document is, its number is nothing else."""
    if isinstance(raw, str):
        return raw
    raise Invalid(Fault("", "not_text", "It is not a text.", ANY_TEXT))


DOCUMENT = message(
    Document,
    field("document_type", DOCUMENT_TYPE),
    field("identity_number", leaf(_number, as_it_is)),
)
IDENTITY = weighed(
    DOCUMENT,
    lambda document, terms: IdentityNumber.parse(document.document_type, document.identity_number, on=terms.on),
    lambda identity: Document(identity.document_type, identity.text),
)
IDENTITY_DATA = message(RightHolder, field("right_holder_name", NAME, of="name"), spread(IDENTITY, of="identity"))
REGISTRY_STATE = message(
    RegistryState,
    field("status", REGISTRY_STATUS),
    field("restrictions", RESTRICTIONS),
)
CERTIFICATE_QUERY = wrapping("certificate_number", CERTIFICATE_NUMBER)

# ----------------------------------------------------------------------------------------- the account, the application

ACCOUNT_QUERY = wrapping("account_number", ACCOUNT_NUMBER)
ACCOUNT = message(
    Account,
    field("account_number", ACCOUNT_NUMBER, of="number"),
    field("account_holder", NAME, of="holder"),
    field("location", LOCATION),
    field("in_arrears", YES_OR_NO),
)
APPLICATION = message(
    Application,
    field("right_holder_name", NAME),
    spread(IDENTITY, of="identity_number"),
    field("mobile_number", MOBILE_NUMBER),
    field("certificate_number", CERTIFICATE_NUMBER),
    field("location", LOCATION),
    field("unit_numbers", UNIT_NUMBERS),
    field("registry_status", REGISTRY_STATE, of="registry_state"),
)


@attrs.frozen(kw_only=True)
class Delivery:
    """What is handed in at step 5: the application data, for one account, under one transfer."""

    transfer: TransferId
    service: Service
    account_number: AccountNumber
    application: Application


DELIVERY = message(
    Delivery,
    field("transfer", TRANSFER),
    field("service", SERVICE),
    field("account_number", ACCOUNT_NUMBER),
    field("application", APPLICATION),
)

# -------------------------------------------------------------------------------------------------------------- reports

_REASON = field("reason", GROUNDS, of="grounds")

RECEIPT: Form[Receipt] = either(
    "outcome",
    Variant("taken", Taken, (field("reference", REFERENCE),)),
    Variant("not_taken", NotTaken, (_REASON,)),
)
PRE_REVIEW: Form[PreReviewOutcome] = either(
    "result",
    Variant("passed", Cleared, (field("signing_address", SIGNING_ADDRESS),)),
    Variant("passed", ClearedForSms),
    Variant("not_passed", Failed, (_REASON,)),
)
SIGNING: Form[SigningOutcome | Cancelled] = either(
    "outcome",
    Variant("signed", Signed, (field("channel", CHANNEL),)),
    Variant("declined", Declined),
    Variant("expired", Expired),
    Variant("withdrawn", Cancelled),
)
WITHDRAWAL_ANSWER: Form[WithdrawalAnswer] = either(
    "outcome",
    Variant("withdrawn", Cancelled),
    Variant("too_late", TooLate),
)
RENEWED_ADDRESS = wrapping("signing_address", SIGNING_ADDRESS)
HANDLING: Form[HandlingResult] = either(
    "result",
    Variant("done", Handled),
    Variant("not_done", NotHandled, (_REASON,)),
)


@attrs.frozen(kw_only=True)
class Progress:
    """How far a utility is with an application that it took."""

    transfer: TransferId
    reference: str
    pre_review: PreReviewOutcome | None
    signing: SigningOutcome | Cancelled | None
    handling: HandlingResult | None

    @property
    def reports(self) -> tuple[Report, ...]:
        """What the utility would report by now, in the order of the steps."""
        later = (self.pre_review, self.signing, self.handling)
        return (Taken(self.reference), *(report for report in later if report is not None))


PROGRESS = message(
    Progress,
    field("transfer", TRANSFER),
    field("reference", REFERENCE),
    field("pre_review", nullable(PRE_REVIEW)),
    field("signing", nullable(SIGNING)),
    field("handling", nullable(HANDLING)),
)
