"""Tokens, from the first request to the last use: who gets one, what it is good for, and when it ends."""

import asyncio
import base64
import json
import warnings
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from joserfc import jwk, jwt
from tests.gateway.oauth_stage import AUDIENCE, ISSUER, TOKEN_URL, Ring, Town, basic, pair, town

from cotransfer.adapters.gateway.clients import Client, Clients, Role
from cotransfer.adapters.gateway.oauth import Authority, Place, Registered, new_secret, secret_hash
from cotransfer.adapters.keys.held import HeldKeys
from cotransfer.adapters.memory.access import MemoryAccess
from cotransfer.adapters.memory.store import MemoryStore
from cotransfer.adapters.memory.time import ManualClock
from cotransfer.adapters.wire.contracts import contract
from cotransfer.adapters.wire.jose import NotAKeySet, SigningKey, public_keys
from cotransfer.app.doorkeeping import Doorkeeping
from cotransfer.app.freshness import BEARABLE, FRESH
from cotransfer.domain.datasets import Operation
from cotransfer.domain.values import UtilityId
from cotransfer.ports.access import Standing
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.keys import KeyUse


@pytest_asyncio.fixture
async def here() -> AsyncIterator[Town]:
    """A fresh gateway that gives out its own tokens."""
    async with town() as fresh:
        yield fresh


def parts(token: str) -> tuple[dict, dict]:
    """Header and claims, unverified."""
    header, claims, _ = (json.loads(base64.urlsafe_b64decode(each + "==")) if each else {} for each in _three(token))
    return header, claims


def _three(token: str) -> list[str]:
    head, body, _ = token.split(".")
    return [head, body, ""]


class TestTokens:
    async def test_a_token_is_as_rfc_9068_has_it(self, here: Town):
        """RFC 9068 §2.2: typ at+jwt, ES256, the gateway as audience, at most 300 seconds, an identifier of its own."""
        response = await here.fetch()
        answer = response.json()
        header, claims = parts(answer["access_token"])
        assert header == {"alg": "ES256", "kid": "k1", "typ": "at+jwt"}
        assert (claims["iss"], claims["aud"], claims["sub"], claims["client_id"]) == (
            ISSUER,
            AUDIENCE,
            "water",
            "water",
        )
        assert claims["exp"] - claims["iat"] == answer["expires_in"] == 300
        assert claims["scope"] == answer["scope"]
        assert len({parts(await here.token())[1]["jti"] for _ in range(20)}) == 20

    async def test_anybody_can_verify_it_with_the_published_keys(self, here: Town):
        """RFC 7517: the oracle is joserfc's own verification, with the keys as they are published."""
        keys = jwk.KeySet.import_key_set((await here.http.get("/oauth/jwks.json")).json())
        token = jwt.decode(await here.token(), keys, algorithms=["ES256"])
        assert token.claims["client_id"] == "water"

    @pytest.mark.parametrize("kind", ["ES256", "EdDSA", "PS256"])
    async def test_a_client_proves_itself_by_its_key(self, here: Town, kind: str):
        """RFC 7523: each of the three algorithms, and no warning of a library reaches anybody."""
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            assert (await here.fetch(key=pair(kind))).status_code == 200
        assert heard == []

    async def test_a_client_proves_itself_by_its_secret(self, here: Town):
        """RFC 6749 §2.3.1."""
        assert (await here.fetch_by_secret()).status_code == 200

    async def test_a_token_lets_in(self, here: Town):
        """What was fetched is taken, for the operations of its client."""
        assert await here.is_let_in(await here.token("water"))
        assert await here.is_let_in(await here.token("power"))

    async def test_a_token_ends(self, here: Town):
        """300 seconds and the leeway of 30 between two clocks, and not a second more."""
        token = await here.token()
        here.move(329)
        assert await here.is_let_in(token)
        here.move(1)
        assert not await here.is_let_in(token)

    async def test_an_answer_is_never_stored(self, here: Town):
        """RFC 6749 §5.1: no cache on the way keeps a token."""
        response = await here.fetch()
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["content-type"] == "application/json"

    async def test_a_request_is_as_the_contract_has_it(self, here: Town):
        """What our own clients send is what the contract wants of partners."""
        form = {"grant_type": "client_credentials", "scope": "reportPreReview", **here.proof()}
        headers = {"content-type": "application/x-www-form-urlencoded"}
        contract("gateway").check_request("POST", "/oauth/token", headers, form)

    async def test_nothing_secret_reaches_a_log(self, here: Town, caplog: pytest.LogCaptureFixture):
        """Authlib writes tokens into its debug log; here nothing of a token or a secret is written, at any level."""
        caplog.set_level("DEBUG")
        token = await here.token()
        await here.token("power")
        await here.ask("/oauth/introspect", {"token": token, **here.proof()})
        await here.fetch_by_secret(secret="wrong-secret")
        written = caplog.text
        assert not [each for each in (token, here.secrets["power"], "wrong-secret") if each in written]

    def test_no_warning_of_a_library_reaches_a_terminal(self):
        """The old JOSE code of Authlib is never imported: it warns, and was the home of its worst holes."""
        import subprocess
        import sys

        modules = "cotransfer.adapters.gateway.oauth, cotransfer.adapters.wire.tokens"
        code = f"import sys, {modules}; print('authlib.jose' in sys.modules)"
        done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
        assert (done.stdout.strip(), done.stderr) == ("False", "")


