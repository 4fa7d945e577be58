"""Misbehaviour on order, told in Python or over HTTP."""

from typing import Any

import httpx
import orjson
import pytest
from tests.sandbox.conftest import a_transfer, calling, submit

from cotransfer.sandbox import (
    AnswerLost,
    City,
    Delivery,
    ErrCode,
    Garbage,
    Order,
    Pace,
    Plan,
    RequestLost,
    Script,
    Signing,
    Slow,
    Status,
    Water,
    WrongContentType,
)

APPLICATIONS = "POST /v1/applications"


class TestBehaviours:
    async def test_an_answer_is_lost_after_its_effect(
        self, city: City, water: Water, client: httpx.AsyncClient
    ) -> None:
        """Step 5's worst case: the application was taken, and nobody was told."""
        water.script.order(APPLICATIONS, AnswerLost())
        transfer = a_transfer()
        with pytest.raises(httpx.RemoteProtocolError):
            await submit(client, city.someone("plain"), transfer)
        assert (await client.get(f"/v1/applications/{transfer}")).status_code == 200
        _, again = await submit(client, city.someone("plain"), transfer)
        assert again.status_code == 202
        assert [effect.what for effect in water.book.effects].count("taken") == 1

    async def test_a_lost_request_has_no_effect(self, city: City, water: Water, client: httpx.AsyncClient) -> None:
        """From outside it looks the same as a lost answer."""
        water.script.order(APPLICATIONS, RequestLost())
        with pytest.raises(httpx.RemoteProtocolError):
            await submit(client, city.someone("plain"))
        assert water.book.cases == {}

    @pytest.mark.parametrize(("status", "code"), [(500, "internal"), (503, "unavailable"), (429, "too_many")])
    async def test_an_error_has_no_effect(
        self, city: City, water: Water, client: httpx.AsyncClient, status: int, code: str
    ) -> None:
        """5xx and 429, with Retry-After where wanted."""
        water.script.order(APPLICATIONS, Status(status, retry_after_s=3))
        _, answer = await submit(client, city.someone("plain"))
        assert (answer.status_code, answer.headers["retry-after"]) == (status, "3")
        assert answer.json()["code"] == code
        assert water.book.cases == {}

    async def test_garbage_hides_the_effect(self, city: City, water: Water, client: httpx.AsyncClient) -> None:
        """The answer claims to be JSON and is not."""
        water.script.order(APPLICATIONS, Garbage())
        _, answer = await submit(client, city.someone("plain"))
        assert answer.headers["content-type"] == "application/json"
        with pytest.raises(orjson.JSONDecodeError):
            orjson.loads(answer.content)
        assert len(water.book.cases) == 1

    async def test_the_wrong_content_type_keeps_the_body(
        self, city: City, water: Water, client: httpx.AsyncClient
    ) -> None:
        """A proxy that calls everything a page."""
        water.script.order(APPLICATIONS, WrongContentType())
        _, answer = await submit(client, city.someone("plain"))
        assert (answer.status_code, answer.headers["content-type"]) == (202, "text/html")
        assert answer.json()["outcome"] == "taken"

    async def test_slowness_is_scaled(self, city: City) -> None:
        """The answer waits at the pace of the sandbox, after the effect."""
        pauses: list[float] = []

        async def no_sleep(seconds: float) -> None:
            pauses.append(seconds)

        water = Water(city.accounts, pace=Pace(scale=0.5, sleep=no_sleep))
        water.script.order("POST /v1/accounts/search", Slow(seconds=8))
        async with calling(water) as client:
            answer = await client.post("/v1/accounts/search", json={"account_number": "NONE"})
        assert (answer.status_code, pauses) == (404, [4.0])

    async def test_an_errcode_comes_in_a_200(self, water: Water, client: httpx.AsyncClient) -> None:
        """WeChat's way of saying no."""
        water.script.order("POST /v1/accounts/search", ErrCode(45009))
        answer = await client.post("/v1/accounts/search", json={"account_number": "NONE"})
        assert (answer.status_code, answer.json()["errcode"]) == (200, 45009)


