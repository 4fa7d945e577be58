"""Who has to sign, signs what opens a session as well: a token alone begins nothing for a citizen."""

import asyncio
import json

import httpx
import pytest
from starlette.requests import Request
from tests.attacks.signin.provider import Forger
from tests.attacks.signin.stage import AUDIENCES, ORIGIN, PROVIDER
from tests.attacks.signin.stage import KEY as JAR_KEY
from tests.gateway.stage import CLIENTS, HOSTS, KEYS, PLATFORM_TOKEN, Checked, staged
from tests.gateway.test_signed_posts import KEY, OTHER

from cotransfer.adapters.gateway import SignIn, Trust, gateway
from cotransfer.adapters.gateway.problems import Wrong
from cotransfer.adapters.gateway.signin import (
    BackEnds,
    BrowserSide,
    Cookies,
    Fetch,
    Jar,
    RelyingParty,
    SignedIn,
    bodies,
)
from cotransfer.adapters.memory.access import MemoryAccess
from cotransfer.adapters.memory.sessions import MemorySessions
from cotransfer.adapters.wire.signing import (
    Outgoing,
    Policy,
    SharedKey,
    Signatures,
    Signer,
    StandardCheck,
    StandardRequests,
    Verifier,
)
from cotransfer.domain.parties import Party

PATH = "/v1/citizen-sessions"


async def test_a_session_is_opened_by_a_signed_message_only() -> None:
    """Absent, or another key's: 401 before the ID token is looked at, which is good once; then it opens the session."""
    async with staged() as stage:
        sessions, access = MemorySessions(), MemoryAccess()
        forger = Forger(clock=stage.clock, issuer=PROVIDER.issuer, audience="city-platform")
        async with Fetch(party=Party.PLATFORM, transport=forger.transport) as fetch:
            party = RelyingParty(PROVIDER, redirect_uri=f"{ORIGIN}/signin/callback", fetch=fetch, clock=stage.clock)
            signed_in = SignedIn(sessions, stage.clock, Cookies(ORIGIN))
            browser = BrowserSide(signed_in, {"citizen": party}, jar=Jar(lambda: [JAR_KEY]), access=access)
            back_ends = BackEnds(party, sessions, audiences=AUDIENCES, access=access, clock=stage.clock)
            trust = Trust(
                signatures=Signatures({"city-platform": Policy(check=StandardCheck(Verifier([KEY])))}),
                sign_in=SignIn(people=signed_in, browser=browser, back_ends=back_ends),
            )
            app = gateway(stage.office, clients=CLIENTS, signing_hosts=HOSTS, clock=stage.clock, keys=KEYS, trust=trust)
            body = json.dumps({"id_token": forger.id_token()}).encode()

            async def opened(by: SharedKey | None) -> httpx.Response:
                outgoing = Outgoing(method="POST", target=PATH, key="", body=body, at=stage.clock.now())
                signed = {} if by is None else StandardRequests(Signer([by])).dress(outgoing).headers
                headers = {"content-type": "application/json", "authorization": f"Bearer {PLATFORM_TOKEN}"}
                return await http.post(PATH, content=body, headers=headers | signed)

            async with httpx.AsyncClient(transport=Checked(app), base_url="http://gateway.example") as http:
                for by in (None, OTHER):
                    refused = await opened(by)
                    assert (refused.status_code, refused.json()["code"]) == (401, "signature_invalid")
                assert (await opened(KEY)).status_code == 201


async def test_a_body_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody holds a request open by saying nothing, signed in or not."""
    monkeypatch.setattr(bodies, "TIMEOUT_S", 0.02)

    async def receive() -> dict[str, object]:
        await asyncio.sleep(9)
        raise AssertionError("Nobody waits as long.")

    with pytest.raises(Wrong) as wrong:
        await bodies.form_of(Request({"type": "http", "method": "POST", "headers": []}, receive))
    assert (wrong.value.code, wrong.value.unreadable) == ("malformed", "incomplete")
