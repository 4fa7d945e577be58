"""The collection of attacks on authentication, over the whole application: none gets in, none is a 5xx, none leaves a
trace in the store. The tables beside this file say what is tried, and which rule forbids it.
"""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import pytest_asyncio
from tests.attacks.authentication.forging import LONG, Forge, cases
from tests.gateway.oauth_stage import ASSERTION as ASSERTION_TYPE
from tests.gateway.oauth_stage import AUDIENCE, FORM, ISSUER, T, Town, basic, pair, town

from cotransfer.adapters.gateway.oauth import secret_hash
from cotransfer.ports.keys import KeyUse

TOKENS, ASSERTIONS, REQUESTS = cases("tokens"), cases("assertions"), cases("requests")
REPORT = f"/v1/utility/transfers/{T}/pre-review"


@pytest_asyncio.fixture
async def here() -> AsyncIterator[Town]:
    """A fresh gateway that gives out its own tokens."""
    async with town() as fresh:
        yield fresh


def named(case: dict[str, Any]) -> str:
    """A case by its name."""
    return str(case["name"])


def test_there_are_enough_and_each_is_another(count):
    """At least 60 distinct cases, each with the rule that it would break."""
    everything = [*TOKENS, *ASSERTIONS, *REQUESTS]
    for table in (TOKENS, ASSERTIONS, REQUESTS):
        assert len({case["name"] for case in table}) == len(table)
        bare = [json.dumps({**case, "name": "", "rule": ""}, sort_keys=True) for case in table]
        assert len(set(bare)) == len(bare)
    assert all(case["rule"] for case in everything)
    assert len(everything) >= 60
    count(f"attacks on authentication: {len(everything)} tried, none accepted")


@pytest.mark.parametrize("case", TOKENS, ids=named)
async def test_a_bad_token_lets_nobody_in(here: Town, case: dict[str, Any]):
    """401 invalid_token, whatever is wrong, in one and the same body; and nothing is stored."""
    keys = here.authority.callers.keys
    gateway = keys.signing()
    old_key = pair("ES256", 7)
    forge = Forge(
        keys={"gateway": gateway, "stranger": pair("ES256", 9), "partner": pair("ES256"), "old_key": old_key},
        public=gateway.public(),
        now=int(here.clock.now().timestamp()),
    )
    claims = {
        "iss": ISSUER,
        "sub": "water",
        "client_id": "water",
        "aud": AUDIENCE,
        "iat": forge.now,
        "exp": forge.now + 300,
        "jti": "0123456789abcdefABCDEF",
        "scope": "reportPreReview",
    }
    header = {"alg": "ES256", "kid": "k1", "typ": "at+jwt"}
    good = forge.make({}, header, claims, "gateway")
    assert await here.is_let_in(good), "else the case would prove nothing"
    token = forge.make(case, header, claims, "gateway")
    await before(here, case.get("first", ""), token)
    stored = here.stage.stored
    response = await show(here, case, token)
    assert response.status_code == 401, case["rule"]
    problem = response.json()
    del problem["correlation_id"]
    assert problem == {**problem, "code": "not_authorised", "party": "utility", "status": 401}
    shown = case.get("shown", ["Bearer {token}"])
    assert ('error="invalid_token"' in response.headers["www-authenticate"]) == bool(shown)
    assert here.stage.stored == stored


async def before(here: Town, first: str, token: str) -> None:
    """What happened before the token was shown."""
    what, _, rest = first.partition(":")
    if what == "bar":
        await here.door.bar("water", who="operator", why="leaked")
    elif what == "revoke":
        assert (await here.ask("/oauth/revoke", {"token": token, **here.proof()})).status_code == 200
    elif what == "wait":
        here.move(float(rest))
    elif what == "gone":
        del here.authority.callers.clients["water"]  # type: ignore[attr-defined]
    elif what == "drop_key":
        here.keys.add(KeyUse.TOKENS, "k2")
        here.keys.drop(KeyUse.TOKENS, "k1")


async def show(here: Town, case: dict[str, Any], token: str) -> httpx.Response:
    """The request, with the token where the case wants it."""
    where = case.get("where", "")
    headers = [(b"content-type", b"application/json"), (b"idempotency-key", b"k-attack")]
    for each in case.get("shown", ["Bearer {token}"]):
        text = each.replace("{token}", token).replace("$long", LONG)
        headers.append((b"authorization", text.encode("latin-1" if text.isascii() or "\u00ff" in text else "utf-8")))
    if where == "cookie":
        headers.append((b"cookie", f"access_token={token}".encode()))
    body = {"result": "passed"} | ({"access_token": token} if where == "body" else {})
    path = f"{REPORT}?access_token={token}" if where == "query" else REPORT
    return await here.http.post(path, content=json.dumps(body).encode(), headers=headers)


