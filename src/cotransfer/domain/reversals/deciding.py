"""The reversal as a decider: what a command makes happen, and what a state becomes of it.

The rules of this page:

- Only a completed transfer is reversed, within its utility's window, and by one reversal at a time.
- The account is the utility's, and so is the decision, with its grounds. Where the operator enters it, the citizen is
  heard first: unless they opened it, or have brought something, it waits until their time is over.
- Both sides may bring evidence until it is decided; whoever opened it may take it back until then.
- A finding on a later stage proves the earlier ones; heard again it is no news; late or at odds, it is kept and moves
  nothing. The end absorbs.

`decide` raises `Refused` and then nothing has happened; `evolve` remembers and never refuses. Neither reads a clock,
draws an identifier or looks anything up, and neither ever touches the transfer.
"""

from collections.abc import Iterable
from typing import assert_never

import attrs

from cotransfer.domain.events import Standing
from cotransfer.domain.notices import Delivered, Fate, Undeliverable
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.reversals import events as e
from cotransfer.domain.reversals import findings as f
from cotransfer.domain.reversals import states as s
from cotransfer.domain.reversals.case import DOCUMENTS_LIMIT, REVERSALS_LIMIT, Document, File, Side
from cotransfer.domain.reversals.commands import (
    AddEvidence,
    HearFinding,
    NoteHandedOn,
    NoteStageOverdue,
    Question,
    RecordReversalNotice,
    ReversalCommand,
    TakeBack,
)
from cotransfer.domain.reversals.events import ReversalEvent
from cotransfer.domain.reversals.findings import Finding, Stage
from cotransfer.domain.reversals.states import ClosedReversal, OpenReversal, ReversalState
from cotransfer.domain.states import Completed, Open


def decide(state: ReversalState, command: ReversalCommand) -> tuple[ReversalEvent, ...]:
    """What happens when `command` meets `state`: events in order, `()` when it is no news.

    Raises `Refused` with the reason, the party it falls to and the next action.
    """
    match state, command:
        case s.NotOpened(), Question():
            _check(command)
            return (e.ReversalOpened(command.case, command.documents),)
        case s.NotOpened(), _:
            raise Refused(Why.UNKNOWN_REVERSAL)
        case _, Question():
            raise Refused(Why.REVERSAL_UNDER_WAY)
        case s.Opened() | s.InDecision(), AddEvidence(documents):
            return _added(state.file, documents)
        case _, AddEvidence():
            raise Refused(Why.REVERSAL_DECIDED)
        case _, HearFinding():
            _check_hearing(state, command)
            return _hear(state, command.finding)
        case s.Opened() | s.InDecision(), TakeBack(by):
            if by is not state.file.case.opened_by:
                raise Refused(Why.NOT_YOUR_REVERSAL)
            return (e.ReversalTakenBack(),)
        case s.ReversalWithdrawn(), TakeBack():
            return ()
        case _, TakeBack():
            raise Refused(Why.REVERSAL_DECIDED)
        case _, RecordReversalNotice(code, fate):
            return (_remembered(code, fate),)
        case _, NoteStageOverdue(stage):
            return (e.StageOverdue(stage),) if _waits_for(state, stage) else ()
        case _, NoteHandedOn(stage):
            return (e.ReversalHandedOn(stage),) if _waits_for(state, stage) else ()
        case _:
            assert_never(command)


def _waits_for(state: ReversalState, stage: Stage) -> bool:
    return isinstance(state, OpenReversal) and state.waits_for is stage


def _check(asked: Question) -> None:
    if isinstance(asked.of, Open):
        raise Refused(Why.NOT_CLOSED)
    if not isinstance(asked.of, Completed) or asked.until is None:
        raise Refused(Why.NOTHING_TO_REVERSE)
    if any(isinstance(one, OpenReversal) for one in asked.before):
        raise Refused(Why.REVERSAL_UNDER_WAY)
    if any(isinstance(one, s.Reversed) for one in asked.before):
        raise Refused(Why.NOTHING_TO_REVERSE)
    if asked.at > asked.until:
        raise Refused(Why.REVERSAL_TOO_LATE)
    if len(asked.before) >= REVERSALS_LIMIT:
        raise Refused(Why.TOO_MANY_REVERSALS)
    _check_room((), asked.documents)


def _added(file: File, documents: tuple[Document, ...]) -> tuple[ReversalEvent, ...]:
    """What is not there yet: a document is known by its digest and by who brought it."""
    known = {(one.by, one.sha256) for one in file.documents}
    new = {(one.by, one.sha256): one for one in documents if (one.by, one.sha256) not in known}
    _check_room(file.documents, tuple(new.values()))
    return (e.EvidenceAdded(tuple(new.values())),) if new else ()


