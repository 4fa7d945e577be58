"""What a template's fields may hold, and how a notice is made to fit them, before anything is sent.

Never lets a field overstep its limit (WeChat refuses the whole message then), and never fills a field with a name.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from types import MappingProxyType

import attrs

from cotransfer.domain.notices import Notice

CHINA = timezone(timedelta(hours=8))
"""China knows one time zone and no summer time."""

THING_LIMIT = 20
FIELDS_LIMIT = 10
_NOTHING = "—"  # WeChat refuses an empty field.
_HAN = r"[\u4e00-\u9fff]"
_DAY = r"\d{4}年\d{1,2}月\d{1,2}日"
_CLOCK = r"(?:[01]?\d|2[0-3]):[0-5]\d"
_KEY = re.compile(r"([a-z_]+)[0-9]{1,2}")

LIMITS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        kind: re.compile(pattern, re.ASCII)
        for kind, pattern in {
            "thing": rf"[^\x00-\x1f\x7f]{{1,{THING_LIMIT}}}",
            "phrase": rf"{_HAN}{{1,5}}",
            "name": rf"(?:{_HAN}|[·*]){{1,10}}|[A-Za-z .*]{{1,20}}",
            "character_string": r"[\x21-\x7e]{1,32}",
            "number": r"[0-9]{1,29}(?:\.[0-9]{1,2})?",
            "symbol": r"[^\w\s]{1,5}",
            "time": rf"{_CLOCK}|{_DAY} {_CLOCK}",
            "date": rf"{_DAY}(?: {_CLOCK})?",
            "amount": r"[¥$]?[0-9]{1,10}(?:\.[0-9]{1,2})?元?",
            "phone_number": r"[0-9+*()-]{1,17}",
        }.items()
    }
)
"""The platform's rule for each kind of field: a whole match keeps it."""


def _units(text: str) -> int:
    """Length as WeChat's editors count it: a rare Han character beyond the basic plane counts twice."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def keeps_limit(key: str, text: str) -> bool:
    """Whether WeChat takes `text` in the field `key` ("thing1"); a kind that it does not have takes nothing."""
    found = _KEY.fullmatch(key)
    if found is None or found[1] not in LIMITS or not LIMITS[found[1]].fullmatch(text):
        return False
    return found[1] != "thing" or _units(text) <= THING_LIMIT


def _tidy(text: str) -> str:
    """One line of visible characters."""
    return "".join(mark for mark in " ".join(text.split()) if mark.isprintable()).strip() or _NOTHING


def _head(text: str, room: int) -> str:
    taken = text[:room]
    while _units(taken) > room:
        taken = taken[:-1]
    return taken


def without_middle(text: str, room: int = THING_LIMIT) -> str:
    """The beginning and the end: a location's district and its room number both tell."""
    text = _tidy(text)
    if _units(text) <= room:
        return text
    half = (room - 1) // 2
    tail = _head(text[::-1], half)[::-1]
    return f"{_head(text, room - 1 - half)}…{tail}"


def without_end(text: str, room: int = THING_LIMIT) -> str:
    """The beginning, which says it."""
    text = _tidy(text)
    return text if _units(text) <= room else f"{_head(text, room - 1)}…"


def _time(_: Notice, at: datetime) -> str:
    here = at.astimezone(CHINA)
    return f"{here.year:04}年{here.month}月{here.day}日 {here.hour:02}:{here.minute:02}"


def _service(notice: Notice, _: datetime) -> str:
    return f"{notice.service.zh}过户"


def _result(notice: Notice, _: datetime) -> str:
    return without_end(f"{notice.phrase.zh}：{notice.grounds.text}" if notice.grounds else notice.phrase.zh)


Filling = Callable[[Notice, datetime], str]

FILLINGS: Mapping[str, Mapping[str, Filling]] = MappingProxyType(
    {
        "thing": {
            "location": lambda notice, _: without_middle(notice.location.text),
            "service": _service,
            "phrase": lambda notice, _: notice.phrase.zh,
            "result": _result,
            "certificate_number": lambda notice, _: without_middle(notice.certificate_number.text),
        },
        "phrase": {
            "phrase": lambda notice, _: notice.phrase.zh,
            "service": _service,
        },
        # A certificate number has Han characters in it; the transfer's own number has just room without its hyphens.
        "character_string": {"transfer": lambda notice, _: notice.transfer.text.replace("-", "")},
        "time": {"time": _time},
        "date": {"time": _time},
    }
)
"""What each kind of field can be filled with. Kinds that are not here want what a notice does not have."""


@attrs.frozen
class Template:
    """One message template: its identifier, and which word of `FILLINGS` stands in which of its fields.

    Raises ValueError for a field that cannot be filled so, and for a template without fields or with too many.
    """

    template_id: str
    fields: Mapping[str, str]

    def __attrs_post_init__(self) -> None:
        if not 1 <= len(self.fields) <= FIELDS_LIMIT:
            raise ValueError(f"A template has 1 to {FIELDS_LIMIT} fields.")
        for key, word in self.fields.items():
            if word not in _fillings(key):
                raise ValueError(f'The template field "{key}" cannot hold "{word}"; it takes {sorted(_fillings(key))}.')

    def filled(self, notice: Notice, at: datetime) -> dict[str, str]:
        """Each field's text; each keeps its limit."""
        return {key: _fillings(key)[word](notice, at) for key, word in self.fields.items()}


def _fillings(key: str) -> Mapping[str, Filling]:
    found = _KEY.fullmatch(key)
    return FILLINGS.get(found[1], {}) if found else {}
