"""What an event of a reversal leaves owed on its transfer's agenda, and what it settles. Never performs anything.

A transfer has one open reversal at most, so that it owes each of these at most once.
"""

from collections.abc import Mapping
from types import MappingProxyType

from cotransfer.domain.agenda import Duty, Task
from cotransfer.domain.allowances import USUAL, Allowances
from cotransfer.domain.calendars import Span
from cotransfer.domain.parties import Party
from cotransfer.domain.reversals import events as e
from cotransfer.domain.reversals.case import Side
from cotransfer.domain.reversals.events import ReversalEvent
from cotransfer.domain.reversals.findings import Stage

DUTIES = frozenset({Duty.ANNOUNCE_REVERSAL, Duty.HAND_ON_REVERSAL, Duty.CHASE_REVERSAL})
"""Those of a reversal."""

OWNERS: Mapping[Stage, Party] = MappingProxyType(
    {Stage.TAKE_UP: Party.US, Stage.DECIDE: Party.UTILITY, Stage.CARRY_OUT: Party.UTILITY}
)
"""Who keeps a waiting stage waiting."""

_ENDS = (e.ReversalTurnedDown, e.AccountPutBack, e.AccountNotPutBack, e.ReversalTakenBack)


def deadline(stage: Stage, allow: Allowances) -> Span:
    """How long a stage may wait."""
    match stage:
        case Stage.TAKE_UP:
            return allow.reversal_taking_up
        case Stage.DECIDE:
            return allow.reversal_decision
        case _:
            return allow.reversal_carrying_out


def owed(event: ReversalEvent, allow: Allowances = USUAL) -> tuple[Task, ...]:
    """What `event` leaves to be done."""
    match event:
        case e.ReversalOpened(case):
            if case.opened_by is Side.UTILITY:
                return (Task(Duty.ANNOUNCE_REVERSAL), _chase(Stage.DECIDE, allow))
            return (Task(Duty.ANNOUNCE_REVERSAL), Task(Duty.HAND_ON_REVERSAL), _chase(Stage.TAKE_UP, allow))
        case e.EvidenceAdded():
            return (Task(Duty.HAND_ON_REVERSAL),)
        case e.ReversalTakenUp():
            return (_chase(Stage.DECIDE, allow),)
        case e.ReversalUpheld():
            return (
                Task(Duty.ANNOUNCE_REVERSAL),
                Task(Duty.HAND_ON_REVERSAL),
                _chase(Stage.CARRY_OUT, allow),
            )
        case e.StageOverdue():
            return (Task(Duty.CHASE_REVERSAL, allow.again),)
        case e.ReversalHandedOn():
            return (Task(Duty.HAND_ON_REVERSAL, allow.again),)
        case _ if closes(event):
            return (Task(Duty.ANNOUNCE_REVERSAL), Task(Duty.ERASE, allow.retention))
        case _:
            return ()


def settled(event: ReversalEvent) -> tuple[Duty, ...]:
    """Which duties `event` makes pointless. While a reversal is open nothing of its transfer is erased."""
    match event:
        case e.ReversalOpened():
            return (Duty.ERASE,)
        case e.ReversalTakenUp():
            return (Duty.HAND_ON_REVERSAL,)
        case _ if closes(event):
            return (Duty.HAND_ON_REVERSAL, Duty.CHASE_REVERSAL)
        case _:
            return ()


def closes(event: ReversalEvent) -> bool:
    """Whether `event` ends a reversal."""
    return isinstance(event, _ENDS)


def _chase(stage: Stage, allow: Allowances) -> Task:
    return Task(Duty.CHASE_REVERSAL, deadline(stage, allow))
