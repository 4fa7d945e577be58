"""The reversal's decider, rule by rule."""

from datetime import timedelta

import attrs
import pytest

from cotransfer.domain import states as of
from cotransfer.domain.events import Standing
from cotransfer.domain.notices import Delivered, Undeliverable
from cotransfer.domain.refusals import Why
from cotransfer.domain.reversals import events as e
from cotransfer.domain.reversals import states as s
from cotransfer.domain.reversals.case import DOCUMENTS_LIMIT, REVERSALS_LIMIT, File, Side
from cotransfer.domain.reversals.commands import (
    AddEvidence,
    HearFinding,
    NoteHandedOn,
    NoteStageOverdue,
    RecordReversalNotice,
    TakeBack,
)
from cotransfer.domain.reversals.deciding import evolve, fold
from cotransfer.domain.reversals.findings import (
    CarriedOut,
    Finding,
    NotCarriedOut,
    Rejected,
    Stage,
    TakenUp,
    Upheld,
)
from cotransfer.domain.states import Lapse
from cotransfer.testing.reversals import (
    CONTRACT,
    HEARD_UNTIL,
    METER,
    OPENED_AT,
    QUESTION,
    REVERSAL,
    UNTIL,
    given,
    opened_by,
)
from cotransfer.testing.samples import CASE, GROUNDS, OTHER_GROUNDS

OPENED = e.ReversalOpened(REVERSAL, (CONTRACT,))
TAKEN_UP = e.ReversalTakenUp("R-1")
UPHELD = e.ReversalUpheld(GROUNDS)
FILE = File(REVERSAL, (CONTRACT,))
ENDS = (
    (OPENED, e.ReversalTurnedDown(GROUNDS)),
    (OPENED, UPHELD, e.AccountPutBack()),
    (OPENED, UPHELD, e.AccountNotPutBack(GROUNDS)),
    (OPENED, e.ReversalTakenBack()),
)
SECOND = timedelta(seconds=1)


def said(finding: Finding, by: Side = Side.UTILITY) -> HearFinding:
    """As soon as it is opened."""
    return HearFinding(finding, by, OPENED_AT)


