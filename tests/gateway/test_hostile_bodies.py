"""Strict JSON at the door: whatever comes, it is the sender's fault, it is told so, and not a byte is stored."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.gateway.stage import SUBMISSION, Stage, authorised, staged

from cotransfer.adapters.gateway.asking import ENTERED_LIMITS
from cotransfer.adapters.wire.contract_documents import documents

GOOD = json.dumps(SUBMISSION, ensure_ascii=False).encode()
KEY_TWICE = GOOD[:-1] + b', "service": "water"}'


# What is no strict JSON is in tests/attacks/json; this is strict JSON, or nothing like it, and no message.
MALFORMED = {
    "a_list": b"[" + GOOD + b"]",
    "a_text": b'"service"',
    "a_number": b"1",
    "null": b"null",
    "true": b"true",
    "zip_of_death": b"\x1f\x8b\x08\x00" + b"\x00" * 100,
}


@pytest.mark.parametrize("name", MALFORMED)
@pytest.mark.parametrize("path", ["/v1/transfers", "/v1/properties/search"])
async def test_a_body_that_is_not_strict_json(stage: Stage, name: str, path: str):
    """2.4 and strict JSON: 400 with the reason, never a 5xx, never a stored byte."""
    response = await stage.post(path, MALFORMED[name])
    assert (response.status_code, response.json()["code"]) == (400, "malformed")
    assert response.json()["next_action"]["code"] == "correct_message"
    assert stage.stored == (0, 0)


HOSTILE_VALUES: list[object] = [
    None,
    0,
    -1,
    1.5,
    True,
    [],
    {},
    [[]],
    "",
    " ",
    "\u200b",
    "\u202e",
    "\ufffe",
    "a" * 3000,
    "﷽" * 500,
    "'; DROP TABLE transfers; --",
    "${jndi:ldap://x}",
    "{{7*7}}",
    "%s%n",
    "../../etc/passwd",
    "\U0001f600",
    "０１２３",
    {"$ne": None},
    ["water"],
    10**39,
]


@pytest.mark.parametrize("field", SUBMISSION)
async def test_a_field_that_holds_what_it_should_not(stage: Stage, field: str):
    """A wrong value is a fault of that field or a refusal, whatever it is made of: never a 5xx, never a stored byte."""
    for value in HOSTILE_VALUES:
        if value is True and field == "confirmed_match":
            continue
        response = await stage.post("/v1/transfers", SUBMISSION | {field: value})
        assert response.status_code in {404, 409, 422}, value
        if response.status_code == 422:
            assert field in {error["field"].partition(".")[0] for error in response.json()["errors"]}, value
    assert stage.stored == (0, 0)


@pytest.mark.parametrize("field", ENTERED_LIMITS)
async def test_what_people_enter_is_as_long_as_the_contract_says(stage: Stage, field: str):
    """Blanks are forgiven up to the contract's length, which is the code's."""
    most = schema_length(field)
    assert ENTERED_LIMITS[field] == most
    entered = SUBMISSION[field]
    assert isinstance(entered, str)
    too_long = await stage.post("/v1/transfers", SUBMISSION | {field: entered + " " * (most + 1 - len(entered))})
    assert [(e["field"], e["code"]) for e in too_long.json()["errors"]] == [(field, "too_long")]
    assert (await stage.post("/v1/transfers", SUBMISSION | {field: entered.ljust(most)})).status_code == 201


def schema_length(field: str) -> int:
    """How long the contract lets this field of a submission be."""
    entered = "name" if field == "right_holder_name" else field
    root = documents().open("schemas/fields.json")
    return int(str(root.child("$defs").child(f"entered_{entered}").child("maxLength").value))


async def test_a_strange_name_of_a_field_is_not_repeated(stage: Stage):
    """A field nobody knows may be anything, a person's name for instance."""
    response = await stage.post("/v1/properties/search", {"王秋实 <script>": 1, "x" * 5000: 2})
    assert response.status_code == 422
    assert "script" not in response.text


class TestSize:
    async def test_a_body_over_the_limit(self, stage: Stage):
        """64 KiB and not a byte more: 413, told by the length that is announced."""
        response = await stage.post("/v1/transfers", b" " * (64 * 1024 + 1))
        assert (response.status_code, response.json()["code"]) == (413, "too_large")

    async def test_a_body_of_exactly_the_limit(self, stage: Stage):
        """The limit itself is allowed."""
        assert (await stage.post("/v1/transfers", GOOD + b" " * (64 * 1024 - len(GOOD)))).status_code == 201

    async def test_a_body_without_a_length_is_counted(self, stage: Stage):
        """A chunked body is counted as it comes, and not read to its end."""
        sent = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal sent
            while True:
                sent += 1
                yield b" " * 1024

        response = await stage.http.post(
            "/v1/transfers",
            content=endless(),
            headers={"content-type": "application/json", "idempotency-key": "K", **authorised("platform")},
        )
        assert response.status_code == 413
        assert sent < 100

    @pytest.mark.parametrize("length", ["99999999999999999999999", "65537"])
    async def test_an_announced_length_is_believed_when_it_is_too_much(self, stage: Stage, length: str):
        """Turned away before a byte is read."""
        response = await stage.post("/v1/transfers", GOOD, content_length=length)
        assert response.status_code == 413

    async def test_a_deployment_may_set_its_own_limit(self):
        """The limit is a setting."""
        async with staged(body_limit=200) as stage:
            assert (await stage.post("/v1/transfers", GOOD)).status_code == 413


class TestMediaType:
    @pytest.mark.parametrize(
        "media_type",
        [
            "",
            "text/plain",
            "text/json",
            "application/xml",
            "application/x-www-form-urlencoded",
            "application/jsonx",
            "application/json; charset=gbk",
            "application/json; charset=utf-16",
            "application/json; boundary=x",
            "multipart/form-data; boundary=x",
        ],
    )
    async def test_only_json_in_utf8(self, stage: Stage, media_type: str):
        """Another media type is 415 before the body is looked at."""
        response = await stage.post("/v1/transfers", GOOD, content_type=media_type)
        assert (response.status_code, response.json()["code"]) == (415, "wrong_media_type")
        assert stage.stored == (0, 0)

    async def test_nothing_compressed(self, stage: Stage):
        """A small body could become a large one."""
        assert (await stage.post("/v1/transfers", GOOD, content_encoding="gzip")).status_code == 415

    async def test_the_charset_may_be_named(self, stage: Stage):
        """UTF-8 may be said aloud."""
        response = await stage.post("/v1/transfers", GOOD, content_type='application/json; charset="UTF-8"')
        assert response.status_code == 201


async def test_a_body_that_does_not_come():
    """A sender that stops in the middle holds nothing up for ever."""

    async def stops() -> AsyncIterator[bytes]:
        yield GOOD[:10]
        await asyncio.sleep(60)

    headers = {"content-type": "application/json", "idempotency-key": "K", **authorised("platform")}
    async with staged(body_timeout_s=0.02) as stage:
        response = await stage.http.post("/v1/transfers", content=stops(), headers=headers)
        assert (response.status_code, response.json()["code"]) == (400, "malformed")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
fields = st.sampled_from(sorted(SUBMISSION))


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=300) | st.dictionaries(fields, json_values).map(lambda value: json.dumps(value).encode()))
async def test_noise_is_never_our_fault(body: bytes):
    """I12: never a 5xx for bad input; what was not taken left nothing behind."""
    async with staged() as stage:
        response = await stage.post("/v1/transfers", body)
        assert response.status_code in {400, 404, 409, 422}
        assert stage.stored == (0, 0)
