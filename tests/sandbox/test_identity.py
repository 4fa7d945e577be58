"""The simulated identity provider: strict as a good one, and everybody may be anybody."""

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from tests.sandbox.conftest import AT_ONCE, calling

from cotransfer.sandbox import City, Identity
from cotransfer.sandbox.identity_codes import Codes

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
BACK = "http://127.0.0.1:8080/signin/callback"
ASKED = {
    "response_type": "code",
    "client_id": "cotransfer",
    "scope": "openid",
    "redirect_uri": BACK,
    "state": "s" * 43,
    "nonce": "n",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
FORM = {
    "grant_type": "authorization_code",
    "redirect_uri": BACK,
    "code_verifier": VERIFIER,
    "client_id": "cotransfer",
}


@pytest.fixture
def identity(city: City) -> Identity:
    """Asks no secret."""
    return Identity(city, pace=AT_ONCE)


async def a_code(client, **changes):
    """What the redirect brings back for a hint."""
    answer = await client.get("/authorize", params={**ASKED, "login_hint": "plain-0", **changes})
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == BACK
    return {name: values[0] for name, values in parse_qs(back.query).items()}


async def test_a_whole_sign_in(city: City, identity: Identity) -> None:
    """Code, PKCE, and an ES256 token about the very person, for the very client, with nonce and at_hash."""
    async with calling(identity) as client:
        said = (await client.get("/.well-known/openid-configuration")).json()
        back = await a_code(client)
        assert (back["state"], back["iss"]) == (ASKED["state"], said["issuer"])
        answer = await client.post("/token", data={**FORM, "code": back["code"]})
        keys = KeySet.import_key_set((await client.get("/jwks")).json())
    assert answer.headers["cache-control"] == "no-store"
    token = jwt.decode(answer.json()["id_token"], keys, algorithms=["ES256"])
    holder = city.someone("plain", 0).holder
    assert (token.claims["name"], token.claims["identity_number"]) == (holder.name, holder.identity_number)
    assert (token.claims["aud"], token.claims["nonce"], token.claims["iss"]) == ("cotransfer", "n", said["issuer"])
    half = hashlib.sha256(answer.json()["access_token"].encode()).digest()[:16]
    assert token.claims["at_hash"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode()


async def test_the_page_offers_everybody(city: City, identity: Identity) -> None:
    """Without a hint: people of each kind and the operators, as links that keep the request."""
    async with calling(identity) as client:
        page = await client.get("/authorize", params=ASKED)
    assert page.status_code == 200
    for hint in [*(f"{kind}-0" for kind in city.kinds), "operator-read", "operator-act", "operator-administer"]:
        assert f"login_hint={hint}&quot;" in page.text or f'login_hint={hint}"' in page.text, hint
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    "change",
    [
        {"response_type": "token"},
        {"client_id": "other"},
        {"scope": "profile"},
        {"code_challenge_method": "plain"},
        {"code_challenge": "short"},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": "http://127.0.0.1.evil.example/"},
        {"redirect_uri": "http://127.0.0.1:8080@evil.example/"},
        {"state": ""},
    ],
)
async def test_a_wrong_request_leads_nowhere(identity: Identity, change: dict[str, str]) -> None:
    """Never redirected: the address may be an attacker's."""
    async with calling(identity) as client:
        answer = await client.get("/authorize", params={**ASKED, "login_hint": "plain-0", **change})
    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    "change",
    [
        {"code": "none"},
        {"code_verifier": "w" * 43},
        {"code_verifier": ""},
        {"redirect_uri": "http://127.0.0.1:8081/signin/callback"},
        {"grant_type": "password"},
    ],
)
async def test_a_wrong_exchange_gets_nothing(identity: Identity, change: dict[str, str]) -> None:
    """PKCE, the redirect and the code itself have to match."""
    async with calling(identity) as client:
        code = (await a_code(client))["code"]
        answer = await client.post("/token", data={**FORM, "code": code, **change})
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})


async def test_a_code_is_good_once_and_for_a_minute(city: City) -> None:
    """A second exchange, a late one, and one after a wrong try get nothing."""
    now = [0.0]
    identity = Identity(city, pace=AT_ONCE, codes=Codes(now=lambda: now[0]))
    async with calling(identity) as client:
        for spoil in ({}, {"code_verifier": "w" * 43}, None):
            code = (await a_code(client))["code"]
            if spoil is None:
                now[0] += 60
            else:
                await client.post("/token", data={**FORM, "code": code, **spoil})
            assert (await client.post("/token", data={**FORM, "code": code})).status_code == 400


async def test_the_client_proves_itself(city: City) -> None:
    """With an agreed secret, Basic with that secret and nothing else."""
    identity = Identity(city, secret="agreed", pace=AT_ONCE)
    async with calling(identity) as client:
        for auth in (("cotransfer", "other"), ("other", "agreed"), ("cotransfer", "")):
            code = (await a_code(client))["code"]
            answer = await client.post("/token", data={**FORM, "code": code}, auth=auth)
            assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        code = (await a_code(client))["code"]
        assert (await client.post("/token", data={**FORM, "code": code}, auth=("cotransfer", "agreed"))).is_success
        odd = await client.post("/token", data=FORM, headers=[(b"authorization", b"Basic \xff")])
        assert odd.status_code == 401


async def test_a_token_for_the_platform(identity: Identity) -> None:
    """The non-interactive way: what the platform's own sign-in would have brought it."""
    async with calling(identity) as client:
        answer = await client.post("/sandbox/signin", json={"kind": "co_owner", "nth": 1})
        keys = KeySet.import_key_set((await client.get("/jwks")).json())
        wrong = [
            await client.post("/sandbox/signin", json=said)
            for said in (
                {"kind": "nobody", "nth": 0},
                {"kind": "plain", "nth": "0"},
                {"kind": "plain", "nth": 10**6},
                {},
            )
        ]
    assert answer.json()["login_hint"] == "co_owner-1"
    assert jwt.decode(answer.json()["id_token"], keys, algorithms=["ES256"]).claims["aud"] == "platform"
    assert [one.status_code for one in wrong] == [422] * 4


async def test_operators_have_roles(identity: Identity) -> None:
    """One of each role, without an identity number."""
    claims = [identity.passports.someone(f"operator-{word}") for word in ("read", "act", "administer")]
    assert [one["roles"] for one in claims] == [["read"], ["act"], ["administer"]]
    assert not any("identity_number" in one for one in claims)