class TestScopes:
    async def test_without_a_wish_a_client_gets_what_it_may_have(self, here: Town):
        """RFC 6749 §3.3: everything of the client, and nothing else."""
        scope = (await here.fetch("reports-only", key=pair("ES256", 1))).json()["scope"]
        assert scope == "reportHandling reportPreReview reportSigning"

    async def test_a_wish_is_granted_to_the_letter(self, here: Town):
        """A client may ask for less, and gets exactly that."""
        response = await here.fetch(scope="reportSigning reportPreReview")
        assert response.json()["scope"] == "reportSigning reportPreReview"

    async def test_a_token_is_good_for_its_scope_only(self, here: Town):
        """RFC 6750 §3.1: any other operation is a 403 that names the scope it wants."""
        token = await here.token(scope="reportSigning")
        response = await here.report(token)
        assert (response.status_code, response.json()["code"]) == (403, "insufficient_scope")
        assert response.headers["www-authenticate"] == 'Bearer error="insufficient_scope", scope="reportPreReview"'
        assert here.stage.stored == (0, 0)

    async def test_another_role_is_forbidden_whatever_the_scope(self, here: Town):
        """A platform's token opens no utility's operation."""
        response = await here.report(await here.token("platform"))
        assert (response.status_code, response.json()["code"]) == (403, "forbidden")

    def test_roles_share_no_operation(self):
        """What the platform may do no utility may, and the other way round."""
        platform, water = Client(id="p"), Client(id="w", utility=UtilityId("w-1"))
        assert (platform.counterparty, water.counterparty) == ("platform", "w-1")
        assert not platform.scopes & water.scopes
        assert (platform.role, water.role) == (Role.PLATFORM, Role.UTILITY)


