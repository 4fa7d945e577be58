"""What an event leaves owed, now or by a deadline, and what it settles. Pure: the desk stores it with the event.

Never performs anything, and never names a date: a task is due so long *after* its event.
"""

import enum
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

import attrs

from cotransfer.domain import events as e
from cotransfer.domain.allowances import USUAL, Allowances
from cotransfer.domain.calendars import Span
from cotransfer.domain.events import Event
from cotransfer.domain.notices import OUTCOME_UNKNOWN, NoticeChannel, NoticeKind
from cotransfer.domain.parties import Party, Step
from cotransfer.domain.rechecking import BeforeHandling


class Duty(enum.Enum):
    """Something that the gateway owes; a transfer owes each at most once at a time.

    What it owes for its reversal is said in `reversals.agenda`.
    """

    SEND_APPLICATION = "send_application"
    CANCEL_APPLICATION = "cancel_application"
    INVITE_TO_SIGN = "invite_to_sign"
    REMIND_TO_SIGN = "remind_to_sign"
    ANNOUNCE_RESULT = "announce_result"
    INVITE_BY_SMS = "invite_by_sms"
    REMIND_BY_SMS = "remind_by_sms"
    ANNOUNCE_BY_SMS = "announce_by_sms"
    ASK_PROGRESS = "ask_progress"
    CHASE_RECEIPT = "chase_receipt"
    CHASE_PRE_REVIEW = "chase_pre_review"
    CHASE_SIGNING = "chase_signing"
    CHASE_HANDLING = "chase_handling"
    LOOK_AGAIN = "look_again"
    TELL_OPERATOR = "tell_operator"
    ANNOUNCE_REVERSAL = "announce_reversal"
    HAND_ON_REVERSAL = "hand_on_reversal"
    CHASE_REVERSAL = "chase_reversal"
    ERASE = "erase"


BY_SMS: Mapping[NoticeKind, Duty] = MappingProxyType(
    {
        NoticeKind.INVITATION: Duty.INVITE_BY_SMS,
        NoticeKind.REMINDER: Duty.REMIND_BY_SMS,
        NoticeKind.RESULT: Duty.ANNOUNCE_BY_SMS,
    }
)
"""Which duty tells by SMS what WeChat could not deliver."""

CHASES: Mapping[Step, Duty] = MappingProxyType(
    {
        Step.SUBMIT: Duty.CHASE_RECEIPT,
        Step.PRE_REVIEW: Duty.CHASE_PRE_REVIEW,
        Step.SIGN: Duty.CHASE_SIGNING,
        Step.HANDLE: Duty.CHASE_HANDLING,
    }
)
"""Which duty watches over which step."""

CHASED: Mapping[Duty, Step] = MappingProxyType({duty: step for step, duty in CHASES.items()})
"""Which step a chasing duty watches over."""

STEPS: Mapping[Duty, Step] = MappingProxyType(
    {
        Duty.SEND_APPLICATION: Step.SUBMIT,
        Duty.CANCEL_APPLICATION: Step.SUBMIT,
        Duty.INVITE_TO_SIGN: Step.SIGN,
        Duty.REMIND_TO_SIGN: Step.SIGN,
        Duty.ANNOUNCE_RESULT: Step.ANNOUNCE,
        Duty.LOOK_AGAIN: Step.HANDLE,
        **CHASED,
    }
)
"""At which step a duty is done. The others are done at whichever step waits, or at none."""

ALONE: frozenset[Duty] = frozenset(
    {*CHASED, Duty.TELL_OPERATOR, Duty.HAND_ON_REVERSAL, Duty.CHASE_REVERSAL, Duty.ERASE}
)
"""What is done, if less well, while its counterparty is away. A deadline that has passed is noted even then: a chase
that nobody answers still tells who has to know."""

FOLLOWS: Mapping[Duty, tuple[Duty, ...]] = MappingProxyType(
    {
        Duty.CANCEL_APPLICATION: (Duty.SEND_APPLICATION,),
        Duty.REMIND_TO_SIGN: (Duty.INVITE_TO_SIGN,),
        Duty.ANNOUNCE_RESULT: (Duty.INVITE_TO_SIGN, Duty.REMIND_TO_SIGN),
        Duty.REMIND_BY_SMS: (Duty.INVITE_BY_SMS,),
        Duty.ANNOUNCE_BY_SMS: (Duty.INVITE_BY_SMS, Duty.REMIND_BY_SMS),
    }
)
"""Which duties of a transfer wait for which others towards the same counterparty, while those are due, or somebody is
at them. One that is buried, or put off for later, holds nothing back: what comes after it has made it pointless."""

