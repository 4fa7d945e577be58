"""What an attempt at a task came to, as the agenda keeps it: whose fault, at which step, under which ids.

Never decides whether it is tried again, and never shows more of an error than may stand in a log.
"""

from cotransfer.domain.agenda import Duty, step_of
from cotransfer.domain.grants import NotGranted
from cotransfer.domain.ledger import Failure
from cotransfer.domain.parties import Party, Step
from cotransfer.domain.refusals import Refused
from cotransfer.domain.states import Open, State
from cotransfer.ports import correlation as ids
from cotransfer.ports.errors import Unavailable, Unintelligible


def waited_for(state: State) -> Step | None:
    """The step that a transfer in that state waits for; None before its submission and after its end."""
    return state.waits_for if isinstance(state, Open) else None


def failed(duty: Duty, waits_for: Step | None, error: Exception) -> Failure:
    """`error`, at `duty` of a transfer that waits for that step."""
    step = step_of(duty, waits_for)
    match error:
        case (
            Unavailable(party=party, what=what, correlation=told)
            | Unintelligible(party=party, what=what, correlation=told)
        ):
            # What the store raises it raises on a thread of its own, where nobody knows of the work at hand.
            return Failure(party, what, step=step, correlation=told or ids.ourselves())
        case NotGranted():
            return ours(step, f"{error.refusal.why.code} ({error.why_not.code})")
        case Refused():
            return ours(step, f"refused as {error.refusal.why.code}")
        case _:
            # Its own text may hold anything.
            return ours(step, type(error).__name__)


def ours(step: Step | None, what: str) -> Failure:
    """Between us and ourselves."""
    return Failure(Party.US, what, step=step, correlation=ids.ourselves())
