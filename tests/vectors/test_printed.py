"""What the standards print, typed in as the facts they are, through our own functions.

Deviations, each with its reason:
- RFC 8998, A.2 (SM4-CCM): we have GCM only.
- RFC 7515, A.1, A.2, A.4, A.5 and RFC 7519, 6.1 (HS256, RS256, ES512, none): algorithms that we refuse, which is tried.
- RFC 7515, A.3 and RFC 8037, A.4 name no key, which we insist on: the signatures are verified, the whole is refused.
- RFC 6962 prints no hashes: the roots are those that its authors' own log publishes with it.
- HMAC-SM3 has no printed example that we hold: it is reckoned a second time from RFC 2104 over our SM3.
"""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import ECKey, OKPKey

from cotransfer.adapters.crypto import ed25519, sm2, sm3, sm4
from cotransfer.adapters.crypto.macs import hmac_sha256, hmac_sm3
from cotransfer.adapters.crypto.sm2_forms import CipherForm, Forms, SignatureForm
from cotransfer.adapters.gateway.clients import Client
from cotransfer.adapters.gateway.oauth import Authority, Place, Registered, secret_hash
from cotransfer.adapters.keys.held import HeldKeys
from cotransfer.adapters.keys.making import make_key
from cotransfer.adapters.memory.access import MemoryAccess
from cotransfer.adapters.memory.store import MemoryStore
from cotransfer.adapters.memory.time import ManualClock
from cotransfer.adapters.wire.jose import NotAToken, Opened, SigningKey, VerifyingKey, opened, signed
from cotransfer.adapters.wire.signing.key_texts import checking_key, signing_key
from cotransfer.adapters.wire.signing.keys import Scheme
from cotransfer.adapters.wire.signing.standard import Signer, Verifier
from cotransfer.app.doorkeeping import Doorkeeping
from cotransfer.domain.datasets import Operation
from cotransfer.domain.trees import EMPTY, Frontier, leaf_hash, root_of
from cotransfer.ports.keys import KeyUse

Count = Callable[[str], None]

LEAVES = tuple(
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
)
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


class TestRfc6962:
    def test_roots(self, count: Count) -> None:
        """The trees of nought to eight leaves, grown at once and leaf by leaf."""
        hashes = [leaf_hash(leaf) for leaf in LEAVES]
        grown = Frontier()
        assert EMPTY.hex() == ROOTS[0]
        for size, root in enumerate(ROOTS[1:], 1):
            grown = grown.grown(hashes[size - 1 : size])
            assert root_of(hashes[:size]).hex() == grown.root().hex() == root
        count(f"vectors         RFC 6962 roots: {len(ROOTS)}")


