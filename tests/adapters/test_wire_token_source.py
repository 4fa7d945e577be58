"""Tokens for calling others: fetched once, renewed in time, refused when they are more or less than was asked for."""

import asyncio
import base64
import json
from collections.abc import Callable
from urllib.parse import parse_qsl

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from cotransfer.adapters.wire import correlation
from cotransfer.adapters.wire.client import Line
from cotransfer.adapters.wire.jose import SigningKey, opened
from cotransfer.adapters.wire.tokens import ByKey, BySecret, TokenSource
from cotransfer.domain.correlation import Correlation
from cotransfer.domain.parties import Party
from cotransfer.ports.errors import NotAdmitted, Unavailable, Unintelligible

URL = "https://registry.example/oauth/token"
SECRET = "a-secret-that-nobody-may-see"
Answer = httpx.Response | Exception


class Desk(httpx.AsyncBaseTransport):
    """A token endpoint: gives `token-1`, `token-2`, …, unless it is told what to answer."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answers: list[Answer] = []
        self.more: dict[str, object] = {}
        self.open = asyncio.Event()
        self.open.set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """As told."""
        self.requests.append(request)
        number = len(self.requests)
        await self.open.wait()
        answer = self.answers.pop(0) if self.answers else self.given(access_token=f"token-{number}")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def given(self, **changes: object) -> httpx.Response:
        """A proper answer, with changes; None leaves a member out."""
        said = {"access_token": "t", "token_type": "Bearer", "expires_in": 100, **self.more, **changes}
        return httpx.Response(200, json={name: value for name, value in said.items() if value is not None})

    def form(self, nth: int = -1) -> dict[str, str]:
        """What was asked."""
        return dict(parse_qsl(self.requests[nth].content.decode(), strict_parsing=True))


class Watch:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """The moment."""
        return self.now


def source(desk: Desk, watch: Watch, *, scope: str | None = None, chance: float = 0.5) -> TokenSource:
    """A source with a secret."""
    return TokenSource(
        URL,
        BySecret("us", SECRET),
        name="registry",
        party=Party.REGISTRY,
        scope=scope,
        transport=desk,
        monotonic=watch,
        chance=lambda: chance,
    )


@pytest.fixture
async def desk() -> Desk:
    """A fresh one."""
    return Desk()


@pytest.fixture
def watch() -> Watch:
    """A fresh one."""
    return Watch()


async def settled() -> None:
    """Let what was begun in the background finish."""
    for _ in range(20):
        await asyncio.sleep(0)


class TestFetching:
    async def test_nothing_is_fetched_before_it_is_wanted(self, desk: Desk, watch: Watch):
        """A10: the first token is fetched by the first call, not before, and needs no call of its own."""
        tokens = source(desk, watch)
        assert desk.requests == []
        assert await tokens.current() == "token-1"

    async def test_however_many_wait_one_is_fetched(self, desk: Desk, watch: Watch):
        """Twenty callers without a token make one request, and a caller that gives up leaves the others theirs."""
        tokens = source(desk, watch)
        desk.open.clear()
        asking = [asyncio.create_task(tokens.current()) for _ in range(20)]
        await asyncio.sleep(0)
        asking[0].cancel()
        desk.open.set()
        assert set(await asyncio.gather(*asking[1:])) == {"token-1"}
        assert len(desk.requests) == 1

    async def test_the_secret_stands_in_the_header_only(self, desk: Desk, watch: Watch):
        """RFC 6749 §2.3.1: HTTP Basic; neither the body nor the address holds it."""
        await source(desk, watch, scope="a b").current()
        (request,) = desk.requests
        shown = base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()
        assert shown == f"us:{SECRET}"
        assert desk.form() == {"grant_type": "client_credentials", "scope": "a b"}

    @pytest.mark.parametrize(
        ("make", "alg"),
        [(lambda: ec.generate_private_key(ec.SECP256R1()), "ES256"), (ed25519.Ed25519PrivateKey.generate, "EdDSA")],
    )
    async def test_a_key_proves_us_anew_each_time(self, desk: Desk, watch: Watch, make: Callable, alg: str):
        """RFC 7523: an assertion for their token endpoint, for a minute, with an identifier of its own."""
        pem = make().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        key = SigningKey.from_pem(pem, kid="k")
        tokens = TokenSource(
            URL, ByKey("us", key), name="registry", party=Party.REGISTRY, transport=desk, monotonic=watch
        )
        await tokens.renewed(await tokens.current())
        said = [opened(desk.form(nth)["client_assertion"]) for nth in (0, 1)]
        for one in said:
            assert one.alg == alg
            assert one.is_signed_by(key.public())
            claims = one.claims
            assert (claims["iss"], claims["sub"], claims["aud"]) == ("us", "us", URL)
            assert isinstance(claims["exp"], int)
            assert isinstance(claims["iat"], int)
            assert claims["exp"] - claims["iat"] == 60
        assert said[0].claims["jti"] != said[1].claims["jti"]
        assert "authorization" not in desk.requests[0].headers


class TestRenewing:
    @pytest.mark.parametrize(("chance", "at"), [(0.0, 75.0), (0.5, 80.0), (1.0, 85.0)])
    async def test_a_token_is_renewed_at_80_per_cent_of_its_life(
        self, desk: Desk, watch: Watch, chance: float, at: float
    ):
        """Give or take a twentieth; meanwhile nobody waits, for the old one is still good."""
        tokens = source(desk, watch, chance=chance)
        await tokens.current()
        watch.now += at - 0.1
        await tokens.current()
        await settled()
        assert len(desk.requests) == 1
        watch.now += 0.2
        assert await tokens.current() == "token-1"
        await settled()
        assert await tokens.current() == "token-2"

    async def test_a_renewal_that_fails_troubles_nobody_while_the_token_is_good(self, desk: Desk, watch: Watch):
        """It is tried again after a pause; only past the token's end somebody is told."""
        tokens = source(desk, watch)
        await tokens.current()
        desk.answers = [httpx.Response(503), httpx.Response(503)]
        watch.now += 85
        for _ in range(5):
            assert await tokens.current() == "token-1"
            await settled()
        assert len(desk.requests) == 2
        watch.now += 20
        with pytest.raises(Unavailable):
            await tokens.current()

    async def test_after_a_failure_nobody_asks_in_a_hurry(self, desk: Desk, watch: Watch):
        """For a second callers are told at once; then it is tried again."""
        desk.answers = [httpx.Response(503)]
        tokens = source(desk, watch)
        for _ in range(5):
            with pytest.raises(Unavailable):
                await tokens.current()
        assert len(desk.requests) == 1
        watch.now += 1
        assert await tokens.current() == "token-2"

    async def test_a_refused_token_is_replaced_once_for_all(self, desk: Desk, watch: Watch):
        """Ten callers whose token was refused share one new one; one who comes late gets the newest, not a newer."""
        tokens = source(desk, watch)
        spoilt = await tokens.current()
        assert set(await asyncio.gather(*(tokens.renewed(spoilt) for _ in range(10)))) == {"token-2"}
        assert await tokens.renewed(spoilt) == "token-2"
        assert len(desk.requests) == 2


