"""Every endpoint of the simulated counterparties, held against the contract documents, in good and in bad answers."""

from typing import Any

import httpx
import pytest
from tests.sandbox.conftest import AT_ONCE, a_transfer, delivery
from tests.sandbox.receiver import TOKEN, Receiver

from cotransfer.adapters.wire.contracts import Name, contract
from cotransfer.sandbox import INVITATION_TEMPLATE, City, Plan, Registry, Signing, Status, Water, WeChat
from cotransfer.sandbox.wechat import APP_ID, APP_SECRET

AGREED = {"authorization": "Bearer agreed", "x-correlation-id": "c-1"}


class Checked(httpx.AsyncBaseTransport):
    """Holds each exchange against a contract; the request only when it is meant to be a good one."""

    def __init__(self, name: Name, below: httpx.AsyncBaseTransport, *, requests_too: bool = True) -> None:
        self._contract = contract(name)
        self._below = below
        self._requests_too = requests_too

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Passes the exchange on, or raises ContractBroken."""
        path, body = request.url.raw_path.decode(), await request.aread()
        if self._requests_too:
            self._contract.check_request(request.method, path, dict(request.headers), body or None)
        answer = await self._below.handle_async_request(request)
        content = await answer.aread()
        self._contract.check_response(request.method, path, answer.status_code, dict(answer.headers), content)
        return answer


def held(app: Any, name: Name, *, good: bool = True) -> httpx.AsyncClient:
    """A caller all of whose exchanges with `app` are held against the contract."""
    transport = Checked(name, httpx.ASGITransport(app=app), requests_too=good)
    return httpx.AsyncClient(transport=transport, base_url="http://counterparty", headers=AGREED)


async def test_the_registry_keeps_its_contract_for_the_whole_city(city: City) -> None:
    """Steps 1, 6 and 8: every person's properties and every certificate's status are as the contract has them."""
    registry = Registry(city, token="agreed", pace=AT_ONCE)
    async with held(registry, "registry") as client:
        for someone in city.people:
            await client.post("/v1/properties/search", json=someone.property_search())
        for home in city.homes:
            answer = await client.post("/v1/certificates/search", json={"certificate_number": home.certificate_number})
            assert answer.status_code == 200
        unknown = await client.post(
            "/v1/certificates/search", json={"certificate_number": "云(2020)昆明市不动产权第1号"}
        )
    assert unknown.status_code == 404


@pytest.mark.parametrize("path", ["/v1/properties/search", "/v1/certificates/search"])
@pytest.mark.parametrize("body", [b"", b"[]", b'{"a": 1, "a": 2}', b"{}", b'{"certificate_number": 1}'])
async def test_the_registry_refuses_by_contract(city: City, path: str, body: bytes) -> None:
    """Problems, too, have the contract's form and one of its codes."""
    async with held(Registry(city, token="agreed", pace=AT_ONCE), "registry", good=False) as client:
        wrong = await client.post(path, content=body, headers={"content-type": "application/json"})
        stranger = await client.post(path, json={}, headers={"authorization": "Bearer other"})
    assert wrong.status_code in (400, 422)
    assert stranger.status_code == 401


@pytest.mark.parametrize(
    "plan",
    [
        Plan(),
        Plan(not_taken="系统升级"),
        Plan(pre_review_fails="资料不符"),
        Plan(signing_address=False, signing=Signing.BY_WECHAT),
        Plan(signing=Signing.DECLINED),
        Plan(signing=Signing.EXPIRED),
        Plan(signing=Signing.BOTH, handling_fails="水表编号不符"),
    ],
)
async def test_the_water_company_keeps_its_contract_under_every_plan(
    city: City, receiver: Receiver, plan: Plan
) -> None:
    """Steps 3 to 8: look-up, receipt and progress, and its reports to the gateway, whatever the plan says."""
    water = Water(city.accounts, token="agreed", pace=AT_ONCE, address="http://127.0.0.1:8002")
    someone, transfer = city.someone("plain"), a_transfer()
    assert someone.account is not None
    water.plan(someone.account.account_number, plan)
    # The receiver's own answers are no gateway's; only what it is sent is held against the contract here.
    water.gateway.connect("http://gateway", TOKEN, transport=Requests("gateway", receiver.transport))
    async with held(water, "utility") as client:
        await client.post("/v1/accounts/search", json={"account_number": someone.account.account_number})
        body = delivery(someone, transfer)
        for _ in range(2):
            await client.post("/v1/applications", json=body, headers={"idempotency-key": transfer})
        await client.get(f"/v1/applications/{transfer}")
        await water.handling.finished()
        await client.get(f"/v1/applications/{transfer}")
        wanted = {"changed_since": "2000-01-01T00:00:00+08:00"}
        stated = await client.post("/v1/applications/search", json=wanted)
    await water.close()
    assert [one["transfer"] for one in stated.json()["applications"]] == ([] if plan.not_taken else [transfer])
    assert len(receiver.arrivals) == len(water.gateway.sendings)


