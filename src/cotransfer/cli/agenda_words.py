"""How `cotransfer agenda` says what a task is and how it stands: for people, and as plain values for machines.

Never says anything personal: a task holds nothing that is.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cotransfer.app.explaining import Awaited, Explanation, Next, Nothing, Remedy, TriedAt
from cotransfer.domain.agenda import Duty
from cotransfer.domain.correlation import Correlation
from cotransfer.domain.ledger import Failure, Ledger, Revived, Tried, last_failure
from cotransfer.domain.parties import Party
from cotransfer.ports.standing import Held, Item, Pending, Resting, Retrying

DUTIES: Mapping[Duty, str] = {
    Duty.SEND_APPLICATION: "hand the application in at the utility (step 5)",
    Duty.CANCEL_APPLICATION: "ask the utility to take the application back, which the citizen wants",
    Duty.INVITE_TO_SIGN: "tell the citizen that the contract can be signed (step 7)",
    Duty.REMIND_TO_SIGN: "remind the citizen that the contract waits to be signed (step 7)",
    Duty.ANNOUNCE_RESULT: "tell the citizen how it ended (step 9)",
    Duty.INVITE_BY_SMS: "tell the citizen by SMS, as WeChat could not, that the contract can be signed (step 7)",
    Duty.REMIND_BY_SMS: "remind the citizen by SMS, as WeChat could not, that the contract waits to be signed (step 7)",
    Duty.ANNOUNCE_BY_SMS: "tell the citizen by SMS, as WeChat could not, how it ended (step 9)",
    Duty.ASK_PROGRESS: "ask the utility how far it is, at its own pace",
    Duty.CHASE_RECEIPT: "see whether the utility has taken the application (step 5), and note that it is late if not",
    Duty.CHASE_PRE_REVIEW: "see whether the pre-review is done (step 6), and note that it is late if not",
    Duty.CHASE_SIGNING: "see whether the contract is signed (step 7), and note that it is late if not",
    Duty.CHASE_HANDLING: "see whether it is handled (step 8), and note that it is late if not",
    Duty.LOOK_AGAIN: "look at arrears and certificate once more before it is handled (step 8)",
    Duty.TELL_OPERATOR: "tell the operator, in the log, that a step waits although its deadline has passed",
    Duty.ANNOUNCE_REVERSAL: "tell the citizen how the reversal of the transfer stands",
    Duty.HAND_ON_REVERSAL: "tell the operator, in the log, that a reversal has to be taken to the utility",
    Duty.CHASE_REVERSAL: "note that the reversal is late, and tell the operator so in the log",
    Duty.ERASE: "erase the personal data of the transfer, whose time is over",
}

PARTIES: Mapping[Party, str] = {
    Party.CITIZEN: "the citizen's",
    Party.PLATFORM: "the platform's",
    Party.US: "our own",
    Party.REGISTRY: "the registry's",
    Party.UTILITY: "the utility's",
    Party.SIGNER: "the signing provider's",
    Party.NOTIFIER: "the notifier's",
    Party.NETWORK: "the line's to the counterparty",
}

_REMEDIES: Mapping[Remedy, str] = {
    Remedy.WAIT: "nothing for now: it goes on by itself",
    Remedy.CALL_COUNTERPARTY: "ask {counterparty} about it, with the key and the times above",
    Remedy.CHECK_LINE: "look at the line: address, name server, firewall, certificate; the log has circuit_opened",
    Remedy.CHECK_OURSELVES: "look at the log under the key, at our keys and settings, and at `cotransfer grants list`",
    Remedy.REVIVE: "once it is mended: cotransfer agenda revive {transfer} {duty} --who YOU --why WORD",
}


def told(item: Item) -> tuple[str, ...]:
    """A task of a list: its key, a line about it, and one about its latest failure."""
    return (f"{item.due.key}  {item.standing.phase.value}", _line(item), *failed_as(item.ledger))


def lines(said: Explanation, state: str | None) -> tuple[str, ...]:
    """A task explained."""
    item = said.item
    names = {"counterparty": item.due.counterparty, "transfer": item.due.transfer.text, "duty": item.due.duty.value}
    return (
        f"{item.due.key}  {item.standing.phase.value}",
        f"what: {DUTIES[item.due.duty]}, towards {item.due.counterparty}",
        f"transfer: {state or 'its state cannot be read here: the keys are missing, or it was erased'}",
        f"attempts: {item.attempts}",
        *(f"  {_marked(mark)}" for mark in item.ledger),
        *(f"  attempt {number} ended without a word: its worker died or was stopped" for number in said.silent),
        *(_blamed(said.fault) if said.fault else ()),
        *([f"in doubt: it may have been done since {_at(item.doubt)}"] if item.doubt else []),
        f"next: {_next(said.next)}",
        *(f"you can: {_REMEDIES[remedy].format(**names)}" for remedy in said.remedies),
    )


def described(item: Item) -> dict[str, Any]:
    """A task as plain values."""
    return {
        "key": item.due.key,
        "transfer": item.due.transfer.text,
        "duty": item.due.duty.value,
        "counterparty": item.due.counterparty,
        "state": item.standing.phase.value,
        "due_at": _at(item.due.at),
        "attempts": item.attempts,
        "in_doubt_since": None if item.doubt is None else _at(item.doubt),
        **_standing(item),
        "fault": at_fault(item.ledger),
    }


def at_fault(ledger: Ledger) -> dict[str, Any] | None:
    """What the latest failed attempt came to, as plain values: party, step, both correlation ids, next action."""
    fault = last_failure(ledger)
    return None if fault is None else _failure(fault)


def under(ids: Correlation) -> str:
    """Both sides' names for an exchange, to ask for it in their records; "" where there is none."""
    told = (("ours", ids.ours), ("theirs", ids.theirs))
    return ", ".join(f"{whose} {word}" for whose, word in told if word is not None)


