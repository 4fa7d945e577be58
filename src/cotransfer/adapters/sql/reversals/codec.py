"""Events of reversals to and from stored bytes, spelt as those of transfers are. Their state is never stored."""

from cotransfer.adapters.sql import spelling
from cotransfer.adapters.sql.codec import FORMAT, NEWER, Spelt, UnreadableRow, check_format, read_body, write_body
from cotransfer.domain.reversals import events as e
from cotransfer.domain.reversals.events import ReversalEvent

EVENTS: dict[str, type[ReversalEvent]] = {
    "reversal_opened": e.ReversalOpened,
    "evidence_added": e.EvidenceAdded,
    "reversal_taken_up": e.ReversalTakenUp,
    "reversal_upheld": e.ReversalUpheld,
    "reversal_turned_down": e.ReversalTurnedDown,
    "account_put_back": e.AccountPutBack,
    "account_not_put_back": e.AccountNotPutBack,
    "reversal_taken_back": e.ReversalTakenBack,
    "reversal_notice_sent": e.ReversalNoticeSent,
    "reversal_notice_undeliverable": e.ReversalNoticeUndeliverable,
    "stage_overdue": e.StageOverdue,
    "reversal_handed_on": e.ReversalHandedOn,
    "finding_kept": e.FindingKept,
}
"""The stored name of each event. A name is never given to another, nor taken away: somewhere it is stored."""

_CONVERTER = spelling.converter()
_CODES = {kind: code for code, kind in EVENTS.items()}
_WRITERS = {kind: spelling.writer(_CONVERTER, kind) for kind in EVENTS.values()}
_READERS = {kind: spelling.reader(_CONVERTER, kind) for kind in EVENTS.values()}


def write_event(event: ReversalEvent) -> Spelt:
    kind = type(event)
    return Spelt(_CODES[kind], FORMAT, write_body(kind, _WRITERS[kind](event)))


def read_event(row: str, spelt: Spelt) -> ReversalEvent:
    """Raises `UnreadableRow`."""
    check_format(row, spelt)
    kind = EVENTS.get(spelt.code)
    if kind is None:
        raise UnreadableRow(row, "its event is of a type that this version does not know", NEWER)
    event: ReversalEvent = read_body(row, kind, spelt.body, _READERS[kind])
    return event
