"""States and events to and from stored bytes: JSON under a stable code, which says its own form.

A row that cannot be read raises `UnreadableRow`, which names the row and shows nothing that stands in it; it is never
skipped and never guessed at. Older forms are brought up to date as they are read (see `forms`).
"""

from collections.abc import Callable
from typing import Any, TypeVar, get_args

import attrs
import orjson

from cotransfer.adapters.sql import spelling
from cotransfer.adapters.sql.forms import Fields, Forms, TooNew
from cotransfer.domain import events as e
from cotransfer.domain.case import Case
from cotransfer.domain.correlation import UNCORRELATED, Correlation, plain_id
from cotransfer.domain.events import Event
from cotransfer.domain.parties import Party
from cotransfer.domain.states import Closed, InHandling, NotSubmitted, Open, State, Unsigned, Withdrawing
from cotransfer.ports.errors import Unintelligible

T = TypeVar("T")

FORMAT = 1
"""How every body is packed: JSON, which says inside in which form its fields are spelt. Beside the body, in clear."""

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
    "found_unchanged": e.FoundUnchanged,
    "found_changed": e.FoundChanged,
    "not_looked_again": e.NotLookedAgain,
}
"""The stored name of each event. A name is never given to another, nor taken away: somewhere it is stored."""

STATES: dict[str, type[Open | Closed]] = {kind.code: kind for kind in get_args(Open | Closed)}

RESTORE = "Restore it from a backup"
NEWER = "A newer version of cotransfer has written it: run the newest that has used this database"
NEWER_OR_RESTORE = f"{NEWER}; where that is this one, restore the row from a backup"

FORMS = Forms()
"""What every body is written and read by."""


class UnreadableRow(Unintelligible):
    """A stored row does not say what a row of ours says, or says what only a newer version understands."""

    def __init__(self, row: str, why: str, remedy: str = RESTORE) -> None:
        super().__init__(Party.US, f"The stored row {row} cannot be read: {why}. {remedy}; nothing was guessed.")
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
    code: spelling.parts_reader(_CONVERTER, kind, without="case") for code, kind in _PLAIN_STATES.items()
}


def write_event(event: Event) -> Spelt:
    kind = type(event)
    return Spelt(_EVENT_CODES[kind], FORMAT, write_body(kind, _EVENT_WRITERS[kind](event)))


def read_event(row: str, spelt: Spelt) -> Event:
    check_format(row, spelt)
    kind = EVENTS.get(spelt.code)
    if kind is None:
        raise UnreadableRow(row, "its event is of a type that this version does not know", NEWER)
    event: Event = read_body(row, kind, spelt.body, _EVENT_READERS[spelt.code])
    return event


def write_details(state: State) -> Spelt:
    """What `state` holds beside its case."""
    if isinstance(state, NotSubmitted):
        raise TypeError("Nothing is stored before the submission.")
    return Spelt(state.code, FORMAT, write_body(type(state), _details(state)))


def _details(state: Open | Closed) -> Fields:
    if isinstance(state, Withdrawing):
        stood = state.stood
        return {"stood": {"state": stood.code, **FORMS.mark(type(stood), _details(stood))}}
    details: Fields = _STATE_WRITERS[type(state)](state)
    return details


def write_ids(ids: Correlation) -> bytes:
    """Ours, then theirs."""
    return orjson.dumps([ids.ours, ids.theirs])


def read_ids(stored: bytes) -> Correlation:
    """The other way round. They only explain: what this version cannot read is told as nothing, and harms nobody."""
    match orjson.loads(stored):
        case [ours, theirs]:
            return Correlation(ours=plain_id(ours), theirs=plain_id(theirs))
        case _:
            return UNCORRELATED


def write_facts(case: Case) -> bytes:
    return write_body(Case, _FACTS_WRITER(case))


def read_facts(row: str, facts: bytes) -> Case:
    case: Case = read_body(row, Case, facts, _FACTS_READER)
    return case


def state_kind(row: str, code: str) -> type[Open | Closed]:
    """The state that is stored under `code`."""
    kind = STATES.get(code)
    if kind is None:
        raise UnreadableRow(row, "its state is of a kind that this version does not know", NEWER)
    return kind


def read_state(row: str, spelt: Spelt, case: Case) -> State:
    """The state under the code, of its details and the case."""
    check_format(row, spelt)
    kind = state_kind(row, spelt.code)
    return read_body(row, kind, spelt.body, lambda fields: _state(spelt.code, fields, case))


def write_body(kind: type, fields: Fields) -> bytes:
    """`fields` under their form, as JSON."""
    return orjson.dumps(FORMS.mark(kind, fields))


def read_body(row: str, kind: type, body: bytes, read: Callable[[Fields], T]) -> T:
    """What `read` makes of the fields in their present form, whichever form they were stored in.

    Raises `UnreadableRow`, which names `row` and tells the kind of an error only: its text may show what stands there.
    """
    try:
        return read(FORMS.read(kind, orjson.loads(body)))
    except TooNew as error:
        raise UnreadableRow(row, str(error), NEWER) from None
    except Exception as error:
        # What is sealed opens to what some version of ours has written: it may well be a newer one.
        why = f"its body is not as this version writes it ({type(error).__name__})"
        raise UnreadableRow(row, why, NEWER_OR_RESTORE) from None


def _state(code: str, fields: Fields, case: Case) -> Open | Closed:
    if code == Withdrawing.code:
        stood = fields.pop("stood")
        below_code = stood.pop("state")
        below = _state(below_code, FORMS.read(STATES[below_code], stood), case)
        if fields or not isinstance(below, Unsigned | InHandling):
            raise ValueError("not where a withdrawal begins")
        return Withdrawing(below)
    state: Open | Closed = _PLAIN_STATES[code](case, **_DETAIL_READERS[code](fields))
    return state


def check_format(row: str, spelt: Spelt) -> None:
    if spelt.format != FORMAT:
        raise UnreadableRow(row, f"it is packed in format {spelt.format}, and this version knows {FORMAT}", NEWER)
