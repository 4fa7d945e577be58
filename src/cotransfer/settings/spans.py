"""How long something may take, as one writes it in the settings: `30 min`, `4 h`, `3 days`, `0.5 working days`."""

import re
from datetime import timedelta

from cotransfer.domain.calendars import Span, WorkingDays

from .faults import Wrong

LONGEST = timedelta(days=730)
LONGEST_WORKED = 500

_SPAN = re.compile(r"(?P<count>[0-9]{1,6}(?:\.[0-9]{1,3})?) (?P<unit>s|min|h|days?|working days?)")
_SECONDS = {"s": 1, "min": 60, "h": 3600, "day": 86_400, "days": 86_400}
_REMEDY = 'Give a number and a unit such as "30 min", "4 h", "3 days", "0.5 working days": above 0, at most two years.'


def read_span(text: str) -> Span:
    """Raises `Wrong` for what is no span, is nothing, or is longer than two years; working days go in halves."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise Wrong("It is no length of time.", _REMEDY)
    count, unit = float(found["count"]), found["unit"]
    if unit.startswith("working"):
        if not 0 < count <= LONGEST_WORKED or count * 2 != int(count * 2):
            raise Wrong("It is no number of half working days, or too many.", _REMEDY)
        return WorkingDays.of(count)
    span = timedelta(seconds=count * _SECONDS[unit])
    if not timedelta(0) < span <= LONGEST:
        raise Wrong("The time is out of range.", _REMEDY)
    return span


def write_span(span: Span) -> str:
    """As `read_span` reads it, in the largest unit that says it shortly."""
    if isinstance(span, WorkingDays):
        return _counted(span.halves / 2, "working day")
    seconds = span.total_seconds()
    if seconds % 86_400 == 0:
        return _counted(seconds / 86_400, "day")
    for unit in ("h", "min"):
        if seconds % _SECONDS[unit] == 0:
            return f"{seconds / _SECONDS[unit]:g} {unit}"
    return f"{seconds:g} s"


def _counted(count: float, unit: str) -> str:
    return f"{count:g} {unit}" if count == 1 else f"{count:g} {unit}s"
