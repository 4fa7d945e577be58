"""What is right goes through: without this, refusing everything would pass for safe."""

import base64
from datetime import timedelta

import attrs
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.datastructures import Headers
from tests.attacks.signin.provider import BUYER, half_hash
from tests.attacks.signin.stage import ORIGIN, PROVIDER, SESSION, staged

from cotransfer.adapters.gateway.problems import Wrong
from cotransfer.domain.operators import OperatorRole

_MINUTE = timedelta(minutes=1)


def _headers(said):
    """As Starlette hands them over."""
    return Headers(dict(said))


async def test_a_citizen_signs_in_and_out(stage):
    """To the provider with PKCE, state and nonce; back; seen masked; out by the form word."""
    asked = await stage.begin("as=citizen&next=/transfers?tab=2")
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"{ORIGIN}/signin/callback"
    answer = await stage.back(code="the-code", state=asked["state"], session_state="ignored")
    assert (answer.status_code, answer.headers["location"]) == (303, "/transfers?tab=2")
    assert answer.headers["referrer-policy"] == "no-referrer"
    form = stage.provider.form()
    assert (form["code"], form["grant_type"], form["redirect_uri"]) == (
        "the-code",
        "authorization_code",
        asked["redirect_uri"],
    )
    shown = base64.b64decode(stage.provider.asked[-2].headers["authorization"].removeprefix("Basic ")).decode()
    assert shown == "cotransfer:a%26b+c%2F%C3%BC"
    me = (await stage.me()).json()
    assert (me["kind"], me["name"], me["roles"]) == ("citizen", "李*", [])
    assert BUYER["identity_number"] not in str(me)
    out = await stage.http.post("/signout", data={"csrf": me["csrf"]}, headers={"origin": ORIGIN})
    assert (out.status_code, out.headers["location"]) == (303, "/")
    assert (await stage.me()).json()["code"] == "sign_in_required"


async def test_the_cookie_is_as_safe_as_cookies_get(stage):
    """__Host-, Secure, HttpOnly, SameSite=Lax, no Domain, nothing kept on disk; nothing personal in any of them."""
    answer = await stage.sign_in()
    given = [header for header in answer.headers.get_list("set-cookie") if header.startswith(f"{SESSION}=")]
    assert len(given) == 1
    parts = {part.strip().lower() for part in given[0].split(";")[1:]}
    assert parts == {"path=/", "secure", "httponly", "samesite=lax"}


async def test_on_this_machine_without_tls():
    """Loopback http: the name without __Host-, not Secure, everything else alike."""
    provider = attrs.evolve(PROVIDER, issuer="http://127.0.0.1:8084")
    async with staged(provider, origin="http://127.0.0.1:8080") as stage:
        answer = await stage.sign_in()
        assert answer.status_code == 303
        assert any(header.startswith("cotransfer=") for header in answer.headers.get_list("set-cookie"))
        assert "secure" not in str(answer.headers.get_list("set-cookie")).lower()


async def test_an_operator_has_roles(stage):
    """From another provider; read is allowed to whoever may act, administering is not; a citizen is no operator."""
    assert (await stage.sign_in("operator")).status_code == 303
    headers = _headers({"cookie": f"{SESSION}={stage.http.cookies[SESSION]}"})
    assert (await stage.me()).json()["roles"] == ["act"]
    assert (await stage.signed_in.operator(headers, OperatorRole.READ)).name.text == "李小满"
    with pytest.raises(Wrong, match="forbidden"):
        await stage.signed_in.operator(headers, OperatorRole.ADMINISTER)
    assert await stage.signed_in.citizen(headers) is None
    await stage.sign_in("citizen")
    headers = _headers({"cookie": f"{SESSION}={stage.http.cookies[SESSION]}"})
    assert (await stage.signed_in.citizen(headers)).identity.text == BUYER["identity_number"]
    with pytest.raises(Wrong, match="sign_in_required"):
        await stage.signed_in.operator(headers, OperatorRole.READ)


@pytest.mark.parametrize("signer", ["ES256", "PS256", "EdDSA"])
async def test_every_algorithm(stage, signer):
    """The explicit list."""
    stage.provider.signer = signer
    assert (await stage.sign_in()).status_code == 303


@pytest.mark.parametrize(
    "spoil",
    [
        {"header": {"kid": None}, "published": ("ES256", "EdDSA", "encryption")},
        {"claims": {"aud": ["cotransfer"], "azp": "cotransfer"}},
        {"claims": {"at_hash": None}},
        {"claims": {"at_hash": half_hash("access", "sha512")}, "signer": "EdDSA"},
        {"header": {"typ": "JWT", "x5t": "certificate"}},
        {"header": {"alg": "Ed25519"}, "signer": "EdDSA"},
        {"metadata": {"code_challenge_methods_supported": ["plain", "S256"]}},
    ],
)
async def test_what_good_providers_do_differently(stage, spoil):
    """Is understood."""
    for name, value in spoil.items():
        setattr(stage.provider, name, value)
    assert (await stage.sign_in()).status_code == 303


