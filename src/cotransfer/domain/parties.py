"""Who takes part, which step of the scheme is meant, and what somebody can do next.

Never says how a thing is shown: texts for people belong to the edges, codes never change with the language.
"""

import enum


class Party(enum.Enum):
    """Who is at fault, or whose turn it is."""

    CITIZEN = "citizen"
    PLATFORM = "platform"
    US = "us"
    REGISTRY = "registry"
    UTILITY = "utility"
    SIGNER = "signer"
    NOTIFIER = "notifier"
    NETWORK = "network"


class Step(enum.IntEnum):
    """The nine steps of the scheme, §1."""

    SELECT_PROPERTY = 1
    SELECT_SERVICE = 2
    ENTER_ACCOUNT = 3
    CONFIRM_ACCOUNT = 4
    SUBMIT = 5
    PRE_REVIEW = 6
    SIGN = 7
    HANDLE = 8
    ANNOUNCE = 9


class NextAction(enum.Enum):
    """What helps now; every refusal and every state of a transfer names one."""

    NONE = "none"
    WAIT = "wait"
    SIGN = "sign"
    SIGN_BY_SMS = "sign_by_sms"
    SUBMIT = "submit"
    CONFIRM_MATCH = "confirm_match"
    GIVE_CONSENT = "give_consent"
    SIGN_IN = "sign_in"
    CHECK_ACCOUNT_NUMBER = "check_account_number"
    PAY_ARREARS = "pay_arrears"
    APPLY_AT_COUNTER = "apply_at_counter"
    FOLLOW_OTHER_TRANSFER = "follow_other_transfer"
    APPLY_AGAIN = "apply_again"
    CORRECT_FIELDS = "correct_fields"
    CORRECT_MESSAGE = "correct_message"
    TRY_LATER = "try_later"
    CALL_OPERATOR = "call_operator"