class TestOpening:
    @pytest.mark.parametrize("side", list(Side))
    def test_either_side_opens(self, side: Side) -> None:
        """The citizen, the utility, or the operator for somebody else."""
        asked = opened_by(side, METER)
        given().when(asked).then(e.ReversalOpened(asked.case, (METER,)))

    def test_a_utility_that_opens_has_it_already(self) -> None:
        """Nobody has to take it to the utility: it waits for the decision."""
        by_utility = e.ReversalOpened(opened_by(Side.UTILITY).case)
        assert fold([by_utility]) == s.InDecision(File(by_utility.case))
        assert fold([OPENED]) == s.Opened(FILE)

    @pytest.mark.parametrize("state", [of.Submitted(CASE), of.InHandling(CASE), of.Withdrawing(of.Submitted(CASE))])
    def test_a_transfer_under_way_is_not_reversed(self, state: of.State) -> None:
        """It can be withdrawn, or waited for."""
        given().when(attrs.evolve(QUESTION, of=state)).refused(Why.NOT_CLOSED)

    @pytest.mark.parametrize(
        "state",
        [
            of.NotSubmitted(),
            of.PreReviewFailed(CASE, GROUNDS),
            of.HandlingFailed(CASE, GROUNDS),
            of.SigningLapsed(CASE, Lapse.DECLINED),
            of.Withdrawn(CASE),
        ],
    )
    def test_what_came_to_nothing_is_not_reversed(self, state: of.State) -> None:
        """The account never moved."""
        given().when(attrs.evolve(QUESTION, of=state)).refused(Why.NOTHING_TO_REVERSE)

    def test_there_is_a_window(self) -> None:
        """Until its last moment, and not after it."""
        given().when(attrs.evolve(QUESTION, at=UNTIL)).then(OPENED)
        given().when(attrs.evolve(QUESTION, at=UNTIL + timedelta(microseconds=1))).refused(Why.REVERSAL_TOO_LATE)
        given().when(attrs.evolve(QUESTION, until=None)).refused(Why.NOTHING_TO_REVERSE)

    @pytest.mark.parametrize("state", [s.Opened(FILE), s.InDecision(FILE), s.CarryingOut(FILE, GROUNDS)])
    def test_one_at_a_time(self, state: s.ReversalState) -> None:
        """While one is open there is no other; a second opening of the same is refused as well."""
        given().when(attrs.evolve(QUESTION, before=(state,))).refused(Why.REVERSAL_UNDER_WAY)
        given(OPENED).when(QUESTION).refused(Why.REVERSAL_UNDER_WAY)

    def test_what_is_reversed_is_reversed(self) -> None:
        """There is nothing left to reverse; after any other end there may be."""
        given().when(attrs.evolve(QUESTION, before=(s.Reversed(FILE),))).refused(Why.NOTHING_TO_REVERSE)
        for state in (s.ReversalRejected(FILE, GROUNDS), s.ReversalWithdrawn(FILE), s.NotReversed(FILE, GROUNDS)):
            given().when(attrs.evolve(QUESTION, before=(state,))).then(OPENED)

    def test_it_has_a_limit(self) -> None:
        """Nobody is questioned for ever."""
        before = (s.ReversalRejected(FILE, GROUNDS),) * REVERSALS_LIMIT
        given().when(attrs.evolve(QUESTION, before=before)).refused(Why.TOO_MANY_REVERSALS)
        given().when(attrs.evolve(QUESTION, before=before[1:])).then(OPENED)

    def test_nothing_is_asked_of_what_is_not_opened(self) -> None:
        """There is no such reversal."""
        for command in (AddEvidence((METER,)), TakeBack(Side.CITIZEN), said(CarriedOut()), NoteHandedOn(Stage.DECIDE)):
            given().when(command).refused(Why.UNKNOWN_REVERSAL)

    def test_a_history_begins_with_the_opening(self) -> None:
        """Anything else is no history of ours."""
        with pytest.raises(AssertionError):
            evolve(s.NotOpened(), TAKEN_UP)


class TestEvidence:
    @pytest.mark.parametrize("history", [(OPENED,), (OPENED, TAKEN_UP)])
    def test_both_sides_bring_it_until_the_decision(self, history: tuple[e.ReversalEvent, ...]) -> None:
        """What comes joins what is there."""
        given(*history).when(AddEvidence((METER,))).then(e.EvidenceAdded((METER,)))
        after = fold((*history, e.EvidenceAdded((METER,))))
        assert isinstance(after, s.Undecided)
        assert after.file.documents == (CONTRACT, METER)

    @pytest.mark.parametrize("history", [(OPENED, UPHELD), *ENDS])
    def test_not_after_it(self, history: tuple[e.ReversalEvent, ...]) -> None:
        """It would change nothing any more."""
        given(*history).when(AddEvidence((METER,))).refused(Why.REVERSAL_DECIDED)

    def test_what_is_there_is_no_news(self) -> None:
        """The same document of the same side, under whatever name; within one message as well."""
        again = attrs.evolve(CONTRACT, name=METER.name)
        given(OPENED).when(AddEvidence((again,))).then()
        given(OPENED).when(AddEvidence((METER, METER, again))).then(e.EvidenceAdded((METER,)))
        theirs = attrs.evolve(CONTRACT, by=Side.UTILITY)
        given(OPENED).when(AddEvidence((theirs,))).then(e.EvidenceAdded((theirs,)))

    def test_each_side_has_its_limit(self) -> None:
        """One side's heap takes nothing from the other's room; at the opening it counts as well."""
        heap = tuple(attrs.evolve(METER, sha256=f"{nth:064x}") for nth in range(DOCUMENTS_LIMIT))
        full = e.EvidenceAdded(heap)
        given(OPENED, full).when(AddEvidence((METER,))).refused(Why.TOO_MUCH_EVIDENCE)
        given(OPENED, full).when(AddEvidence((heap[0],))).then()
        by_citizen = attrs.evolve(METER, by=Side.CITIZEN)
        given(OPENED, full).when(AddEvidence((by_citizen,))).then(e.EvidenceAdded((by_citizen,)))
        given().when(opened_by(Side.UTILITY, *heap, METER)).refused(Why.TOO_MUCH_EVIDENCE)


