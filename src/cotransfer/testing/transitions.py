"""The table of transitions, read off the decider: every state against every report, and the picture of it.

`docs/transitions.md` is what `page` prints; a test compares the two.
"""

import contextlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from cotransfer.domain import states as s
from cotransfer.domain.commands import Command, ReportWithdrawal, Withdraw, hearing
from cotransfer.domain.events import ReportKept, Standing
from cotransfer.domain.refusals import Refused
from cotransfer.domain.reports import (
    Cancelled,
    Channel,
    Cleared,
    ClearedForSms,
    Declined,
    Expired,
    Failed,
    Handled,
    NotHandled,
    NotTaken,
    Report,
    Signed,
    Taken,
    TooLate,
)
from cotransfer.domain.states import Closed, State
from cotransfer.domain.transfer import decide, evolve
from cotransfer.testing.samples import ADDRESS, CASE, GROUNDS, OTHER_ADDRESS, OTHER_GROUNDS

STATES: tuple[State, ...] = (
    s.Submitted(CASE),
    s.InPreReview(CASE),
    s.AwaitingSigning(CASE, ADDRESS),
    s.AwaitingSmsSigning(CASE),
    s.InHandling(CASE),
    s.Withdrawing(s.Submitted(CASE)),
    s.Withdrawing(s.AwaitingSigning(CASE, ADDRESS)),
    s.Withdrawing(s.InHandling(CASE)),
    s.Completed(CASE),
    s.PreReviewFailed(CASE, GROUNDS),
    s.HandlingFailed(CASE, GROUNDS),
    s.SigningLapsed(CASE, s.Lapse.DECLINED),
    s.SigningLapsed(CASE, s.Lapse.EXPIRED),
    s.Withdrawn(CASE),
)
"""Every state that a report can meet, with sample data."""

REPORTS: Mapping[str, Report] = MappingProxyType(
    {
        "taken": Taken("W-1"),
        "not taken": NotTaken(GROUNDS),
        "cleared": Cleared(ADDRESS),
        "cleared, other address": Cleared(OTHER_ADDRESS),
        "cleared, by SMS": ClearedForSms(),
        "failed": Failed(GROUNDS),
        "failed, other grounds": Failed(OTHER_GROUNDS),
        "signed by SMS": Signed(Channel.SMS),
        "signed by WeChat": Signed(Channel.WECHAT),
        "declined": Declined(),
        "expired": Expired(),
        "cancelled": Cancelled(),
        "handled": Handled(),
        "not handled": NotHandled(GROUNDS),
        "not handled, other grounds": NotHandled(OTHER_GROUNDS),
    }
)
"""Every kind of report, with sample data."""


WITHDRAWAL: Mapping[str, Command] = MappingProxyType({"withdraw": Withdraw(), "too late": ReportWithdrawal(TooLate())})
"""What the citizen asks for, and the answer that is no report."""


def title(state: State) -> str:
    """How a state is named on the page."""
    match state:
        case s.SigningLapsed(lapse=lapse):
            return f"{state.code}: {lapse.value}"
        case s.Withdrawing(stood):
            return f"{state.code}: {stood.code}"
        case _:
            return state.code


def cell(state: State, report: Report) -> str:
    """What becomes of `report` in `state`: a state's name, `=` (no news), `late` or `contradicts`."""
    events = decide(state, hearing(report))
    if not events:
        return "="
    (event,) = events
    if isinstance(event, ReportKept):
        return "late" if event.standing is Standing.LATE else "contradicts"
    return title(evolve(state, event))


def page() -> str:
    """The whole page, as Markdown."""
    return "\n".join((*_preamble(), *_table(), "", "## As a picture", "", *_diagram(), ""))


def _preamble() -> Iterator[str]:
    yield "# Transitions"
    yield ""
    yield "Printed from the decider (`cotransfer.testing.transitions.page`); a test compares this page with the code."
    yield "A cell is the state after the report. `=` is no news. `late` is a report on a step already passed: it is"
    yield "kept in the journal and moves nothing. `contradicts` is kept as well, answered with a conflict, and shown to"
    yield "the operator. A report on a later step proves the earlier ones, so reports may come in any order. Behind"
    yield "`withdrawing` stands where the transfer stood when it was wanted back: beneath that it goes on. Signed,"
    yield "it is wanted back by us alone, where a look before handling finds that something has changed."
    yield ""


def _table() -> Iterator[str]:
    yield "| report \\ state | " + " | ".join(title(state) for state in STATES) + " |"
    yield "|---" * (len(STATES) + 1) + "|"
    for name, report in REPORTS.items():
        yield f"| {name} | " + " | ".join(cell(state, report) for state in STATES) + " |"


def _diagram() -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield "    [*] --> submitted: Submit"
    arrows = {
        (state.code, evolve(state, event).code, name.split(",")[0])
        for state in STATES
        for name, report in REPORTS.items()
        if report.step <= getattr(state, "waits_for", 0)
        for event in decide(state, hearing(report))
        if evolve(state, event) != state
    }
    for name, command in WITHDRAWAL.items():
        for state in STATES:
            with contextlib.suppress(Refused):
                arrows |= {(state.code, evolve(state, event).code, name) for event in decide(state, command)}
    for start, end, name in sorted(arrows):
        yield f"    {start} --> {end}: {name}"
    for code in sorted({state.code for state in STATES if isinstance(state, Closed)}):
        yield f"    {code} --> [*]"
    yield "```"
