"""Why we refuse: one code per reason, each with the party it falls to, the step it belongs to, and the way on.

*Refused* is always ours; what a utility decides against is a failure, and lives in `reports`.
"""

import enum

import attrs

from cotransfer.domain.parties import NextAction, Party, Step
from cotransfer.domain.values import TransferId


class Why(enum.Enum):
    """A reason to refuse: its stable code, whose matter it is, the scheme's step, and what helps."""

    NOT_RIGHT_HOLDER = ("not_right_holder", Party.CITIZEN, Step.SELECT_PROPERTY, NextAction.APPLY_AT_COUNTER)
    CERTIFICATE_NOT_CURRENT = (
        "certificate_not_current",
        Party.CITIZEN,
        Step.SELECT_PROPERTY,
        NextAction.APPLY_AT_COUNTER,
    )
    RESTRICTED = ("restricted", Party.CITIZEN, Step.SELECT_PROPERTY, NextAction.APPLY_AT_COUNTER)
    NOT_A_HOME = ("not_a_home", Party.CITIZEN, Step.SELECT_PROPERTY, NextAction.APPLY_AT_COUNTER)
    SERVICE_NOT_OFFERED = ("service_not_offered", Party.CITIZEN, Step.SELECT_SERVICE, NextAction.APPLY_AT_COUNTER)
    ACCOUNT_UNKNOWN = ("account_unknown", Party.CITIZEN, Step.ENTER_ACCOUNT, NextAction.CHECK_ACCOUNT_NUMBER)
    TOO_MANY_LOOKUPS = ("too_many_lookups", Party.CITIZEN, Step.ENTER_ACCOUNT, NextAction.TRY_LATER)
    IN_ARREARS = ("in_arrears", Party.CITIZEN, Step.CONFIRM_ACCOUNT, NextAction.PAY_ARREARS)
    WRONG_ACCOUNT = ("wrong_account", Party.CITIZEN, Step.CONFIRM_ACCOUNT, NextAction.CHECK_ACCOUNT_NUMBER)
    MATCH_UNCONFIRMED = ("match_unconfirmed", Party.CITIZEN, Step.CONFIRM_ACCOUNT, NextAction.CONFIRM_MATCH)
    CONSENT_MISSING = ("consent_missing", Party.CITIZEN, Step.SUBMIT, NextAction.GIVE_CONSENT)
    CONSENT_OUTDATED = ("consent_outdated", Party.CITIZEN, Step.SUBMIT, NextAction.GIVE_CONSENT)
    CONSENT_WITHDRAWN = ("consent_withdrawn", Party.CITIZEN, None, NextAction.NONE)
    ALREADY_UNDER_WAY = ("already_under_way", Party.CITIZEN, Step.SUBMIT, NextAction.FOLLOW_OTHER_TRANSFER)
    ALREADY_SUBMITTED = ("already_submitted", Party.PLATFORM, Step.SUBMIT, NextAction.CORRECT_MESSAGE)
    UNKNOWN_TRANSFER = ("unknown_transfer", Party.PLATFORM, None, NextAction.CORRECT_MESSAGE)
    NOT_READY_TO_SIGN = ("not_ready_to_sign", Party.CITIZEN, Step.SIGN, NextAction.WAIT)
    BEING_WITHDRAWN = ("being_withdrawn", Party.CITIZEN, Step.SIGN, NextAction.WAIT)
    SIGNED_ALREADY = ("signed_already", Party.CITIZEN, Step.HANDLE, NextAction.APPLY_AT_COUNTER)
    ENDED_ALREADY = ("ended_already", Party.CITIZEN, None, NextAction.NONE)
    WITHDRAW_AT_COUNTER = ("withdraw_at_counter", Party.UTILITY, None, NextAction.APPLY_AT_COUNTER)
    NOT_YOUR_OWN = ("not_your_own", Party.CITIZEN, None, NextAction.SIGN_IN)
    CLOSED = ("closed", Party.UTILITY, None, NextAction.NONE)
    NOT_CLOSED = ("not_closed", Party.CITIZEN, None, NextAction.WAIT)
    UNKNOWN_REVERSAL = ("unknown_reversal", Party.PLATFORM, None, NextAction.CORRECT_MESSAGE)
    NOTHING_TO_REVERSE = ("nothing_to_reverse", Party.CITIZEN, None, NextAction.NONE)
    REVERSAL_TOO_LATE = ("reversal_too_late", Party.CITIZEN, None, NextAction.APPLY_AT_COUNTER)
    REVERSAL_UNDER_WAY = ("reversal_under_way", Party.CITIZEN, None, NextAction.WAIT)
    REVERSAL_DECIDED = ("reversal_decided", Party.CITIZEN, None, NextAction.NONE)
    TOO_MANY_REVERSALS = ("too_many_reversals", Party.CITIZEN, None, NextAction.APPLY_AT_COUNTER)
    TOO_MUCH_EVIDENCE = ("too_much_evidence", Party.CITIZEN, None, NextAction.APPLY_AT_COUNTER)
    NOT_YOUR_REVERSAL = ("not_your_reversal", Party.CITIZEN, None, NextAction.APPLY_AT_COUNTER)
    CITIZEN_UNHEARD = ("citizen_unheard", Party.US, None, NextAction.TRY_LATER)
    ERASED = ("erased", Party.US, None, NextAction.NONE)
    NOT_GRANTED = ("not_granted", Party.PLATFORM, None, NextAction.CALL_OPERATOR)
    GRANT_SUSPENDED = ("grant_suspended", Party.PLATFORM, None, NextAction.CALL_OPERATOR)
    GRANT_QUOTA_SPENT = ("grant_quota_spent", Party.PLATFORM, None, NextAction.TRY_LATER)

    def __init__(self, code: str, party: Party, step: Step | None, next_action: NextAction) -> None:
        self.code = code
        self.party = party
        self.step = step
        self.next_action = next_action


@attrs.frozen
class Refusal:
    """One refusal: why, and the transfer in the way where there is one."""

    why: Why
    blocking: TransferId | None = None


class Refused(Exception):
    """Raised by `decide` and the use cases; nothing has happened when it is.

    `retry_after_s` says when it may be tried again, where what is in the way ends by itself.
    """

    def __init__(self, why: Why, *, blocking: TransferId | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(why.code)
        self.refusal = Refusal(why, blocking)
        self.retry_after_s = retry_after_s
