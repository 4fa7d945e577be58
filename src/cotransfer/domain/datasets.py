"""What can be shared and by which operation: the scheme's tables field by field, and nothing else (§1, §2).

Knows neither who may do what (`grants`) nor how a field is spelled on a wire.
"""

import enum
from collections.abc import Mapping
from types import MappingProxyType


class Dataset(enum.Enum):
    """One table of the scheme, or what step 1, 3 or a notice of it needs; the value is its stable name."""

    PROPERTIES = "properties"
    ACCOUNT = "account"
    APPLICATION = "application"
    CERTIFICATE_STATUS = "certificate_status"
    PRE_REVIEW = "pre_review"
    SIGNING = "signing"
    IDENTITY = "identity"
    HANDLING = "handling"
    HOLDER_QUERY = "holder_query"
    CERTIFICATE_QUERY = "certificate_query"
    ACCOUNT_QUERY = "account_query"
    NOTICE = "notice"
    SMS_NOTICE = "sms_notice"


FIELDS: Mapping[Dataset, tuple[str, ...]] = MappingProxyType(
    {
        # Step 1: certificate verification data and electronic licence data, as the citizen chooses from them.
        Dataset.PROPERTIES: ("certificate_number", "location", "unit_numbers", "registry_status"),
        # Step 4: original account data.
        Dataset.ACCOUNT: ("account_holder", "location", "in_arrears"),
        # Step 5: application data. A document number goes with the kind of the document.
        Dataset.APPLICATION: (
            "right_holder_name",
            "identity_number",
            "mobile_number",
            "certificate_number",
            "location",
            "unit_numbers",
            "registry_status",
        ),
        # Steps 6 and 8, on demand.
        Dataset.CERTIFICATE_STATUS: ("certificate_number", "location", "registry_status"),
        # Step 6: the pre-review result.
        Dataset.PRE_REVIEW: ("result", "reason", "signing_address"),
        # Step 7: signing completion.
        Dataset.SIGNING: ("outcome", "channel"),
        # Step 7: identity data for the contract.
        Dataset.IDENTITY: ("right_holder_name", "identity_number"),
        # Step 8: the handling result.
        Dataset.HANDLING: ("result", "reason"),
        # What we must say to ask for any of it: whose homes, which certificate, which account.
        Dataset.HOLDER_QUERY: ("identity_number",),
        Dataset.CERTIFICATE_QUERY: ("certificate_number",),
        Dataset.ACCOUNT_QUERY: ("account_number",),
        # Steps 7 and 9: what a notice to the citizen holds.
        Dataset.NOTICE: ("recipient", "location", "certificate_number", "outcome", "reason"),
        # The same by SMS, which says no more than how it stands.
        Dataset.SMS_NOTICE: ("mobile_number", "outcome"),
    }
)
"""Every field that may ever be granted."""


class Operation(enum.Enum):
    """One exchange with a counterparty; the value is its `operationId` in the contracts."""

    OPEN_CITIZEN_SESSION = "openCitizenSession"
    SEARCH_PROPERTIES = "searchProperties"
    SEARCH_ACCOUNT = "searchAccount"
    SUBMIT_TRANSFER = "submitTransfer"
    SHOW_TRANSFER = "showTransfer"
    OPEN_SIGNING = "openSigning"
    WITHDRAW_TRANSFER = "withdrawTransfer"
    SUBMIT_AGAIN = "submitAgain"
    OPEN_REVERSAL = "openReversal"
    SHOW_REVERSALS = "showReversals"
    ADD_EVIDENCE = "addEvidence"
    WITHDRAW_REVERSAL = "withdrawReversal"
    SHOW_CONSENTS = "showConsents"
    WITHDRAW_CONSENT = "withdrawConsent"
    SHOW_DISCLOSURES = "showDisclosures"
    REPORT_PRE_REVIEW = "reportPreReview"
    REPORT_SIGNING = "reportSigning"
    REPORT_HANDLING = "reportHandling"
    QUESTION_TRANSFER = "questionTransfer"
    REPORT_REVERSAL = "reportReversal"
    SHOW_CERTIFICATE_STATUS = "showCertificateStatus"
    SHOW_IDENTITY = "showIdentity"
    FIND_PROPERTIES = "findProperties"
    FIND_CERTIFICATE = "findCertificate"
    FIND_ACCOUNT = "findAccount"
    SUBMIT_APPLICATION = "submitApplication"
    SHOW_PROGRESS = "showProgress"
    CANCEL_APPLICATION = "cancelApplication"
    RENEW_SIGNING_ADDRESS = "renewSigningAddress"
    LIST_APPLICATIONS = "listApplications"
    SEND_NOTICE = "sendTemplateMessage"
    SEND_SMS = "sendSms"


