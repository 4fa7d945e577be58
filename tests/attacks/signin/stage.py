"""The sign-in with a provider that can be told to lie, two browsers and a clock. Never leniently read."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import attrs
import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tests.attacks.signin.provider import EVIL, ISSUER, Forger

from cotransfer.adapters.gateway.clients import Client
from cotransfer.adapters.gateway.envelope import Envelope
from cotransfer.adapters.gateway.exchange import Exchange
from cotransfer.adapters.gateway.problems import problem
from cotransfer.adapters.gateway.signin import (
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
from cotransfer.adapters.memory.access import MemoryAccess
from cotransfer.adapters.memory.sessions import MemorySessions
from cotransfer.adapters.memory.time import ManualClock
from cotransfer.domain.parties import Party

ORIGIN = "https://gateway.example"
SESSION = "__Host-cotransfer"
KEY = b"k" * 32
PROVIDER = Provider(issuer=ISSUER, client_id="cotransfer", client_secret="a&b c/ü")
AUDIENCES = {"city-platform": "city-platform", "county-platform": "county-platform"}
"""What each platform is called at the provider."""


@attrs.frozen(kw_only=True)
class Stage:
    """`provider` is the citizens', `staff` the operators'; `signed_in` is what the rest of the gateway asks."""

    provider: Forger
    staff: Forger
    signed_in: SignedIn
    clock: ManualClock
    keys: list[bytes]
    app: Starlette
    http: httpx.AsyncClient

    async def begin(self, query: str = "as=citizen&next=/transfers", by: httpx.AsyncClient | None = None) -> Any:
        """On the way to the provider: the query that the browser takes there."""
        answer = await (by or self.http).get(f"/signin?{query}")
        assert answer.status_code == 303, answer.text
        asked = {name: one[0] for name, one in parse_qs(urlsplit(answer.headers["location"]).query).items()}
        self.provider.nonce = self.staff.nonce = asked["nonce"]
        return asked

    async def back(self, by: httpx.AsyncClient | None = None, **query: str) -> httpx.Response:
        """The browser comes back."""
        return await (by or self.http).get("/signin/callback", params=query)

    async def sign_in(self, kind: str = "citizen") -> httpx.Response:
        """All of it."""
        asked = await self.begin(f"as={kind}&next=/transfers")
        return await self.back(code="the-code", state=asked["state"])

    async def me(self) -> httpx.Response:
        """Who the browser is."""
        return await self.http.get("/v1/me")

    def browser(self) -> httpx.AsyncClient:
        """Another one, with cookies of its own."""
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=ORIGIN)


@contextlib.asynccontextmanager
async def staged(
    provider: Provider = PROVIDER, *, origin: str = ORIGIN, audiences: Mapping[str, str] = AUDIENCES
) -> AsyncIterator[Stage]:
    """A fresh stage; nothing of it is shared."""
    clock, keys = ManualClock(), [KEY]
    forger = Forger(clock=clock, issuer=provider.issuer)
    staff = Forger(clock=clock, issuer=EVIL, audience="staff-client", claims={"identity_number": None})
    signed_in = SignedIn(MemorySessions(), clock, Cookies(origin))
    access = MemoryAccess()
    async with (
        Fetch(party=Party.PLATFORM, transport=forger.transport) as fetch,
        Fetch(party=Party.US, transport=staff.transport) as staff_fetch,
    ):
        back = f"{origin}/signin/callback"
        citizens = RelyingParty(provider, redirect_uri=back, fetch=fetch, clock=clock)
        operators = RelyingParty(
            Provider(issuer=EVIL, client_id="staff-client"), redirect_uri=back, fetch=staff_fetch, clock=clock
        )
        side = BrowserSide(
            signed_in, {"citizen": citizens, "operator": operators}, jar=Jar(lambda: keys), access=access
        )
        back_ends = BackEnds(citizens, signed_in.sessions, audiences=audiences, access=access, clock=clock)

        async def citizen_sessions(request: Request) -> Response:
            """As the lead's guard does, once it knows the client."""
            exchange = attrs.evolve(
                Exchange.of(request), client=Client(id=request.headers.get("x-client", "city-platform"), token="-")
            )
            try:
                return (await back_ends.open_session(exchange)).response()
            except Exception as error:
                return problem(error, exchange).response()

        app = Starlette(
            routes=[*sign_in_routes(side), Route("/v1/citizen-sessions", citizen_sessions, methods=["POST"])],
            middleware=[Middleware(Envelope)],
        )
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=origin) as http:
            yield Stage(provider=forger, staff=staff, signed_in=signed_in, clock=clock, keys=keys, app=app, http=http)
