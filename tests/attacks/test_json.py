"""Strict JSON under attack: what two systems could read in two ways, or die of, is refused at both ends of the line."""

import json
from collections import Counter

import pytest
from tests.attacks.bodies import Body, bodies
from tests.gateway.stage import Stage, staged

from cotransfer.adapters.wire.strict_json import NotStrict, dumps, loads

HOSTILE, GOOD = list(bodies("hostile.toml")), list(bodies("good.toml"))
OPERATIONS = ("/v1/transfers", "/v1/properties/search")


@pytest.fixture
async def stage():
    """A fresh one."""
    async with staged() as stage:
        yield stage


def test_the_collection_is_large_enough(count):
    """At least 120 hostile bodies and 30 good ones, no two alike, and every fault among them."""
    assert len({body.content for body in HOSTILE}) == len(HOSTILE) >= 120
    assert len({body.content for body in GOOD}) == len(GOOD) >= 30
    assert not {body.content for body in GOOD} & {body.content for body in HOSTILE}
    faults = Counter(body.fault for body in HOSTILE)
    assert set(faults) == {
        "duplicate_key",
        "lone_surrogate",
        "not_json",
        "not_utf8",
        "null_character",
        "number",
        "too_deep",
        "too_large",
    }
    count(f"strict JSON: {len(HOSTILE)} hostile bodies refused, {len(GOOD)} odd ones read as any parser reads them")


@pytest.mark.parametrize("body", HOSTILE, ids=str)
def test_each_is_refused_by_name(body: Body):
    """With its own stable code, and nothing of it in the words."""
    with pytest.raises(NotStrict) as raised:
        loads(body.content)
    assert raised.value.fault == body.fault


@pytest.mark.parametrize("body", GOOD, ids=str)
def test_what_is_strict_is_read_as_it_stands(body: Body):
    """Strict means fewer texts, never another meaning; and what is written again is read again."""
    read = loads(body.content)
    assert read == json.loads(body.content)
    assert loads(dumps(read)) == read


@pytest.mark.parametrize("body", HOSTILE, ids=str)
async def test_each_is_the_senders_fault_over_http(stage: Stage, body: Body):
    """Two operations: a problem of the caller's, never a 5xx, nothing stored, and nothing of the body told."""
    for path in OPERATIONS:
        response = await stage.post(path, body.content)
        assert response.status_code == (413 if body.fault == "too_large" else 400)
        told = response.json()
        assert told["code"] == ("too_large" if body.fault == "too_large" else "malformed")
        assert told["next_action"]["code"] == "correct_message"
    assert stage.stored == (0, 0)


@pytest.mark.parametrize("body", GOOD, ids=str)
async def test_what_is_strict_comes_as_far_as_its_fields(stage: Stage, body: Body):
    """None of them is a submission: the fields are wrong, not the JSON; and never a 5xx."""
    is_object = isinstance(json.loads(body.content), dict)
    for path in OPERATIONS:
        response = await stage.post(path, body.content)
        assert (response.status_code, response.json()["code"]) == (
            (422, "invalid_fields") if is_object else (400, "malformed")
        )
    assert stage.stored == (0, 0)


@pytest.mark.parametrize("media_type", ["text/plain", "application/json; charset=gbk", "application/x-json", ""])
async def test_another_media_type_is_not_read_at_all(stage: Stage, media_type: str):
    """415 for a body that would be fine: nobody guesses what it is."""
    response = await stage.post("/v1/properties/search", b"{}", content_type=media_type)
    assert (response.status_code, response.json()["code"]) == (415, "wrong_media_type")
