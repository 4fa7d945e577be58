"""What each event of a reversal leaves owed, what it settles, and how it reads."""

from datetime import timedelta

import pytest

from cotransfer.domain.agenda import Duty, Task
from cotransfer.domain.allowances import Allowances
from cotransfer.domain.events import Standing
from cotransfer.domain.notices import OUTCOME_UNKNOWN
from cotransfer.domain.parties import NextAction, Party
from cotransfer.domain.progress import Turn
from cotransfer.domain.reversals import events as e
from cotransfer.domain.reversals import states as s
from cotransfer.domain.reversals.agenda import owed, settled
from cotransfer.domain.reversals.case import File, Side
from cotransfer.domain.reversals.findings import CarriedOut, Stage
from cotransfer.domain.reversals.notices import grounds_of
from cotransfer.domain.reversals.progress import code, turn
from cotransfer.testing.reversals import METER, REVERSAL, opened_by
from cotransfer.testing.samples import GROUNDS

HOUR = timedelta(hours=1)
ALLOW = Allowances(
    again=5 * HOUR,
    retention=9 * HOUR,
    reversal_taking_up=1 * HOUR,
    reversal_decision=2 * HOUR,
    reversal_carrying_out=3 * HOUR,
)
TELL, HAND_ON = Task(Duty.ANNOUNCE_REVERSAL), Task(Duty.HAND_ON_REVERSAL)
ENDS = (
    e.ReversalTurnedDown(GROUNDS),
    e.AccountPutBack(),
    e.AccountNotPutBack(GROUNDS),
    e.ReversalTakenBack(),
)
FILE = File(REVERSAL)


def chase(hours: int) -> Task:
    """At the stage's deadline."""
    return Task(Duty.CHASE_REVERSAL, hours * HOUR)


@pytest.mark.parametrize(
    ("event", "tasks"),
    [
        (e.ReversalOpened(REVERSAL), (TELL, HAND_ON, chase(1))),
        (e.ReversalOpened(opened_by(Side.UTILITY).case), (TELL, chase(2))),
        (e.EvidenceAdded((METER,)), (HAND_ON,)),
        (e.ReversalTakenUp("R-1"), (chase(2),)),
        (e.ReversalUpheld(GROUNDS), (TELL, HAND_ON, chase(3))),
        (e.StageOverdue(Stage.DECIDE), (chase(5),)),
        (e.ReversalHandedOn(Stage.DECIDE), (Task(Duty.HAND_ON_REVERSAL, 5 * HOUR),)),
        *((end, (TELL, Task(Duty.ERASE, 9 * HOUR))) for end in ENDS),
        (e.ReversalNoticeSent("questioned", "1"), ()),
        (e.FindingKept(CarriedOut(), Standing.LATE), ()),
    ],
)
def test_owed(event: e.ReversalEvent, tasks: tuple[Task, ...]) -> None:
    """Each stage has its deadline; the operator and the citizen are told of what is news to them."""
    assert owed(event, ALLOW) == tasks


def test_settled() -> None:
    """While it is open nothing is erased; what is taken up is handed on; the end leaves nothing to chase."""
    assert settled(e.ReversalOpened(REVERSAL)) == (Duty.ERASE,)
    assert settled(e.ReversalTakenUp("R-1")) == (Duty.HAND_ON_REVERSAL,)
    assert {settled(end) for end in ENDS} == {(Duty.HAND_ON_REVERSAL, Duty.CHASE_REVERSAL)}
    assert settled(e.ReversalUpheld(GROUNDS)) == ()


@pytest.mark.parametrize(
    ("event", "word"),
    [
        (e.ReversalOpened(REVERSAL), "opened"),
        (e.EvidenceAdded((METER,)), "evidence_added"),
        (e.ReversalTakenUp("R-1"), "taken_up"),
        (e.ReversalUpheld(GROUNDS), "upheld"),
        (ENDS[0], "rejected"),
        (ENDS[1], "carried_out"),
        (ENDS[2], "not_carried_out"),
        (ENDS[3], "withdrawn"),
        (e.ReversalNoticeSent("reversed", "1"), "notice_sent"),
        (e.ReversalNoticeUndeliverable("reversed", "no_openid"), "notice_undeliverable"),
        (e.ReversalNoticeUndeliverable("reversed", OUTCOME_UNKNOWN), "notice_in_doubt"),
        (e.StageOverdue(Stage.DECIDE), "deadline_passed"),
        (e.ReversalHandedOn(Stage.DECIDE), "operator_told"),
        (e.FindingKept(CarriedOut(), Standing.LATE), "finding_kept_late"),
        (e.FindingKept(CarriedOut(), Standing.CONTRADICTS), "finding_contradicts"),
    ],
)
def test_how_it_reads(event: e.ReversalEvent, word: str) -> None:
    """Each event has a code of its own on the timeline and in the audit trail."""
    assert code(event) == word


@pytest.mark.parametrize(
    ("state", "next_turn"),
    [
        (s.NotOpened(), Turn(Party.CITIZEN, NextAction.NONE)),
        (s.Opened(FILE), Turn(Party.US, NextAction.WAIT)),
        (s.InDecision(FILE), Turn(Party.UTILITY, NextAction.WAIT)),
        (s.CarryingOut(FILE, GROUNDS), Turn(Party.UTILITY, NextAction.WAIT)),
        (s.NotReversed(FILE, GROUNDS), Turn(Party.CITIZEN, NextAction.APPLY_AT_COUNTER)),
        (s.Reversed(FILE), Turn(Party.CITIZEN, NextAction.NONE)),
    ],
)
def test_whose_turn_it_is(state: s.ReversalState, next_turn: Turn) -> None:
    """What was upheld and could not be done is settled at the counter."""
    assert turn(state) == next_turn


def test_why_it_stands_so() -> None:
    """A decision has grounds; where it is carried out they have served."""
    assert grounds_of(s.ReversalRejected(FILE, GROUNDS)) == GROUNDS
    assert grounds_of(s.CarryingOut(FILE, GROUNDS)) == GROUNDS
    assert grounds_of(s.Reversed(FILE)) is None