class Requests(httpx.AsyncBaseTransport):
    """Holds requests against a contract and lets the answers be."""

    def __init__(self, name: Name, below: httpx.AsyncBaseTransport) -> None:
        self._contract = contract(name)
        self._below = below

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Passes the request on, or raises ContractBroken."""
        body = await request.aread()
        self._contract.check_request(request.method, request.url.path, dict(request.headers), body or None)
        return await self._below.handle_async_request(request)


async def test_the_water_company_refuses_by_contract(city: City) -> None:
    """Unknown account and application, missing and reused keys, wrong fields, errors on order."""
    water = Water(city.accounts, token="agreed", pace=AT_ONCE)
    water.script.order("GET /v1/applications/*", Status(503, retry_after_s=2))
    water.script.order("GET /v1/applications/*", Status(429, retry_after_s=2))
    transfer, body = a_transfer(), delivery(city.someone("plain"), a_transfer())
    async with held(water, "utility", good=False) as client:
        answers = [
            await client.post("/v1/accounts/search", json={"account_number": "NONE"}),
            await client.get(f"/v1/applications/{transfer}"),
            await client.get(f"/v1/applications/{transfer}"),
            await client.get(f"/v1/applications/{transfer}"),
            await client.post("/v1/applications", json=body),
            await client.post("/v1/applications", json=body, headers={"idempotency-key": transfer}),
            await client.post("/v1/applications", json={"a": 1}, headers={"idempotency-key": transfer}),
            await client.post("/v1/applications", json=body, headers={"idempotency-key": body["transfer"]}),
            await client.post(
                "/v1/applications", json={**body, "service": "gas"}, headers={"idempotency-key": body["transfer"]}
            ),
        ]
    await water.close()
    assert [answer.status_code for answer in answers] == [404, 503, 429, 404, 400, 422, 422, 202, 422]


async def test_wechat_keeps_tencents_form(city: City) -> None:
    """Token and send, good and refused, are as Tencent has them."""
    wechat = WeChat(followers=city.followers, strangers=city.strangers, pace=AT_ONCE)
    asking = {"grant_type": "client_credential", "appid": APP_ID, "secret": APP_SECRET}
    message = {
        "touser": city.someone("plain").wechat_openid,
        "template_id": INVITATION_TEMPLATE,
        "url": "https://platform.example/t",
        "client_msg_id": "m-1",
        "data": {
            "thing1": {"value": "用水过户"},
            "thing2": {"value": "春晓苑3幢2单元501室"},
            "phrase3": {"value": "待签章"},
            "time4": {"value": "2026年11月23日 10:15"},
        },
    }
    stranger = {**message, "touser": city.someone("non_follower").wechat_openid}
    async with held(wechat, "wechat") as client:
        token = (await client.post("/cgi-bin/stable_token", json=asking)).json()["access_token"]
        refused = await client.post("/cgi-bin/stable_token", json={**asking, "secret": "other"})
        path = f"/cgi-bin/message/template/send?access_token={token}"
        codes = [(await client.post(path, json=body)).json()["errcode"] for body in (message, message, stranger)]
    assert (refused.json()["errcode"], codes) == (40125, [0, 0, 43004])
