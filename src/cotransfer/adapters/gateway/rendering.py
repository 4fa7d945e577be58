"""A transfer as people and programs are shown it: state, timeline, next action, the way to the contract.

Never shows whose it is: no name, number or address of anybody, save the signing address at the tap and the utility's
own words on why not.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cotransfer.adapters.gateway.texts import Texts
from cotransfer.adapters.wire.today import CHINA
from cotransfer.app.errand import Ruling
from cotransfer.app.matter import Matter
from cotransfer.app.reports import is_news
from cotransfer.app.viewing import View
from cotransfer.domain import states as s
from cotransfer.domain.blame import blame
from cotransfer.domain.parties import NextAction, Party
from cotransfer.domain.progress import milestone, turn, untold
from cotransfer.domain.states import Closed, NotSubmitted, State
from cotransfer.domain.values import TransferId
from cotransfer.ports.reversals import ReversalRecord
from cotransfer.ports.transfers import Entry

TIMELINE_LIMIT = 500


def moment(at: datetime) -> str:
    """RFC 3339 in the scheme's own time zone, to the millisecond."""
    return at.astimezone(CHINA).isoformat(timespec="milliseconds")


def view(seen: View, texts: Texts) -> dict[str, Any]:
    """A stored transfer."""
    record = seen.record
    times = (record.submitted_at, record.updated_at)
    shown = _transfer(record.transfer, record.state, seen.journal, times, texts, shows_reason=seen.shows_reason)
    questioned = [_reversal(one, texts) for one in seen.reversals]
    return shown | {"reversals": questioned} if questioned else shown


def _reversal(record: ReversalRecord, texts: Texts) -> dict[str, Any]:
    code = record.state.code
    return {"number": record.id.number, "state": code, "state_text": texts.reversal_states[code]}


def submitted(ruling: Ruling, texts: Texts) -> dict[str, Any]:
    """A transfer as it is the moment it is submitted."""
    history = [Entry(nth, ruling.at, event) for nth, event in enumerate(ruling.events, 1)]
    return _transfer(ruling.transfer, ruling.state, history, (ruling.at, ruling.at), texts)


def heard(ruling: Ruling) -> dict[str, Any]:
    """What a utility hears back."""
    return {"transfer": ruling.transfer.text, "state": ruling.state.code, "news": is_news(ruling)}


def withdrawal(ruling: Ruling, texts: Texts) -> dict[str, Any]:
    """How it stands once the citizen wants it back."""
    whose = turn(ruling.state)
    return {
        "transfer": ruling.transfer.text,
        "state": ruling.state.code,
        "state_text": texts.states[ruling.state.code],
        "next_action": next_action(whose.action, texts, whose.who),
    }


def signing_way(ruling: Ruling, texts: Texts) -> dict[str, Any]:
    """Step 7, second way: the address, or what there is instead."""
    match ruling.state:
        case s.AwaitingSigning(signing_address=address):
            return {"action": "sign", "signing_address": address.text}
        case s.AwaitingSmsSigning():
            action = "sign_by_sms"
        case s.InHandling():
            action = "in_handling"
        case _:
            action = "closed"
    return {"action": action, "text": texts.signing_ways[action]}


def matter_of(ruling: Ruling) -> Matter | None:
    """What the way to the contract discloses something about."""
    return Matter.of(ruling.state.case) if isinstance(ruling.state, s.AwaitingSigning) else None


def next_action(action: NextAction, texts: Texts, who: Party = Party.CITIZEN) -> dict[str, Any]:
    """The one thing that helps, and whose turn it is."""
    return {"code": action.value, "who": who.value, "text": texts.next_actions[action.value]}


def _transfer(
    transfer: TransferId,
    state: State,
    history: Sequence[Entry],
    times: tuple[datetime, datetime],
    texts: Texts,
    *,
    shows_reason: bool = True,
) -> dict[str, Any]:
    if isinstance(state, NotSubmitted):
        raise AssertionError("Nothing is shown of what was not submitted.")
    whose = turn(state)
    return {
        "transfer": transfer.text,
        "service": state.case.service.value,
        "utility": state.case.utility.text,
        "state": state.code,
        "state_text": texts.states[state.code],
        "closed": isinstance(state, Closed),
        **(_reason(state) if shows_reason else {}),
        **({"follows": state.case.follows.text} if state.case.follows else {}),
        "submitted_at": moment(times[0]),
        "updated_at": moment(times[1]),
        "timeline": [_line(entry, texts) for entry in _bounded(history)],
        **_undelivered(history, state, texts),
        "next_action": next_action(whose.action, texts, whose.who),
    }


def _undelivered(history: Sequence[Entry], state: State, texts: Texts) -> dict[str, Any]:
    """The page in a notice's place, where no channel has delivered it."""
    left = untold((entry.event for entry in history), state)
    if left is None:
        return {}
    told = {"kind": left.kind.value, "channel": left.channel.value, "reason": left.why}
    return {"undelivered_notice": {**told, "text": texts.notices[left.phrase.code]}}


def _reason(state: State) -> dict[str, Any]:
    """The utility's own words, where it gave any."""
    if isinstance(state, s.PreReviewFailed | s.HandlingFailed):
        return {"reason": state.grounds.text}
    return {}


def _bounded(history: Sequence[Entry]) -> Sequence[Entry]:
    """The submission and the latest; a counterparty that repeats itself must not make the answer grow for ever."""
    return history if len(history) <= TIMELINE_LIMIT else [history[0], *history[1 - TIMELINE_LIMIT :]]


def _line(entry: Entry, texts: Texts) -> dict[str, Any]:
    told = milestone(entry.event)
    return {
        "step": int(told.step),
        "code": told.code,
        "text": texts.milestones[told.code],
        **({} if told.channel is None else {"channel": told.channel.value}),
        **({} if told.why is None else {"reason": told.why}),
        "at": moment(entry.at),
        **_fault(entry, texts),
    }


def _fault(entry: Entry, texts: Texts) -> dict[str, Any]:
    """Of a failure: whose matter it is, what helps, and under which ids both sides find it in their records."""
    whose = blame(entry.event)
    if whose is None:
        return {}
    helps = whose.next_action.value
    ids = {"correlation_id": entry.brought.ours, "counterparty_correlation_id": entry.brought.theirs}
    return {
        "party": whose.party.value,
        "next_action": {"code": helps, "text": texts.next_actions[helps]},
        **{name: word for name, word in ids.items() if word is not None},
    }