GIVES: Mapping[Operation, tuple[Dataset, ...]] = MappingProxyType(
    {
        Operation.OPEN_CITIZEN_SESSION: (),
        Operation.SEARCH_PROPERTIES: (Dataset.PROPERTIES,),
        Operation.SEARCH_ACCOUNT: (Dataset.ACCOUNT,),
        Operation.SUBMIT_TRANSFER: (),
        Operation.SHOW_TRANSFER: (Dataset.PRE_REVIEW, Dataset.HANDLING),
        Operation.OPEN_SIGNING: (Dataset.PRE_REVIEW,),
        Operation.WITHDRAW_TRANSFER: (),
        Operation.SUBMIT_AGAIN: (),
        Operation.OPEN_REVERSAL: (),
        Operation.SHOW_REVERSALS: (),
        Operation.ADD_EVIDENCE: (),
        Operation.WITHDRAW_REVERSAL: (),
        Operation.SHOW_CONSENTS: (),
        Operation.WITHDRAW_CONSENT: (),
        Operation.SHOW_DISCLOSURES: (),
        Operation.REPORT_PRE_REVIEW: (),
        Operation.REPORT_SIGNING: (),
        Operation.REPORT_HANDLING: (),
        Operation.QUESTION_TRANSFER: (),
        Operation.REPORT_REVERSAL: (),
        Operation.SHOW_CERTIFICATE_STATUS: (Dataset.CERTIFICATE_STATUS,),
        Operation.SHOW_IDENTITY: (Dataset.IDENTITY,),
        Operation.FIND_PROPERTIES: (Dataset.HOLDER_QUERY,),
        Operation.FIND_CERTIFICATE: (Dataset.CERTIFICATE_QUERY,),
        Operation.FIND_ACCOUNT: (Dataset.ACCOUNT_QUERY,),
        Operation.SUBMIT_APPLICATION: (Dataset.APPLICATION, Dataset.ACCOUNT_QUERY),
        Operation.SHOW_PROGRESS: (),
        Operation.CANCEL_APPLICATION: (),
        Operation.RENEW_SIGNING_ADDRESS: (),
        Operation.LIST_APPLICATIONS: (),
        Operation.SEND_NOTICE: (Dataset.NOTICE,),
        Operation.SEND_SMS: (Dataset.SMS_NOTICE,),
    }
)
"""What leaves us when the operation is performed: in its answer where we are called, in its body where we call."""

TAKES = frozenset(
    {
        Operation.REPORT_PRE_REVIEW,
        Operation.REPORT_SIGNING,
        Operation.REPORT_HANDLING,
        Operation.SHOW_PROGRESS,
        Operation.CANCEL_APPLICATION,
        Operation.RENEW_SIGNING_ADDRESS,
        Operation.LIST_APPLICATIONS,
        Operation.WITHDRAW_TRANSFER,
        Operation.OPEN_REVERSAL,
        Operation.SHOW_REVERSALS,
        Operation.ADD_EVIDENCE,
        Operation.WITHDRAW_REVERSAL,
        Operation.QUESTION_TRANSFER,
        Operation.REPORT_REVERSAL,
        Operation.OPEN_CITIZEN_SESSION,
        Operation.SHOW_CONSENTS,
        Operation.WITHDRAW_CONSENT,
    }
)
"""What gives no table: it goes on while a grant is suspended. News, what takes something back or puts it
right, and what a withdrawal of consent takes: signing in, and seeing what there is (个人信息保护法 art. 15)."""
