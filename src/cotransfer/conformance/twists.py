"""What can be wrong with a call, by name: bodies that no JSON reader should take, fields that are not as agreed.

Never draws anything at random: the same twist of the same body gives the same bytes, so that a failure can be repeated.
"""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from cotransfer.adapters.wire.strict_json import DEPTH, LIMIT
from cotransfer.conformance.exchanges import dumped

BODY, MISSING, EXTRA, TYPE, VALUE = "body:", "missing:", "extra:", "type:", "value:"
STRANGE_FIELD = "field_that_no_contract_has"
STRANGE_VALUE = "\u00a7"
"""No field of the contracts may hold this sign alone, but where people's names stand."""


def _twice(body: dict[str, Any]) -> bytes:
    name = next(iter(body), "a")
    member = f"{json.dumps(name)}: {json.dumps(body.get(name, 1), ensure_ascii=False)}"
    return f"{{{member}, {dumped(body).decode()[1:]}".encode() if body else f"{{{member}, {member}}}".encode()


def _with_number(number: str) -> Callable[[dict[str, Any]], bytes]:
    return lambda body: dumped({**body, STRANGE_FIELD: 0}).replace(b": 0}", f": {number}}}".encode())


def _deep(body: dict[str, Any]) -> bytes:
    inner: Any = 1
    for _ in range(DEPTH * 2):
        inner = [inner]
    return dumped({**body, STRANGE_FIELD: inner})


def _large(body: dict[str, Any]) -> bytes:
    return dumped(body) + b" " * (LIMIT + 1)


BODIES: Mapping[str, Callable[[dict[str, Any]], bytes]] = {
    "not_json": lambda body: dumped(body)[:-1] + b",",
    "empty": lambda _: b"",
    "not_an_object": lambda body: dumped([body]),
    "key_twice": _twice,
    "nan": _with_number("NaN"),
    "too_deep": _deep,
    "half_a_pair": lambda body: dumped({**body, STRANGE_FIELD: "?"}).replace(b'"?"', b'"\\ud800"'),
    "not_utf8": lambda body: dumped({**body, STRANGE_FIELD: "?"}).replace(b'"?"', b'"\xff\xfe"'),
    "too_large": _large,
}
"""The bodies that cannot be read, made of one that can; `too_large` is good JSON, only over 64 KiB."""


def spoilt_body(body: dict[str, Any] | None, twists: tuple[str, ...]) -> bytes | None:
    """The bytes of `body` with the twists that concern it; None where the call has no body."""
    if body is None:
        return None
    changed = deepcopy(body)
    for twist in twists:
        kind, _, field = twist.partition(":")
        if f"{kind}:" in (MISSING, EXTRA, TYPE, VALUE):
            _change(changed, f"{kind}:", field)
    raw = next((BODIES[twist.removeprefix(BODY)] for twist in twists if twist.startswith(BODY)), None)
    return raw(changed) if raw else dumped(changed)


def faulty_fields(twists: tuple[str, ...]) -> frozenset[str]:
    """The fields that an answer to such a call has to name; an extra one by its own name."""
    named = (twist.partition(":") for twist in twists)
    return frozenset(
        _inside(field, STRANGE_FIELD) if f"{kind}:" == EXTRA else field
        for kind, _, field in named
        if f"{kind}:" in (MISSING, EXTRA, TYPE, VALUE)
    )


def _inside(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _change(body: dict[str, Any], kind: str, path: str) -> None:
    """Nothing happens where the path is not there: another twist took it away."""
    *steps, last = path.split(".") if path else [""]
    for step in (*steps, last) if kind == EXTRA and path else steps:
        inner = body.get(step)
        if not isinstance(inner, dict):
            return
        body = inner
    if kind == EXTRA:
        body[STRANGE_FIELD] = "1"
    elif kind == MISSING:
        body.pop(last, None)
    else:
        body[last] = _of_another_type(body.get(last)) if kind == TYPE else _wrong_value(body.get(last))


def _of_another_type(value: Any) -> Any:
    """A field that was left out may be of any type: a number in a list is none of them."""
    if value is None:
        return [7]
    return 7 if isinstance(value, str | list | dict) else "seven"


def _wrong_value(value: Any) -> Any:
    return [] if isinstance(value, list) else STRANGE_VALUE
