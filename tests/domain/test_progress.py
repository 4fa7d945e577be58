"""What a transfer shows: every event has its line on the timeline, every state its next action."""

import pytest
from hypothesis import given

from cotransfer.domain import events as e
from cotransfer.domain import states as s
from cotransfer.domain.events import Event, ReportKept, Standing
from cotransfer.domain.notices import OUTCOME_UNKNOWN, NoticeChannel, NoticeKind, Phrase
from cotransfer.domain.parties import NextAction, Party, Step
from cotransfer.domain.progress import Milestone, Turn, Untold, milestone, turn, untold
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
        (ReportKept(Taken("W-1"), Standing.LATE), Step.SUBMIT, "report_kept_late"),
        (ReportKept(Declined(), Standing.CONTRADICTS), Step.SIGN, "report_contradicts"),
    ],
)
def test_how_an_event_reads(event: Event, step: Step, code: str) -> None:
    """Each line of the timeline names the scheme's step and a code that does not change with the language."""
    assert milestone(event) == Milestone(step, code)


@pytest.mark.parametrize("channel", NoticeChannel)
@pytest.mark.parametrize(("kind", "step"), [(NoticeKind.INVITATION, Step.SIGN), (NoticeKind.RESULT, Step.ANNOUNCE)])
def test_how_a_notice_reads(kind: NoticeKind, step: Step, channel: NoticeChannel) -> None:
    """Steps 7 and 9: a notice names the channel that was tried, and where it failed the reason."""
    sent, gone = e.NoticeSent(kind, "1", channel), e.NoticeUndeliverable(kind, "not_following", channel)
    unknown = e.NoticeUndeliverable(kind, OUTCOME_UNKNOWN, channel)
    assert milestone(sent) == Milestone(step, f"{kind.value}_sent", channel)
    assert milestone(gone) == Milestone(step, f"{kind.value}_undeliverable", channel, "not_following")
    assert milestone(unknown) == Milestone(step, f"{kind.value}_in_doubt", channel, OUTCOME_UNKNOWN)


INVITATION, REMINDER, RESULT = NoticeKind
NOT_FOLLOWING = e.NoticeUndeliverable(INVITATION, "not_following")
BY_SMS = e.NoticeSent(INVITATION, "s-1", NoticeChannel.SMS)
NO_NUMBER = e.NoticeUndeliverable(INVITATION, "number_unknown", NoticeChannel.SMS)
TO_SIGN = s.AwaitingSigning(CASE, ADDRESS)


class TestThePageInTheNoticesPlace:
    """Steps 7 and 9: what no channel delivered is said by the transfer itself."""

    @pytest.mark.parametrize(
        ("history", "state", "left"),
        [
            ((), TO_SIGN, None),
            ((NOT_FOLLOWING,), TO_SIGN, Untold(INVITATION, NoticeChannel.WECHAT, "not_following", Phrase.TO_SIGN)),
            ((NOT_FOLLOWING, BY_SMS), TO_SIGN, None),
            (
                (NOT_FOLLOWING, NO_NUMBER),
                TO_SIGN,
                Untold(INVITATION, NoticeChannel.SMS, "number_unknown", Phrase.TO_SIGN),
            ),
            ((NOT_FOLLOWING, NO_NUMBER, e.NoticeSent(REMINDER, "1")), TO_SIGN, None),
            ((NOT_FOLLOWING, NO_NUMBER), s.InHandling(CASE), None),
            ((NOT_FOLLOWING, NO_NUMBER), s.Withdrawing(TO_SIGN), None),
            ((NOT_FOLLOWING, e.NoticeSent(RESULT, "2")), s.Completed(CASE), None),
            (
                (e.NoticeUndeliverable(RESULT, OUTCOME_UNKNOWN), NOT_FOLLOWING),
                s.Completed(CASE),
                Untold(RESULT, NoticeChannel.WECHAT, OUTCOME_UNKNOWN, Phrase.COMPLETED),
            ),
            (
                (e.NoticeUndeliverable(REMINDER, "no_openid"),),
                s.AwaitingSmsSigning(CASE),
                Untold(REMINDER, NoticeChannel.WECHAT, "no_openid", Phrase.TO_SIGN),
            ),
        ],
    )
    def test_what_is_left_to_say(self, history: tuple[Event, ...], state: State, left: Untold | None) -> None:
        """Only the last notice counts, only if it reached nobody, and only as long as the state calls for it."""
        assert untold(history, state) == left

    @pytest.mark.parametrize(
        ("state", "said"),
        [
            (s.PreReviewFailed(CASE, GROUNDS), Phrase.FAILED),
            (s.HandlingFailed(CASE, GROUNDS), Phrase.FAILED),
            (s.SigningLapsed(CASE, s.Lapse.DECLINED), Phrase.LAPSED),
            (s.Withdrawn(CASE), Phrase.WITHDRAWN),
        ],
    )
    def test_how_it_ended_is_said_too(self, state: s.Closed, said: Phrase) -> None:
        """Step 9: each end in its own words."""
        left = untold((e.NoticeUndeliverable(RESULT, "no_channel"),), state)
        assert left is not None
        assert left.phrase is said


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