OWNERS: Mapping[Step, Party] = MappingProxyType(
    {Step.SUBMIT: Party.US, Step.PRE_REVIEW: Party.UTILITY, Step.SIGN: Party.CITIZEN, Step.HANDLE: Party.UTILITY}
)
"""Who keeps a waiting step waiting."""


@attrs.frozen
class Task:
    """A duty and how long after its event it is due."""

    duty: Duty
    after: Span = timedelta(0)


def _watch(step: Step, allow: Allowances) -> tuple[Task, ...]:
    """The ladder of a step that begins to wait: the utility is asked at its deadline, the operator told after that."""
    allowed = allow.of(step)
    asking = () if allow.ask is None else (Task(Duty.ASK_PROGRESS, allow.ask),)
    return (*asking, Task(CHASES[step], allowed.deadline), Task(Duty.TELL_OPERATOR, allowed.operator))


_TO_RECEIPT = (Duty.SEND_APPLICATION, Duty.CHASE_RECEIPT)
_TO_PRE_REVIEW = (*_TO_RECEIPT, Duty.CHASE_PRE_REVIEW)
_TO_SIGNING = (
    *_TO_PRE_REVIEW,
    Duty.CANCEL_APPLICATION,
    Duty.INVITE_TO_SIGN,
    Duty.REMIND_TO_SIGN,
    Duty.INVITE_BY_SMS,
    Duty.REMIND_BY_SMS,
    Duty.CHASE_SIGNING,
)
# Whoever is asked or told while a step waits is asked or told in the next one too: those two are owed anew by each.
_ALL_BUT_RESULT = (*_TO_SIGNING, Duty.LOOK_AGAIN, Duty.CHASE_HANDLING, Duty.ASK_PROGRESS, Duty.TELL_OPERATOR)

_ENDS = (
    e.PreReviewNotPassed,
    e.ContractDeclined,
    e.ContractExpired,
    e.ApplicationWithdrawn,
    e.HandlingDone,
    e.HandlingNotDone,
)

_SETTLED: Mapping[type[Event], tuple[Duty, ...]] = MappingProxyType(
    {
        e.ApplicationTaken: _TO_RECEIPT,
        e.PreReviewPassed: _TO_PRE_REVIEW,
        e.PreReviewPassedForSms: _TO_PRE_REVIEW,
        e.ContractSigned: _TO_SIGNING,
        e.WithdrawalTooLate: (Duty.CANCEL_APPLICATION,),
        **dict.fromkeys(_ENDS, _ALL_BUT_RESULT),
    }
)


def owed(event: Event, allow: Allowances = USUAL) -> tuple[Task, ...]:
    """What `event` leaves to be done."""
    match event:
        case e.ApplicationSubmitted():
            return (Task(Duty.SEND_APPLICATION), *_watch(Step.SUBMIT, allow))
        case e.ApplicationTaken():
            return _watch(Step.PRE_REVIEW, allow)
        case e.PreReviewPassed():
            return (
                Task(Duty.INVITE_TO_SIGN),
                Task(Duty.REMIND_TO_SIGN, allow.reminder),
                *_watch(Step.SIGN, allow),
            )
        case e.PreReviewPassedForSms():
            return (Task(Duty.REMIND_TO_SIGN, allow.reminder), *_watch(Step.SIGN, allow))
        case e.SigningAddressCame():
            return (Task(Duty.INVITE_TO_SIGN),)
        case e.WithdrawalAsked():
            return (Task(Duty.CANCEL_APPLICATION),)
        case e.ContractSigned():
            looks = () if allow.before_handling is BeforeHandling.OFF else (Task(Duty.LOOK_AGAIN),)
            return (*looks, *_watch(Step.HANDLE, allow))
        case e.DeadlinePassed(step):
            return (Task(CHASES[step], allow.again),)
        case e.OperatorTold():
            return (Task(Duty.TELL_OPERATOR, allow.again),)
        case e.NoticeUndeliverable(kind, why, NoticeChannel.WECHAT) if allow.by_sms and why != OUTCOME_UNKNOWN:
            return (Task(BY_SMS[kind]),)
        case _ if closes(event):
            return (Task(Duty.ANNOUNCE_RESULT), Task(Duty.ERASE, allow.retention))
        case _:
            return ()


def settled(event: Event) -> tuple[Duty, ...]:
    """Which duties `event` makes pointless, whether or not they were owed."""
    return _SETTLED.get(type(event), ())


def step_of(duty: Duty, waits_for: Step | None) -> Step | None:
    """The scheme's step that `duty` belongs to, of a transfer that waits for that step (None: it has ended)."""
    return STEPS.get(duty) or (None if duty is Duty.ERASE else waits_for)


def closes(event: Event) -> bool:
    """Whether `event` ends a transfer."""
    return isinstance(event, _ENDS)
