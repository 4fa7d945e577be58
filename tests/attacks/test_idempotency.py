"""Idempotency keys under attack: one key, one message, one effect; and nobody hears what was told to somebody else."""

import asyncio
import json
import tomllib
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs
from tests.gateway.stage import (
    ACCOUNT,
    ADDRESS,
    BUYER,
    DEBTOR,
    ENQUIRY,
    IDENTITY,
    SUBMISSION,
    Stage,
    authorised,
    staged,
)

from cotransfer.adapters.keys.held import HeldKeys
from cotransfer.adapters.sql import SqlStore, open_store
from cotransfer.domain.values import AccountNumber
from cotransfer.ports.keys import KeyUse
from cotransfer.testing.keys import SEALING

TABLE = tomllib.loads(Path(__file__).with_name("idempotency.toml").read_text(encoding="utf-8"))
KEY = "Key-1"
CALLERS = 64

SPELLINGS: dict[str, Callable[[dict], bytes]] = {
    "reversed": lambda body: json.dumps(dict(reversed(body.items())), ensure_ascii=False).encode(),
    "indented": lambda body: ("\r\n " + json.dumps(body, indent="\t", ensure_ascii=False) + " \n").encode(),
    "escaped": lambda body: _escaped(body).encode(),
}


def _escaped(body: dict) -> str:
    """JSON with every character of its texts written as an escape."""

    def text(value: object) -> str:
        if not isinstance(value, str):
            return json.dumps(value)
        return '"' + "".join(f"\\u{ord(char):04x}" for char in value) + '"'

    return "{" + ",".join(f"{text(key)}:{text(value)}" for key, value in body.items()) + "}"


def test_the_collection_is_large_enough(count):
    """At least 30 cases in the table, each under its own name; those that need a stage of their own stand below."""
    names = [case["name"] for kind in ("header", "second") for case in TABLE[kind]]
    assert len(names) == len(set(names)) >= 30
    count(f"idempotency: {len(names)} cases of the table, and those that need more than one message")


@pytest.fixture
async def stage():
    """A fresh one."""
    async with staged() as stage:
        yield stage


@pytest.mark.parametrize("case", TABLE["header"], ids=lambda case: case["name"])
async def test_what_is_no_key_does_nothing(stage: Stage, case: dict):
    """1 to 64 letters, digits, _ and -, once; anything else is 400, and no effect."""
    values = [value.encode() for value in case.get("values", ())] + [bytes.fromhex(one) for one in case.get("hex", ())]
    headers = [(name.encode(), value.encode()) for name, value in authorised("platform").items()]
    headers += [(b"idempotency-key", value) for value in values]
    response = await stage.http.post("/v1/transfers", json=SUBMISSION, headers=headers)
    assert (response.status_code, response.json()["code"]) == (400, case["code"])
    assert stage.stored == (0, 0)


def _content(case: dict) -> bytes:
    if "raw" in case:
        return str(case["raw"]).encode()
    body = dict(case.get("body", SUBMISSION)) | case.get("change", {})
    for name in case.get("without", ()):
        del body[name]
    plain: Callable[[dict], bytes] = lambda one: json.dumps(one, ensure_ascii=False).encode()  # noqa: E731
    return SPELLINGS.get(case.get("spelling", ""), plain)(body)


@pytest.mark.parametrize("case", TABLE["second"], ids=lambda case: case["name"])
async def test_what_follows_a_submission(stage: Stage, case: dict):
    """The stored answer for the same message, a refusal for any other, and not a second effect in any case."""
    first = await stage.post("/v1/transfers", SUBMISSION, key=KEY)
    assert first.status_code == 201
    before = stage.stored
    headers = {"content-type": "application/json", "idempotency-key": case.get("key", KEY)}
    headers |= authorised(case.get("by", "platform")) | case.get("headers", {})
    # Some of them no client that keeps to the contract would send, so it is not asked here.
    async with httpx.AsyncClient(transport=httpx.ASGITransport(stage.app), base_url="http://gateway.example") as http:
        again = await http.post(case.get("path", "/v1/transfers"), content=_content(case), headers=headers)
    if case["is"] == "replayed":
        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers["idempotency-replayed"] == "true"
    else:
        assert again.json()["code"] == case["is"]
        assert "idempotency-replayed" not in again.headers
        assert case["is"] == "already_under_way" or str(first.json()["transfer"]) not in again.text
    assert stage.stored == before