@pytest.mark.parametrize("case", ASSERTIONS, ids=named)
async def test_a_bad_assertion_proves_nobody(here: Town, case: dict[str, Any]):
    """invalid_client, in one and the same body, at each endpoint that wants a proof; no identifier is used up by it."""
    gateway = here.authority.callers.keys.signing()
    forge = Forge(
        keys={
            "es256": pair("ES256"),
            "eddsa": pair("EdDSA"),
            "ps256": pair("PS256"),
            "other_client": pair("ES256", 1),
            "stranger": pair("ES256", 9),
            "gateway": gateway,
        },
        public=pair("ES256").public(),
        now=int(here.clock.now().timestamp()),
    )
    header = {"alg": "ES256", "kid": "es256-0", "typ": "JWT"}
    good = forge.make({}, header, here.claims(), "es256")
    assert (await here.ask("/oauth/token", form_of({}, good))).status_code == 200, "else it would prove nothing"
    token = await here.token()
    first = case.get("first", "")
    claims = here.claims(jti="the-same")
    assertion = forge.make(case, header, claims, "es256")
    if first == "twice":
        # The same identifier; the very same assertion where the case changes nothing else.
        earlier = assertion if "claims" not in case else forge.make({}, header, claims, "es256")
        assert (await here.ask("/oauth/token", form_of({}, earlier))).status_code == 200
    if first == "bar":
        await here.door.bar("water", who="operator", why="leaked")
    used = dict(here.access._used)
    shown = {"authorization": basic("power", here.secrets["power"])} if case.get("basic") else {}
    for path in ("/oauth/token", "/oauth/introspect", "/oauth/revoke"):
        response = await here.ask(path, form_of(case, assertion) | {"token": token}, **shown)
        error = case.get("error", "invalid_client")
        assert (response.status_code, response.json()["error"]) == (400 if error == "invalid_request" else 401, error)
        if error == "invalid_client":
            assert response.json() == {"error": error, "error_description": "Client authentication failed."}
    assert here.access._used == used
    assert (await here.access.standing()).revoked == frozenset()


def form_of(case: dict[str, Any], assertion: str) -> dict[str, str]:
    """The parameters of a token request, as the case wants them."""
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
        **case.get("form", {}),
    }
    return {name: value for name, value in form.items() if name not in case.get("drop_form", ())}


@pytest.mark.parametrize("case", REQUESTS, ids=named)
async def test_a_bad_request_gets_no_token(here: Town, case: dict[str, Any]):
    """Each mistake has its answer in RFC 6749's words; none holds anything of what was sent."""
    secret = here.secrets["power"]
    assert (await here.fetch_by_secret()).status_code == 200, "else it would prove nothing"
    words = {
        "{secret}": secret,
        "{secret_cut}": secret[:-1],
        "{hash}": secret_hash(here.keys, "power", secret),
        "{token}": await here.token(),
        "$long": "a" * 10_000,
        "$many": "&".join(f"p{nth}=1" for nth in range(100)),
    }

    def filled(text: str) -> str:
        for word, value in words.items():
            text = text.replace(word, value)
        return text

    headers = [("content-type", FORM)] if "content-type" not in case.get("headers", {}) else []
    headers += [(name, filled(value)) for name, value in case.get("headers", {}).items()]
    if "basic_bytes" in case:
        headers.append(("authorization", "Basic " + base64.b64encode(bytes.fromhex(case["basic_bytes"])).decode()))
    else:
        pairs = [filled(each).partition(":") for each in case.get("basic", ["power:{secret}"])]
        headers += [("authorization", basic(name, value) if colon else basic_of(name)) for name, colon, value in pairs]
    usual = urlencode({"grant_type": "client_credentials"})
    used = dict(here.access._used)
    response = await here.http.request(
        case.get("method", "POST"),
        filled(case.get("path", "/oauth/token")),
        content=filled(case.get("form", usual)).encode(),
        headers=headers,
    )
    assert response.status_code == case["status"], case["rule"]
    answer = response.json()
    assert answer.get("error", answer.get("code")) == case["error"]
    assert "access_token" not in answer
    assert not [word for word in (secret, "wrong", "password") if word in answer.get("error_description", "")]
    assert here.access._used == used
    if case["status"] == 401:
        assert response.headers["www-authenticate"] == 'Basic realm="cotransfer", charset="UTF-8"'


def basic_of(raw: str) -> str:
    """A Basic header over anything."""
    return "Basic " + base64.b64encode(raw.encode()).decode()


async def test_a_known_and_an_unknown_client_are_answered_alike(here: Town):
    """Nobody learns which clients there are: the same body, headers and work for both."""
    answers = []
    for client in ("power", "nobody"):
        response = await here.fetch_by_secret(client, "wrong")
        kept = {name: value for name, value in response.headers.items() if name != "x-correlation-id"}
        answers.append((response.status_code, kept, response.content))
    for client in ("water", "nobody"):
        response = await here.fetch(client, key=pair("ES256", 9))
        kept = {name: value for name, value in response.headers.items() if name != "x-correlation-id"}
        answers.append((response.status_code, kept, response.content))
    assert len({(status, tuple(kept.items()), body) for status, kept, body in answers}) == 1
