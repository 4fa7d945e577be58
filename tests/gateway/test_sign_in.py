"""Signing in with the sandbox's provider, put together as a deployment is, from settings to the session."""

import contextlib
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import attrs
import httpx
import pytest
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import Route

from cotransfer.adapters.gateway.clients import Client
from cotransfer.adapters.gateway.envelope import Envelope
from cotransfer.adapters.gateway.exchange import Exchange
from cotransfer.adapters.gateway.signin import (
    CITIZEN_SESSION,
    BackEnds,
    BrowserSide,
    Cookies,
    Fetch,
    Jar,
    Provider,
    RelyingParty,
    SignedIn,
    sign_in_routes,
)
from cotransfer.adapters.gateway.signin.faults import NotVouched
from cotransfer.adapters.gateway.signin.pending import Pending
from cotransfer.adapters.machine import SystemClock
from cotransfer.adapters.memory.access import MemoryAccess
from cotransfer.adapters.memory.sessions import MemorySessions
from cotransfer.adapters.memory.time import ManualClock
from cotransfer.adapters.wire.contracts import contract
from cotransfer.domain.operators import OperatorRole
from cotransfer.domain.parties import Party
from cotransfer.ports.errors import Unavailable
from cotransfer.sandbox import CLIENT_ID, PLATFORM_ID, City, Identity, Pace, Sandbox

ORIGIN = "http://127.0.0.1:8080"
SECRET = "agreed between the two"
CITY = City.from_seed(7)


@attrs.frozen(kw_only=True)
class Joined:
    """A gateway's sign-in and the sandbox's provider, both in process; a browser that reaches either."""

    signed_in: SignedIn
    gateway: httpx.AsyncClient
    identity: httpx.AsyncClient

    async def sign_in(self, kind: str, hint: str) -> httpx.Response:
        """As a person does, choosing by the hint."""
        there = await self.gateway.get("/signin", params={"as": kind, "next": "/transfers"})
        back = await self.identity.get(there.headers["location"] + f"&login_hint={hint}")
        assert back.status_code == 302, back.text
        way = urlsplit(back.headers["location"])
        assert f"{way.scheme}://{way.netloc}" == ORIGIN
        return await self.gateway.get(f"{way.path}?{way.query}")


@contextlib.asynccontextmanager
async def joined():
    """As wiring does it, but for the sockets."""
    identity = Identity(CITY, secret=SECRET, pace=Pace(scale=0))
    to_identity = httpx.ASGITransport(identity)
    clock, access = SystemClock(), MemoryAccess()
    signed_in = SignedIn(MemorySessions(), clock, Cookies(ORIGIN))
    provider = Provider(
        issuer=identity.address,
        client_id=CLIENT_ID,
        client_secret=SECRET,
    )
    async with Fetch(party=Party.PLATFORM, transport=to_identity) as fetch:
        party = RelyingParty(provider, redirect_uri=f"{ORIGIN}/signin/callback", fetch=fetch, clock=clock)
        parties = {"citizen": party, "operator": party}
        side = BrowserSide(signed_in, parties, jar=Jar(lambda: [b"k" * 32]), access=access)
        back_ends = BackEnds(
            party, signed_in.sessions, audiences={"city-platform": PLATFORM_ID}, access=access, clock=clock
        )

        async def citizen_sessions(request: Request):
            """Behind the guard, which knows the client."""
            exchange = attrs.evolve(Exchange.of(request), client=Client(id="city-platform", token="-"))
            return (await back_ends.open_session(exchange)).response()

        app = Starlette(
            routes=[*sign_in_routes(side), Route("/v1/citizen-sessions", citizen_sessions, methods=["POST"])],
            middleware=[Middleware(Envelope)],
        )
        async with (
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as gateway,
            httpx.AsyncClient(transport=to_identity, base_url=identity.address) as at_identity,
        ):
            yield Joined(signed_in=signed_in, gateway=gateway, identity=at_identity)


@pytest.mark.parametrize("kind", ["plain", "company", "residence_permit", "passport", "no_property"])
async def test_every_kind_of_citizen(kind):
    """The person that the provider names is the person signed in: kind of document and number alike."""
    async with joined() as world:
        answer = await world.sign_in("citizen", f"{kind}-0")
        assert (answer.status_code, answer.headers["location"]) == (303, "/transfers")
        me = await world.gateway.get("/v1/me")
        contract("gateway").check_response("GET", "/v1/me", 200, me.headers, me.content)
        holder = CITY.someone(kind).holder
        cookie = Headers({"cookie": f"cotransfer={world.gateway.cookies['cotransfer']}"})
        citizen = await world.signed_in.citizen(cookie)
        assert citizen is not None
        assert citizen.identity.text == holder.identity_number
        assert citizen.identity.document_type.value == holder.document_type
        assert holder.name not in me.text
        assert me.json()["name"].startswith(holder.name[0])


