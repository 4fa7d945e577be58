"""What reads the bytes of strangers, each as one function: any bytes go in, and nothing comes out but what is foreseen.

A target raises only where a promise is broken: by an exception that nobody foresaw, or by what must not be accepted.
"""

import asyncio
import base64
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import cast
from urllib.parse import quote, urlsplit

import attrs
from authlib.oauth2.rfc6749.errors import OAuth2Error
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from starlette.datastructures import Headers

from cotransfer.adapters.crypto import sm2
from cotransfer.adapters.crypto.sm4 import BLOCK_BYTES
from cotransfer.adapters.gateway.clients import Client
from cotransfer.adapters.gateway.oauth import Registered
from cotransfer.adapters.gateway.oauth.forms import parsed
from cotransfer.adapters.gateway.oauth.proving import ASSERTION, Proving
from cotransfer.adapters.keys.held import HeldKeys
from cotransfer.adapters.memory.time import ManualClock
from cotransfer.adapters.wire.jose import SigningKey, signed
from cotransfer.adapters.wire.signing.envelope import Around, Covers, Envelope
from cotransfer.adapters.wire.signing.faults import BadSignature
from cotransfer.adapters.wire.signing.key_texts import checking_key, signing_key
from cotransfer.adapters.wire.signing.keys import Scheme
from cotransfer.adapters.wire.signing.standard import Signer, Verifier
from cotransfer.adapters.wire.strict_json import DEPTH, LIMIT, NotStrict, dumps, loads
from cotransfer.app.doorkeeping import Doorkeeping
from cotransfer.domain.faults import Invalid
from cotransfer.domain.values import SigningAddress
from cotransfer.ports.access import Standing
from cotransfer.ports.keys import KeyUse

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
TEXT = str(int(AT.timestamp()))
RAW = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(RAW).decode()
HOSTS = frozenset({"sign.example.cn", "sign.example.cn:8443", "http://127.0.0.1:8082"})
AUDIENCE = "https://gateway.example.cn"
PLAINS = (b"{}", b'{"result":"cleared"}', b"x" * 300)
PRINTED_KEY = (
    "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
"""The one of GB/T 32918.5: the private half, and the public one behind it."""


class Broken(AssertionError):
    """A promise was not kept."""


def strict_json(data: bytes) -> None:
    """Read as Python reads it, or refused; what was read can be written and read again, the same."""
    try:
        value = loads(data)
    except NotStrict:
        return
    if len(data) > LIMIT or repr(value) != repr(json.loads(data)) or repr(loads(dumps(value))) != repr(_sorted(value)):
        raise Broken("read otherwise than it is written")
    if _depth(value) > DEPTH:
        raise Broken("deeper than allowed")


def address(data: bytes) -> None:
    """An accepted address leads, as Python reads it, to a host on the list, and is its own spelling."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        found = SigningAddress.parse(text, hosts=HOSTS)
    except Invalid:
        return
    parts = urlsplit(found.text)
    origin = parts.netloc if parts.scheme == "https" else f"{parts.scheme}://{parts.netloc}"
    again = SigningAddress.parse(found.text, hosts=HOSTS)
    if origin not in HOSTS or again != found or not found.text.isascii() or found.host != parts.netloc:
        raise Broken("an address that leads elsewhere")


def verifier(data: bytes) -> None:
    """`NAME: VALUE` lines, an empty line, a body: accepted only when our secret made one of the signatures."""
    head, _, body = data.partition(b"\n\n")
    headers = [(name, value.strip(b" ")) for name, _, value in (line.partition(b":") for line in head.split(b"\n"))]
    try:
        Verifier([checking_key(Scheme.HMAC_SHA256, SECRET)]).check(headers, body, AT)
    except BadSignature:
        return
    named = {name.lower(): value for name, value in headers}
    content = b".".join((named[b"webhook-id"], named[b"webhook-timestamp"], body))
    if base64.b64encode(hmac.digest(RAW, content, "sha256")) not in named[b"webhook-signature"]:
        raise Broken("accepted, and nobody signed it")


def envelope(data: bytes) -> None:
    """The envelope of government gateways: nothing opens that the partner did not seal. Needs the extra for SM2.

    As platforms have it, the signature leaves the vector out, so that the first block can be changed under way; ours
    covers everything, and then nothing can.
    """
    if not sm2.available():
        return
    for covers in Covers:
        try:
            plain = _envelope(covers).open(data, _around())
        except BadSignature:
            continue
        known = PLAINS if covers is Covers.EVERYTHING else [text[BLOCK_BYTES:] for text in PLAINS]
        if (plain if covers is Covers.EVERYTHING else plain[BLOCK_BYTES:]) not in known:
            raise Broken("opened, and nobody sealed it")


def assertion(data: bytes) -> None:
    """The body of a token request: a client is known only by an assertion that its key signed, spelled as it was."""
    proving, made = _client()
    try:
        form = parsed(data)
        _loop().run_until_complete(proving.who(Headers({}), form))
    except OAuth2Error:
        return
    # A signature can be spelled in two ways by anybody; what it is over cannot.
    if form["client_assertion"].rpartition(".")[0] not in {token.rpartition(".")[0] for token in made}:
        raise Broken("let in without proof")


def basic(data: bytes) -> None:
    """The value of an Authorization header at the token endpoint: this client has no secret, so nothing proves it."""
    proving, _ = _client()
    shown = Headers(raw=[(b"authorization", data)])
    try:
        _loop().run_until_complete(proving.who(shown, {}))
    except OAuth2Error:
        return
    raise Broken("let in without proof")


def _sorted(value: object) -> object:
    """As it is written: the members of each object in order."""
    match value:
        case dict():
            return {name: _sorted(value[name]) for name in sorted(value)}
        case list():
            return [_sorted(one) for one in value]
        case _:
            return value


def _depth(value: object) -> int:
    match value:
        case dict():
            return 1 + max(map(_depth, value.values()), default=0)
        case list():
            return 1 + max(map(_depth, value), default=0)
        case _:
            return 0


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


@attrs.frozen
class _OpenDoor:
    """Nobody is barred, and nothing was used before: so that what was accepted once can be tried again."""

    async def standing(self) -> Standing:
        return Standing()

    async def first_use(self, kind: str, nonce: str, until: datetime) -> bool:
        return True


def _pem() -> bytes:
    """Always the same key, so that bytes that were kept mean the same the next time."""
    pair = ec.derive_private_key(int.from_bytes(RAW), ec.SECP256R1())
    return pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@cache
def _client() -> tuple[Proving, frozenset[str]]:
    """One client with a key, and the assertions that it made."""
    key = SigningKey.from_pem(_pem(), kid="k1")
    registered = Registered(client=Client(id="platform"), keys=(key.public(),))
    now = int(AT.timestamp())
    said = {"iss": "platform", "sub": "platform", "aud": AUDIENCE, "iat": now, "exp": now + 60}
    made = frozenset(signed({**said, "jti": f"once-{nth}"}, key, typ="JWT") for nth in range(4))
    proving = Proving(
        clients={"platform": registered},
        audiences=frozenset({AUDIENCE}),
        door=cast(Doorkeeping, _OpenDoor()),
        keys=HeldKeys.new(KeyUse.INDEX),
        clock=ManualClock(AT),
    )
    return proving, made


def _around() -> Around:
    return Around(time=TEXT, nonce="n" * 16, method="POST", target="/v1/reports")


@cache
def _envelope(covers: Covers) -> Envelope:
    """Between a partner and itself, under the key that GB/T 32918.5 prints."""
    key = sm2.PrivateKey.parse(PRINTED_KEY)
    return Envelope(ours=key, theirs=(key.public,), covers=covers)


def _envelopes() -> list[bytes]:
    if not sm2.available():
        return []
    return [_envelope(covers).seal(plain, _around()) for covers in Covers for plain in PLAINS]


def _signed_message(body: bytes) -> bytes:
    headers = Signer([signing_key(Scheme.HMAC_SHA256, SECRET)]).headers("msg_1", AT, body)
    return "\n".join(f"{name}: {value}" for name, value in headers.items()).encode() + b"\n\n" + body


def _forms() -> list[bytes]:
    kind = quote(ASSERTION, safe="")
    return [
        f"grant_type=client_credentials&client_assertion_type={kind}&client_assertion={token}".encode()
        for token in sorted(_client()[1])
    ]


@attrs.frozen(kw_only=True)
class Target:
    """A function, the bytes to begin with, and the words that its grammar is made of."""

    run: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]
    words: tuple[str, ...] = ()


TARGETS: Mapping[str, Target] = {
    "verifier": Target(
        run=verifier,
        seeds=lambda: [_signed_message(b"{}"), _signed_message(b'{"test": 1}'), b"", b"webhook-id: a\n\n", b"\xff\xfe"],
        words=("webhook-id: ", "webhook-timestamp: ", "webhook-signature: ", "v1,", "v1a,", "v1sm3,", TEXT, "=="),
    ),
    "strict_json": Target(
        run=strict_json,
        seeds=lambda: [
            b"{}", b'{"a":[1,2.5e3,null,true,"\\u00e9"]}', b"[" * 20, b'{"a":1,"a":2}', b'"\\ud800"', b"1e999",
            b"-0", b"NaN", b"\xef\xbb\xbf{}", '{"名":"值"}'.encode(), b"1" * 50,
        ],
        words=("\\u0000", "\\ud83d\\ude00", "1e400", "Infinity", "[[", '{"":', "9" * 41),
    ),
    "address": Target(
        run=address,
        seeds=lambda: [
            b"https://sign.example.cn/c/7f3a", b"https://sign.example.cn:8443/?t=%2F", b"http://127.0.0.1:8082/x",
            b"https://evil.cn\\@sign.example.cn/", b"https://sign.example.cn@evil.cn/", b"https://sign.example.cn%2eevil.cn/",
            b"https:/sign.example.cn", b"https://2130706433/", "https://sign。example.cn/".encode(), b"https://sign.example.cn/../a",
        ],
        words=("https://", "sign.example.cn", "%2e", "@", "\\", "..", ":443", "\t", "%00", "xn--"),
    ),
    "assertion": Target(
        run=assertion,
        seeds=lambda: [*_forms(), b"", b"client_assertion=a.b.c", b"a=1&a=2", b"client_id=%ff"],
        words=("client_assertion=", "client_assertion_type=", "&", "=", "%41", ".", "eyJ"),
    ),
    "basic": Target(
        run=basic,
        seeds=lambda: [b"Basic cGxhdGZvcm06eA==", b"Bearer a", b"basic \xff", b"Basic ==", b"Basic JWZmOiVmZg=="],
        words=("Basic ", "cGxhdGZvcm06", "=="),
    ),
    "envelope": Target(
        run=envelope,
        seeds=lambda: [*_envelopes(), b"{}", b'{"encData":"","encKey":"","iv":"","signature":""}'],
        words=("encData", "encKey", "signature", "iv", "qPubkey"),
    ),
}  # fmt: skip