class TestJudging:
    async def test_a10_the_scope_is_never_widened(self, desk: Desk, watch: Watch):
        """A10: every request asks for the very scope of the constructor, and an answer with more is not taken."""
        tokens = source(desk, watch, scope="find")
        await tokens.renewed(await tokens.current())
        assert [desk.form(nth)["scope"] for nth in (0, 1)] == ["find", "find"]
        for given in ("find change", "", "change", 7):
            desk.answers = [desk.given(scope=given)]
            with pytest.raises(Unintelligible, match="another scope"):
                await source(desk, watch, scope="find").current()
        desk.answers = [desk.given(scope="b a")]
        assert await source(desk, watch, scope="a b").current() == "t"

    @pytest.mark.parametrize(
        "answer",
        [
            httpx.Response(200, content=b'{"access_token":"a","access_token":"b","token_type":"Bearer"}'),
            httpx.Response(200, json=["t"]),
            httpx.Response(200, json={"access_token": "t"}),
            httpx.Response(200, json={"access_token": "t", "token_type": "mac"}),
            httpx.Response(200, json={"access_token": "", "token_type": "Bearer"}),
            httpx.Response(200, json={"access_token": "t\r\nx: y", "token_type": "Bearer"}),
            httpx.Response(200, json={"access_token": "t" * 9000, "token_type": "Bearer"}),
            httpx.Response(200, json={"access_token": "ü", "token_type": "Bearer"}),
            *(
                httpx.Response(200, json={"access_token": "t", "token_type": "Bearer", "expires_in": life})
                for life in (0, -1, 86401, "300", 1.5, True, None, 10**30)
            ),
            httpx.Response(200, text="<html>"),
            httpx.Response(200, content=b"{}" + b" " * 20000, headers={"content-type": "application/json"}),
            httpx.Response(302, headers={"location": "https://evil.example"}),
            httpx.Response(400, json={"error": "invalid_client", "error_description": SECRET}),
            httpx.Response(401),
            httpx.Response(404),
        ],
    )
    async def test_what_is_no_clear_token_is_none(self, desk: Desk, watch: Watch, answer: httpx.Response):
        """Strictly read and bounded; the text never shows what was sent or received."""
        if answer.headers.get("content-type") is None:
            answer.headers["content-type"] = "application/json"
        desk.answers = [answer]
        tokens = source(desk, watch)
        with pytest.raises(Unintelligible) as caught:
            await tokens.current()
        assert caught.value.certain
        assert SECRET not in str(caught.value)
        assert caught.value.party is Party.REGISTRY
        with pytest.raises(Unintelligible) as again:  # Within a second nobody asks.
            await tokens.current()
        refused = answer.status_code == 401
        assert [isinstance(one.value, NotAdmitted) for one in (caught, again)] == [refused, refused]

    @pytest.mark.parametrize(
        "answer", [httpx.Response(500), httpx.Response(429), httpx.ConnectError(SECRET), httpx.ReadError(SECRET)]
    )
    async def test_a_token_desk_that_is_away_leaves_no_doubt(self, desk: Desk, watch: Watch, answer: Answer):
        """Whatever became of the token, what it was wanted for was not begun: trying later is safe."""
        desk.answers = [answer]
        with pytest.raises(Unavailable) as caught:
            await source(desk, watch).current()
        assert caught.value.certain
        assert SECRET not in str(caught.value)

    async def test_a_life_that_is_not_said_is_short(self, desk: Desk, watch: Watch):
        """RFC 6749 §5.1 only recommends expires_in: 300 seconds are taken for it."""
        desk.more = {"expires_in": None}
        tokens = source(desk, watch)
        await tokens.current()
        watch.now += 301
        assert await tokens.current() == "token-2"

    def test_nothing_secret_is_printed(self, desk: Desk, watch: Watch):
        """No secret in a trace."""
        assert SECRET not in repr(BySecret("us", SECRET))

    @pytest.mark.parametrize("url", ["http://registry.example/token", "ftp://x", "https://u:p@x/"])
    def test_a_token_desk_is_called_over_https(self, url: str):
        """As every counterparty."""
        with pytest.raises(ValueError, match="address"):
            TokenSource(url, BySecret("us", SECRET), name="registry", party=Party.REGISTRY)


