"""How values are spelt in a stored body: a value that is only a text as that text, everything else by its fields.

Never checks a value: what was checked once, at the edge, is trusted when it is read back. What it does check is that
a body has exactly the fields it should have.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from cattrs.strategies import configure_tagged_union

from cotransfer.domain import reports as r
from cotransfer.domain.reports import Report
from cotransfer.domain.reversals import findings as f
from cotransfer.domain.reversals.findings import Finding

REPORTS: dict[str, type[Report]] = {
    "taken": r.Taken,
    "not_taken": r.NotTaken,
    "cleared": r.Cleared,
    "cleared_for_sms": r.ClearedForSms,
    "failed": r.Failed,
    "signed": r.Signed,
    "declined": r.Declined,
    "expired": r.Expired,
    "cancelled": r.Cancelled,
    "handled": r.Handled,
    "not_handled": r.NotHandled,
}
"""The stored name of each report. A name is never given to another."""

FINDINGS: dict[str, type[Finding]] = {
    "taken_up": f.TakenUp,
    "upheld": f.Upheld,
    "rejected": f.Rejected,
    "carried_out": f.CarriedOut,
    "not_carried_out": f.NotCarriedOut,
}
"""The stored name of each finding on a reversal. A name is never given to another."""


def converter() -> Converter:
    """Everything a state or an event is made of, to and from what JSON has."""
    made = Converter(detailed_validation=False, forbid_extra_keys=True)
    made.register_unstructure_hook_factory(_is_only_text, _text_of)
    made.register_structure_hook_factory(_is_only_text, _of_text)
    made.register_unstructure_hook_func(lambda kind: _origin(kind) is frozenset, _sorted_words)
    made.register_unstructure_hook(datetime, lambda at: at.astimezone(UTC).isoformat(timespec="microseconds"))
    made.register_structure_hook(datetime, _moment)
    names = {kind: name for name, kind in REPORTS.items()}
    configure_tagged_union(Report, made, tag_generator=lambda kind: names[kind], tag_name="report")
    found = {kind: name for name, kind in FINDINGS.items()}
    configure_tagged_union(Finding, made, tag_generator=lambda kind: found[kind], tag_name="finding")
    return made


def writer(made: Converter, kind: type, *, without: tuple[str, ...] = ()) -> Callable[[Any], Any]:
    """A function that spells a `kind`, leaving out the fields `without`."""
    left_out: Any = {name: override(omit=True) for name in without}
    write: Callable[[Any], Any] = make_dict_unstructure_fn(kind, made, **left_out)
    return write


def reader(made: Converter, kind: type) -> Callable[[Any], Any]:
    """A function that reads a `kind` back."""
    read: Callable[[Any, Any], Any] = make_dict_structure_fn(
        kind, made, _cattrs_detailed_validation=False, _cattrs_forbid_extra_keys=True
    )
    return lambda spelt: read(spelt, kind)


def parts_reader(made: Converter, kind: type, *, without: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """A function that reads the fields of a `kind` back, all but the one `without`; it uses up what it is given."""
    hooks = [
        (field.name, field.type, made.get_structure_hook(field.type))
        for field in attrs.fields(attrs.resolve_types(kind))
        if field.name != without
    ]

    def read(spelt: dict[str, Any]) -> dict[str, Any]:
        parts = {name: hook(spelt.pop(name), of) for name, of, hook in hooks}
        if spelt:
            raise ValueError("left over")
        return parts

    return read


def _is_only_text(kind: Any) -> bool:
    return attrs.has(kind) and [field.name for field in attrs.fields(kind)] == ["text"]


def _text_of(kind: Any) -> Callable[[Any], str]:
    return lambda value: value.text


def _of_text(kind: Any) -> Callable[[Any, Any], Any]:
    def read(text: Any, _: Any) -> Any:
        if type(text) is not str:
            raise TypeError("not a text")
        return kind(text)

    return read


def _moment(text: Any, _: Any) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("not a moment")
    return at


def _origin(kind: Any) -> Any:
    return getattr(kind, "__origin__", kind)


def _sorted_words(words: Any) -> list[str]:
    return sorted(word.value for word in words)
