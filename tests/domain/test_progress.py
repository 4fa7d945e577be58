"""What a transfer shows: every event has its line on the timeline, every state its next action."""

import pytest
from hypothesis import given

from cotransfer.domain import events as e
from cotransfer.domain import states as s
from cotransfer.domain.events import Event, ReportKept, Standing
from cotransfer.domain.notices import OUTCOME_UNKNOWN, NoticeKind
from cotransfer.domain.parties import NextAction, Party, Step
from cotransfer.domain.progress import Milestone, Turn, milestone, turn
from cotransfer.domain.reports import Channel, Declined, Handled, Taken
from cotransfer.domain.states import State
from cotransfer.testing import strategies as some
from cotransfer.testing.samples import ADDRESS, CASE, GROUNDS, SUBMIT
from cotransfer.testing.transitions import STATES


@pytest.mark.parametrize(
    ("event", "step", "code"),
    [
        (e.ApplicationSubmitted(CASE), Step.SUBMIT, "submitted"),
        (e.PreReviewPassedForSms(), Step.PRE_REVIEW, "pre_review_passed"),
        (e.ContractSigned(Channel.SMS), Step.SIGN, "signed"),
        (e.HandlingNotDone(GROUNDS), Step.HANDLE, "not_handled"),
        (e.DeadlinePassed(Step.PRE_REVIEW), Step.PRE_REVIEW, "deadline_passed"),
        (e.NoticeSent(NoticeKind.INVITATION, "1"), Step.SIGN, "invitation_sent"),
        (e.NoticeSent(NoticeKind.RESULT, "1"), Step.ANNOUNCE, "result_sent"),
        (e.NoticeUndeliverable(NoticeKind.RESULT, "no_openid"), Step.ANNOUNCE, "result_undeliverable"),
        (e.NoticeUndeliverable(NoticeKind.RESULT, OUTCOME_UNKNOWN), Step.ANNOUNCE, "result_in_doubt"),
        (ReportKept(Taken("W-1"), Standing.LATE), Step.SUBMIT, "report_kept_late"),
        (ReportKept(Declined(), Standing.CONTRADICTS), Step.SIGN, "report_contradicts"),
    ],
)
def test_how_an_event_reads(event: Event, step: Step, code: str) -> None:
    """Each line of the timeline names the scheme's step and a code that does not change with the language."""
    assert milestone(event) == Milestone(step, code)


@given(history=some.histories(submit=SUBMIT, most=20))
def test_every_event_has_its_line(history: tuple[Event, ...]) -> None:
    """Nothing of a journal is left out of the timeline, and no line says anything personal."""
    for event in history:
        assert milestone(event).code.replace("_", "").isalpha()


@pytest.mark.parametrize(
    ("state", "who", "action"),
    [
        (s.NotSubmitted(), Party.CITIZEN, NextAction.SUBMIT),
        (s.Submitted(CASE), Party.US, NextAction.WAIT),
        (s.InPreReview(CASE), Party.UTILITY, NextAction.WAIT),
        (s.AwaitingSigning(CASE, ADDRESS), Party.CITIZEN, NextAction.SIGN),
        (s.AwaitingSmsSigning(CASE), Party.CITIZEN, NextAction.SIGN_BY_SMS),
        (s.InHandling(CASE), Party.UTILITY, NextAction.WAIT),
        (s.Completed(CASE), Party.CITIZEN, NextAction.NONE),
        (s.PreReviewFailed(CASE, GROUNDS), Party.CITIZEN, NextAction.APPLY_AGAIN),
        (s.SigningLapsed(CASE, s.Lapse.EXPIRED), Party.CITIZEN, NextAction.APPLY_AGAIN),
        (s.HandlingFailed(CASE, GROUNDS), Party.CITIZEN, NextAction.APPLY_AGAIN),
    ],
)
def test_whose_turn_it_is(state: State, who: Party, action: NextAction) -> None:
    """Never stuck: in every state somebody is named, and the one thing that helps."""
    assert turn(state) == Turn(who, action)


def test_every_state_has_its_turn() -> None:
    """An open state never tells the citizen that there is nothing to do or to wait for."""
    for state in STATES:
        done = turn(state).action is NextAction.NONE
        assert done == isinstance(state, s.Completed)


def test_handling_is_told_at_its_step() -> None:
    """A late report is shown at the step it speaks of, not at the one the transfer has reached."""
    assert milestone(ReportKept(Handled(), Standing.CONTRADICTS)).step is Step.HANDLE
