"""Strict JSON: what two systems could read in two ways is refused, and nothing ever breaks the reader."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotransfer.adapters.wire.strict_json import DEPTH, LIMIT, NotStrict, dumps, loads

HOSTILE = [
    (b"", "not_json"),
    (b" ", "not_json"),
    (b"\xef\xbb\xbf{}", "not_json"),
    (b"\xff\xfe{\x00}\x00", "not_utf8"),
    (b'"\xff"', "not_utf8"),
    (b'"\xc0\x80"', "not_utf8"),
    (b'"\xed\xa0\x80"', "not_utf8"),
    (b'"\xf4\x90\x80\x80"', "not_utf8"),
    (b"{", "not_json"),
    (b"}", "not_json"),
    (b"{]", "not_json"),
    (b"[1,]", "not_json"),
    (b"[1 2]", "not_json"),
    (b'{"a":1,}', "not_json"),
    (b"{'a':1}", "not_json"),
    (b"{a:1}", "not_json"),
    (b'{"a"}', "not_json"),
    (b'{1:"a"}', "not_json"),
    (b"{}{}", "not_json"),
    (b"{} x", "not_json"),
    (b"{}\x00", "not_json"),
    (b"null null", "not_json"),
    (b"// no\n{}", "not_json"),
    (b"/* no */{}", "not_json"),
    (b'"a', "not_json"),
    (b'"a\\', "not_json"),
    (b'"\\x41"', "not_json"),
    (b'"\\u12"', "not_json"),
    (b'"a\nb"', "not_json"),
    (b'"a\x00b"', "not_json"),
    (b'"a\x1fb"', "not_json"),
    (b"tru", "not_json"),
    (b"True", "not_json"),
    (b"01", "not_json"),
    (b"+1", "not_json"),
    (b".5", "not_json"),
    (b"1.", "not_json"),
    (b"0x10", "not_json"),
    (b"1_000", "not_json"),
    ("１".encode(), "not_json"),
    ("“a”".encode(), "not_json"),
    (b"NaN", "number"),
    (b"[Infinity]", "number"),
    (b'{"a":-Infinity}', "number"),
    (b"1e999", "number"),
    (b"-1e999", "number"),
    (b"1" * 41, "number"),
    (b"0." + b"1" * 41, "number"),
    (b"1e" + b"0" * 41, "number"),
    (b"1" * 5000, "number"),
    (b'{"a":1,"a":1}', "duplicate_key"),
    (b'{"a":1,"\\u0061":2}', "duplicate_key"),
    (b'[{"b":{"a":1,"a":2}}]', "duplicate_key"),
    (b'"\\ud800"', "lone_surrogate"),
    (b'{"\\udc00":1}', "lone_surrogate"),
    (b'"\\ude00\\ud83d"', "lone_surrogate"),
    (b'"\\u0000"', "null_character"),
    (b'{"a\\u0000":1}', "null_character"),
    (b"[" * (DEPTH + 1) + b"]" * (DEPTH + 1), "too_deep"),
    (b'{"a":' * (DEPTH + 1) + b"1" + b"}" * (DEPTH + 1), "too_deep"),
    (b"[" * 60_000, "too_deep"),
    (b'{"a":' * 10_000, "too_deep"),
    (b'["\\"",' * 9_000, "too_deep"),
    (b'"' + b"a" * LIMIT + b'"', "too_large"),
    (b" " * (LIMIT + 1), "too_large"),
]


@pytest.mark.parametrize(("body", "fault"), HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_bodies_are_refused_by_name(body: bytes, fault: str) -> None:
    """Each way of being no strict JSON has its own stable code."""
    with pytest.raises(NotStrict) as raised:
        loads(body)
    assert raised.value.fault == fault


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"null",
        b' {"a" : [1, -2.5e3, true, false, null, "\\ud83d\\ude00 \\" \\\\ [[[[[[[[[[[[[[[[[[[["]}\r\n',
        b"[" * DEPTH + b"]" * DEPTH,
        b"1" * 40,
        ('"' + "张" * 10_000 + '"').encode(),
        b'{"":1,"A":2,"a":3}',
        json.dumps({"brackets in texts": "]" * 100 + "{" * 100, "digits in texts": "1" * 100}).encode(),
    ],
)
def test_strict_json_is_read_as_json_reads_it(body: bytes) -> None:
    """Strict means fewer texts, never another meaning."""
    assert loads(body) == json.loads(body)


def test_a_fault_never_shows_the_body() -> None:
    """What was sent may be personal; the text of a fault goes into answers and logs."""
    with pytest.raises(NotStrict) as raised:
        loads(b'{"identity_number": 530102199003071238 oops}')
    assert "5301" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_wider_limit_is_at_the_call() -> None:
    """Counterparties' answers may be larger than what we take in."""
    assert len(str(loads(b'"' + b"a" * LIMIT + b'"', limit=2 * LIMIT))) == LIMIT
    with pytest.raises(NotStrict):
        loads(b"[[]]", depth=1)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**39), 10**39)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_any_value_is_refused_or_read_as_json_reads_it(value: object) -> None:
    """Never anything but `NotStrict`, or the value that json makes of it."""
    body = json.dumps(value).encode()
    try:
        read = loads(body)
    except NotStrict as refused:
        assert refused.fault in {"null_character", "lone_surrogate", "too_deep", "number"}  # noqa: PT017 - either way is right
    else:
        assert read == json.loads(body)


MARKS = [bytes([mark]) for mark in b'{}[],:"-.1 \\\n\x00\xff']
WORDS = [b"null", b"true", b"NaN", b"e9", b'"a"', b"\\u", b"d800", b"0000", b"[" * 17, b"9" * 41, "张".encode()]
pieces = st.lists(st.sampled_from(MARKS + WORDS), max_size=30).map(b"".join)


@given(pieces | st.binary(max_size=200))
def test_any_bytes_are_refused_or_read_as_json_reads_them(body: bytes) -> None:
    """Torn, mixed and meaningless bytes: no other exception, and no other meaning."""
    try:
        read = loads(body)
    except NotStrict:
        return
    assert read == json.loads(body)


@given(values)
def test_what_we_write_we_read(value: object) -> None:
    """One spelling for one value, and it is strict JSON itself."""
    try:
        written = dumps(value)
        read = loads(written)
    except (NotStrict, UnicodeEncodeError):
        return
    assert read == value
    assert dumps(read) == written


def test_writing_is_canonical() -> None:
    """The same message has the same bytes, so that it can be told from another by its digest."""
    assert dumps({"b": 1, "a": ["张", None]}) == '{"a":["张",null],"b":1}'.encode()
    with pytest.raises(ValueError, match=r"not JSON compliant|Out of range"):
        dumps(math.nan)