class TestChinese:
    @pytest.mark.parametrize(
        ("message", "digest"),
        [
            (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
            (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
        ],
    )
    def test_sm3(self, message: bytes, digest: str) -> None:
        """GB/T 32905-2016, A.1 and A.2."""
        assert sm3.digest(message).hex() == digest

    def test_sm4_once_and_a_million_times(self, count: Count) -> None:
        """GB/T 32907-2016, A.1 and A.2. Over blocks of zeros CBC is the cipher applied to its own result each time."""
        key = bytes.fromhex("0123456789abcdeffedcba9876543210")
        block = sm4.BLOCK_BYTES
        sealed = sm4.cbc_seal(key, bytes(block), key + bytes(block * 999_999))
        assert sealed[:block].hex() == "681edf34d206965e86b3e94f536e4246"
        assert sealed[-2 * block : -block].hex() == "595298c7c6fd271f0402f804c33d3f66"
        count("vectors         GB/T 32907: one round, a million rounds")

    def test_sm4_gcm(self) -> None:
        """RFC 8998, A.1."""
        key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
        nonce = bytes.fromhex("00001234567800000000ABCD")
        associated = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
        plain = b"".join(bytes((byte,)) * 8 for byte in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))
        sealed = sm4.gcm_seal(key, nonce, plain, associated)
        assert sealed[:16].hex().upper() == "17F399F08C67D5EE19D0DC9969C4BB7D"
        assert sealed[-16:].hex().upper() == "83DE3541E4C2B58177E065A9BF7B62EC"

    def test_hmac_sm3(self) -> None:
        """RFC 2104 over SM3, reckoned a second time: short keys, keys of a block, longer ones."""
        for key in (b"Jefe", b"\x0b" * 20, b"k" * 64, b"\xaa" * 131):
            block = (sm3.digest(key) if len(key) > 64 else key).ljust(64, b"\0")
            inner = sm3.digest(bytes(byte ^ 0x36 for byte in block) + b"Hi There")
            assert hmac_sm3(key, b"Hi There") == sm3.digest(bytes(byte ^ 0x5C for byte in block) + inner)


@pytest.mark.skipif(not sm2.available(), reason="SM2 is an extra, and it is not installed here")
class TestSm2:
    """GB/T 32918.5-2017, the curve that is recommended: its examples have one key."""

    PUBLIC = (
        "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
        "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    )
    SECRET = "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"

    def test_the_signature(self, count: Count) -> None:
        """Annex A: the printed signature verifies; one is never made twice, so ours is verified as well."""
        forms = Forms(signature=SignatureForm.RAW)
        key = sm2.PrivateKey.parse(self.SECRET + self.PUBLIC, forms=forms)
        printed = bytes.fromhex(
            "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
            "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
        )
        assert key.public.agrees(b"message digest", printed)
        assert not key.public.agrees(b"message digest.", printed)
        assert key.public.agrees(b"message digest", key.sign(b"message digest"))
        count("vectors         GB/T 32918.5: 1 signature, 1 cipher text")

    def test_the_cipher_text(self) -> None:
        """Annex C: the printed cipher text opens to its text, in the order C1 C3 C2."""
        forms = Forms(cipher=CipherForm.C1C3C2)
        printed = bytes.fromhex(
            "04"
            "04EBFC718E8D1798620432268E77FEB6415E2EDE0E073C0F4F640ECD2E149A73"
            "E858F9D81E5430A57B36DAAB8F950A3C64E6EE6A63094D99283AFF767E124DF0"
            "59983C18F809E262923C53AEC295D30383B54E39D609D160AFCB1908D0BD8766"
            "21886CA989CA9C7D58087307CA93092D651EFA"
        )
        assert sm2.PrivateKey.parse(self.SECRET + self.PUBLIC, forms=forms).unwrap(printed) == b"encryption standard"


def b64(text: str) -> bytes:
    """Base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


PAYLOAD = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"


class TestTokens:
    def test_es256(self, count: Count) -> None:
        """RFC 7515, A.3."""
        message = f"eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}"
        signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
        key = ECKey.import_key(
            {
                "kty": "EC",
                "crv": "P-256",
                "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            }
        )
        assert shown("ES256", message, signature).is_signed_by(VerifyingKey(kid="it", alg="ES256", key=key))
        with pytest.raises(NotAToken, match="names no key"):
            opened(f"{message}.{signature}")
        count("vectors         RFC 7515, 7519, 8037: 2 verified, 4 refused as they should be")

    def test_eddsa(self) -> None:
        """RFC 8037, A.4 and A.5: made and verified."""
        message = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
        signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        key = ed25519.Signing.of(b64("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"))
        assert key.sign(message.encode()) == b64(signature)
        public = base64.urlsafe_b64encode(key.public.raw).rstrip(b"=").decode()
        assert public == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
        jwk = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": public})
        assert shown("EdDSA", message, signature).is_signed_by(VerifyingKey(kid="it", alg="EdDSA", key=jwk))

    def test_hs256_is_right_and_refused(self) -> None:
        """RFC 7515, A.1 and RFC 7519, 3.1: the MAC is the printed one, and no token of ours is made so."""
        message = f"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{PAYLOAD}"
        key = b64("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
        signature = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        assert hmac_sha256(key, message.encode()) == b64(signature)
        with pytest.raises(NotAToken, match="algorithm"):
            opened(f"{message}.{signature}")

    @pytest.mark.parametrize(
        "token",
        [
            f"eyJhbGciOiJSUzI1NiJ9.{PAYLOAD}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7",
            "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZq",
            f"eyJhbGciOiJub25lIn0.{PAYLOAD}.",
        ],
        ids=["RS256", "ES512", "none"],
    )
    def test_what_we_do_not_take(self, token: str) -> None:
        """RFC 7515, A.2, A.4 and A.5; RFC 7519, 6.1."""
        with pytest.raises(NotAToken):
            opened(token)

    def test_the_challenge(self) -> None:
        """RFC 7636, appendix B, through the function that the sign-in uses."""
        verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        assert create_s256_code_challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


PRINTED_HEADER = {"typ": "at+JWT", "alg": "RS256", "kid": "RjEwOwOA"}
PRINTED_CLAIMS: dict[str, Any] = {
    "iss": "https://authorization-server.example.com/",
    "sub": "5ba552d67",
    "aud": "https://rs.example.com/",
    "exp": 1639528912,
    "iat": 1618354090,
    "jti": "dbe39bf3a3ba4238a513f51d6e1691c4",
    "client_id": "s6BhdRkqt3",
    "scope": "openid profile reademail",
}
OURS = {"sub": PRINTED_CLAIMS["client_id"], "exp": PRINTED_CLAIMS["iat"] + 300, "scope": "searchProperties"}
"""What differs from the printed example in a token of ours: no resource owner, a short life, our own scopes."""


class TestAccessTokens:
    """RFC 9068, 3: the printed header and claims, at the printed moment, through our own server."""

    CLIENT = Client(id=PRINTED_CLAIMS["client_id"], scopes=frozenset({Operation.SEARCH_PROPERTIES}))
    KID = PRINTED_HEADER["kid"].lower()
    KEYS = HeldKeys({use: {"rjewowoa": make_key(use)} for use in (KeyUse.INDEX, KeyUse.TOKENS)})

    def authority(self) -> Authority:
        """At the printed address, for the printed resource and client."""
        clock = ManualClock(datetime.fromtimestamp(PRINTED_CLAIMS["iat"], UTC))
        client = Registered(client=self.CLIENT, secret_hashes=(secret_hash(self.KEYS, self.CLIENT.id, "s" * 32),))
        place = Place(issuer=PRINTED_CLAIMS["iss"], audience=PRINTED_CLAIMS["aud"])
        return Authority(
            [client], place=place, keys=self.KEYS, door=Doorkeeping(MemoryAccess(), MemoryStore(), clock), clock=clock
        )

    def token(self, *, typ: str = "at+jwt", **changes: Any) -> str:
        """The printed claims as ours would be, or changed, under our own key."""
        key = SigningKey.from_pem(self.KEYS.key(KeyUse.TOKENS, self.KID), kid=self.KID)
        said = {**PRINTED_CLAIMS, **OURS, **changes}
        return signed({name: value for name, value in said.items() if value is not None}, key, typ=typ)

    def test_what_we_issue(self) -> None:
        """2.1 and 2.2: the type and every printed member, with the printed value but where the grant has it other."""
        authority = self.authority()
        client = authority.callers.clients[self.CLIENT.id]
        status, body, _ = authority._issuing.answer(client, {"grant_type": "client_credentials"})
        assert status == 200
        issued = opened(body["access_token"])
        assert issued.typ is not None
        assert issued.typ.casefold() == PRINTED_HEADER["typ"].casefold()
        assert issued.kid == self.KID
        assert {**issued.claims, "jti": PRINTED_CLAIMS["jti"]} == {**PRINTED_CLAIMS, **OURS}

    def test_what_we_take(self) -> None:
        """4: the same is read back as printed."""
        read = self.authority().callers.read(self.token())
        assert read is not None
        assert (read.client, read.jti) == (PRINTED_CLAIMS["client_id"], PRINTED_CLAIMS["jti"])
        assert int(read.issued.timestamp()) == PRINTED_CLAIMS["iat"]

    @pytest.mark.parametrize(
        "changes",
        [
            *({name: PRINTED_CLAIMS[name]} for name in ("sub", "exp")),
            *({name: None} for name in ("iss", "sub", "aud", "exp", "iat", "jti", "client_id", "scope")),
            {"typ": "JWT"},
            {"typ": PRINTED_HEADER["typ"]},
        ],
        ids=str,
    )
    def test_what_we_do_not(self, changes: dict[str, Any]) -> None:
        """A resource owner's token, a life of months, a required member that is missing, another type; and the
        printed spelling of the type, because only we write what we take, in small letters."""
        assert self.authority().callers.read(self.token(**changes)) is None

    def test_the_printed_algorithm(self) -> None:
        """RS256 is opened by nobody here."""
        parts = (
            base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in (PRINTED_HEADER, PRINTED_CLAIMS)
        )
        with pytest.raises(NotAToken, match="algorithm"):
            opened(b".".join((*parts, b"c2ln")).decode())


def shown(alg: str, message: str, signature: str) -> Opened:
    """Taken apart by hand, because the examples name no key."""
    return Opened(alg=alg, kid="it", typ=None, claims={}, message=message.encode(), signature=b64(signature))


class TestStandardWebhooks:
    SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    AT = datetime.fromtimestamp(1614265330, UTC)
    BODY = b'{"test": 2432232314}'

    def test_the_known_answer(self, count: Count) -> None:
        """The signature that the libraries of all languages are held against: made and accepted."""
        headers = Signer([signing_key(Scheme.HMAC_SHA256, self.SECRET)]).headers(self.ID, self.AT, self.BODY)
        assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        verified = Verifier([checking_key(Scheme.HMAC_SHA256, self.SECRET)]).check(raw, self.BODY, self.AT)
        assert verified.message_id == self.ID
        count("vectors         Standard Webhooks: the known answer")