class TestGapsOfAuthlib:
    """A1 to A9 of the reference: what Authlib or joserfc would let through."""

    @pytest.mark.parametrize("raw", [b"\xff\xfe:secret", b"power:\xff", b"\x80", b"power:s\xc3"])
    async def test_a1_a_basic_header_that_is_not_utf_8(self, here: Town, raw: bytes):
        """A1: bytes that are not UTF-8 are a 401, never a 500."""
        shown = "Basic " + base64.b64encode(raw).decode()
        response = await here.ask("/oauth/token", {"grant_type": "client_credentials"}, authorization=shown)
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")

    @pytest.mark.parametrize(
        "scope",
        ["submitTransfer", "reportPreReview submitTransfer", "everything", "reportPreReview  reportSigning", "a\\b"],
    )
    async def test_a2_a_scope_that_is_too_much_is_refused(self, here: Town, scope: str):
        """A2: a scope that the client may not have is 400 invalid_scope, never quietly left out."""
        response = await here.fetch(scope=scope)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_scope")

    @pytest.mark.parametrize(
        "times",
        [
            {"exp": "+301"},
            {"exp": "+1000000000"},
            {"iat": None},
            {"exp": None},
            {"iat": "+31", "exp": "+60"},
            {"exp": "+0"},
        ],
    )
    async def test_a3_an_assertion_that_could_be_used_for_long(self, here: Town, times: dict):
        """A3: at most 300 seconds from iat to exp, both required, so that its jti need not be kept for ever."""
        now = int(here.clock.now().timestamp())
        changes: dict[str, Any] = {name: None if at is None else now + int(at) for name, at in times.items()}
        assert (await here.fetch(**changes)).status_code == 401

    async def test_a3_an_identifier_is_kept_as_long_as_it_could_be_used(self, here: Town):
        """A3: the jti is forgotten only after exp and the leeway, and by then the assertion is over."""
        form = {"grant_type": "client_credentials", **here.proof(exp=int(here.clock.now().timestamp()) + 300)}
        assert (await here.ask("/oauth/token", form)).status_code == 200
        for wait in (0, 299, 30):
            here.move(wait)
            await here.access.forget(here.clock.now())
            assert (await here.ask("/oauth/token", form)).status_code == 401
        here.move(92)
        assert await here.access.forget(here.clock.now()) == 1
        assert (await here.ask("/oauth/token", form)).status_code == 401

    async def test_a4_a_parameter_that_stands_there_twice(self, here: Town):
        """A4: RFC 6749 §3.2: a parameter twice is 400, also when both say the same, or one is unknown."""
        for more in (b"&grant_type=client_credentials", b"&x=1&x=1", b"&scope=&scope=reportSigning"):
            body = b"grant_type=client_credentials" + more
            shown = basic("power", here.secrets["power"])
            response = await here.ask("/oauth/token", body, authorization=shown)
            assert (response.status_code, response.json()["error"]) == (400, "invalid_request")

    async def test_a5_the_audience_is_the_resource(self, here: Town):
        """A5: tokens are for the gateway; one for somebody else, a client say, is not taken."""
        assert parts(await here.token())[1]["aud"] == AUDIENCE

    async def test_a6_a_token_without_its_type(self, here: Town):
        """A6: RFC 9068 §4: nothing but at+jwt is an access token, not even what our own key has signed."""
        key = here.authority.callers.keys.signing()
        _, claims = parts(await here.token())
        from cotransfer.adapters.wire.jose import signed

        assert await here.is_let_in(signed(claims, key, typ="at+jwt"))
        for typ in ("JWT", "", "AT+JWT", "application/at+jwt", "at+jwt "):
            assert not await here.is_let_in(signed(claims, key, typ=typ))

    async def test_a7_a_token_is_revoked_by_its_identifier(self, here: Town):
        """A7: RFC 7009, where Authlib always says unsupported_token_type; it bites at once."""
        token, other = await here.token(), await here.token()
        assert await here.is_let_in(token)
        response = await here.ask("/oauth/revoke", {"token": token, **here.proof()})
        assert (response.status_code, response.json()) == (200, {})
        assert not await here.is_let_in(token)
        assert await here.is_let_in(other)

    async def test_a8_a_key_serves_its_one_algorithm(self, here: Town):
        """A8: what a key may sign with is said by the registered key, never by the token."""
        key = pair("PS256")
        claims = here.claims()
        rs256 = jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key.key, algorithms=["RS256"])
        form = {"grant_type": "client_credentials", **here.proof()} | {"client_assertion": rs256}
        assert (await here.ask("/oauth/token", form)).status_code == 401

    async def test_a9_another_spelling_of_a_revoked_token_is_no_token(self, here: Town):
        """A9: the last character of a part may be spelled in several ways by lenient decoders; only one is taken, and
        revocation goes by jti all the same.
        """
        token = await here.token()
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        last = alphabet.index(token[-1])
        spellings = [token[:-1] + alphabet[last ^ bits] for bits in (1, 2, 3)]
        spellings += [token + "=", token + "==", token.replace(".", ".\n", 1)]
        await here.ask("/oauth/revoke", {"token": token, **here.proof()})
        for one in [token, *spellings[:5]]:
            assert not await here.is_let_in(one)


