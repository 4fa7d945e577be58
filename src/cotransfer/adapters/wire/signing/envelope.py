"""The SM envelope of Chinese platforms: an SM4 body, its key wrapped with SM2, and an SM2 signature over it.

    {"encData": SM4(body), "encKey": SM2(key), "iv": …, "signature": SM2 over SM3(encData + timestamp + nonce)}

As platforms have it (`Covers.DATA`) the signature covers neither the wrapped key nor the vector nor the address:
whoever catches an envelope may deliver it elsewhere, or have it open to other bytes. `Covers.EVERYTHING` is ours and
closes that.
Never decrypts before the signature has proved right, and never tells why something does not open.
"""

import enum
import secrets
from collections.abc import Callable, Mapping

import attrs

from cotransfer.adapters.crypto import sm2, sm4
from cotransfer.adapters.crypto.sm3 import digest
from cotransfer.adapters.wire.signing import base64s
from cotransfer.adapters.wire.signing.faults import BadSignature, Flaw
from cotransfer.adapters.wire.strict_json import NotStrict, dumps, loads

_REQUIRED = frozenset({"encData", "encKey", "iv", "signature"})
_SHOWN_KEY = "qPubkey"


class Mode(enum.Enum):
    """How SM4 is run."""

    CBC = "cbc"
    GCM = "gcm"


class Covers(enum.Enum):
    """What the signature is over: encData, timestamp and nonce; or also key, vector, method and target."""

    DATA = "data"
    EVERYTHING = "everything"


class Signs(enum.Enum):
    """What SM2 is given: the text, its SM3 digest, that digest in hexadecimal, or the digest bare, without user id."""

    TEXT = "text"
    DIGEST = "digest"
    HEX = "hex"
    BARE = "bare"


class Encoding(enum.Enum):
    """How bytes stand in the JSON."""

    BASE64 = "base64"
    HEX = "hex"

    def write(self, raw: bytes) -> str:
        return raw.hex() if self is Encoding.HEX else base64s.written(raw)

    def read(self, text: str) -> bytes:
        if self is Encoding.BASE64:
            return base64s.read(text)
        raw = bytes.fromhex(text)
        if raw.hex() != text.lower():
            raise ValueError("It is not hexadecimal.")
        return raw


@attrs.frozen(kw_only=True)
class Around:
    """What the envelope goes with: the texts of its headers, and where it is sent."""

    time: str
    nonce: str
    method: str
    target: str


_VECTOR_BYTES: Mapping[Mode, int] = {Mode.CBC: sm4.BLOCK_BYTES, Mode.GCM: sm4.GCM_NONCE_BYTES}
_SEAL: Mapping[Mode, Callable[[bytes, bytes, bytes], bytes]] = {Mode.CBC: sm4.cbc_seal, Mode.GCM: sm4.gcm_seal}
_OPEN: Mapping[Mode, Callable[[bytes, bytes, bytes], bytes]] = {Mode.CBC: sm4.cbc_open, Mode.GCM: sm4.gcm_open}


@attrs.frozen(kw_only=True)
class Envelope:
    """`ours` signs and unwraps; `theirs` are the partner's public keys, one live or two, the newest last."""

    ours: sm2.PrivateKey
    theirs: tuple[sm2.PublicKey, ...] = attrs.field(validator=attrs.validators.min_len(1))
    mode: Mode = Mode.CBC
    covers: Covers = Covers.DATA
    signs: Signs = Signs.DIGEST
    encoding: Encoding = Encoding.BASE64
    shows_key: bool = False
    limit: int = 128 * 1024

    def seal(self, plain: bytes, around: Around) -> bytes:
        """The JSON of the envelope, under a key and a vector drawn for it."""
        key, vector = secrets.token_bytes(sm4.KEY_BYTES), secrets.token_bytes(_VECTOR_BYTES[self.mode])
        write = self.encoding.write
        fields = {
            "encData": write(_SEAL[self.mode](key, vector, plain)),
            "encKey": write(self.theirs[-1].wrap(key)),
            "iv": write(vector),
        }
        fields["signature"] = write(self._sign(self._content(fields, around)))
        if self.shows_key:
            fields[_SHOWN_KEY] = write(self.ours.public.raw)
        return dumps(fields)

    def open(self, sealed: bytes, around: Around) -> bytes:
        """What the partner sealed; or `BadSignature`. The signature is judged before a byte is decrypted."""
        fields = self._fields(sealed)
        try:
            signature, wrapped, vector, data = (
                self.encoding.read(fields[name]) for name in ("signature", "encKey", "iv", "encData")
            )
        except ValueError:
            raise BadSignature(Flaw.ENVELOPE_MALFORMED) from None
        content = self._content(fields, around)
        agreeing = [key for key in self.theirs if self._agrees(key, content, signature)]
        if not agreeing:
            raise BadSignature(Flaw.NO_MATCH)
        try:
            return _OPEN[self.mode](self._unwrapped(wrapped), vector, data)
        except (sm2.NotUnwrapped, sm4.NotOpened):
            raise BadSignature(Flaw.NOT_OPENED) from None

    def _fields(self, sealed: bytes) -> dict[str, str]:
        try:
            read = loads(sealed, limit=self.limit)
        except NotStrict:
            raise BadSignature(Flaw.ENVELOPE_MALFORMED) from None
        if not isinstance(read, dict) or not _REQUIRED <= set(read) <= {*_REQUIRED, _SHOWN_KEY}:
            raise BadSignature(Flaw.ENVELOPE_MALFORMED)
        if not all(isinstance(value, str) for value in read.values()):
            raise BadSignature(Flaw.ENVELOPE_MALFORMED)
        return read  # A key shown in there is not looked at: whom we believe was agreed beforehand.

    def _content(self, fields: Mapping[str, str], around: Around) -> bytes:
        if self.covers is Covers.DATA:
            return f"{fields['encData']}{around.time}{around.nonce}".encode()
        named = (around.method, around.target, around.time, around.nonce)
        return "\n".join((*named, fields["encKey"], fields["iv"], fields["encData"])).encode("utf-8", "surrogatepass")

    def _sign(self, content: bytes) -> bytes:
        if self.signs is Signs.BARE:
            return self.ours.sign_bare(digest(content))
        return self.ours.sign(_message(self.signs, content))

    def _agrees(self, key: sm2.PublicKey, content: bytes, signature: bytes) -> bool:
        if self.signs is Signs.BARE:
            return key.agrees_bare(digest(content), signature)
        return key.agrees(_message(self.signs, content), signature)

    def _unwrapped(self, wrapped: bytes) -> bytes:
        key = self.ours.unwrap(wrapped)
        if len(key) != sm4.KEY_BYTES:
            raise sm2.NotUnwrapped
        return key


def _message(signs: Signs, content: bytes) -> bytes:
    if signs is Signs.TEXT:
        return content
    return digest(content).hex().encode() if signs is Signs.HEX else digest(content)