class TestFindings:
    def test_the_way_of_one_that_is_upheld(self) -> None:
        """Taken up, upheld, carried out."""
        given(OPENED).when(said(TakenUp("R-1"))).then(TAKEN_UP)
        given(OPENED, TAKEN_UP).when(said(Upheld(GROUNDS))).then(UPHELD)
        given(OPENED, TAKEN_UP, UPHELD).when(said(CarriedOut())).then(e.AccountPutBack())
        assert fold((OPENED, TAKEN_UP, UPHELD, e.AccountPutBack())) == s.Reversed(FILE)

    def test_it_may_be_rejected_or_come_to_nothing(self) -> None:
        """With the utility's grounds."""
        given(OPENED, TAKEN_UP).when(said(Rejected(GROUNDS))).then(e.ReversalTurnedDown(GROUNDS))
        assert fold(ENDS[0]) == s.ReversalRejected(FILE, GROUNDS)
        given(OPENED, UPHELD).when(said(NotCarriedOut(GROUNDS))).then(e.AccountNotPutBack(GROUNDS))
        assert fold(ENDS[2]) == s.NotReversed(FILE, GROUNDS)

    def test_a_later_stage_proves_the_earlier_ones(self) -> None:
        """What is carried out was upheld."""
        given(OPENED).when(said(CarriedOut())).then(e.AccountPutBack())

    def test_heard_again_is_no_news(self) -> None:
        """The stage just passed, and the same end."""
        given(OPENED, TAKEN_UP).when(said(TakenUp("R-1"))).then()
        given(OPENED, UPHELD).when(said(Upheld(OTHER_GROUNDS))).then()
        given(*ENDS[0]).when(said(Rejected(GROUNDS))).then()
        given(*ENDS[1]).when(said(CarriedOut())).then()

    def test_late_is_kept(self) -> None:
        """On a stage long passed, before and after the end."""
        for history in ((OPENED, UPHELD), *ENDS):
            late = said(TakenUp("R-1"))
            given(*history).when(late).then(e.FindingKept(late.finding, Standing.LATE))

    @pytest.mark.parametrize(
        ("history", "finding"),
        [
            ((OPENED, UPHELD), Rejected(GROUNDS)),
            (ENDS[0], Upheld(GROUNDS)),
            (ENDS[0], Rejected(OTHER_GROUNDS)),
            (ENDS[0], CarriedOut()),
            (ENDS[1], NotCarriedOut(GROUNDS)),
            (ENDS[1], Rejected(GROUNDS)),
            (ENDS[3], Upheld(GROUNDS)),
            (ENDS[3], CarriedOut()),
        ],
    )
    def test_at_odds_is_kept(self, history: tuple[e.ReversalEvent, ...], finding: Finding) -> None:
        """It moves nothing, and a person has to look."""
        given(*history).when(said(finding)).then(e.FindingKept(finding, Standing.CONTRADICTS))
        assert fold((*history, e.FindingKept(finding, Standing.CONTRADICTS))) == fold(history)