class TestRotation:
    async def test_a_new_key_signs_only_after_it_was_published(self, here: Town):
        """Every process has seen a key before any token is signed with it; tokens of the old one stay good."""
        old = await here.token()
        here.keys.add(KeyUse.TOKENS, "k2")
        assert [key["kid"] for key in (await here.http.get("/oauth/jwks.json")).json()["keys"]] == ["k1", "k2"]
        assert parts(await here.token())[0]["kid"] == "k1"
        here.move(2)
        new = await here.token()
        assert parts(new)[0]["kid"] == "k2"
        assert await here.is_let_in(old)
        assert await here.is_let_in(new)

    async def test_the_old_key_is_published_for_the_life_of_a_token_and_an_hour(self, here: Town):
        """Nobody keeps a key for ever: after 300 s + 1 h only the new one is left."""
        await here.token()
        here.keys.add(KeyUse.TOKENS, "k2")
        await here.http.get("/oauth/jwks.json")
        here.move(3900)
        assert len((await here.http.get("/oauth/jwks.json")).json()["keys"]) == 2
        here.move(1)
        assert [key["kid"] for key in (await here.http.get("/oauth/jwks.json")).json()["keys"]] == ["k2"]

    async def test_a_key_that_is_taken_away_takes_its_tokens_with_it(self, here: Town):
        """A key that leaked is withdrawn: nothing it signed is taken any more, however often it was before."""
        token = await here.token()
        assert await here.is_let_in(token)
        here.keys.add(KeyUse.TOKENS, "k2")
        here.keys.drop(KeyUse.TOKENS, "k1")
        assert not await here.is_let_in(token)

    async def test_secrets_outlive_the_index_key(self, here: Town):
        """A new index key changes no secret: hashes under the key before it are still known."""
        here.keys.add(KeyUse.INDEX, "k2")
        assert (await here.fetch_by_secret()).status_code == 200

    async def test_two_secrets_are_live_at_a_time(self):
        """A client changes its secret without a break: the old one holds until it is taken out of the settings."""
        keys, clock = Ring(), ManualClock()
        old, new = new_secret(), new_secret()
        hashes = tuple(secret_hash(keys, "c", each) for each in (old, new))
        authority = Authority(
            [Registered(client=Client(id="c"), secret_hashes=hashes)],
            place=Place(issuer=ISSUER, audience=AUDIENCE),
            keys=keys,
            door=Doorkeeping(MemoryAccess(), MemoryStore(), clock),
            clock=clock,
        )
        from starlette.datastructures import Headers

        for secret in (old, new):
            found = await authority._proving.who(Headers({"authorization": basic("c", secret)}), {})
            assert found.client.id == "c"
        assert len(old) == 43

    async def test_without_a_key_nothing_is_given_out(self, here: Town):
        """A missing key is our own trouble: 503, and the operator reads why."""
        here.keys.drop(KeyUse.TOKENS, "k1")
        assert (await here.fetch()).status_code == 503
        assert (await here.http.get("/oauth/jwks.json")).status_code == 503


class TestBarring:
    async def test_a_barred_client_is_out_within_a_second(self, here: Town):
        """ASVS 8.3.2: its tokens are worth nothing and it gets no new one, in every process."""
        token = await here.token()
        assert await here.is_let_in(token)
        await here.access.bar("water", who="operator", why="leaked", at=here.clock.now())  # In another process.
        here.clock.move(FRESH + timedelta(microseconds=1))
        assert not await here.is_let_in(token)
        assert (await here.fetch()).status_code == 401
        assert await here.is_let_in(await here.token("power"))
        await here.door.admit("water", who="operator", why="new-key")
        assert await here.is_let_in(token)

    async def test_when_nobody_can_tell_nobody_comes_in(self, here: Town, monkeypatch: pytest.MonkeyPatch):
        """The store away for more than five seconds: 503 to everybody, and no token is given out."""
        token = await here.token()
        assert await here.is_let_in(token)

        async def away() -> Standing:
            raise Unavailable(Role.PLATFORM.value, "away")

        monkeypatch.setattr(here.access, "standing", away)
        here.clock.move(BEARABLE)
        assert await here.is_let_in(token)
        here.clock.move(timedelta(seconds=1))
        assert (await here.report(token)).status_code == 503
        assert (await here.fetch()).status_code == 503

    async def test_a_token_of_a_client_that_is_gone(self, here: Town):
        """A client taken out of the settings is out with the next start, whatever it still holds."""
        token = await here.token()
        callers = here.authority.callers
        del callers.clients["water"]  # type: ignore[attr-defined]
        assert not await here.is_let_in(token)


