"""Token desks of the sandbox: counterparties that insist on tokens, and a water company that fetches its own."""

import pytest
from tests.gateway.oauth_stage import T, pair, town

from cotransfer.adapters.wire.client import Line
from cotransfer.adapters.wire.tokens import ByKey, BySecret, Credentials, TokenSource
from cotransfer.domain.parties import Party
from cotransfer.ports.errors import Unintelligible
from cotransfer.sandbox import Pace, Sandbox
from cotransfer.sandbox.authority import TokenDesk
from cotransfer.sandbox.water_gateway import Gateway, Report

SECRET = "a-secret-of-this-test-only-000001"
QUERY = {"certificate_number": "云(2024)五华区不动产权第9999999号"}


def desk(by: str) -> TokenDesk:
    """One that knows the gateway by its key or by a secret."""
    return TokenDesk("gateway", keys=[pair("ES256").public()]) if by == "key" else TokenDesk("gateway", secret=SECRET)


def line(address: str, credentials: Credentials, scope: str | None = None) -> Line:
    """The gateway's line to the registry, that fetches its tokens."""
    tokens = TokenSource(
        f"{address}/oauth/token", credentials, name="registry", party=Party.REGISTRY, scope=scope, timeout_s=5
    )
    return Line(address, name="registry", party=Party.REGISTRY, token=tokens)


@pytest.mark.parametrize("by", ["key", "secret"])
async def test_the_gateway_fetches_one_token_over_the_wire(by: str):
    """A10: really over HTTP: one fetch for many calls, another one when the tokens were lost."""
    registry = desk(by)
    credentials = ByKey("gateway", pair("ES256")) if by == "key" else BySecret("gateway", SECRET)
    async with (
        Sandbox(only=["registry"], desks={"registry": registry}, pace=Pace(scale=0)) as sandbox,
        line(sandbox.addresses["registry"], credentials, "find") as registry_line,
    ):
        for _ in range(3):
            assert await registry_line.find("/v1/certificates/search", QUERY, absent="certificate_unknown") is None
        assert registry.issued == 1
        registry.spoil()
        assert await registry_line.find("/v1/certificates/search", QUERY, absent="certificate_unknown") is None
        assert registry.issued == 2


@pytest.mark.parametrize(
    "credentials",
    [
        BySecret("gateway", SECRET + "x"),
        BySecret("somebody", SECRET),
        ByKey("gateway", pair("ES256", 9)),
        ByKey("somebody", pair("ES256")),
    ],
)
async def test_nobody_else_gets_one(credentials: Credentials):
    """A wrong secret, key or name is refused, and nothing goes out."""
    by = "key" if isinstance(credentials, ByKey) else "secret"
    async with (
        Sandbox(only=["registry"], desks={"registry": desk(by)}, pace=Pace(scale=0)) as sandbox,
        line(sandbox.addresses["registry"], credentials) as registry_line,
    ):
        with pytest.raises(Unintelligible, match="token endpoint of registry answered 401"):
            await registry_line.find("/v1/certificates/search", QUERY, absent="certificate_unknown")


async def test_an_assertion_is_used_once():
    """The desk of a counterparty is no more lenient than ours."""
    import httpx

    from cotransfer.adapters.wire.assertions import TYPE, assertion

    registry = desk("key")
    async with Sandbox(only=["registry"], desks={"registry": registry}, pace=Pace(scale=0)) as sandbox:
        url = f"{sandbox.addresses['registry']}/oauth/token"
        said = assertion(pair("ES256"), client_id="gateway", audience=url)
        form = {"grant_type": "client_credentials", "client_assertion_type": TYPE, "client_assertion": said}
        async with httpx.AsyncClient(trust_env=False) as http:
            statuses = [(await http.post(url, data=form)).status_code for _ in range(2)]
            assert statuses == [200, 401]
            assert (await http.post(url, data={"grant_type": "client_credentials"})).status_code == 401
            assert (await http.post(url, content=b"a=1&a=1")).status_code == 400


async def test_without_a_token_a_counterparty_with_a_desk_lets_nobody_in():
    """No token, or one that is none: 401."""
    async with Sandbox(only=["registry"], desks={"registry": desk("secret")}, pace=Pace(scale=0)) as sandbox:
        for token in (None, "guessed"):
            fixed = Line(sandbox.addresses["registry"], name="registry", party=Party.REGISTRY, token=token)
            async with fixed:
                with pytest.raises(Unintelligible, match="401"):
                    await fixed.find("/v1/certificates/search", QUERY, absent="certificate_unknown")


async def test_the_water_company_fetches_its_tokens_from_the_gateway():
    """Client credentials with its own key, before it reports; another token when the one it has is refused."""
    import httpx

    async with town() as here:
        transport = httpx.ASGITransport(here.app)
        tokens = TokenSource(
            "https://gateway.example/oauth/token",
            _AtTheTownsTime(here),
            name="the gateway",
            party=Party.PLATFORM,
            transport=transport,
        )
        gateway = Gateway(pace=Pace(scale=0), attempts=2)
        gateway.connect("https://gateway.example", tokens, transport=httpx.ASGITransport(here.app))
        report = Report(transfer=T, kind="pre-review", body={"result": "passed"}, key="k-1")
        assert (await gateway.report(report)).status == 404  # Let in: there is no such transfer.
        here.move(400)  # The token is over, and only the gateway's clock knows.
        assert (await gateway.report(report)).status == 404
        await here.door.bar("water", who="operator", why="leaked")
        assert (await gateway.report(report)).status is None  # No token is given out any more.
        await gateway.close()


class _AtTheTownsTime:
    """A proof by key whose clock is the town's."""

    def __init__(self, here):
        self._here = here

    def dress(self, form, *, token_url):
        """As `ByKey`."""
        return {**form, **self._here.proof()}, {}