@pytest.mark.parametrize("role", OperatorRole)
async def test_every_role(role):
    """An operator may what the provider says, and whatever that includes."""
    async with joined() as world:
        assert (await world.sign_in("operator", f"operator-{role.value}")).status_code == 303
        cookie = Headers({"cookie": f"cotransfer={world.gateway.cookies['cotransfer']}"})
        assert (await world.signed_in.operator(cookie, OperatorRole.READ)).roles == {role}
        me = await world.gateway.get("/v1/me")
        contract("gateway").check_response("GET", "/v1/me", 200, me.headers, me.content)


async def test_a_citizen_is_no_operator_and_an_operator_no_citizen():
    """Neither gets in by the other's door."""
    async with joined() as world:
        for kind, hint in (("operator", "plain-0"), ("citizen", "operator-administer")):
            assert (await world.sign_in(kind, hint)).status_code == 401
        nobody = await world.gateway.get("/v1/me")
        contract("gateway").check_response("GET", "/v1/me", 401, nobody.headers, nobody.content)


async def test_the_platforms_back_end():
    """A fresh token of the platform's own sign-in becomes a reference for the calls made for that citizen."""
    async with joined() as world:
        told = (await world.identity.post("/sandbox/signin", json={"kind": "plain", "nth": 3})).json()
        body = {"id_token": told["id_token"]}
        answer = await world.gateway.post("/v1/citizen-sessions", json=body)
        said = contract("gateway")
        headers = {**answer.request.headers, "authorization": "Bearer x"}
        said.check_request("POST", "/v1/citizen-sessions", headers, body)
        said.check_response("POST", "/v1/citizen-sessions", 201, answer.headers, answer.content)
        shown = Headers({CITIZEN_SESSION: answer.json()["session"]})
        citizen = await world.signed_in.citizen(shown, client="city-platform")
        assert citizen is not None
        assert citizen.identity.text == CITY.someone("plain", 3).holder.identity_number
        assert answer.headers["cache-control"] == "no-store"


async def test_over_sockets():
    """The provider as a server: documents, keys and tokens come through the line that a deployment uses."""
    async with Sandbox(city=CITY, only=["identity"], tokens={"identity": SECRET}, pace=Pace(scale=0)) as sandbox:
        provider = Provider(issuer=sandbox.addresses["identity"], client_id=CLIENT_ID, client_secret=SECRET)
        clock = SystemClock()
        async with Fetch(party=Party.PLATFORM) as fetch, httpx.AsyncClient(trust_env=False) as browser:
            party = RelyingParty(provider, redirect_uri=f"{ORIGIN}/signin/callback", fetch=fetch, clock=clock)
            pending = Pending.drawn("citizen", "/", clock.now())
            back = await browser.get(await party.way_there(pending) + "&login_hint=plain-1")
            query = {name: one[0] for name, one in parse_qs(urlsplit(back.headers["location"]).query).items()}
            assert query["state"] == pending.state
            claims = await party.claims(query["code"], pending, issuer=query["iss"])
            assert claims["identity_number"] == CITY.someone("plain", 1).holder.identity_number
            with pytest.raises(NotVouched, match="code"):
                await party.claims(query["code"], pending, issuer=query["iss"])


async def test_a_provider_that_is_away():
    """Is told as such, once: nobody waits for the next failure, and soon it is tried again."""
    asked, clock = [], ManualClock()

    def away(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        raise httpx.ConnectTimeout("away", request=request)

    provider = Provider(issuer="https://id.example", client_id="c")
    async with Fetch(party=Party.PLATFORM, transport=httpx.MockTransport(away)) as fetch:
        party = RelyingParty(provider, redirect_uri=f"{ORIGIN}/signin/callback", fetch=fetch, clock=clock)
        for _ in range(5):
            with pytest.raises(Unavailable):
                await party.way_there(Pending.drawn("citizen", "/", clock.now()))
        assert len(asked) == 1
        clock.move(timedelta(seconds=5))
        with pytest.raises(Unavailable):
            await party.way_there(Pending.drawn("citizen", "/", clock.now()))
        assert len(asked) == 2


def test_nothing_shows_a_secret():
    """Neither the provider's secret nor its key is in anything that is printed."""
    key = ECKey.generate_key("P-256", private=True).as_dict(private=True)
    printed = repr(Provider(issuer="https://id.example", client_id="c", client_secret=SECRET, client_key=key))
    assert SECRET not in printed
    assert str(key["d"]) not in printed