class TestIntrospection:
    async def test_a_client_may_ask_about_its_own_tokens(self, here: Town):
        """RFC 7662: who, for what, until when."""
        token = await here.token(scope="reportSigning")
        said = (await here.ask("/oauth/introspect", {"token": token, **here.proof()})).json()
        _, claims = parts(token)
        assert said == {"active": True, "token_type": "Bearer", **claims}

    async def test_about_others_it_learns_nothing(self, here: Town):
        """A token of somebody else is answered like one that there is not."""
        said = await here.ask("/oauth/introspect", {"token": await here.token("power"), **here.proof()})
        junk = await here.ask("/oauth/introspect", {"token": "x.y.z", **here.proof()})
        assert said.json() == junk.json() == {"active": False}

    async def test_an_operators_client_may_ask_about_any(self, here: Town):
        """For those who keep watch."""
        shown = basic("operator", here.secrets["operator"])
        form = {"token": await here.token("power")}
        said = await here.ask("/oauth/introspect", form, authorization=shown)
        assert said.json()["client_id"] == "power"

    async def test_what_is_over_or_revoked_is_inactive(self, here: Town):
        """Whatever the gateway would not take is not active."""
        token, other = await here.token(), await here.token()
        await here.ask("/oauth/revoke", {"token": token, **here.proof()})
        assert (await here.ask("/oauth/introspect", {"token": token, **here.proof()})).json() == {"active": False}
        here.move(400)
        assert (await here.ask("/oauth/introspect", {"token": other, **here.proof()})).json() == {"active": False}

    @pytest.mark.parametrize("path", ["/oauth/introspect", "/oauth/revoke"])
    async def test_nobody_asks_without_proof(self, here: Town, path: str):
        """RFC 7662 §2.1, RFC 7009 §2.1: only an authenticated client; a bearer token is no proof."""
        token = await here.token()
        for more in ({}, {"authorization": f"Bearer {token}"}):
            response = await here.ask(path, {"token": token}, **more)
            assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
        assert await here.is_let_in(token)
        assert (await here.ask(path, here.proof())).json()["error"] == "invalid_request"


class TestRevocation:
    async def test_anothers_token_cannot_be_revoked(self, here: Town):
        """RFC 7009 §2.1: a client gives up its own tokens only."""
        token = await here.token("power")
        response = await here.ask("/oauth/revoke", {"token": token, **here.proof()})
        assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")
        assert await here.is_let_in(token)

    async def test_what_is_no_token_is_revoked_already(self, here: Town):
        """RFC 7009 §2.2: 200, and nothing is kept of it."""
        response = await here.ask("/oauth/revoke", {"token": "junk", **here.proof()})
        assert (response.status_code, response.json()) == (200, {})
        assert (await here.access.standing()).revoked == frozenset()

    async def test_a_revocation_is_forgotten_when_the_token_is_over(self, here: Town):
        """Nothing grows for ever."""
        await here.ask("/oauth/revoke", {"token": await here.token(), **here.proof()})
        here.move(500)
        assert await here.access.forget(here.clock.now()) == 3  # The token, and the identifiers of two proofs.