def _check_room(there: tuple[Document, ...], new: tuple[Document, ...]) -> None:
    for side in Side:
        if sum(one.by is side for one in (*there, *new)) > DOCUMENTS_LIMIT:
            raise Refused(Why.TOO_MUCH_EVIDENCE)


def _check_hearing(state: OpenReversal | ClosedReversal, heard: HearFinding) -> None:
    """What the utility says by itself it answers for itself; what we enter in its name waits for the citizen."""
    if heard.by is not Side.OPERATOR or heard.finding.stage is not Stage.DECIDE:
        return
    if not isinstance(state, s.Undecided) or heard.at >= state.file.case.heard_until:
        return
    if state.file.case.opened_by is not Side.CITIZEN and not state.file.has_heard(Side.CITIZEN):
        raise Refused(Why.CITIZEN_UNHEARD)


def _hear(state: OpenReversal | ClosedReversal, said: Finding) -> tuple[ReversalEvent, ...]:
    """A finding against what is known: news, known already, late, or at odds."""
    if isinstance(state, ClosedReversal):
        return _hear_after_the_end(state, said)
    if said.stage >= state.waits_for:
        return (_news(said),)
    if not said.goes_on:
        return (e.FindingKept(said, Standing.CONTRADICTS),)
    if said.stage + 1 == state.waits_for:
        return ()
    return (e.FindingKept(said, Standing.LATE),)


def _hear_after_the_end(state: ClosedReversal, said: Finding) -> tuple[ReversalEvent, ...]:
    """The same end told again is no news; a stage on the way there is late; anything else is at odds with the end."""
    if not said.goes_on and evolve(s.InDecision(state.file), _news(said)) == state:
        return ()
    on_the_way = said.goes_on and said.stage < state.ended_at
    return (e.FindingKept(said, Standing.LATE if on_the_way else Standing.CONTRADICTS),)


def _news(said: Finding) -> ReversalEvent:
    match said:
        case f.TakenUp(reference):
            return e.ReversalTakenUp(reference)
        case f.Upheld(grounds):
            return e.ReversalUpheld(grounds)
        case f.Rejected(grounds):
            return e.ReversalTurnedDown(grounds)
        case f.CarriedOut():
            return e.AccountPutBack()
        case f.NotCarriedOut(grounds):
            return e.AccountNotPutBack(grounds)
        case _:
            assert_never(said)


def _remembered(code: str, fate: Fate) -> ReversalEvent:
    match fate:
        case Delivered(reference):
            return e.ReversalNoticeSent(code, reference)
        case Undeliverable(why):
            return e.ReversalNoticeUndeliverable(code, why)
        case _:
            assert_never(fate)


def evolve(state: ReversalState, event: ReversalEvent) -> ReversalState:
    """What `state` becomes once `event` has happened. Never refuses; events that move nothing return `state`."""
    if isinstance(event, e.ReversalOpened):
        file = File(event.case, event.documents)
        # A utility that opened it has it already.
        return s.InDecision(file) if event.case.opened_by is Side.UTILITY else s.Opened(file)
    if isinstance(state, s.NotOpened):
        raise AssertionError("A history begins with the opening.")
    file = state.file
    match event:
        case e.EvidenceAdded(documents):
            return attrs.evolve(state, file=attrs.evolve(file, documents=(*file.documents, *documents)))
        case e.ReversalNoticeSent(code) | e.ReversalNoticeUndeliverable(code):
            return attrs.evolve(state, file=attrs.evolve(file, told=code))
        case e.ReversalTakenUp():
            return s.InDecision(file)
        case e.ReversalUpheld(grounds):
            return s.CarryingOut(file, grounds)
        case e.ReversalTurnedDown(grounds):
            return s.ReversalRejected(file, grounds)
        case e.AccountPutBack():
            return s.Reversed(file)
        case e.AccountNotPutBack(grounds):
            return s.NotReversed(file, grounds)
        case e.ReversalTakenBack():
            return s.ReversalWithdrawn(file)
        case e.StageOverdue() | e.ReversalHandedOn() | e.FindingKept():
            return state
        case _:
            assert_never(event)


def fold(history: Iterable[ReversalEvent], state: ReversalState = s.NotOpened()) -> ReversalState:  # noqa: B008 - frozen
    """The state that a history leads to."""
    for event in history:
        state = evolve(state, event)
    return state
