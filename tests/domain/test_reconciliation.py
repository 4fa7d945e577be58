"""Reconciliation: each pair of what is known here and stated there agrees, or falls into one class with one remedy."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from cotransfer.domain import states as s
from cotransfer.domain.calendars import Calendar, WorkingDays
from cotransfer.domain.commands import hearing
from cotransfer.domain.events import (
    ApplicationSubmitted,
    ApplicationTaken,
    DeadlinePassed,
    Event,
    PreReviewPassed,
    SigningAddressReplaced,
    WithdrawalAsked,
)
from cotransfer.domain.parties import Party, Step
from cotransfer.domain.reconciliation import Divergence, Grace, Known, Remedy, compare, news, stands_since
from cotransfer.domain.reports import Failed, Taken
from cotransfer.domain.statements import Stage, Stated, stage_of
from cotransfer.domain.states import Closed, NotSubmitted, Open
from cotransfer.domain.transfer import decide, fold
from cotransfer.testing.samples import ADDRESS, CASE, GROUNDS, OTHER_ADDRESS, SUBMIT, TRANSFER
from cotransfer.testing.strategies.reports import histories, stories

AT = datetime(2026, 11, 27, 18, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
GRACE = Grace(span=4 * HOUR)

SUBMITTED = s.Submitted(CASE)
IN_PRE_REVIEW = s.InPreReview(CASE)
AWAITING_SIGNING = s.AwaitingSigning(CASE, ADDRESS)
IN_HANDLING = s.InHandling(CASE)
COMPLETED = s.Completed(CASE)
NOT_PASSED = s.PreReviewFailed(CASE, GROUNDS)
DECLINED = s.SigningLapsed(CASE, s.Lapse.DECLINED)
WITHDRAWN = s.Withdrawn(CASE)


def here(state, ago=100 * HOUR, *, handing_in=False):
    """What we know of the transfer since so long."""
    return Known.of(state, AT - ago, handing_in=handing_in)


def there(stage, ago=100 * HOUR):
    """What the utility states of it."""
    return Stated(transfer=TRANSFER, stage=stage, since=None if ago is None else AT - ago)


def found(known, stated):
    """The class, whose turn it is, and the remedy; None when both sides agree."""
    finding = compare(known, stated, as_of=AT, grace=GRACE)
    return None if finding is None else (finding.divergence, finding.turn, finding.remedy)


ASK = (Divergence.DIFFERS, Party.US, Remedy.TAKE_REPORTS)
CALL = (Divergence.DIFFERS, Party.UTILITY, Remedy.CALL_UTILITY)
LATE = (Divergence.EXPECTED_LATE, Party.UTILITY, Remedy.WAIT)
LOST = (Divergence.MISSING_THERE, Party.UTILITY, Remedy.CALL_UTILITY)


class TestAgreement:
    @pytest.mark.parametrize(
        ("state", "stage"),
        [
            (IN_PRE_REVIEW, Stage.IN_PRE_REVIEW),
            (AWAITING_SIGNING, Stage.AWAITING_SIGNING),
            (s.AwaitingSmsSigning(CASE), Stage.AWAITING_SIGNING),
            (s.Withdrawing(AWAITING_SIGNING), Stage.AWAITING_SIGNING),
            (IN_HANDLING, Stage.IN_HANDLING),
            (COMPLETED, Stage.COMPLETED),
            (NOT_PASSED, Stage.PRE_REVIEW_FAILED),
            (DECLINED, Stage.DECLINED),
            (s.SigningLapsed(CASE, s.Lapse.EXPIRED), Stage.EXPIRED),
            (WITHDRAWN, Stage.WITHDRAWN),
            (s.HandlingFailed(CASE, GROUNDS), Stage.HANDLING_FAILED),
        ],
    )
    def test_the_same_stage_is_no_finding(self, state, stage):
        """Each state has its stage; a withdrawal under way stands where it stood."""
        assert found(here(state), there(stage)) is None

    @pytest.mark.parametrize("state", [NOT_PASSED, WITHDRAWN])
    def test_what_was_never_taken_need_not_be_stated(self, state):
        """Steps 5 and 7: an application that was not taken, or was taken back before it came, leaves nothing there."""
        assert found(here(state), None) is None

    def test_of_an_erased_transfer_the_end_is_enough(self):
        """How the contract lapsed is gone with the data: either way agrees, another end does not."""
        erased = Known.erased(TRANSFER, "signing_lapsed", AT - 5000 * HOUR)
        assert found(erased, there(Stage.DECLINED)) is found(erased, there(Stage.EXPIRED)) is None
        assert found(erased, there(Stage.COMPLETED)) == CALL


class TestMissing:
    def test_what_we_never_handed_in(self):
        """Nothing is invented here: the utility has to say where it has it from."""
        assert found(None, there(Stage.IN_HANDLING)) == (
            Divergence.MISSING_HERE,
            Party.UTILITY,
            Remedy.CALL_UTILITY,
        )

    def test_not_found_right_after_a_submission_is_late(self):
        """Within its grace nobody is to blame: neither before the receipt nor after it."""
        assert found(here(SUBMITTED, 3 * HOUR), None) == LATE
        assert found(here(IN_PRE_REVIEW, 3 * HOUR), None) == LATE

    def test_not_found_after_its_grace_is_missing(self):
        """Step 5: without a receipt it is handed in again under its key; a utility that took it has lost it."""
        again = (Divergence.MISSING_THERE, Party.US, Remedy.HAND_IN_AGAIN)
        assert found(here(SUBMITTED, 4 * HOUR), None) == again
        assert found(here(IN_PRE_REVIEW, 4 * HOUR), None) == LOST

    def test_what_is_still_on_its_way_is_late(self):
        """Step 5: while our own agenda hands it in, it is our turn, however long that takes."""
        assert found(here(SUBMITTED, handing_in=True), None) == (
            Divergence.EXPECTED_LATE,
            Party.US,
            Remedy.WAIT,
        )

    @pytest.mark.parametrize("state", [COMPLETED, DECLINED, s.HandlingFailed(CASE, GROUNDS), s.Withdrawing(SUBMITTED)])
    def test_what_the_utility_must_know_is_lost(self, state):
        """An end that only a taken application comes to, or one that is to be taken back: a person has to look."""
        assert found(here(state), None) == LOST

    def test_the_grace_may_be_working_time(self):
        """A Friday's submission is not missing on Saturday night, where two working days are allowed."""
        grace = Grace(span=WorkingDays.of(2), calendar=Calendar())
        friday = datetime(2026, 11, 27, 6, tzinfo=UTC)
        known = Known.of(SUBMITTED, friday)
        late = compare(known, None, as_of=friday + timedelta(days=2), grace=grace)
        missing = compare(known, None, as_of=friday + timedelta(days=5), grace=grace)
        assert late is not None
        assert missing is not None
        assert [late.divergence, missing.divergence] == [Divergence.EXPECTED_LATE, Divergence.MISSING_THERE]

    def test_somebody_must_know_of_it(self):
        """There is no third side."""
        with pytest.raises(ValueError, match="Nobody"):
            compare(None, None, as_of=AT, grace=GRACE)


