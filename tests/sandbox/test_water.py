"""The simulated water company's contract side: accounts, applications once per key, progress."""

from typing import Any

import httpx
import pytest
from tests.sandbox.conftest import a_transfer, delivery, submit

from cotransfer.sandbox import City, Plan, Water


async def test_an_account_is_shown_as_on_record(city: City, client: httpx.AsyncClient) -> None:
    """Step 4: holder, location, arrears."""
    account = city.someone("in_arrears").account
    assert account is not None
    answer = await client.post("/v1/accounts/search", json={"account_number": account.account_number})
    assert answer.json() == {
        "account_number": account.account_number,
        "account_holder": account.account_holder,
        "location": account.location,
        "in_arrears": True,
    }


async def test_an_unknown_account_is_a_404(client: httpx.AsyncClient) -> None:
    """Step 3: a number nobody has."""
    answer = await client.post("/v1/accounts/search", json={"account_number": "0000"})
    assert (answer.status_code, answer.json()["code"]) == (404, "account_unknown")


class TestApplications:
    async def test_the_same_key_has_one_effect_and_one_answer(
        self, city: City, water: Water, client: httpx.AsyncClient
    ) -> None:
        """Step 5: however often an application is handed in, it is taken once, also after it has ended."""
        transfer, first = await submit(client, city.someone("plain"))
        _, second = await submit(client, city.someone("plain"), transfer)
        await water.handling.finished()
        _, third = await submit(client, city.someone("plain"), transfer)
        assert first.status_code == second.status_code == third.status_code == 202
        assert first.json() == second.json() == third.json()
        assert [effect.what for effect in water.book.effects] == ["taken", "pre_reviewed", "signed", "transferred"]
        ledger = (await client.get("/sandbox/ledger")).json()
        assert ledger["applications"][0]["received"] == 3

    async def test_the_same_key_with_another_payload_is_refused(
        self, city: City, water: Water, client: httpx.AsyncClient
    ) -> None:
        """A key stands for one application; reuse is an error, not a change."""
        transfer, _ = await submit(client, city.someone("plain"))
        _, answer = await submit(client, city.someone("plain", 1), transfer)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
        assert len(water.book.cases) == 1

    async def test_one_account_has_one_open_case(self, city: City, water: Water, client: httpx.AsyncClient) -> None:
        """Two transfers of one account cannot run at once; after the end another one can."""
        someone = city.someone("plain", 2)
        _, first = await submit(client, someone)
        _, second = await submit(client, someone)
        await water.handling.finished()
        _, third = await submit(client, someone)
        assert [first.json()["outcome"], second.json()["outcome"]] == ["taken", "not_taken"]
        assert (second.status_code, third.json()["outcome"]) == (200, "taken")

    async def test_arrears_are_not_taken_until_paid(self, city: City, client: httpx.AsyncClient) -> None:
        """Step 4 once more, by the owner of the account: arrears block, and paying them helps."""
        someone = city.someone("in_arrears")
        assert someone.account is not None
        transfer, refused = await submit(client, someone)
        paid = await client.post("/sandbox/script", json={"pay": [someone.account.account_number]})
        _, again = await submit(client, someone, transfer)
        _, taken = await submit(client, someone)
        assert refused.json() == again.json() == {"outcome": "not_taken", "reason": "该户欠费"}
        assert (paid.status_code, taken.json()["outcome"]) == (200, "taken")

    async def test_a_plan_may_refuse_to_take_it(self, city: City, water: Water, client: httpx.AsyncClient) -> None:
        """Not taken has a reason, no progress, and no effect."""
        someone = city.someone("plain", 3)
        assert someone.account is not None
        water.plan(someone.account.account_number, Plan(not_taken="系统升级"))
        transfer, answer = await submit(client, someone)
        progress = await client.get(f"/v1/applications/{transfer}")
        assert answer.json() == {"outcome": "not_taken", "reason": "系统升级"}
        assert (progress.status_code, progress.json()["code"]) == (404, "application_unknown")
        assert water.book.effects == []

    @pytest.mark.parametrize(
        ("change", "status", "code"),
        [
            ({"transfer": a_transfer()}, 422, "invalid_fields"),
            ({"service": None}, 422, "invalid_fields"),
            ({"application": {}}, 422, "invalid_fields"),
        ],
    )
    async def test_a_wrong_application_is_refused(
        self, city: City, water: Water, client: httpx.AsyncClient, change: dict[str, Any], status: int, code: str
    ) -> None:
        """What breaks the contract opens no case."""
        transfer = a_transfer()
        body = {**delivery(city.someone("plain"), transfer), **change}
        answer = await client.post("/v1/applications", json=body, headers={"idempotency-key": transfer})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert water.book.cases == {}

    async def test_the_key_must_be_there(self, city: City, client: httpx.AsyncClient) -> None:
        """Without a key nothing can be told apart from its repetition."""
        answer = await client.post("/v1/applications", json=delivery(city.someone("plain"), a_transfer()))
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")


async def test_progress_shows_what_is_known_by_now(city: City, water: Water, client: httpx.AsyncClient) -> None:
    """Asked with the key, the company tells each result so far, in the words of its reports."""
    someone = city.someone("plain", 4)
    assert someone.account is not None
    water.plan(someone.account.account_number, Plan(by_hand=True))
    transfer, _ = await submit(client, someone)
    before = (await client.get(f"/v1/applications/{transfer}")).json()
    await client.post(f"/sandbox/applications/{transfer}/go", json={"plan": {"by_hand": False}})
    await water.handling.finished()
    after = (await client.get(f"/v1/applications/{transfer}")).json()
    assert (before["pre_review"], before["signing"], before["handling"]) == (None, None, None)
    assert after["pre_review"]["result"] == "passed"
    assert (after["signing"], after["handling"]) == ({"outcome": "signed", "channel": "sms"}, {"result": "done"})


async def test_the_ledger_holds_no_personal_data(city: City, water: Water, client: httpx.AsyncClient) -> None:
    """The ledger proves exactly-once without naming anybody."""
    someone = city.someone("plain")
    await submit(client, someone)
    await water.handling.finished()
    ledger = (await client.get("/sandbox/ledger")).text
    assert someone.holder.identity_number not in ledger
    assert someone.holder.name not in ledger
    assert someone.mobile_number not in ledger


async def test_a_statement_has_pages(city: City, water: Water, client: httpx.AsyncClient) -> None:
    """At night: what was taken, by transfer, each once; what was not taken is not in it."""
    refused = city.someone("plain", 5)
    assert refused.account is not None
    water.plan(refused.account.account_number, Plan(not_taken="系统升级"))
    transfers = [(await submit(client, city.someone("plain", nth)))[0] for nth in range(6)]
    found, wanted = [], {"changed_since": EARLIER}
    for _ in range(3):
        answer = await client.post("/v1/applications/search", json=wanted)
        page, cursor = answer.json()["applications"], answer.json()["next"]
        wanted["cursor"] = cursor
        found += [one["transfer"] for one in page]
        assert len(page) <= 2
        if cursor is None:
            break
    assert found == sorted(transfers[:5])


EARLIER = "2000-01-01T00:00:00+08:00"
