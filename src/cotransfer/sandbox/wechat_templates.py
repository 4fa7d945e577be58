"""The message templates of the simulated official account, and Tencent's limits on what may stand in their fields.

A field's kind is its name without the number (thing1, phrase2 …). Never says more about a fault than Tencent does.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

INVITATION_TEMPLATE = "TPL_invitation"
RESULT_TEMPLATE = "TPL_result"

# Which fields a template has; a message must fill them all and no others. The same as
# in the example of the gateway's settings.
TEMPLATES: dict[str, frozenset[str]] = {
    INVITATION_TEMPLATE: frozenset({"thing1", "thing2", "phrase3", "time4"}),
    RESULT_TEMPLATE: frozenset({"thing1", "thing2", "character_string3", "date4"}),
}

HAN = r"[\u3400-\u4dbf\u4e00-\u9fff]"
TIME = r"(\d{4}年\d{1,2}月\d{1,2}日|\d{4}[-/]\d{1,2}[-/]\d{1,2})?[ T]?([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?"
DATE = r"\d{4}(年\d{1,2}月\d{1,2}日|[-/]\d{1,2}[-/]\d{1,2})( ?([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?)?"

Fits = Callable[[str], object]

KINDS: dict[str, Fits] = {
    "thing": lambda text: len(text) <= 20,
    "phrase": re.compile(rf"{HAN}{{1,5}}").fullmatch,
    "name": re.compile(rf"{HAN}{{1,10}}|[A-Za-z ·.]{{1,20}}|[{HAN[1:-1]}A-Za-z·*]{{1,10}}").fullmatch,
    "character_string": re.compile(r"[\x20-\x7e]{1,32}").fullmatch,
    "number": re.compile(r"-?\d{1,32}(\.\d+)?").fullmatch,
    "letter": re.compile(r"[A-Za-z]{1,32}").fullmatch,
    "symbol": lambda text: len(text) <= 5,
    "time": re.compile(TIME).fullmatch,
    "date": re.compile(DATE).fullmatch,
    "amount": re.compile(r"[¥￥$]?\d{1,10}(\.\d{1,2})?元?").fullmatch,
    "phone_number": re.compile(r"[0-9+\- ]{1,17}").fullmatch,
    "const": lambda text: len(text) <= 20,
}


def faulty_field(fields: frozenset[str], data: Any) -> str | None:
    """The first field that breaks the template's rules, or None. `data` is {field: {"value": text}}."""
    if not isinstance(data, Mapping):
        return "data"
    for field in sorted(fields | set(data)):
        if field not in fields or field not in data or not _fits(field, data[field]):
            return field
    return None


def _fits(field: str, said: Any) -> bool:
    if not isinstance(said, Mapping) or not isinstance(said.get("value"), str) or not said["value"].strip():
        return False
    kind = KINDS.get(field.rstrip("0123456789"))
    return kind is not None and bool(kind(said["value"]))