class TestOrders:
    def test_are_used_up_first_come_first_served(self) -> None:
        """Good answers that are skipped, then bad ones, then good ones for ever."""
        script = Script()
        script.order("GET /v1/a*", Status(500), times=2, skip=1)
        script.order("GET /v1/a*", Garbage())
        got = [script.next_for("GET", "/v1/abc") for _ in range(6)]
        assert got == [None, Status(500), Status(500), Garbage(), None, None]
        assert script.orders == ()

    def test_are_for_their_endpoint_only(self) -> None:
        """Method and address must both fit."""
        script = Script()
        script.order("GET /v1/applications/*", Garbage())
        assert script.next_for("POST", "/v1/applications/x") is None
        assert script.next_for("GET", "/v1/applications") is None
        assert script.next_for("GET", "/v1/applications/x") == Garbage()

    async def test_are_given_shown_and_forgotten_over_http(self, water: Water, client: httpx.AsyncClient) -> None:
        """A test in another process can do all that one in Python can."""
        said = {"endpoint": APPLICATIONS, "do": "status", "status": 429, "retry_after_s": 2, "times": 3, "skip": 1}
        await client.post("/sandbox/script", json={"orders": [said, {"endpoint": APPLICATIONS, "do": "answer_lost"}]})
        assert water.script.orders == (
            Order(endpoint=APPLICATIONS, behaviour=Status(429, retry_after_s=2), times=3, skip=1),
            Order(endpoint=APPLICATIONS, behaviour=AnswerLost()),
        )
        shown = (await client.get("/sandbox/script")).json()["orders"]
        assert [order["do"] for order in shown] == ["status", "answer_lost"]
        assert (await client.delete("/sandbox/script")).json() == {"orders": []}

    @pytest.mark.parametrize(
        ("said", "field"),
        [
            ({"orders": [{"endpoint": APPLICATIONS, "do": "explode"}]}, "orders"),
            ({"orders": [{"endpoint": "applications", "do": "garbage"}]}, "orders"),
            ({"orders": [{"endpoint": APPLICATIONS, "do": "garbage", "times": "x"}]}, "orders"),
            ({"orders": [{"endpoint": APPLICATIONS, "do": "garbage", "colour": 1}]}, "orders"),
            ({"orders": "all"}, "orders"),
            ({"orders": [1]}, "orders"),
            ({"pay": ["no such account"]}, "pay"),
            ({"plans": [{"account_number": "1"}]}, "plans"),
            ({"plans": [{"account_number": "1", "plan": {"signing": "by_post"}}]}, "plans"),
            ({"plans": [{"account_number": "1", "plan": {"handling_after_s": -1}}]}, "plans"),
            ({"plans": [{"account_number": "1", "plan": {"by_hand": 1}}]}, "plans"),
            ({"gateway": {"address": "gopher://x", "token": "t"}}, "gateway"),
            ({"gateway": {"address": "http://elsewhere.example", "secret": "never in clear"}}, "gateway"),
            ({"explode": True}, "explode"),
        ],
    )
    async def test_one_fault_changes_nothing(
        self, water: Water, client: httpx.AsyncClient, said: dict[str, Any], field: str
    ) -> None:
        """A mistyped order is refused whole, with the word that is not understood."""
        good = {"orders": [{"endpoint": APPLICATIONS, "do": "garbage"}]}
        answer = await client.post("/sandbox/script", json={**good, **said} if "orders" not in said else said)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
        assert water.script.orders == ()

    async def test_control_addresses_always_behave(self, water: Water, client: httpx.AsyncClient) -> None:
        """Whoever has broken everything can still repair it."""
        water.script.order("*", Status(500), times=100)
        assert (await client.get("/sandbox/script")).status_code == 200
        assert (await client.get("/v1/applications/x")).status_code == 500


class TestPlans:
    def test_say_the_same_in_json(self) -> None:
        """A plan survives the way over HTTP unchanged."""
        plan = Plan(signing=Signing.BOTH, delivery=Delivery.JUMBLED, handling_fails="否", pre_review_after_s=2)
        assert Plan.from_json(plan.to_json()) == plan
        assert Plan.from_json({}) == Plan()

    def test_name_the_word_they_do_not_know(self) -> None:
        """The message lists what can be said."""
        with pytest.raises(ValueError, match=r"no singing; it has .*signing"):
            Plan.from_json({"singing": "by_sms"})
        with pytest.raises(ValueError, match="signing is one of by_sms"):
            Plan.from_json({"signing": "by_post"})

    async def test_of_a_transfer_go_before_those_of_its_account(
        self, city: City, water: Water, client: httpx.AsyncClient
    ) -> None:
        """The more special order counts."""
        someone, transfer = city.someone("plain"), a_transfer()
        assert someone.account is not None
        plans = [
            {"account_number": someone.account.account_number, "plan": {"handling_fails": "一"}},
            {"transfer": transfer, "plan": {"handling_fails": "二"}},
        ]
        await client.post("/sandbox/script", json={"plans": plans})
        await submit(client, someone, transfer)
        await water.handling.finished()
        assert water.book.cases[transfer].handling == {"result": "not_done", "reason": "二"}
