"""JSON as two systems can only read it one way: read strictly, written canonically.

Never repairs anything, and never fails with anything but `NotStrict`: what `loads` lets through is exactly what
`json.loads` would have made of it, minus everything that parsers are known to disagree on or die of.
"""

import json
import math
import re
from typing import NoReturn

LIMIT = 64 * 1024
DEPTH = 16
_DIGITS = 40  # Longer numbers are no amount of anything here, and parsers differ on them.
_TOO_LONG_NUMBER = re.compile(rf"[0-9]{{{_DIGITS + 1},}}")
_SURROGATE = re.compile("[\ud800-\udfff]")


class NotStrict(ValueError):
    """The bytes are not JSON as we accept it; `fault` is a stable code, the text never shows what was in there."""

    def __init__(self, fault: str, wrong: str) -> None:
        super().__init__(wrong)
        self.fault = fault
        self.wrong = wrong


def loads(body: bytes, *, limit: int = LIMIT, depth: int = DEPTH) -> object:
    """The value in `body`, or `NotStrict`. Size, encoding and depth are judged before anything is parsed."""
    if len(body) > limit:
        raise NotStrict("too_large", f"The body is larger than {limit} bytes.")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise NotStrict("not_utf8", "The body is not UTF-8.") from None
    _check_shape(text, depth)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise NotStrict("not_json", f"The body is not JSON: line {error.lineno}, column {error.colno}.") from None
    _check_texts(value)
    return value


def dumps(value: object) -> bytes:
    """The one spelling of `value`: UTF-8, keys sorted, no blanks; `ValueError` for what JSON cannot say."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def _check_shape(text: str, depth: int) -> None:
    """Depth and length of numbers, outside of strings, in one pass that cannot recurse."""
    outside = _STRING.sub('""', text)
    level = 0
    for mark in _BRACKET.findall(outside):
        level += 1 if mark in "[{" else -1
        if level > depth:
            raise NotStrict("too_deep", f"The body is nested deeper than {depth} levels.")
    if _TOO_LONG_NUMBER.search(outside):
        raise NotStrict("number", f"A number has more than {_DIGITS} digits in a row.")


_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")


def _check_texts(value: object) -> None:
    """No text that a database or another parser would stumble over."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str(text) if "\0" in text:
                raise NotStrict("null_character", "A text contains the character U+0000.")
            case str(text) if _SURROGATE.search(text):
                raise NotStrict("lone_surrogate", "A text contains half of a surrogate pair.")
            case dict(members):
                waiting += [*members.keys(), *members.values()]
            case list(items):
                waiting += items
            case _:
                pass


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise NotStrict("duplicate_key", "An object has the same key twice.")
    return members


def _constant(_: str) -> NoReturn:
    raise NotStrict("number", "NaN and Infinity are not JSON.")


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise NotStrict("number", "A number is too large.")
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_constant, parse_float=_float)
