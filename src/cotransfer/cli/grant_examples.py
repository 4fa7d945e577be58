"""A grant as a commented file for each kind of counterparty: the scheme's own, to be cut down. Never more than they."""

import enum
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import attrs

from cotransfer.adapters.wire.grants import spell
from cotransfer.domain.grants import (
    Grant,
    Terms,
    notifier_grant,
    platform_grant,
    registry_grant,
    sms_grant,
    utility_grant,
)
from cotransfer.domain.grants.days import CHINA
from cotransfer.domain.values import Service

QUOTA = 20_000
TERM_DAYS = 365


class Kind(enum.Enum):
    """Whom a grant is for."""

    PLATFORM = "platform"
    UTILITY = "utility"
    REGISTRY = "registry"
    NOTIFIER = "notifier"
    SMS = "sms"


_MADE: Mapping[Kind, Callable[[Terms], Grant]] = {
    Kind.PLATFORM: lambda terms: platform_grant("platform", terms),
    Kind.UTILITY: lambda terms: utility_grant(
        "kunming-water", Service.WATER, attrs.evolve(terms, counties=frozenset({"530102", "530103"}))
    ),
    Kind.REGISTRY: lambda terms: registry_grant("registry", terms),
    Kind.NOTIFIER: lambda terms: notifier_grant("notifier", terms),
    Kind.SMS: lambda terms: sms_grant("sms", terms),
}

_WHY = {
    "id": "Names the grant for good: other terms are another grant, under another name.",
    "counterparty": "The connected system, as the settings name it: platform, registry, notifier, sms, or a utility.",
    "purpose": "A short word; it stands in the audit trail beside every disclosure.",
    "operations": "What may be exchanged, by the names in the contracts. Leave out what is not needed.",
    "service": "Which service it is for. Left out: every service.",
    "counties": "Where the homes may lie, by county code (GB/T 2260). Left out: everywhere.",
    "valid_from": "From this instant, until just before the other one.",
    "daily_quota": "Disclosures a day; the day begins at midnight in China.",
    "basis": "The law, the consent or the agreement that it rests on: name and date.",
}


def example(kind: Kind, at: datetime) -> str:
    """A grant that is valid for a year from the day of `at` on, with a sentence about each of its terms."""
    day = at.astimezone(timezone(CHINA)).replace(hour=0, minute=0, second=0, microsecond=0)
    terms = Terms(valid_from=day, valid_until=day + timedelta(days=TERM_DAYS), daily_quota=QUOTA)
    return "\n".join([*_lines(spell(_MADE[kind](terms))), ""])


def _lines(spelt: dict[str, Any]) -> Iterator[str]:
    yield "# A data-sharing grant (数据共享授权): whatever none allows is refused."
    order = [*(name for name in _WHY if name in spelt)]
    order.insert(order.index("valid_from") + 1, "valid_until")
    for name in order:
        if name in _WHY:
            yield f"\n# {_WHY[name]}"
        yield f"{name} = {_value(name, spelt[name])}"
    yield "\n# Which fields may leave, table by table of the scheme. Leave out what the purpose does not need."
    yield "[fields]"
    for dataset, names in spelt["fields"].items():
        yield f"{dataset} = {_list(names)}"


def _value(name: str, value: Any) -> str:
    match value:
        case list():
            return _list(value)
        case int():
            return str(value)
        case _:
            # An instant is one of TOML's own words; everything else is a text, and none of ours holds a quote.
            return str(value) if name.startswith("valid_") else f'"{value}"'


def _list(names: list[str]) -> str:
    whole = ", ".join(f'"{name}"' for name in names)
    if len(whole) <= 80:
        return f"[{whole}]"
    return "[\n" + "".join(f'    "{name}",\n' for name in names) + "]"
