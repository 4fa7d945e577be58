"""States and events to and from stored bytes: JSON under a stable code and a format number.

A row that cannot be read raises `UnreadableRow`, which names the row and shows nothing that stands in it; it is never
skipped and never guessed at.
"""

from typing import Any, get_args

import attrs
import orjson

from cotransfer.adapters.sql import spelling
from cotransfer.domain import events as e
from cotransfer.domain.case import Case
from cotransfer.domain.events import Event
from cotransfer.domain.parties import Party
from cotransfer.domain.states import Closed, NotSubmitted, Open, State, Unsigned, Withdrawing
from cotransfer.ports.errors import Unintelligible

FORMAT = 1
"""Of every body written now. A changed spelling takes the next number, and the old one is still read."""

ERASED = 0
"""In place of a format: there was a body, and it is destroyed."""

EVENTS: dict[str, type[Event]] = {
    "application_submitted": e.ApplicationSubmitted,
    "application_taken": e.ApplicationTaken,
    "pre_review_passed": e.PreReviewPassed,
    "pre_review_passed_for_sms": e.PreReviewPassedForSms,
    "signing_address_came": e.SigningAddressCame,
    "signing_address_replaced": e.SigningAddressReplaced,
    "pre_review_not_passed": e.PreReviewNotPassed,
    "signing_opened": e.SigningOpened,
    "contract_signed": e.ContractSigned,
    "contract_declined": e.ContractDeclined,
    "contract_expired": e.ContractExpired,
    "withdrawal_asked": e.WithdrawalAsked,
    "withdrawal_too_late": e.WithdrawalTooLate,
    "application_withdrawn": e.ApplicationWithdrawn,
    "handling_done": e.HandlingDone,
    "handling_not_done": e.HandlingNotDone,
    "notice_sent": e.NoticeSent,
    "notice_undeliverable": e.NoticeUndeliverable,
    "deadline_passed": e.DeadlinePassed,
    "operator_told": e.OperatorTold,
    "report_kept": e.ReportKept,
}
"""The stored name of each event. A name is never given to another."""

STATES: dict[str, type[Open | Closed]] = {kind.code: kind for kind in get_args(Open | Closed)}


class UnreadableRow(Unintelligible):
    """A stored row does not say what a row of ours says."""

    def __init__(self, row: str, why: str) -> None:
        super().__init__(
            Party.US, f"The stored row {row} cannot be read: {why}. Restore it from a backup; nothing was guessed."
        )
        self.row = row


@attrs.frozen
class Spelt:
    """A code, the format, and the body under them."""

    code: str
    format: int
    body: bytes = attrs.field(repr=False)


_CONVERTER = spelling.converter()
_EVENT_CODES = {kind: code for code, kind in EVENTS.items()}
_EVENT_WRITERS = {kind: spelling.writer(_CONVERTER, kind) for kind in EVENTS.values()}
_EVENT_READERS = {code: spelling.reader(_CONVERTER, kind) for code, kind in EVENTS.items()}
# A transfer being withdrawn has no details of its own: it is spelt as where it stood.
_PLAIN_STATES: dict[str, Any] = {code: kind for code, kind in STATES.items() if kind is not Withdrawing}
_STATE_WRITERS = {kind: spelling.writer(_CONVERTER, kind, without=("case",)) for kind in _PLAIN_STATES.values()}
_FACTS_WRITER = spelling.writer(_CONVERTER, Case)
_FACTS_READER = spelling.reader(_CONVERTER, Case)
_DETAIL_READERS = {
    code: tuple(
        (field.name, field.type, _CONVERTER.get_structure_hook(field.type))
        for field in attrs.fields(attrs.resolve_types(kind))
        if field.name != "case"
    )
    for code, kind in _PLAIN_STATES.items()
}


def write_event(event: Event) -> Spelt:
    kind = type(event)
    return Spelt(_EVENT_CODES[kind], FORMAT, orjson.dumps(_EVENT_WRITERS[kind](event)))


def read_event(row: str, spelt: Spelt) -> Event:
    _check_format(row, spelt)
    read = _EVENT_READERS.get(spelt.code)
    if read is None:
        raise UnreadableRow(row, "its event is of an unknown type")
    try:
        event: Event = read(orjson.loads(spelt.body))
    except Exception as error:
        raise _broken(row, error) from None
    return event


def write_details(state: State) -> Spelt:
    """What `state` holds beside its case."""
    if isinstance(state, NotSubmitted):
        raise TypeError("Nothing is stored before the submission.")
    return Spelt(state.code, FORMAT, orjson.dumps(_details(state)))


def _details(state: Open | Closed) -> dict[str, Any]:
    if isinstance(state, Withdrawing):
        return {"stood": {"state": state.stood.code, **_details(state.stood)}}
    details: dict[str, Any] = _STATE_WRITERS[type(state)](state)
    return details


def write_facts(case: Case) -> bytes:
    return orjson.dumps(_FACTS_WRITER(case))


def read_facts(row: str, facts: bytes) -> Case:
    try:
        case: Case = _FACTS_READER(orjson.loads(facts))
    except Exception as error:
        raise _broken(row, error) from None
    return case


def read_state(row: str, spelt: Spelt, case: Case) -> State:
    """The state under the code, of its details and the case."""
    _check_format(row, spelt)
    if spelt.code not in STATES:
        raise UnreadableRow(row, "its state is of an unknown kind")
    try:
        return _state(spelt.code, orjson.loads(spelt.body), case)
    except Exception as error:
        raise _broken(row, error) from None


def _state(code: str, details: dict[str, Any], case: Case) -> Open | Closed:
    if code == Withdrawing.code:
        stood = details.pop("stood")
        below = _state(stood.pop("state"), stood, case)
        if details or not isinstance(below, Unsigned):
            raise ValueError("not where a withdrawal begins")
        return Withdrawing(below)
    read = {name: hook(details.pop(name), of) for name, of, hook in _DETAIL_READERS[code]}
    if details:
        raise ValueError("left over")
    state: Open | Closed = _PLAIN_STATES[code](case, **read)
    return state


def _check_format(row: str, spelt: Spelt) -> None:
    if spelt.format != FORMAT:
        raise UnreadableRow(row, f"it is in format {spelt.format}, and this version reads format {FORMAT}")


def _broken(row: str, error: Exception) -> UnreadableRow:
    # Only the kind of the error is told: its text may show what stands in the row.
    return UnreadableRow(row, f"its body is broken ({type(error).__name__})")
