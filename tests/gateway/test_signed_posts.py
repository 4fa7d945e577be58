"""A report that has to be signed is not read before it is known who wrote it, and a bad one changes nothing."""

import ipaddress
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import attrs
import httpx
import pytest
from tests.gateway.stage import ADDRESS, CLIENTS, HOSTS, KEYS, WATER_TOKEN, Checked, Stage, staged

from cotransfer.adapters.gateway import Trust, gateway
from cotransfer.adapters.wire.signing import (
    GovernmentCheck,
    GovernmentHeaders,
    Outgoing,
    Policy,
    RequestCheck,
    Scheme,
    SharedKey,
    Signatures,
    Signer,
    StandardCheck,
    StandardRequests,
    Verifier,
)

KEY = SharedKey(Scheme.HMAC_SHA256, b"a shared secret of 32 bytes ....")
SIGNED = StandardCheck(Verifier([KEY]))
OTHER = SharedKey(Scheme.HMAC_SHA256, b"some other secret of 32 bytes ..")
PASSED = {"result": "passed", "signing_address": ADDRESS}
UNREADABLE = [b"", b"{", b"\xff\xfe", b'{"a":1,"a":2}', b"[" * 5_000, b"NaN", b"[]"]


@attrs.frozen
class Signing:
    """The water company, which has to sign, at a gateway that checks."""

    stage: Stage
    http: httpx.AsyncClient

    async def report(
        self, transfer: str, body: Any, *, by: SharedKey | None = KEY, sent: bytes | None = None, key: str = "r-1"
    ) -> httpx.Response:
        """A pre-review's report: `body` is signed by a key, if by any; `sent` is what goes out in its place."""
        path = f"/v1/utility/transfers/{transfer}/pre-review"
        said = body if isinstance(body, bytes) else json.dumps(body).encode()
        outgoing = Outgoing(method="POST", target=path, key=key, body=said, at=self.stage.clock.now())
        signed = {} if by is None else StandardRequests(Signer([by])).dress(outgoing).headers
        headers = {"content-type": "application/json", "authorization": f"Bearer {WATER_TOKEN}", "idempotency-key": key}
        return await self.http.post(path, content=said if sent is None else sent, headers=headers | signed)


@asynccontextmanager
async def signing(check: RequestCheck = SIGNED) -> AsyncIterator[Signing]:
    """A stage whose gateway holds the water company's messages against `check`."""
    async with staged() as stage:
        app = gateway(
            stage.office,
            clients=CLIENTS,
            signing_hosts=HOSTS,
            clock=stage.clock,
            keys=KEYS,
            trust=Trust(signatures=Signatures({"water": Policy(check=check)})),
        )
        async with httpx.AsyncClient(transport=Checked(app), base_url="http://gateway.example") as http:
            yield Signing(stage, http)


@pytest.mark.parametrize("body", UNREADABLE, ids=range(len(UNREADABLE)))
async def test_who_wrote_it_comes_before_what_it_says(body: bytes) -> None:
    """Strict reading begins after the signature: a forger learns nothing of a parser, and a partner what is wrong."""
    async with signing() as on:
        transfer = await on.stage.submit()
        for forged in (await on.report(transfer, body, by=None), await on.report(transfer, body, by=OTHER)):
            assert (forged.status_code, forged.json()["code"]) == (401, "signature_invalid")
        told = await on.report(transfer, body)
        assert (told.status_code, told.json()["code"]) == (400, "malformed")


async def test_a_bad_signature_is_one_answer_and_changes_nothing() -> None:
    """Steps 6 to 8: absent, another key's, or over another body: the same 401, and not a byte of state."""
    async with signing() as on:
        transfer = await on.stage.submit()
        before = (on.stage.stored, await on.stage.state(transfer))
        other = json.dumps(PASSED | {"signing_address": ADDRESS + "x"}).encode()
        answers = [
            await on.report(transfer, PASSED, by=None),
            await on.report(transfer, PASSED, by=OTHER),
            await on.report(transfer, PASSED, sent=other),
        ]
        assert {answer.status_code for answer in answers} == {401}
        assert len({json.dumps({**answer.json(), "correlation_id": ""}) for answer in answers}) == 1
        assert (on.stage.stored, await on.stage.state(transfer)) == before


async def test_a_key_does_not_stand_for_a_signature() -> None:
    """What was answered to the signed report is not repeated to who only knows its key and its words."""
    async with signing() as on:
        transfer = await on.stage.submit()
        assert (await on.report(transfer, PASSED)).status_code == 200
        assert (await on.report(transfer, PASSED)).headers["idempotency-replayed"] == "true"
        assert (await on.report(transfer, PASSED, by=None)).status_code == 401


async def _first_use(kind: str, nonce: str, until: datetime) -> bool:
    return True


@pytest.mark.parametrize(("network", "allowed"), [("10.20.0.0/16", False), ("127.0.0.0/8", True)])
async def test_the_networks_hold_for_every_request(network: str, allowed: bool) -> None:
    """A stolen token is as good as none outside its client's networks, also for what is not signed: every GET."""
    check = GovernmentCheck(
        headers=GovernmentHeaders(requester="water", service="reports", keys=(KEY,)),
        first_use=_first_use,
        networks=(ipaddress.ip_network(network),),
    )
    async with signing(check) as on:
        transfer = await on.stage.submit()
        shown = {"authorization": f"Bearer {WATER_TOKEN}"}
        identity = await on.http.get(f"/v1/utility/transfers/{transfer}/identity", headers=shown)
        assert identity.status_code == (200 if allowed else 401)
        if allowed:
            return
        report = await on.http.post(f"/v1/utility/transfers/{transfer}/pre-review", headers=shown, json=PASSED)
        unknown = await on.http.get(
            f"/v1/utility/transfers/{transfer}/identity", headers={"authorization": "Bearer nobody-s"}
        )
        told = [{**one.json(), "correlation_id": "", "step": None} for one in (identity, report, unknown)]
        assert told[0] == told[1] == told[2]
        assert identity.headers["www-authenticate"] == unknown.headers["www-authenticate"]
