"""What the citizen is told of a reversal: the state in a few characters. Never how it is delivered."""

from cotransfer.domain.notices import Phrase
from cotransfer.domain.reports import Grounds
from cotransfer.domain.reversals import states as s
from cotransfer.domain.reversals.states import ClosedReversal, OpenReversal


def phrase(state: OpenReversal | ClosedReversal) -> Phrase:
    """How the state is called in a notice. That the utility has taken it up is no news of its own."""
    match state:
        case s.Opened() | s.InDecision():
            return Phrase.QUESTIONED
        case s.CarryingOut():
            return Phrase.REVERSAL_UPHELD
        case s.ReversalRejected():
            return Phrase.REVERSAL_REJECTED
        case s.ReversalWithdrawn():
            return Phrase.REVERSAL_WITHDRAWN
        case s.Reversed():
            return Phrase.REVERSED
        case _:
            return Phrase.NOT_REVERSED


def is_to_be_told(state: OpenReversal | ClosedReversal) -> bool:
    """Whether the citizen has not been told yet how it stands now."""
    return state.file.told != phrase(state).code


def grounds_of(state: OpenReversal | ClosedReversal) -> Grounds | None:
    """Why it stands so, where the utility has said it."""
    return state.grounds if isinstance(state, s.CarryingOut | s.ReversalRejected | s.NotReversed) else None
