"""Acting as the platform by hand: what the identity provider hands out where the sandbox is joined to a gateway."""

import re
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tests.sandbox.conftest import AT_ONCE, calling

from cotransfer.demo.stage import stage
from cotransfer.sandbox import City, Identity, Platform, Sandbox, TokenDesk, reporting_by_secret
from cotransfer.sandbox.acting import acting_routes, curl_config
from cotransfer.sandbox.serving import Served
from cotransfer.sandbox.water_gateway import Report

Answers = Callable[[httpx.Request], httpx.Response]
SECRET = "known to both"
LINE = re.compile(r'header = "([A-Za-z-]+): ([^"\n]+)"')


def acting(city: City, answers: Answers) -> Identity:
    """An identity provider that is joined to a gateway which answers like this."""
    http = httpx.AsyncClient(transport=httpx.MockTransport(answers))
    identity = Identity(city, pace=AT_ONCE)
    routes = acting_routes(
        lambda: Platform(http, gateway="http://gateway", identity="http://identity", secret="s", city=city), city
    )
    identity.add(routes)
    return identity


@pytest.fixture
async def away(city: City) -> AsyncIterator[httpx.AsyncClient]:
    """The gateway does not answer."""

    def refused(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    async with calling(acting(city, refused)) as client:
        yield client


async def test_a_citizen_applies_by_hand() -> None:
    """The headers let in, the body is taken as it stands, and without WeChat nobody agrees to its receiver."""
    async with stage(pace=0) as here:
        identity = here.addresses["identity"]
        assert here.sandbox.controls["identity"][-2:] == ("/sandbox/citizen", "/sandbox/submission")
        for nth, asked, receivers in (
            (0, "", ["kunming-water", "notifier", "sms"]),
            (1, "&by_wechat=no", ["kunming-water", "sms"]),
        ):
            config = (await here.http.get(f"{identity}/sandbox/citizen?kind=plain&nth={nth}")).text
            body = await here.http.get(f"{identity}/sandbox/submission?kind=plain&nth={nth}{asked}")
            assert [one["receiver"] for one in body.json()["consents"]] == receivers
            headers = {**dict(LINE.findall(config)), "Idempotency-Key": f"visitor-{nth}"}
            answer = await here.http.post(f"{here.gateway}/v1/transfers", content=body.content, headers=headers)
            assert answer.status_code == 201, answer.text


async def test_only_where_there_is_a_gateway(city: City) -> None:
    """By itself the provider has nothing of the kind."""
    identity = Identity(city, pace=AT_ONCE)
    async with calling(identity) as client:
        assert (await client.get("/sandbox/citizen")).status_code == 404
    assert identity.controls == ("/sandbox/script", "/sandbox/signin")


@pytest.mark.parametrize(
    ("asked", "faults"),
    [
        ("citizen?kind=nobody", ["kind"]),
        ("citizen?nth=first", ["nth"]),
        ("citizen?nth=-1&kind=", ["nth", "kind"]),
        ("citizen?by_wechat=no", ["by_wechat"]),
        ("submission?by_wechat=0&body=submission", ["by_wechat", "body"]),
    ],
)
async def test_a_wrong_question(away: httpx.AsyncClient, asked: str, faults: list[str]) -> None:
    """Bad input: every fault with what is right, before the gateway is asked anything."""
    answer = await away.get(f"/sandbox/{asked}")
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == faults


async def test_nobody_is_called_so(away: httpx.AsyncClient) -> None:
    """A person beyond the last, and a submission of somebody who has no home."""
    assert (await away.get("/sandbox/citizen?nth=5000")).json()["code"] == "person_unknown"
    assert (await away.get("/sandbox/submission?kind=no_property")).json()["code"] == "body_unknown"


@pytest.mark.parametrize("what", ["citizen", "submission"])
async def test_the_gateway_is_away(away: httpx.AsyncClient, what: str) -> None:
    """A sentence that says what to do, and nothing broken."""
    answer = await away.get(f"/sandbox/{what}")
    assert (answer.status_code, answer.json()["code"]) == (503, "gateway_away")


@pytest.mark.parametrize("what", ["citizen", "submission"])
async def test_the_gateway_refuses(city: City, what: str) -> None:
    """A wrong secret, for one: its status is told, nothing of its answer."""
    refused = acting(city, lambda _: httpx.Response(401, json={"error": "invalid_client"}))
    async with calling(refused) as client:
        answer = await client.get(f"/sandbox/{what}")
    assert (answer.status_code, answer.json()["code"]) == (502, "gateway_refused")
    assert "401" in answer.text


def test_what_curl_reads() -> None:
    """One line a header, each in quotes."""
    lines = curl_config({"Authorization": "Bearer a.b.c"}).splitlines()
    assert lines == ['header = "Content-Type: application/json"', 'header = "Authorization: Bearer a.b.c"']


@pytest.mark.parametrize("how", ["connected", "told"])
async def test_reports_go_where_the_secret_is_known(city: City, how: str) -> None:
    """A gateway of one's own, told in the program or by the control address: the token is fetched with the secret."""
    desk = TokenDesk("kunming-water", secret=SECRET)
    heard: list[bool] = []

    async def hear(request: Request) -> Response:
        heard.append(desk.takes(request.headers["authorization"]))
        return Response("{}", media_type="application/json")

    report = Route("/v1/utility/transfers/t-1/handling", hear, methods=["POST"])
    gateway = Served("gateway", Starlette(routes=[desk.route(), report]))
    await gateway.start()
    try:
        async with Sandbox(city=city, only=["water"], pace=AT_ONCE) as sandbox:
            if how == "connected":
                sandbox.connect_gateway(gateway.address, reporting_by_secret(gateway.address, SECRET))
            else:
                async with calling(sandbox.water) as client:
                    said = {"gateway": {"address": gateway.address, "secret": SECRET}}
                    (await client.post("/sandbox/script", json=said)).raise_for_status()
            sending = await sandbox.water.gateway.report(Report(transfer="t-1", kind="handling", body={}, key="k"))
    finally:
        await gateway.stop()
    assert (sending.status, heard, desk.issued) == (200, [True], 1)
