"""What a reversal shows of itself: a code for what happened, and the one thing that helps next. Codes only."""

from collections.abc import Mapping
from types import MappingProxyType

from cotransfer.domain.events import Standing
from cotransfer.domain.notices import OUTCOME_UNKNOWN
from cotransfer.domain.parties import NextAction, Party
from cotransfer.domain.progress import Turn
from cotransfer.domain.reversals import events as e
from cotransfer.domain.reversals import states as s
from cotransfer.domain.reversals.events import ReversalEvent
from cotransfer.domain.reversals.states import ReversalState

_CODES: Mapping[type, str] = MappingProxyType(
    {
        e.ReversalOpened: "opened",
        e.EvidenceAdded: "evidence_added",
        e.ReversalTakenUp: "taken_up",
        e.ReversalUpheld: "upheld",
        e.ReversalTurnedDown: "rejected",
        e.AccountPutBack: "carried_out",
        e.AccountNotPutBack: "not_carried_out",
        e.ReversalTakenBack: "withdrawn",
        e.ReversalNoticeSent: "notice_sent",
        e.StageOverdue: "deadline_passed",
        e.ReversalHandedOn: "operator_told",
    }
)


def code(event: ReversalEvent) -> str:
    """How `event` reads on a timeline and in the audit trail."""
    match event:
        case e.FindingKept(_, standing):
            return "finding_kept_late" if standing is Standing.LATE else "finding_contradicts"
        case e.ReversalNoticeUndeliverable(_, why):
            return "notice_in_doubt" if why == OUTCOME_UNKNOWN else "notice_undeliverable"
        case _:
            return _CODES[type(event)]


def turn(state: ReversalState) -> Turn:
    """The one next action of `state`, and the party it falls to."""
    match state:
        case s.Opened():
            return Turn(Party.US, NextAction.WAIT)
        case s.InDecision() | s.CarryingOut():
            return Turn(Party.UTILITY, NextAction.WAIT)
        case s.NotReversed():
            return Turn(Party.CITIZEN, NextAction.APPLY_AT_COUNTER)
        case _:
            return Turn(Party.CITIZEN, NextAction.NONE)
