"""What a transfer shows of itself: the timeline of what happened, and the one thing that helps next.

Never words: codes only, for the edges to put into people's languages.
"""

from collections.abc import Iterable
from types import UnionType

import attrs

from cotransfer.domain import events as e
from cotransfer.domain import states as s
from cotransfer.domain.events import Event, Standing
from cotransfer.domain.notices import OUTCOME_UNKNOWN, NoticeChannel, NoticeKind, Phrase
from cotransfer.domain.parties import NextAction, Party, Step
from cotransfer.domain.states import State


@attrs.frozen
class Milestone:
    """One line of a timeline: the scheme's step and a stable code; of a notice also its channel, and why not."""

    step: Step
    code: str
    channel: NoticeChannel | None = None
    why: str | None = None


def milestone(event: Event) -> Milestone:
    """How `event` reads on a timeline."""
    match event:
        case e.ReportKept(report, standing):
            late = standing is Standing.LATE
            return Milestone(report.step, "report_kept_late" if late else "report_contradicts")
        case e.DeadlinePassed(step):
            return Milestone(step, "deadline_passed")
        case e.OperatorTold(step):
            return Milestone(step, "operator_told")
        case e.NoticeSent(kind, _, channel):
            return Milestone(_STEPS[kind], f"{kind.value}_sent", channel)
        case e.NoticeUndeliverable(kind, why, channel):
            fate = "in_doubt" if why == OUTCOME_UNKNOWN else "undeliverable"
            return Milestone(_STEPS[kind], f"{kind.value}_{fate}", channel, why)
        case _:
            return _MILESTONES[type(event)]


_STEPS = {NoticeKind.INVITATION: Step.SIGN, NoticeKind.REMINDER: Step.SIGN, NoticeKind.RESULT: Step.ANNOUNCE}


_MILESTONES: dict[type, Milestone] = {
    e.ApplicationSubmitted: Milestone(Step.SUBMIT, "submitted"),
    e.ApplicationTaken: Milestone(Step.SUBMIT, "taken_by_utility"),
    e.PreReviewPassed: Milestone(Step.PRE_REVIEW, "pre_review_passed"),
    e.PreReviewPassedForSms: Milestone(Step.PRE_REVIEW, "pre_review_passed"),
    e.SigningAddressCame: Milestone(Step.PRE_REVIEW, "signing_address_came"),
    e.SigningAddressReplaced: Milestone(Step.SIGN, "signing_address_replaced"),
    e.PreReviewNotPassed: Milestone(Step.PRE_REVIEW, "pre_review_not_passed"),
    e.SigningOpened: Milestone(Step.SIGN, "signing_opened"),
    e.ContractSigned: Milestone(Step.SIGN, "signed"),
    e.ContractDeclined: Milestone(Step.SIGN, "declined"),
    e.ContractExpired: Milestone(Step.SIGN, "expired"),
    e.WithdrawalAsked: Milestone(Step.SUBMIT, "withdrawal_asked"),
    e.WithdrawalTooLate: Milestone(Step.SUBMIT, "withdrawal_too_late"),
    e.ApplicationWithdrawn: Milestone(Step.SUBMIT, "withdrawn"),
    e.FoundUnchanged: Milestone(Step.HANDLE, "looked_again_unchanged"),
    e.FoundChanged: Milestone(Step.HANDLE, "looked_again_changed"),
    e.NotLookedAgain: Milestone(Step.HANDLE, "not_looked_again"),
    e.HandlingDone: Milestone(Step.HANDLE, "handled"),
    e.HandlingNotDone: Milestone(Step.HANDLE, "not_handled"),
}


@attrs.frozen
class Turn:
    """Whose turn it is, and what they can do."""

    who: Party
    action: NextAction


def turn(state: State) -> Turn:
    """The one next action of `state`, and the party it falls to."""
    match state:
        case s.NotSubmitted():
            return Turn(Party.CITIZEN, NextAction.SUBMIT)
        case s.Submitted():
            return Turn(Party.US, NextAction.WAIT)
        case s.InPreReview() | s.InHandling() | s.Withdrawing():
            return Turn(Party.UTILITY, NextAction.WAIT)
        case s.AwaitingSigning():
            return Turn(Party.CITIZEN, NextAction.SIGN)
        case s.AwaitingSmsSigning():
            return Turn(Party.CITIZEN, NextAction.SIGN_BY_SMS)
        case s.Completed():
            return Turn(Party.CITIZEN, NextAction.NONE)
        case _:
            return Turn(Party.CITIZEN, NextAction.APPLY_AGAIN)


Told = s.AwaitingSigning | s.AwaitingSmsSigning | s.Closed
"""Where there is something to tell the citizen."""

CALLS_FOR: dict[NoticeKind, type[Told] | UnionType] = {
    NoticeKind.INVITATION: s.AwaitingSigning,
    NoticeKind.REMINDER: s.AwaitingSigning | s.AwaitingSmsSigning,
    NoticeKind.RESULT: s.Closed,
}
"""In which states a notice still makes sense."""


def phrase(state: Told) -> Phrase:
    """What a notice says of `state`, and the page in its place."""
    match state:
        case s.AwaitingSigning() | s.AwaitingSmsSigning():
            return Phrase.TO_SIGN
        case s.Completed():
            return Phrase.COMPLETED
        case s.SigningLapsed():
            return Phrase.LAPSED
        case s.Withdrawn():
            return Phrase.WITHDRAWN
        case _:
            return Phrase.FAILED


@attrs.frozen
class Untold:
    """A notice that the state calls for and that reached nobody, as far as is known: the page says it in its place."""

    kind: NoticeKind
    channel: NoticeChannel
    why: str
    phrase: Phrase


def untold(history: Iterable[Event], state: State) -> Untold | None:
    """The last notice of `history`, if no channel took it and `state` still calls for it; `state` is where it led to.

    One that may have arrived (`OUTCOME_UNKNOWN`) is told as well: nobody knows that it did.
    """
    last: e.NoticeSent | e.NoticeUndeliverable | None = None
    for event in history:
        if isinstance(event, e.NoticeSent | e.NoticeUndeliverable) and isinstance(state, CALLS_FOR[event.kind]):
            last = event
    if not isinstance(last, e.NoticeUndeliverable) or not isinstance(state, Told):
        return None
    return Untold(last.kind, last.channel, last.why, phrase(state))