class TestDiffers:
    @pytest.mark.parametrize(
        ("state", "stage"),
        [
            (SUBMITTED, Stage.IN_PRE_REVIEW),
            (SUBMITTED, Stage.PRE_REVIEW_FAILED),
            (IN_PRE_REVIEW, Stage.AWAITING_SIGNING),
            (AWAITING_SIGNING, Stage.EXPIRED),
            (s.Withdrawing(SUBMITTED), Stage.WITHDRAWN),
            (IN_HANDLING, Stage.COMPLETED),
        ],
    )
    def test_where_the_utility_is_ahead_its_reports_are_taken(self, state, stage):
        """Steps 5 to 8: they were lost on their way, unless they are young; no word on the time makes nothing young."""
        assert found(here(state), there(stage)) == ASK
        assert found(here(state), there(stage, None)) == ASK
        assert found(here(state), there(stage, 3 * HOUR)) == LATE

    def test_a_stage_from_the_future_has_no_grace(self):
        """A utility whose clock is wrong shall not put a finding off for ever."""
        assert found(here(IN_HANDLING), there(Stage.COMPLETED, -HOUR)) == ASK

    @pytest.mark.parametrize(
        ("state", "stage"),
        [
            (AWAITING_SIGNING, Stage.IN_PRE_REVIEW),
            (IN_HANDLING, Stage.AWAITING_SIGNING),
            (AWAITING_SIGNING, Stage.PRE_REVIEW_FAILED),
            (IN_HANDLING, Stage.WITHDRAWN),
        ],
    )
    def test_where_it_is_behind_its_own_word_a_person_asks(self, state, stage):
        """What we know it has told us: an older statement is late, an old contradiction is not."""
        assert found(here(state), there(stage)) == CALL
        assert found(here(state, HOUR), there(stage)) == LATE

    @pytest.mark.parametrize("state", [COMPLETED, NOT_PASSED, DECLINED, WITHDRAWN])
    def test_an_end_is_never_rewritten(self, state):
        """Whatever is stated of it now, a person has to look; within the grace the statement may be older."""
        assert found(here(state), there(Stage.IN_HANDLING)) == CALL
        assert found(here(state, HOUR), there(Stage.IN_HANDLING)) == LATE

    def test_a_finding_says_both_sides(self):
        """Codes only, for people to read in their language."""
        finding = compare(here(IN_PRE_REVIEW), there(Stage.COMPLETED), as_of=AT, grace=GRACE)
        assert finding is not None
        assert (finding.transfer, finding.here, finding.there) == (TRANSFER, "in_pre_review", Stage.COMPLETED)


