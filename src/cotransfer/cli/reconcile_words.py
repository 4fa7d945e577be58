"""Findings of a reconciliation in words for operators, and as JSON: codes and identifiers, nothing about a person."""

from typing import Any

from cotransfer.domain.reconciliation import Divergence, Remedy
from cotransfer.ports.reconciliations import Done, Kept, Round

CLASSES = {
    Divergence.MISSING_HERE: "missing here",
    Divergence.MISSING_THERE: "missing there",
    Divergence.DIFFERS: "differs",
    Divergence.EXPECTED_LATE: "expected late",
}
REMEDIES = {
    Remedy.WAIT: "nothing yet: it is young, or still on its way; the next round looks again",
    Remedy.TAKE_REPORTS: "the utility is ahead: its reports are taken",
    Remedy.HAND_IN_AGAIN: "the application is handed in again, under the same key",
    Remedy.CALL_UTILITY: "somebody has to ask the utility",
}
DONE = {
    Done.NOTHING: "nothing was done",
    Done.REPORTS_TAKEN: "they were taken",
    Done.HANDED_IN_AGAIN: "it is on the agenda again",
    Done.OPERATOR_TOLD: "told in the log as at_odds",
}


def described(kept: Kept) -> dict[str, Any]:
    """For machines."""
    found = kept.finding
    return {
        "utility": kept.utility.text,
        "transfer": found.transfer.text,
        "class": found.divergence.value,
        "here": found.here,
        "there": None if found.there is None else found.there.value,
        "turn": found.turn.value,
        "remedy": found.remedy.value,
        "done": kept.done.value,
        "first_seen": kept.first_seen.isoformat(),
        "last_seen": kept.last_seen.isoformat(),
        "closed_at": None if kept.closed_at is None else kept.closed_at.isoformat(),
    }


def round_described(one: Round) -> dict[str, Any]:
    """For machines."""
    failure = one.failure
    return {
        "utility": one.utility.text,
        "round": one.name,
        "began_at": one.began_at.isoformat(),
        "ended_at": None if one.ended_at is None else one.ended_at.isoformat(),
        "compared": one.compared,
        "attempts": one.attempts,
        "failure": None if failure is None else {"party": failure.party.value, "what": failure.what},
    }


def told(kept: Kept) -> tuple[str, ...]:
    """For people: the finding, both sides, and what helps."""
    found = kept.finding
    there = "nothing" if found.there is None else found.there.value
    over = "" if kept.closed_at is None else f"; over since {kept.closed_at.isoformat()}"
    return (
        f"{CLASSES[found.divergence]}  {found.transfer.text}  {kept.utility.text}",
        f"here {found.here or 'nothing'}, there {there}; turn: {found.turn.value}",
        f"{REMEDIES[found.remedy]}; {DONE[kept.done]}",
        f"seen since {kept.first_seen.isoformat()}, last {kept.last_seen.isoformat()}{over}",
    )


def round_told(one: Round) -> tuple[str, ...]:
    """For people: how a round went, and whose fault it is where it did not come to its end."""
    compared = f"{one.compared} transfer" + ("" if one.compared == 1 else "s")
    if one.failure is not None:
        return (f"{one.utility.text}: not finished, {compared} compared ({one.name})", str(one.failure))
    if one.ended_at is None:
        return (f"{one.utility.text}: under way since {one.began_at.isoformat()} ({one.name})",)
    return (f"{one.utility.text}: {compared} compared ({one.name})",)
