"""What an event leaves owed, now or by a deadline, and what it settles. Pure: the desk stores it with the event.

Never performs anything, and never names a date: a task is due so long *after* its event.
"""

import enum
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

import attrs

from cotransfer.domain import events as e
from cotransfer.domain.events import Event
from cotransfer.domain.parties import Party, Step


class Duty(enum.Enum):
    """Something that the gateway owes; a transfer owes each at most once at a time."""

    SEND_APPLICATION = "send_application"
    INVITE_TO_SIGN = "invite_to_sign"
    ANNOUNCE_RESULT = "announce_result"
    CHASE_RECEIPT = "chase_receipt"
    CHASE_PRE_REVIEW = "chase_pre_review"
    CHASE_SIGNING = "chase_signing"
    CHASE_HANDLING = "chase_handling"
    ERASE = "erase"


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

OWNERS: Mapping[Step, Party] = MappingProxyType(
    {Step.SUBMIT: Party.US, Step.PRE_REVIEW: Party.UTILITY, Step.SIGN: Party.CITIZEN, Step.HANDLE: Party.UTILITY}
)
"""Who keeps a waiting step waiting."""


@attrs.frozen
class Task:
    """A duty and how long after its event it is due."""

    duty: Duty
    after: timedelta = timedelta(0)


@attrs.frozen(kw_only=True)
class Allowances:
    """How long a step may take before somebody is chased: the scheme says half a day for pre-review (§1.6),
    water companies promise handling within five working days; the rest is ours. `retention` is how long after its end
    the personal data of a transfer is kept.
    """

    receipt: timedelta = timedelta(hours=4)
    pre_review: timedelta = timedelta(hours=12)
    signing: timedelta = timedelta(days=3)
    handling: timedelta = timedelta(days=7)
    again: timedelta = timedelta(days=1)
    retention: timedelta = timedelta(days=180)

    def chase(self, step: Step) -> Task:
        """The task that watches over `step`, one of the four that wait."""
        match step:
            case Step.SUBMIT:
                return Task(Duty.CHASE_RECEIPT, self.receipt)
            case Step.PRE_REVIEW:
                return Task(Duty.CHASE_PRE_REVIEW, self.pre_review)
            case Step.SIGN:
                return Task(Duty.CHASE_SIGNING, self.signing)
            case _:
                return Task(Duty.CHASE_HANDLING, self.handling)


USUAL = Allowances()

_TO_RECEIPT = (Duty.SEND_APPLICATION, Duty.CHASE_RECEIPT)
_TO_PRE_REVIEW = (*_TO_RECEIPT, Duty.CHASE_PRE_REVIEW)
_TO_SIGNING = (*_TO_PRE_REVIEW, Duty.INVITE_TO_SIGN, Duty.CHASE_SIGNING)
_ALL_BUT_RESULT = (*_TO_SIGNING, Duty.CHASE_HANDLING)

_ENDS = (e.PreReviewNotPassed, e.ContractDeclined, e.ContractExpired, e.HandlingDone, e.HandlingNotDone)

_SETTLED: Mapping[type[Event], tuple[Duty, ...]] = MappingProxyType(
    {
        e.ApplicationTaken: _TO_RECEIPT,
        e.PreReviewPassed: _TO_PRE_REVIEW,
        e.PreReviewPassedForSms: _TO_PRE_REVIEW,
        e.ContractSigned: _TO_SIGNING,
        **dict.fromkeys(_ENDS, _ALL_BUT_RESULT),
    }
)


def owed(event: Event, allow: Allowances = USUAL) -> tuple[Task, ...]:
    """What `event` leaves to be done."""
    match event:
        case e.ApplicationSubmitted():
            return (Task(Duty.SEND_APPLICATION), allow.chase(Step.SUBMIT))
        case e.ApplicationTaken():
            return (allow.chase(Step.PRE_REVIEW),)
        case e.PreReviewPassed():
            return (Task(Duty.INVITE_TO_SIGN), allow.chase(Step.SIGN))
        case e.PreReviewPassedForSms():
            return (allow.chase(Step.SIGN),)
        case e.SigningAddressCame():
            return (Task(Duty.INVITE_TO_SIGN),)
        case e.ContractSigned():
            return (allow.chase(Step.HANDLE),)
        case e.DeadlinePassed(step):
            return (Task(CHASES[step], allow.again),)
        case _ if closes(event):
            return (Task(Duty.ANNOUNCE_RESULT), Task(Duty.ERASE, allow.retention))
        case _:
            return ()


def settled(event: Event) -> tuple[Duty, ...]:
    """Which duties `event` makes pointless, whether or not they were owed."""
    return _SETTLED.get(type(event), ())


def closes(event: Event) -> bool:
    """Whether `event` ends a transfer."""
    return isinstance(event, _ENDS)