class TestProperties:
    @drawn(histories(), st.none() | st.sampled_from(Stage), st.booleans())
    def test_only_what_is_open_is_moved(self, history, stage, handing_in):
        """Either both sides agree, or it is one finding; what acts on a transfer acts on an open one."""
        state = fold(history)
        assert isinstance(state, Open | Closed)
        known = Known.of(state, AT - 100 * HOUR, handing_in=handing_in)
        stated = None if stage is None else Stated(transfer=known.transfer, stage=stage)
        finding = compare(known, stated, as_of=AT, grace=GRACE)
        if stage in known.stages:
            assert finding is None
        elif finding is None:
            assert isinstance(state, Closed)
            assert stage is None
        else:
            assert (finding.here, finding.there) == (state.code, stage)
            assert (stage is None) == (finding.remedy is Remedy.HAND_IN_AGAIN or finding.there is None)
            if finding.remedy in {Remedy.TAKE_REPORTS, Remedy.HAND_IN_AGAIN}:
                assert isinstance(state, Open)

    @drawn(stories(), st.data())
    def test_whoever_has_heard_the_same_agrees(self, story, data):
        """Steps 5 to 8: the stage of the reports that were heard is the stage of the state that they led to."""
        heard = story[: data.draw(st.integers(1, len(story)))]
        assert compare(_known(heard), _stated(heard), as_of=AT, grace=GRACE) is None

    @drawn(stories(), st.data())
    def test_taking_the_reports_leads_to_agreement(self, story, data):
        """Where some were lost, hearing the utility out once mends it."""
        heard = story[: data.draw(st.integers(0, len(story)))]
        finding = compare(_known(heard), _stated(story), as_of=AT, grace=GRACE)
        if finding is None:
            return
        assert finding.remedy is Remedy.TAKE_REPORTS
        state = _state(heard)
        assert isinstance(state, Open)
        told = news(state, story)
        for report in told:
            state = fold(decide(state, hearing(report)), state)
        assert isinstance(state, Open | Closed)
        assert compare(Known.of(state, AT - 100 * HOUR), _stated(story), as_of=AT, grace=GRACE) is None


def _state(heard):
    state = fold(decide(NotSubmitted(), SUBMIT))
    for report in heard:
        state = fold(decide(state, hearing(report)), state)
    return state


def _known(heard):
    state = _state(heard)
    assert isinstance(state, Open | Closed)
    return Known.of(state, AT - 100 * HOUR)


def _stated(story):
    return Stated(transfer=SUBMIT.case.transfer, stage=stage_of(story))


class TestSince:
    def test_only_what_moves_counts(self):
        """A deadline that passes every night must not make a transfer young for ever."""
        history: tuple[Event, ...] = (
            ApplicationSubmitted(CASE),
            ApplicationTaken("W-1"),
            DeadlinePassed(Step.PRE_REVIEW),
        )
        assert stands_since([(AT + nth * HOUR, event) for nth, event in enumerate(history)]) == AT + HOUR

    def test_another_address_moves_nothing(self):
        """Step 7: a renewed address leads to the same contract; a withdrawal that is asked for does move it."""
        history: tuple[Event, ...] = (
            ApplicationSubmitted(CASE),
            PreReviewPassed(ADDRESS),
            SigningAddressReplaced(OTHER_ADDRESS),
            WithdrawalAsked(),
        )
        timed = [(AT + nth * HOUR, event) for nth, event in enumerate(history)]
        assert stands_since(timed[:3]) == AT + HOUR
        assert stands_since(timed) == AT + 3 * HOUR

    def test_nothing_stands_nowhere(self):
        """A journal begins with the submission."""
        with pytest.raises(ValueError, match="Nothing"):
            stands_since(())


def test_old_reports_are_no_news():
    """What was passed long ago is not told to the transfer again, but an end always is: it may be at odds."""
    assert news(IN_HANDLING, (Taken("W-1"), Failed(GROUNDS))) == (Failed(GROUNDS),)
    assert news(SUBMITTED, (Taken("W-1"),)) == (Taken("W-1"),)


def test_a_stage_says_its_step():
    """Steps 6 to 8: each waits for one, or ended at one."""
    assert [stage.step for stage in Stage if not stage.ends] == [Step.PRE_REVIEW, Step.SIGN, Step.HANDLE]
    assert {stage: stage.step for stage in Stage if stage.ends} == {
        Stage.COMPLETED: Step.HANDLE,
        Stage.HANDLING_FAILED: Step.HANDLE,
        Stage.PRE_REVIEW_FAILED: Step.PRE_REVIEW,
        Stage.DECLINED: Step.SIGN,
        Stage.EXPIRED: Step.SIGN,
        Stage.WITHDRAWN: Step.SIGN,
    }
