"""The table of a reversal's transitions, read off the decider; it stands in `docs/reversal.md`, and a test compares."""

from collections.abc import Mapping
from types import MappingProxyType

from cotransfer.domain.events import Standing
from cotransfer.domain.reversals import states as s
from cotransfer.domain.reversals.case import File, Side
from cotransfer.domain.reversals.commands import HearFinding
from cotransfer.domain.reversals.deciding import decide, evolve
from cotransfer.domain.reversals.events import FindingKept
from cotransfer.domain.reversals.findings import CarriedOut, Finding, NotCarriedOut, Rejected, TakenUp, Upheld
from cotransfer.domain.reversals.states import ClosedReversal, OpenReversal
from cotransfer.testing.reversals import CONTRACT, HEARD_UNTIL, REVERSAL
from cotransfer.testing.samples import GROUNDS, OTHER_GROUNDS

_FILE = File(REVERSAL, (CONTRACT,))

STATES: tuple[OpenReversal | ClosedReversal, ...] = (
    s.Opened(_FILE),
    s.InDecision(_FILE),
    s.CarryingOut(_FILE, GROUNDS),
    s.Reversed(_FILE),
    s.NotReversed(_FILE, GROUNDS),
    s.ReversalRejected(_FILE, GROUNDS),
    s.ReversalWithdrawn(_FILE),
)
"""Every state that a finding can meet, with sample data."""

FINDINGS: Mapping[str, Finding] = MappingProxyType(
    {
        "taken up": TakenUp("R-1"),
        "upheld": Upheld(GROUNDS),
        "rejected": Rejected(GROUNDS),
        "rejected, other grounds": Rejected(OTHER_GROUNDS),
        "carried out": CarriedOut(),
        "not carried out": NotCarriedOut(GROUNDS),
    }
)
"""Every kind of finding, with sample data."""


def cell(state: OpenReversal | ClosedReversal, finding: Finding) -> str:
    """What becomes of `finding` in `state`: a state's name, `=` (no news), `late` or `contradicts`."""
    events = decide(state, HearFinding(finding, Side.UTILITY, HEARD_UNTIL))
    if not events:
        return "="
    (event,) = events
    if isinstance(event, FindingKept):
        return "late" if event.standing is Standing.LATE else "contradicts"
    return evolve(state, event).code


def table() -> str:
    """As Markdown."""
    rows = [f"| {name} | " + " | ".join(cell(state, one) for state in STATES) + " |" for name, one in FINDINGS.items()]
    head = "| finding \\ state | " + " | ".join(state.code for state in STATES) + " |"
    return "\n".join((head, "|---" * (len(STATES) + 1) + "|", *rows))