def failed_as(ledger: Ledger) -> tuple[str, ...]:
    """The latest failed attempt in a line: whose, at which step, under which ids, and what helps."""
    fault = last_failure(ledger)
    if fault is None:
        return ()
    step = "" if fault.step is None else f" at step {fault.step.value}"
    ids = f"; correlation ids: {under(fault.correlation)}" if fault.correlation else ""
    helps = f"; next: {fault.next_action.value}" if fault.next_action else ""
    return (f"{fault.party.value}{step}{ids}{helps}",)


def describing(said: Explanation, state: str | None) -> dict[str, Any]:
    """A task explained, as plain values."""
    return {
        **described(said.item),
        "what": DUTIES[said.item.due.duty],
        "transfer_state": state,
        "ledger": [_mark(mark) for mark in said.item.ledger],
        "silent_attempts": list(said.silent),
        "next": _next(said.next),
        "remedies": [remedy.value for remedy in said.remedies],
    }


def _line(item: Item) -> str:
    attempts = f"{item.attempts} attempt" + ("" if item.attempts == 1 else "s")
    towards = f"towards {item.due.counterparty}, {attempts}"
    match item.standing:
        case Pending():
            return f"{_at(item.due.at)}  {towards}"
        case Held(until):
            return f"{_at(item.due.at)}  {towards}, in a worker's hands until {_at(until)}"
        case Retrying(why):
            return f"{_at(item.due.at)}  {towards}: {why or 'the last one ended without a word'}"
        case Resting(at, why):
            return f"{_at(at)}  {towards}: {why}"


def _standing(item: Item) -> dict[str, Any]:
    match item.standing:
        case Pending():
            return {}
        case Held(until):
            return {"held_until": _at(until)}
        case Retrying(why):
            return {"why": why}
        case Resting(at, why):
            return {"why": why, "buried_at": _at(at)}


def _marked(mark: Tried | Revived) -> str:
    match mark:
        case Tried(number, at, failure):
            ids = f" ({under(failure.correlation)})" if failure.correlation else ""
            return f"{_at(at)}  attempt {number}: {failure}{ids}"
        case Revived(at=at, who=who, why=why):
            return f"{_at(at)}  revived by {who}: {why}"


def _mark(mark: Tried | Revived) -> dict[str, Any]:
    match mark:
        case Tried(number, at, failure):
            return {"attempt": number, "at": _at(at), **_failure(failure)}
        case Revived(at=at, who=who, why=why):
            return {"revived_by": who, "at": _at(at), "why": why}


def _blamed(fault: Failure) -> tuple[str, ...]:
    step = "" if fault.step is None else f", at step {fault.step.value}"
    ids = (f"correlation ids: {under(fault.correlation)}",) if fault.correlation else ()
    return (f"whose fault: {PARTIES[fault.party]}{step}", *ids)


def _failure(failure: Failure) -> dict[str, Any]:
    return {
        "party": failure.party.value,
        "what": failure.what,
        "step": None if failure.step is None else failure.step.value,
        "correlation_id": failure.correlation.ours,
        "counterparty_correlation_id": failure.correlation.theirs,
        "next_action": None if failure.next_action is None else failure.next_action.value,
    }


def _next(comes: Next) -> str:
    match comes:
        case TriedAt(at, more):
            failures = "one more failure buries it" if more == 1 else f"{more} more failures bury it"
            return f"tried at {_at(at)}, or as soon as there is room; {failures}"
        case Awaited(until):
            return f"a worker is at it; if nothing is heard by {_at(until)}, it is taken up again"
        case Nothing():
            return "nobody tries it until it is revived"


def _at(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