class TestHearing:
    """Where the operator enters the utility's decision, the citizen is heard first."""

    DECISIONS = (Upheld(GROUNDS), Rejected(GROUNDS))

    @pytest.mark.parametrize("decision", DECISIONS)
    @pytest.mark.parametrize("side", [Side.UTILITY, Side.OPERATOR])
    def test_it_waits_for_the_citizen(self, side: Side, decision: Finding) -> None:
        """Until their time is over; to the moment."""
        history = e.ReversalOpened(opened_by(side).case, (METER,))
        early = HearFinding(decision, Side.OPERATOR, HEARD_UNTIL - SECOND)
        given(history).when(early).refused(Why.CITIZEN_UNHEARD)
        given(history, TAKEN_UP).when(early).refused(Why.CITIZEN_UNHEARD)
        assert given(history).when(attrs.evolve(early, at=HEARD_UNTIL)).events

    def test_who_has_spoken_is_not_waited_for(self) -> None:
        """By opening it, or by bringing something."""
        assert given(OPENED).when(said(Upheld(GROUNDS), Side.OPERATOR)).events == (UPHELD,)
        history = e.ReversalOpened(opened_by(Side.UTILITY).case)
        assert given(history, e.EvidenceAdded((CONTRACT,))).when(said(Upheld(GROUNDS), Side.OPERATOR)).events

    def test_it_concerns_the_decision_alone(self) -> None:
        """Taking it up decides nothing; what is decided is only carried out; and a utility answers for itself."""
        history = e.ReversalOpened(opened_by(Side.OPERATOR).case)
        assert given(history).when(said(TakenUp("R-1"), Side.OPERATOR)).events == (TAKEN_UP,)
        assert given(history, UPHELD).when(said(CarriedOut(), Side.OPERATOR)).events == (e.AccountPutBack(),)
        assert given(history, UPHELD).when(said(Upheld(GROUNDS), Side.OPERATOR)).events == ()
        assert given(history).when(said(Rejected(GROUNDS))).events == (e.ReversalTurnedDown(GROUNDS),)


class TestTakingBack:
    @pytest.mark.parametrize("side", list(Side))
    def test_whoever_opened_it_may(self, side: Side) -> None:
        """Until it is decided; asked again it is no news."""
        history = e.ReversalOpened(opened_by(side).case)
        for before in ((history,), (history, TAKEN_UP)):
            given(*before).when(TakeBack(side)).then(e.ReversalTakenBack())
        given(history, e.ReversalTakenBack()).when(TakeBack(side)).then()

    @pytest.mark.parametrize("side", [Side.UTILITY, Side.OPERATOR])
    def test_nobody_else(self, side: Side) -> None:
        """What another side has opened is theirs."""
        given(OPENED).when(TakeBack(side)).refused(Why.NOT_YOUR_REVERSAL)

    @pytest.mark.parametrize("history", [(OPENED, UPHELD), *ENDS[:3]])
    def test_not_after_the_decision(self, history: tuple[e.ReversalEvent, ...]) -> None:
        """Decided is decided."""
        given(*history).when(TakeBack(Side.CITIZEN)).refused(Why.REVERSAL_DECIDED)


class TestMemory:
    def test_what_became_of_a_notice(self) -> None:
        """Either way the citizen is not told the same again."""
        given(OPENED).when(RecordReversalNotice("questioned", Delivered("n-1"))).then(
            e.ReversalNoticeSent("questioned", "n-1")
        )
        lost = e.ReversalNoticeUndeliverable("questioned", "no_openid")
        given(OPENED).when(RecordReversalNotice("questioned", Undeliverable("no_openid"))).then(lost)
        for event in (lost, e.ReversalNoticeSent("questioned", "n-1")):
            assert fold((OPENED, event)) == s.Opened(attrs.evolve(FILE, told="questioned"))

    @pytest.mark.parametrize(
        ("note", "event"), [(NoteStageOverdue, e.StageOverdue), (NoteHandedOn, e.ReversalHandedOn)]
    )
    def test_that_it_waits(self, note: type, event: type) -> None:
        """Of the stage that waits, and of no other; after the end nothing waits."""
        given(OPENED).when(note(Stage.TAKE_UP)).then(event(Stage.TAKE_UP))
        assert fold((OPENED, event(Stage.TAKE_UP))) == fold((OPENED,))
        given(OPENED, TAKEN_UP).when(note(Stage.TAKE_UP)).then()
        given(*ENDS[0]).when(note(Stage.DECIDE)).then()