async def test_rs256_where_it_is_allowed():
    """By setting only, because many providers have nothing else."""
    async with staged(attrs.evolve(PROVIDER, algorithms=frozenset({"RS256"}))) as stage:
        stage.provider.signer, stage.provider.header = "PS256", {"alg": "RS256"}
        assert (await stage.sign_in()).status_code == 303


async def test_we_may_prove_ourselves_by_a_key():
    """private_key_jwt: a minute's assertion for the token endpoint, under our key."""
    key = ECKey.generate_key("P-256", {"kid": "ours"}, private=True)
    own = attrs.evolve(PROVIDER, client_key=key.as_dict(private=True), client_secret=None)
    async with staged(own) as stage:
        assert (await stage.sign_in()).status_code == 303
        assertion = jwt.decode(stage.provider.form()["client_assertion"], key, algorithms=["ES256"])
        assert assertion.header["kid"] == "ours"
        assert assertion.claims["exp"] - assertion.claims["iat"] == 60
        assert assertion.claims["aud"] == "https://id.example/token"


async def test_a_public_client_sends_its_name():
    """Neither key nor secret: PKCE alone."""
    async with staged(attrs.evolve(PROVIDER, client_secret=None)) as stage:
        assert (await stage.sign_in()).status_code == 303
        assert stage.provider.form()["client_id"] == "cotransfer"


async def test_keys_may_change_while_sign_ins_are_under_way(stage):
    """Our sealing keys: the old one still opens. The provider's: an unknown one is asked for, once a minute."""
    stage.provider.published = ("ES256", "PS256")
    asked = await stage.begin()
    stage.keys.append(b"n" * 32)
    assert (await stage.back(code="c", state=asked["state"])).status_code == 303
    for _ in range(5):
        stage.provider.signer = "stranger"
        stage.provider.header = {"kid": "new"}
        assert (await stage.sign_in()).status_code == 401
    assert stage.provider.fetched("/jwks") == 1
    stage.clock.move(_MINUTE)
    stage.provider.signer, stage.provider.header, stage.provider.published = "EdDSA", {}, ("EdDSA",)
    assert (await stage.sign_in()).status_code == 303
    assert stage.provider.fetched("/jwks") == 2


async def test_two_tabs_do_not_disturb_one_another(stage):
    """Each sign-in under way has a cookie of its own, and there are never many."""
    first = await stage.begin()
    first_nonce = stage.provider.nonce
    second = await stage.begin()
    assert (await stage.back(code="c", state=second["state"])).status_code == 303
    stage.provider.nonce = first_nonce
    assert (await stage.back(code="c", state=first["state"])).status_code == 303
    for _ in range(20):
        await stage.begin()
    assert len([name for name in stage.http.cookies if "signin" in name]) <= 5


async def test_a_platform_passes_a_token_on(stage):
    """Its citizen is found through that client's header; not through another client, a cookie, or after its end."""
    stage.provider.audience = "city-platform"
    answer = await stage.http.post("/v1/citizen-sessions", json={"id_token": stage.provider.id_token()})
    assert answer.status_code == 201
    shown = answer.json()["session"]
    header, cookie = _headers({"citizen-session": shown}), _headers({"cookie": f"{SESSION}={shown}"})
    found = await stage.signed_in.citizen(header, client="city-platform")
    assert found.identity.text == BUYER["identity_number"]
    assert await stage.signed_in.citizen(header, client="another") is None
    assert await stage.signed_in.citizen(header) is None
    assert await stage.signed_in.citizen(cookie) is None
    assert await stage.signed_in.citizen(cookie, client="city-platform") is None
    stage.clock.move(_MINUTE * 31)
    assert await stage.signed_in.citizen(header, client="city-platform") is None


async def test_the_documents_are_fetched_once(stage):
    """However many sign in within the hour; then anew."""
    for _ in range(5):
        assert (await stage.sign_in()).status_code == 303
    assert (stage.provider.fetched("/.well-known/openid-configuration"), stage.provider.fetched("/jwks")) == (1, 1)
    stage.clock.move(_MINUTE * 60)
    assert (await stage.sign_in()).status_code == 303
    assert (stage.provider.fetched("/.well-known/openid-configuration"), stage.provider.fetched("/jwks")) == (2, 2)
