"""One key, one effect: every row of the table. Attacks on it, and many callers at once, are in tests/attacks."""

import asyncio
import json

import pytest
from tests.gateway.stage import (
    ADDRESS,
    DEBTOR,
    ENQUIRY,
    IDENTITY,
    SUBMISSION,
    Stage,
    authorised,
    staged,
)

from cotransfer.adapters.gateway.answers import Answer
from cotransfer.domain.values import AccountNumber

POSTS = [
    ("/v1/properties/search", IDENTITY, "platform"),
    ("/v1/accounts/search", ENQUIRY, "platform"),
    ("/v1/transfers", SUBMISSION, "platform"),
    ("/v1/transfers/{}/signing", {}, "platform"),
    ("/v1/utility/transfers/{}/pre-review", {"result": "passed"}, "water"),
    ("/v1/utility/transfers/{}/signing", {"outcome": "expired"}, "water"),
    ("/v1/utility/transfers/{}/handling", {"result": "done"}, "water"),
]


async def prepared(stage: Stage, path: str) -> str:
    """The path, of a transfer that is ready for whatever is posted there."""
    if "{}" not in path:
        return path
    transfer = await stage.submit()
    await stage.report(transfer, "pre-review", {"result": "passed", "signing_address": ADDRESS})
    return path.format(transfer)


@pytest.mark.parametrize(("path", "body", "by"), POSTS)
class TestEachRow:
    async def test_no_key_no_effect(self, stage: Stage, path: str, body: dict, by: str):
        """Missing or empty: 400."""
        path = await prepared(stage, path)
        before = stage.stored
        for headers in ({}, {"idempotency-key": ""}):
            response = await stage.http.post(path, json=body, headers={**authorised(by), **headers})
            assert (response.status_code, response.json()["code"]) == (400, "idempotency_key_missing")
        assert stage.stored == before

    async def test_done_answers_what_was_stored(self, stage: Stage, path: str, body: dict, by: str):
        """Done: the stored status, headers and body, marked as replayed; whatever language is asked for now."""
        path = await prepared(stage, path)
        first = await stage.post(path, body, by=by, key="K")
        assert first.is_success
        assert "idempotency-replayed" not in first.headers
        before = stage.stored
        again = await stage.post(path, body, by=by, key="K", accept_language="en")
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again.headers["idempotency-replayed"] == "true"
        assert again.headers.get("location") == first.headers.get("location")
        assert again.headers["content-language"] == "zh-CN"
        assert stage.stored == before

    async def test_another_payload_under_the_same_key(self, stage: Stage, path: str, body: dict, by: str):
        """Other payload: 422, of a utility 409 as its messages are signed; and nothing of it is done."""
        path = await prepared(stage, path)
        await stage.post(path, body, by=by, key="K")
        before = stage.stored
        response = await stage.post(path, {**body, "more": 1}, by=by, key="K")
        told = (409, "message_reused") if by == "water" else (422, "idempotency_key_reused")
        assert (response.status_code, response.json()["code"]) == told
        assert stage.stored == before

    async def test_the_spelling_of_the_json_does_not_matter(self, stage: Stage, path: str, body: dict, by: str):
        """The digest is over the canonical body: blanks, escapes and order make no other message."""
        path = await prepared(stage, path)
        first = await stage.post(path, body, by=by, key="K")
        spelled = json.dumps(dict(reversed(body.items())), indent=3, ensure_ascii=True).encode()
        again = await stage.post(path, spelled, by=by, key="K")
        assert again.content == first.content
        assert again.headers["idempotency-replayed"] == "true"


async def test_a_key_belongs_to_its_client(stage: Stage):
    """Two clients may use the same key without knowing of one another."""
    transfer = await stage.submit()
    await stage.post("/v1/properties/search", IDENTITY, key="same")
    path = f"/v1/utility/transfers/{transfer}/pre-review"
    response = await stage.post(path, {"result": "passed"}, by="water", key="same")
    assert response.json()["news"] is True


async def test_a_key_belongs_to_one_operation(stage: Stage):
    """Method and path are part of what the key was used for."""
    await stage.post("/v1/properties/search", IDENTITY, key="same")
    response = await stage.post("/v1/accounts/search", ENQUIRY, key="same")
    assert response.json()["code"] == "idempotency_key_reused"
    one, other = await stage.submit(), "019a9d2e-7c11-7a44-8b0e-5d1f2a3b4c5d"
    await stage.post(f"/v1/transfers/{one}/signing", {}, key="tap")
    await stage.report(one, "pre-review", {"result": "passed"})
    await stage.post(f"/v1/transfers/{one}/signing", {}, key="tap")
    response = await stage.post(f"/v1/transfers/{other}/signing", {}, key="tap")
    assert response.json()["code"] == "idempotency_key_reused"


async def test_a_refusal_does_not_use_the_key_up(stage: Stage):
    """Nothing happened: once the arrears are paid, the very same message under the same key is taken."""
    owing = SUBMISSION | {"account_number": DEBTOR}
    assert (await stage.post("/v1/transfers", owing, key="K")).json()["code"] == "in_arrears"
    stage.water.set_arrears(AccountNumber(DEBTOR), False)
    assert (await stage.post("/v1/transfers", owing, key="K")).status_code == 201


async def test_still_running(stage: Stage, monkeypatch):
    """The same key while it is at work: 409 and when to come again; afterwards the stored answer."""
    asked, go = asyncio.Event(), asyncio.Event()
    properties_of = stage.registry.properties_of

    async def slowly(identity):
        asked.set()
        await go.wait()
        return await properties_of(identity)

    monkeypatch.setattr(stage.registry, "properties_of", slowly)
    first = asyncio.create_task(stage.post("/v1/transfers", SUBMISSION, key="K"))
    await asked.wait()
    meanwhile = await stage.post("/v1/transfers", SUBMISSION, key="K")
    assert (meanwhile.status_code, meanwhile.json()["code"]) == (409, "still_running")
    assert meanwhile.headers["retry-after"] == "1"
    go.set()
    assert (await first).status_code == 201
    again = await stage.post("/v1/transfers", SUBMISSION, key="K")
    assert (again.status_code, again.content) == (201, (await first).content)


async def test_a_caller_that_goes_away_frees_its_key(stage: Stage, monkeypatch):
    """Nobody is locked out by a request that was broken off."""
    asked = asyncio.Event()
    properties_of = stage.registry.properties_of

    async def never(_):
        asked.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(stage.registry, "properties_of", never)
    gone = asyncio.create_task(stage.post("/v1/transfers", SUBMISSION, key="K"))
    await asked.wait()
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    monkeypatch.setattr(stage.registry, "properties_of", properties_of)
    assert (await stage.post("/v1/transfers", SUBMISSION, key="K")).status_code == 201


async def test_64_callers_with_64_keys_are_still_one_open_transfer():
    """One open transfer per home: 63 hear which one is in the way."""
    async with staged() as stage:
        responses = await asyncio.gather(*(stage.post("/v1/transfers", SUBMISSION) for _ in range(64)))
        taken = [response for response in responses if response.status_code == 201]
        others = [response.json() for response in responses if response.status_code == 409]
        assert (len(taken), len(others)) == (1, 63)
        assert {told["blocking_transfer"] for told in others} == {taken[0].json()["transfer"]}


def test_an_answer_comes_back_as_it_went():
    """What is stored is status, headers and body, byte for byte, whatever the body holds."""
    given = Answer(201, b'{"a":"\n\\n\xe5\xbc\xa0"}\n\n', (("Content-Type", "application/json"), ("Location", "/v1/x")))
    assert Answer.unpack(given.pack()) == given
