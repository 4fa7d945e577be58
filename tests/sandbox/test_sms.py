"""The simulated SMS service: once per key, by contract, with a memory if it has a diary."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.sandbox.conftest import AT_ONCE, calling
from tests.sandbox.test_contracts import held

from cotransfer.sandbox.diary import FileDiary
from cotransfer.sandbox.script import Status
from cotransfer.sandbox.sms import SmsService

MESSAGE = {
    "mobile_number": "13888000001",
    "template": "invitation",
    "service": "用水过户",
    "phrase": "待签章",
    "transfer": "019a9d2e-7c11-7a44-8b0e-5d1f2a3b4c5d",
}


async def send(client: httpx.AsyncClient, key: str = "k-1", **other: Any) -> httpx.Response:
    """One message."""
    return await client.post("/v1/messages", json={**MESSAGE, **other}, headers={"idempotency-key": key})


async def test_it_keeps_the_contract() -> None:
    """Sent, refused, and refused for a template that there is not."""
    sms = SmsService(token="agreed", pace=AT_ONCE)
    sms.refuse("13888000002", "number_unknown")
    async with held(sms, "sms") as client:
        answers = [
            await send(client),
            await send(client),
            await send(client, "k-2", mobile_number="13888000002"),
            await send(client, "k-3", template="nobodys"),
        ]
    assert [(one.status_code, one.json()["outcome"]) for one in answers] == [
        (202, "taken"),
        (202, "taken"),
        (200, "refused"),
        (200, "refused"),
    ]
    assert [one.json().get("reason") for one in answers[2:]] == ["number_unknown", "template_refused"]
    assert len(sms.inbox) == 1


async def test_it_refuses_by_contract() -> None:
    """Problems have the contract's form: a stranger, no key, a key for another message, wrong fields, on order."""
    sms = SmsService(token="agreed", pace=AT_ONCE)
    async with held(sms, "sms", good=False) as client:
        await send(client)
        answers = [
            await client.post("/v1/messages", json=MESSAGE, headers={"authorization": "Bearer other"}),
            await client.post("/v1/messages", json=MESSAGE),
            await send(client, phrase="已办结"),
            await send(client, "k-2", name="李小满"),
        ]
        sms.script.order("POST /v1/messages", Status(429, retry_after_s=2))
        answers.append(await send(client, "k-3"))
    assert [one.status_code for one in answers] == [401, 400, 422, 422, 429]
    assert len(sms.inbox) == 1


async def test_it_is_told_over_http_who_refuses() -> None:
    """`refuse` and `reach`, and the inbox of one number."""
    async with calling(SmsService(pace=AT_ONCE)) as client:
        refusal = {"mobile_number": "13888000001", "reason": "opted_out"}
        assert (await client.post("/sandbox/script", json={"refuse": [refusal]})).status_code == 200
        assert (await send(client)).json() == {"outcome": "refused", "reason": "opted_out"}
        assert (await client.post("/sandbox/script", json={"reach": ["13888000001"]})).status_code == 200
        assert (await send(client, "k-2")).json()["outcome"] == "taken"
        inbox = (await client.get("/sandbox/inbox", params={"mobile_number": "13888000001"})).json()["messages"]
        assert [one["key"] for one in inbox] == ["k-2"]
        assert (await client.get("/sandbox/inbox", params={"mobile_number": "13888000009"})).json()["messages"] == []
        wrong = await client.post("/sandbox/script", json={"refuse": [{**refusal, "reason": "moody"}]})
        assert wrong.status_code == 422


async def test_it_remembers_over_its_lives(tmp_path: Path) -> None:
    """Killed and started again, it sends no key twice, and knows who refuses."""
    first = SmsService(pace=AT_ONCE, diary=FileDiary(tmp_path / "d"))
    first.refuse("13888000002", "blocked")
    async with calling(first) as client:
        taken = (await send(client)).json()
        await send(client, "k-2", mobile_number="13888000002")
    second = SmsService(pace=AT_ONCE, diary=FileDiary(tmp_path / "d"))
    async with calling(second) as client:
        assert (await send(client)).json() == taken
        assert (await send(client, "k-3", mobile_number="13888000002")).json()["reason"] == "blocked"
    assert second.inbox == first.inbox


def test_a_strange_diary_is_refused(tmp_path: Path) -> None:
    """Nothing is guessed."""
    diary = FileDiary(tmp_path / "d")
    diary.write(something="else")
    with pytest.raises(ValueError, match="nobody understands"):
        SmsService(diary=FileDiary(tmp_path / "d"))