class TestSpeed:
    async def test_a_signature_is_proved_once(self, here: Town):
        """A token that comes again is looked up, not verified again; what ends it is asked each time."""
        token = await here.token()
        first = here.authority.callers.read(token)
        assert here.authority.callers.read(token) is first

    async def test_what_is_remembered_is_bounded(self, here: Town, monkeypatch: pytest.MonkeyPatch):
        """However many tokens come, memory does not grow."""
        monkeypatch.setattr("cotransfer.adapters.gateway.oauth.accepting.REMEMBERED", 3)
        for token in await asyncio.gather(*(here.token() for _ in range(8))):
            assert here.authority.callers.read(token) is not None
        assert len(here.authority.callers._proved) == 3


class TestRegistering:
    """Mistakes of whoever sets the gateway up are told at the start."""

    @pytest.mark.parametrize(
        ("more", "what"),
        [
            ({}, "neither keys nor secrets"),
            ({"keys": (pair("ES256").public(),), "secret_hashes": ("0" * 64,)}, "or both"),
            ({"secret_hashes": ("0" * 64, "1" * 64, "2" * 64)}, "more than two"),
            ({"secret_hashes": ("secret",)}, "not a hash"),
        ],
    )
    def test_a_client_proves_itself_in_one_way(self, more: dict, what: str):
        """Keys or secrets, at most two secrets, and never one in clear."""
        with pytest.raises(ValueError, match=what):
            Registered(client=Client(id="c"), **more)

    @pytest.mark.parametrize(
        "client", [Client(id="c", scopes=frozenset()), Client(id="c", scopes=frozenset(Operation))]
    )
    def test_a_client_has_scopes_of_its_role(self, client: Client):
        """A platform can have no utility's scope, and a client without any is a mistake."""
        with pytest.raises(ValueError, match="scope"):
            Registered(client=client, secret_hashes=("0" * 64,))

    def test_an_id_is_plain(self):
        """It stands in tokens, headers and logs."""
        with pytest.raises(ValueError, match="id is"):
            Registered(client=Client(id="a:b"), secret_hashes=("0" * 64,))

    def test_nobody_shares_an_id_and_no_token_lives_long(self):
        """Two clients under one name could not be told apart."""
        one = Registered(client=Client(id="c"), secret_hashes=("0" * 64,))
        keys, clock = HeldKeys.new(), ManualClock()
        more: dict[str, Any] = {
            "place": Place(issuer=ISSUER, audience=AUDIENCE),
            "keys": keys,
            "door": Doorkeeping(MemoryAccess(), MemoryStore(), clock),
            "clock": clock,
        }
        with pytest.raises(ValueError, match="same id"):
            Authority([one, one], **more)
        for life in (timedelta(seconds=301), timedelta()):
            with pytest.raises(ValueError, match="300"):
                Authority([one], life=life, **more)

    def test_a_client_without_a_fixed_token_is_none_of_clients(self):
        """An empty token would let in whoever shows nothing."""
        with pytest.raises(ValueError, match="no token"):
            Clients([Client(id="a")])

    def test_secrets_are_never_printed(self):
        """Neither a secret's hash nor a key stands in a trace."""
        one = Registered(client=Client(id="c"), secret_hashes=("5" * 64,))
        assert "5555" not in repr(one)
        assert Place(issuer=ISSUER, audience=AUDIENCE).token_endpoint == TOKEN_URL


@pytest.mark.parametrize(("bits", "taken"), [(2048, False), (3064, False), (3072, True)])
def test_a_short_rsa_key_is_no_key(bits: int, taken: bool):
    """128 bits of security take 3,072 of RSA (NIST SP 800-57): neither a partner's public key nor ours is shorter."""
    short = jwk.RSAKey.generate_key(bits, {"kid": "rs", "use": "sig", "alg": "PS256"}, private=True)
    document = json.dumps({"keys": [short.as_dict(private=False)]}).encode()
    if taken:
        assert public_keys(document)[0].kid == "rs"
        assert SigningKey.from_pem(short.as_pem(private=True), kid="rs").alg == "PS256"
    else:
        for read in (lambda: public_keys(document), lambda: SigningKey.from_pem(short.as_pem(private=True), kid="rs")):
            with pytest.raises(NotAKeySet):
                read()