class TestSignedMessages:
    async def test_a_report_that_changed_is_a_conflict_and_a_security_event(self, stage: Stage):
        """2.3: the same id with another body is 409, the log names the client, and what came first stands."""
        transfer = await stage.submit()
        path = f"/v1/utility/transfers/{transfer}/pre-review"
        assert (
            await stage.post(path, {"result": "passed", "signing_address": ADDRESS}, by="water", key=KEY)
        ).is_success
        with capture_logs() as logs:
            changed = await stage.post(path, {"result": "failed", "reason": "原户号与坐落不一致"}, by="water", key=KEY)
        assert (changed.status_code, changed.json()["code"]) == (409, "message_reused")
        events = [log for log in logs if log["event"] == "message_reused"]
        assert [(log["client"], log["log_level"]) for log in events] == [("water", "warning")]
        assert "坐落" not in str(logs)
        assert await stage.state(transfer) == "awaiting_signing"

    async def test_the_same_report_again_is_answered_as_before(self, stage: Stage):
        """At least once is what counterparties promise: a repetition is no news and no conflict."""
        transfer = await stage.submit()
        path = f"/v1/utility/transfers/{transfer}/pre-review"
        answers = [await stage.post(path, {"result": "passed"}, by="water", key=KEY) for _ in range(5)]
        assert len({(answer.status_code, answer.content) for answer in answers}) == 1
        assert ["idempotency-replayed" in answer.headers for answer in answers] == [False, True, True, True, True]

    async def test_a_report_moved_to_another_operation_is_a_conflict(self, stage: Stage):
        """A message that was caught cannot be played to another address under its own id."""
        transfer = await stage.submit()
        path = f"/v1/utility/transfers/{transfer}"
        await stage.post(f"{path}/pre-review", {"result": "passed"}, by="water", key=KEY)
        moved = await stage.post(f"{path}/handling", {"result": "passed"}, by="water", key=KEY)
        assert (moved.status_code, moved.json()["code"]) == (409, "message_reused")


class TestOthers:
    async def test_no_client_hears_what_another_was_told(self, stage: Stage):
        """The same key, path and body by another utility: a transfer that is not theirs, not the stored answer."""
        transfer = await stage.submit()
        path = f"/v1/utility/transfers/{transfer}/pre-review"
        first = await stage.post(path, {"result": "passed"}, by="water", key=KEY)
        other = await stage.post(path, {"result": "passed"}, by="power", key=KEY)
        assert other.json()["code"] == "unknown_transfer"
        assert "idempotency-replayed" not in other.headers
        assert other.content != first.content

    async def test_a_key_is_no_way_past_the_door(self, stage: Stage):
        """Whoever knows a key but shows no token, or one of another role, is told nothing of what is stored."""
        first = await stage.post("/v1/accounts/search", ENQUIRY, key=KEY)
        for by, status in (("nobody", 401), ("water", 403)):
            response = await stage.post("/v1/accounts/search", ENQUIRY, key=KEY, by=by)
            assert response.status_code == status
            assert response.content != first.content


class TestAfterwards:
    async def test_a_refusal_does_not_use_the_key_up(self, stage: Stage):
        """Arrears, a wrong field, an outage: nothing happened, and the right message under the same key is taken."""
        owing = SUBMISSION | {"account_number": DEBTOR}
        assert (await stage.post("/v1/transfers", owing, key=KEY)).json()["code"] == "in_arrears"
        wrong = SUBMISSION | {"mobile_number": "1"}
        assert (await stage.post("/v1/transfers", wrong, key=KEY)).json()["code"] == "invalid_fields"
        stage.water.away = True
        assert (await stage.post("/v1/transfers", SUBMISSION, key=KEY)).json()["code"] == "unavailable"
        stage.water.away = False
        assert stage.stored == (0, 0)
        assert (await stage.post("/v1/transfers", SUBMISSION, key=KEY)).status_code == 201
        assert stage.stored == (1, 1)

    async def test_what_was_answered_is_answered_whatever_has_changed(self, stage: Stage):
        """The utility is away, the account in arrears, the transfer has moved on: the stored answer all the same."""
        first = await stage.post("/v1/transfers", SUBMISSION, key=KEY)
        stage.water.away = True
        stage.water.set_arrears(AccountNumber(ACCOUNT), True)
        transfer = first.json()["transfer"]
        await stage.report(transfer, "pre-review", {"result": "failed", "reason": "原户号与坐落不一致"})
        again = await stage.post("/v1/transfers", SUBMISSION, key=KEY)
        assert (again.status_code, again.content) == (201, first.content)

    async def test_a_new_digest_key_makes_no_other_message(self, stage: Stage):
        """Keys rotate while answers are remembered: under the new key the old message is still the same one."""
        first = await stage.post("/v1/transfers", SUBMISSION, key=KEY)
        rotated = HeldKeys({KeyUse.INDEX: {"1": bytes(32), "2": bytes([7]) * 32}})
        async with staged(keys=rotated, store=stage.store, nth_process=1) as later:
            again = await later.post("/v1/transfers", SUBMISSION, key=KEY)
            assert again.content == first.content
            other = await later.post("/v1/transfers", SUBMISSION | {"mobile_number": "13888000002"}, key=KEY)
            assert other.json()["code"] == "idempotency_key_reused"

    async def test_what_is_stored_of_a_message_cannot_be_guessed(self, stage: Stage):
        """The digest is keyed: two deployments keep different ones of the same message, and none is a plain hash."""
        await stage.post("/v1/properties/search", IDENTITY, key=KEY)
        async with staged(keys=HeldKeys({KeyUse.INDEX: {"1": bytes([9]) * 32}})) as other:
            await other.post("/v1/properties/search", IDENTITY, key=KEY)
            (one,), (another,) = stage.store._seen.values(), other.store._seen.values()
        assert one.digest != another.digest
        assert len(one.digest) == 32