class TestLines:
    """A line with a source of tokens."""

    async def call(self, desk: Desk, watch: Watch, *statuses: int) -> tuple[list[str], object]:
        """What the counterparty was shown, and what came of the call."""
        shown: list[str] = []
        left = list(statuses)

        def answer(request: httpx.Request) -> httpx.Response:
            shown.append(request.headers["authorization"])
            assert json.loads(request.content) == {"a": 1}
            return httpx.Response(left.pop(0), json={"code": "unauthorised"})

        line = Line(
            "https://registry.example",
            name="registry",
            party=Party.REGISTRY,
            token=source(desk, watch),
            transport=httpx.MockTransport(answer),
        )
        async with line:
            try:
                return shown, await line.post("/x", {"a": 1}, key="k")
            except (Unavailable, Unintelligible) as error:
                return shown, error

    async def test_a_call_shows_the_token(self, desk: Desk, watch: Watch):
        """As Bearer, in the header."""
        shown, answer = await self.call(desk, watch, 200)
        assert (shown, answer) == (["Bearer token-1"], {"code": "unauthorised"})

    async def test_a_401_is_answered_with_one_new_token(self, desk: Desk, watch: Watch):
        """§2.4: one token refetch; a 401 means that nothing was done, so the same message goes out again."""
        shown, answer = await self.call(desk, watch, 401, 200)
        assert shown == ["Bearer token-1", "Bearer token-2"]
        assert answer == {"code": "unauthorised"}

    async def test_a_second_401_is_the_end(self, desk: Desk, watch: Watch):
        """§2.4: then it is given up, for a person to look at."""
        shown, error = await self.call(desk, watch, 401, 401)
        assert len(shown) == 2
        assert isinstance(error, Unintelligible)
        assert "401" in str(error)

    async def test_without_a_token_nothing_goes_out(self, desk: Desk, watch: Watch):
        """A token desk that is away keeps the message here."""
        desk.answers = [httpx.Response(503)]
        shown, error = await self.call(desk, watch)
        assert shown == []
        assert isinstance(error, Unavailable)
        assert error.certain


class TestWhatTheyCallIt:
    async def test_a_token_desk_that_refuses(self, desk: Desk, watch: Watch):
        """Asked under our id, it is blamed under its own; whoever is told of it in the pause after is told the same."""
        correlation.begin("c-1")
        desk.answers = [httpx.Response(500, headers={"X-Correlation-Id": "kw-1"})]
        tokens = source(desk, watch)
        for _ in range(2):
            with pytest.raises(Unavailable) as raised:
                await tokens.current()
            assert raised.value.correlation == Correlation(ours="c-1", theirs="kw-1")
        assert [request.headers["x-correlation-id"] for request in desk.requests] == ["c-1"]
