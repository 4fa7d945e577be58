"""What a transfer shows of itself: the timeline of what happened, and the one thing that helps next.

Never words: codes only, for the edges to put into people's languages.
"""

import attrs

from cotransfer.domain import events as e
from cotransfer.domain import states as s
from cotransfer.domain.events import Event, Standing
from cotransfer.domain.notices import OUTCOME_UNKNOWN, NoticeKind
from cotransfer.domain.parties import NextAction, Party, Step
from cotransfer.domain.states import State


@attrs.frozen
class Milestone:
    """One line of a timeline: the scheme's step and a stable code."""

    step: Step
    code: str


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
        case e.NoticeSent(kind) | e.NoticeUndeliverable(kind):
            step = Step.ANNOUNCE if kind is NoticeKind.RESULT else Step.SIGN
            return Milestone(step, f"{kind.value}_{_fate(event)}")
        case _:
            return _MILESTONES[type(event)]


def _fate(event: e.NoticeSent | e.NoticeUndeliverable) -> str:
    if isinstance(event, e.NoticeSent):
        return "sent"
    return "in_doubt" if event.why == OUTCOME_UNKNOWN else "undeliverable"


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
