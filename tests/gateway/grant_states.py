"""Every way in which one counterparty's grant can stand, and the grant that stands so."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType

import attrs

from cotransfer.adapters.memory.time import ManualClock
from cotransfer.domain.datasets import Dataset, Operation
from cotransfer.domain.grants import Ended, Grant, GrantId, Side, Suspended, Suspension
from cotransfer.domain.values import Service

NOW = ManualClock().now()
LONG = timedelta(days=3000)
CITY = Suspension(Side.CITY, NOW, "review")
COUNTERPARTY = Suspension(Side.COUNTERPARTY, NOW, "audit")
ELSEWHERE = "530112"

STATES: Mapping[str, Callable[[Grant], Grant | None]] = MappingProxyType(
    {
        "none": lambda _: None,
        "not yet valid": lambda one: attrs.evolve(one, valid_from=NOW + LONG, valid_until=NOW + 2 * LONG),
        "active": lambda one: one,
        "active, other operations": lambda one: attrs.evolve(one, operations=_others(one)),
        "suspended by city": lambda one: attrs.evolve(one, standing=Suspended((CITY,))),
        "suspended by counterparty": lambda one: attrs.evolve(one, standing=Suspended((COUNTERPARTY,))),
        "suspended by both": lambda one: attrs.evolve(one, standing=Suspended((CITY, COUNTERPARTY))),
        "expired": lambda one: attrs.evolve(one, valid_from=NOW - 2 * LONG, valid_until=NOW),
        "ended": lambda one: attrs.evolve(one, standing=Ended(Side.CITY, NOW, "breach")),
        "other service": lambda one: attrs.evolve(one, service=Service.HEAT),
        "other county": lambda one: attrs.evolve(one, counties=frozenset({ELSEWHERE})),
        "quota spent": lambda one: attrs.evolve(one, daily_quota=1),
    }
)
WITHOUT = "active without "


def states_of(grant: Grant) -> Iterator[str]:
    """All of them, and for each field of the grant the state without it."""
    yield from STATES
    for dataset in grant.fields:
        yield from (f"{WITHOUT}{dataset.value}.{name}" for name in sorted(grant.fields[dataset]))


def standing(grant: Grant, state: str) -> Grant | None:
    """The grant in that state, under another name; one whose quota is spent under its own, so
    that no process has anything of it set aside.
    """
    found = _without(grant, state.removeprefix(WITHOUT)) if state.startswith(WITHOUT) else STATES[state](grant)
    name = "spent" if state == "quota spent" else "again"
    return found and attrs.evolve(found, id=GrantId(f"{grant.id.text}.{name}"))


def _without(grant: Grant, field: str) -> Grant:
    dataset, _, name = field.partition(".")
    of = Dataset(dataset)
    return attrs.evolve(grant, fields={**grant.fields, of: grant.fields[of] - {name}})


def _others(grant: Grant) -> frozenset[Operation]:
    """None of those that the grant had."""
    return frozenset(Operation) - grant.operations