async def everybody(stages: list[Stage], bodies: list[dict[str, Any]]) -> list[httpx.Response]:
    """All at once with one key, turn by turn through the processes; who finds it at work comes again."""

    async def caller(nth: int, body: dict[str, Any]) -> httpx.Response:
        while True:
            response = await stages[nth % len(stages)].post("/v1/transfers", body, key=KEY)
            if response.status_code != 409 or response.json()["code"] != "still_running":
                return response
            await asyncio.sleep(0.005)

    return await asyncio.gather(*(caller(nth, body) for nth, body in enumerate(bodies)))


def same_for_all(responses: list[httpx.Response]) -> bool:
    """Everybody hears of one and the same transfer, and one of them was first."""
    first = sum("idempotency-replayed" not in response.headers for response in responses)
    return {response.status_code for response in responses} == {201} and (
        len({response.content for response in responses}) == 1 and first == 1
    )


async def transfers_in(store: SqlStore) -> int:
    """How many there are."""
    return await store.look(lambda talk: int(talk.execute("SELECT count(*) FROM transfers").fetchall()[0][0]))


class TestManyAtOnce:
    async def test_one_process(self, stage: Stage):
        """64 callers with one key: one transfer, one answer."""
        assert same_for_all(await everybody([stage], [SUBMISSION] * CALLERS))
        assert stage.stored == (1, 1)

    async def test_different_messages_under_one_key(self, stage: Stage):
        """64 callers with 64 mobile numbers: one is taken, and 63 hear that the key is used."""
        bodies = [SUBMISSION | {"mobile_number": f"138880{nth:05d}"} for nth in range(CALLERS)]
        responses = await everybody([stage], bodies)
        assert sorted(response.status_code for response in responses) == [201] + [422] * (CALLERS - 1)
        assert stage.stored == (1, 1)
        assert BUYER not in "".join(response.text for response in responses)

    @pytest.mark.parametrize("engine", ["sqlite", "postgres"])
    async def test_two_processes_on_one_store(self, engine: str, request: pytest.FixtureRequest):
        """What runs in the other process is not seen; the store lets one of the two commit."""
        address = request.getfixturevalue(f"{engine}_with_tables")
        async with AsyncExitStack() as opened:
            # SQLite has one owner; two apps over it are two workers of that process.
            stores = [await opened.enter_async_context(open_store(address, sealing=SEALING))]
            if engine == "postgres":
                stores.append(await opened.enter_async_context(open_store(address, sealing=SEALING)))
            stages = [
                await opened.enter_async_context(staged(store=stores[nth % len(stores)], nth_process=nth))
                for nth in range(2)
            ]
            assert same_for_all(await everybody(stages, [SUBMISSION] * CALLERS))
            assert await transfers_in(stores[0]) == 1

    @pytest.mark.parametrize("engine", ["sqlite", "postgres"])
    async def test_after_a_restart(self, engine: str, request: pytest.FixtureRequest):
        """Another process, days later: the stored answer, byte by byte; another message is still another."""
        address = request.getfixturevalue(f"{engine}_with_tables")
        async with open_store(address, sealing=SEALING) as store, staged(store=store) as stage:
            first = await stage.post("/v1/transfers", SUBMISSION, key=KEY)
        async with open_store(address, sealing=SEALING) as store, staged(store=store, nth_process=1) as stage:
            again = await stage.post("/v1/transfers", SUBMISSION, key=KEY)
            assert (again.status_code, again.content) == (201, first.content)
            other = await stage.post("/v1/transfers", SUBMISSION | {"confirmed_match": True}, key=KEY)
            assert other.status_code == 422
            assert await transfers_in(store) == 1
