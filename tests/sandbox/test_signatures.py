"""The sandbox's counterparties sign what they report and check what they are sent, once they are told to."""

from datetime import UTC, datetime

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from tests.sandbox.conftest import AT_ONCE, a_transfer, calling, delivery
from tests.sandbox.receiver import TOKEN

from cotransfer.adapters.wire.client import Line
from cotransfer.adapters.wire.signing import (
    Incoming,
    RequestCheck,
    Scheme,
    SharedKey,
    Signer,
    StandardCheck,
    StandardRequests,
    Verifier,
    target_of,
)
from cotransfer.domain.parties import Party
from cotransfer.ports.errors import Unintelligible
from cotransfer.sandbox import City, MessageSigning, Registry, Water
from cotransfer.sandbox.water_gateway import Report

TO_WATER = SharedKey(Scheme.HMAC_SHA256, b"the gateway's, towards the water")
FROM_WATER = SharedKey(Scheme.HMAC_SM3, b"the water's, towards the gateway")


def check(key: SharedKey) -> RequestCheck:
    """What expects this key's signatures."""
    return StandardCheck(Verifier([key]))


def line(app: ASGIApp, key: SharedKey | None) -> Line:
    """The gateway's line to a counterparty of the sandbox."""
    return Line(
        "http://127.0.0.1",
        name="counterparty",
        party=Party.UTILITY,
        transport=httpx.ASGITransport(app=app),
        signer=StandardRequests(Signer([key])) if key else None,
    )


@pytest.fixture
def signing() -> MessageSigning:
    """Everybody signs."""
    return MessageSigning(
        reports=StandardRequests(Signer([FROM_WATER])),
        expected={"water": check(TO_WATER), "registry": check(TO_WATER)},
    )


class TestCalls:
    async def test_a_signed_call_is_answered(self, city: City, signing: MessageSigning):
        """By the water company and by the registry, with the line that the gateway uses."""
        water, registry = Water(city.accounts, pace=AT_ONCE, signing=signing), Registry(city, signing=signing)
        someone = city.someone("plain")
        transfer = a_transfer()
        async with line(water, TO_WATER) as to_water, line(registry, TO_WATER) as to_registry:
            taken = await to_water.post("/v1/applications", delivery(someone, transfer), key=transfer)
            found = await to_registry.find(
                "/v1/properties/search",
                {"document_type": someone.holder.document_type, "identity_number": someone.holder.identity_number},
                absent="none",
            )
        await water.close()
        assert taken["outcome"] == "taken"
        assert found is not None

    @pytest.mark.parametrize("key", [None, FROM_WATER], ids=["unsigned", "signed by another"])
    async def test_any_other_call_is_refused(self, city: City, signing: MessageSigning, key: SharedKey | None):
        """401, and nothing has happened."""
        water = Water(city.accounts, pace=AT_ONCE, signing=signing)
        async with line(water, key) as to_water:
            with pytest.raises(Unintelligible, match=r"401 \(signature_invalid\)"):
                await to_water.post("/v1/applications", delivery(city.someone("plain"), a_transfer()), key="k")
        assert water.book.cases == {}

    async def test_a_call_sent_on_to_another_address_is_refused(self, city: City, signing: MessageSigning):
        """The redirect attack, against a counterparty."""
        water = Water(city.accounts, pace=AT_ONCE, signing=signing)
        request = StandardRequests(Signer([TO_WATER]))
        seen: list[httpx.Request] = []

        def keep(sent: httpx.Request) -> httpx.Response:
            seen.append(sent)
            return httpx.Response(200, json={})

        async with Line(
            "http://127.0.0.1", name="w", party=Party.UTILITY, transport=httpx.MockTransport(keep), signer=request
        ) as caught:
            await caught.post("/v1/applications", {}, key="k")
        async with calling(water) as client:
            answer = await client.post("/v1/accounts/search", content=seen[0].content, headers=seen[0].headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")

    async def test_the_controls_are_not_the_gateways(self, city: City, signing: MessageSigning):
        """A test that looks into the ledger signs nothing."""
        async with calling(Water(city.accounts, pace=AT_ONCE, signing=signing)) as client:
            assert (await client.get("/sandbox/ledger")).status_code == 200
            assert (await client.post("/sandbox/script", json={"pay": []})).status_code != 401


class TestReports:
    async def test_every_report_is_signed_and_every_repetition_anew(self, city: City, signing: MessageSigning):
        """The id stays, for it is the same report; the time is that of the attempt."""
        water = Water(city.accounts, pace=AT_ONCE, signing=signing)
        seen: list[tuple[bytes, str]] = []

        async def gateway(scope: Scope, receive: Receive, send: Send) -> None:
            request = Request(scope, receive)
            incoming = Incoming(
                method="POST",
                target=target_of(scope),
                key=request.headers["idempotency-key"],
                headers=scope["headers"],
                body=await request.body(),
                at=datetime.now(UTC),
            )
            await check(FROM_WATER).check(incoming)
            seen.append((incoming.body, request.headers["webhook-id"]))
            status = 503 if len(seen) == 1 else 200
            await Response(status_code=status)(scope, receive, send)

        water.gateway.connect("http://gateway", TOKEN, transport=httpx.ASGITransport(app=gateway))
        sending = await water.gateway.report(
            Report(transfer="019aaf3e-6b00-7c21-9d5e-0123456789ab", kind="handling", body={"result": "done"}, key="r-1")
        )
        await water.close()
        assert (sending.arrived, sending.attempts) == (True, 2)
        assert seen[0] == seen[1]
        assert seen[0][0] == b'{"result":"done"}'
