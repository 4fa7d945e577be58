"""How `cotransfer reversals` says what a reversal is and how it stands: for people, and as plain values for machines.

Nothing personal, but for `written`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from cotransfer.domain.refusals import Why
from cotransfer.domain.reversals.notices import grounds_of
from cotransfer.domain.reversals.progress import code, turn
from cotransfer.domain.reversals.states import NotOpened, OpenReversal
from cotransfer.ports.reversals import ReversalLine, ReversalRecord

REFUSED: Mapping[Why, str] = {
    Why.UNKNOWN_TRANSFER: "There is no such transfer in this database. Check the identifier, and database.url.",
    Why.UNKNOWN_REVERSAL: "There is no such reversal. `cotransfer reversals list --all` lists those that there are.",
    Why.ERASED: "The personal data of this transfer were erased; nothing of it can be questioned or shown.",
    Why.NOT_CLOSED: "The transfer is under way: nothing has been moved yet. It can still be withdrawn or waited for.",
    Why.NOTHING_TO_REVERSE: "The transfer was not completed, or it has been reversed: there is nothing to reverse.",
    Why.REVERSAL_TOO_LATE: "The utility's window (reversal_window) is over: go to the utility's counter.",
    Why.REVERSAL_UNDER_WAY: "A reversal of it is open: follow that one. `cotransfer reversals list` shows it.",
    Why.REVERSAL_DECIDED: "It has been decided or taken back: nothing can be added to it, and it cannot be taken back.",
    Why.TOO_MANY_REVERSALS: "This transfer has been questioned as often as one may be: go to the utility's counter.",
    Why.TOO_MUCH_EVIDENCE: "That side has brought as many documents as one may: take the rest to the utility.",
    Why.NOT_YOUR_REVERSAL: "Somebody else has opened it. Say with --by in whose name it is taken back.",
    Why.CITIZEN_UNHEARD: "The citizen has yet to be heard: wait until their time is over (`show` says when), or until "
    "they have brought something.",
}
"""Each refusal that a command can meet, with what to do."""


def line(one: ReversalLine) -> dict[str, Any]:
    """One of a list."""
    return {
        "reversal": one.id.text,
        "state": one.state,
        "open": one.is_open,
        "utility": one.utility.text,
        "opened_at": one.opened_at.isoformat(timespec="seconds"),
        "updated_at": one.updated_at.isoformat(timespec="seconds"),
    }


def described(record: ReversalRecord) -> dict[str, Any]:
    """A reversal without anything personal: of a document its digest."""
    state, next_turn = record.state, turn(record.state)
    assert not isinstance(state, NotOpened)  # noqa: S101 - what is stored has been opened
    case = state.file.case
    return {
        "reversal": record.id.text,
        "transfer": record.id.transfer.text,
        "service": case.service.value,
        "utility": case.utility.text,
        "opened_by": case.opened_by.value,
        "ground": case.complaint.ground.value,
        "state": state.code,
        "open": isinstance(state, OpenReversal),
        "turn": {"who": next_turn.who.value, "action": next_turn.action.value},
        "citizen_heard_until": case.heard_until.isoformat(timespec="seconds"),
        "documents": [{"by": one.by.value, "sha256": one.sha256} for one in state.file.documents],
        "journal": [
            {"sequence": entry.sequence, "at": entry.at.isoformat(), "code": code(entry.event)}
            for entry in record.journal
        ],
    }


def lines(record: ReversalRecord) -> tuple[str, ...]:
    """The same for people."""
    shown = described(record)
    left = f"turn: {shown['turn']['who']} → {shown['turn']['action']}" if shown["open"] else "closed"
    return (
        f"{shown['reversal']}  {shown['state']}",
        f"{shown['service']} by {shown['utility']}; opened by {shown['opened_by']}: {shown['ground']}; {left}",
        f"the citizen is heard until {shown['citizen_heard_until']}",
        *(f"  {one['by']} brought {one['sha256']}" for one in shown["documents"]),
        *(f"  {one['sequence']:>3}  {one['at']}  {one['code']}" for one in shown["journal"]),
    )


def written(record: ReversalRecord) -> Iterator[tuple[str, str]]:
    """What people wrote: the statement, each document's name and place, the grounds. Personal."""
    state = record.state
    assert not isinstance(state, NotOpened)  # noqa: S101 - what is stored has been opened
    statement, grounds = state.file.case.complaint.statement, grounds_of(state)
    if statement is not None:
        yield "statement", statement.text
    for one in state.file.documents:
        yield f"document {one.sha256[:12]}", f"{one.name.text}, kept at {one.place.text}"
    if grounds is not None:
        yield "grounds", grounds.text
