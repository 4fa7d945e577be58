"""How a grant is spelled, in a file that an administrator writes as in a stored row: one shape, strict both ways.

Reading tells every fault at once and shows no value; what it does not know is a fault, never ignored. Never decides
whether a grant may be added.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from cotransfer.adapters.wire.forms import collecting
from cotransfer.domain.datasets import FIELDS, Dataset, Operation
from cotransfer.domain.faults import Fault, Invalid
from cotransfer.domain.grants import Active, Ended, Grant, GrantId, Side, Standing, Suspended, Suspension
from cotransfer.domain.values import Service
from cotransfer.domain.values.text import one_of

T = TypeVar("T")

INSTANT_RIGHT = "Write an instant with its zone, such as 2026-03-02T00:00:00+08:00."
NAMES_RIGHT = 'Give a list of names in quotation marks, such as ["location"].'
TABLE_RIGHT = "Give a table of the datasets, each with a list of its fields."

REQUIRED = frozenset(
    {"id", "counterparty", "purpose", "operations", "fields", "valid_from", "valid_until", "daily_quota", "basis"}
)
OPTIONAL = frozenset({"service", "counties"})


def spell(grant: Grant) -> dict[str, Any]:
    """Its terms in plain words; what is not restricted is left out."""
    terms: dict[str, Any] = {
        "id": grant.id.text,
        "counterparty": grant.counterparty,
        "purpose": grant.purpose,
        "operations": [operation.value for operation in Operation if operation in grant.operations],
        "fields": {dataset.value: sorted(names) for dataset, names in grant.fields.items()},
        "valid_from": grant.valid_from.isoformat(),
        "valid_until": grant.valid_until.isoformat(),
        "daily_quota": grant.daily_quota,
        "basis": grant.basis,
    }
    if grant.service is not None:
        terms["service"] = grant.service.value
    if grant.counties is not None:
        terms["counties"] = sorted(grant.counties)
    return terms


def read(spelt: object) -> Grant:
    """The grant of those terms, active. Raises `Invalid` with everything that is wrong."""
    if not isinstance(spelt, dict):
        raise Invalid(Fault("grant", "not_an_object", "It is not a table of terms.", "Give the terms by their names."))
    faults = [
        *(Fault(name, "missing", "It is missing.", "Give it a value.") for name in sorted(REQUIRED - spelt.keys())),
        *(Fault("grant", "unknown_field", "It has a term that no grant has.", _names(_READERS))
          for name in spelt if name not in REQUIRED | OPTIONAL),
    ]  # fmt: skip
    terms: dict[str, Any] = {}
    for name in sorted((REQUIRED | OPTIONAL) & spelt.keys()):
        with collecting(faults):
            terms[name] = _READERS[name](name, spelt[name])
    faults += [fault for fault in _further(terms) if fault.field.partition(".")[0] in terms]
    if faults:
        raise Invalid(*faults)
    return Grant(**terms)


def spell_standing(standing: Standing) -> dict[str, Any]:
    """How it stands, by whom and why."""
    match standing:
        case Suspended(suspensions=suspensions):
            return {"standing": "suspended", "suspensions": [_spelt_act(one) for one in suspensions]}
        case Ended():
            return {"standing": "ended", "end": _spelt_act(standing)}
        case Active():
            return {"standing": "active"}


def read_standing(spelt: Mapping[str, Any]) -> Standing:
    """What `spell_standing` says. Raises `KeyError`, `TypeError` or `ValueError` for anything else."""
    match spelt["standing"]:
        case "suspended":
            return Suspended(tuple(Suspension(*_act(one)) for one in spelt["suspensions"]))
        case "ended":
            return Ended(*_act(spelt["end"]))
        case "active":
            return Active()
    raise ValueError("It stands in no known way.")


def _spelt_act(act: Suspension | Ended) -> dict[str, str]:
    return {"by": act.by.value, "at": act.at.isoformat(), "why": act.why}


def _act(spelt: Mapping[str, str]) -> tuple[Side, datetime, str]:
    return Side(spelt["by"]), datetime.fromisoformat(spelt["at"]), spelt["why"]


def _further(terms: Mapping[str, Any]) -> tuple[Fault, ...]:
    """What a grant of those terms complains about, with something harmless for those that could not be read."""
    try:
        Grant(**{**_HARMLESS, **terms})
    except Invalid as invalid:
        return invalid.faults
    return ()


def _text(name: str, spelt: object) -> str:
    if not isinstance(spelt, str):
        raise Invalid(Fault(name, "not_text", "It is not a text.", "Give a text in quotation marks."))
    return spelt


def _number(name: str, spelt: object) -> int:
    if type(spelt) is not int:
        raise Invalid(Fault(name, "shape", "It is not a whole number.", "Give a whole number without quotation marks."))
    return spelt


def _instant(name: str, spelt: object) -> datetime:
    """TOML's own, or a text of RFC 3339; a day without an hour is no instant."""
    if isinstance(spelt, str):
        try:
            return datetime.fromisoformat(spelt)
        except ValueError:
            raise Invalid(Fault(name, "shape", "It is not an instant.", INSTANT_RIGHT)) from None
    if not isinstance(spelt, datetime):
        raise Invalid(Fault(name, "shape", "It is not an instant.", INSTANT_RIGHT))
    return spelt


def _set_of(parse: Callable[[str, object], T]) -> Callable[[str, object], frozenset[T]]:
    def read(name: str, spelt: object) -> frozenset[T]:
        if not isinstance(spelt, list):
            raise Invalid(Fault(name, "not_a_list", "It is not a list.", NAMES_RIGHT))
        faults: list[Fault] = []
        items = []
        for item in spelt:
            with collecting(faults):
                items.append(parse(name, item))
        if faults:
            raise Invalid(*dict.fromkeys(faults))
        return frozenset(items)

    return read


def _fields(name: str, spelt: object) -> dict[Dataset, frozenset[str]]:
    if not isinstance(spelt, dict):
        raise Invalid(Fault(name, "not_an_object", "It is not a table.", TABLE_RIGHT))
    faults: list[Fault] = []
    fields = {}
    for dataset, names in spelt.items():
        with collecting(faults):
            table = one_of(Dataset, name, dataset)
            fields[table] = _set_of(_field_of(table))(f"{name}.{dataset}", names)
    if faults:
        raise Invalid(*faults)
    return fields


def _field_of(table: Dataset) -> Callable[[str, object], str]:
    def read(name: str, spelt: object) -> str:
        if spelt not in FIELDS[table]:
            raise Invalid(
                Fault(name, "unknown_field", "It names a field that the table has not.", _names(FIELDS[table]))
            )
        return str(spelt)

    return read


def _names(names: Iterable[str]) -> str:
    return f"Only these fields: {', '.join(names)}."


_READERS: Mapping[str, Callable[[str, object], Any]] = {
    "id": lambda name, spelt: GrantId.parse(spelt, field=name),
    "counterparty": _text,
    "purpose": _text,
    "operations": _set_of(lambda name, spelt: one_of(Operation, name, spelt)),
    "fields": _fields,
    "service": lambda name, spelt: Service.parse(spelt, field=name),
    "counties": _set_of(_text),
    "valid_from": _instant,
    "valid_until": _instant,
    "daily_quota": _number,
    "basis": _text,
}

_HARMLESS: Mapping[str, Any] = {
    "id": GrantId("harmless"),
    "counterparty": "harmless",
    "purpose": "harmless",
    "operations": frozenset(Operation),
    "fields": {},
    "valid_from": datetime.min.replace(tzinfo=UTC),
    "valid_until": datetime.max.replace(tzinfo=UTC),
    "daily_quota": 1,
    "basis": "harmless",
}
