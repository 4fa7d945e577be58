"""SM2 (GB/T 32918): signatures and the wrapping of short keys, over the extra `cotransfer[sm]` (gmssl_pyx).

Never falls back to another library: without the extra, `SmMissing` says what to install. Never raises on a bad
signature (`agrees` says False), and on a bad cipher text only `NotUnwrapped`.
"""

import importlib
import re
from typing import Any

import attrs

from cotransfer.adapters.crypto.sm2_forms import COORDINATE_BYTES, Forms

PUBLIC_BYTES = 2 * COORDINATE_BYTES
LONGEST_PLAIN = 255

_P = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_00000000_FFFFFFFF_FFFFFFFF
_B = 0x28E9FA9E_9D9F5E34_4D5A9E4B_CF6509A7_F39789F5_15AB8F92_DDBCBD41_4D940E93
_PROBE = b"Do these two halves belong together?"
_PUBLIC = re.compile(r"(?:04)?([0-9A-Fa-f]{128})")
_PRIVATE = re.compile(r"([0-9A-Fa-f]{64})(?:04)?([0-9A-Fa-f]{128})")


class SmMissing(RuntimeError):
    """SM2 was configured, and what it needs is not installed."""

    def __init__(self) -> None:
        super().__init__("SM2 needs the package gmssl_pyx. Install it with the extra: pip install 'cotransfer[sm]'.")


class NotUnwrapped(Exception):
    """The cipher text is not one for this key, or not written in the agreed form; nobody is told which."""


@attrs.frozen(kw_only=True)
class PublicKey:
    """The half that may be shown: it checks signatures and wraps keys for its owner."""

    raw: bytes
    forms: Forms = attrs.field(factory=Forms)

    @classmethod
    def parse(cls, text: str, *, forms: Forms | None = None) -> "PublicKey":
        """Of 128 hexadecimal digits, 04 before them or not; `ValueError` when it is not a point of the curve."""
        found = _PUBLIC.fullmatch(text)
        if not found or not _on_curve(bytes.fromhex(found[1])):
            raise ValueError("A public SM2 key is a point of the curve: 128 hexadecimal digits, with or without 04.")
        return cls(raw=bytes.fromhex(found[1]), forms=forms or Forms())

    def agrees(self, message: bytes, signature: bytes) -> bool:
        """Whether the owner signed `message`, with the forms' user id in the digest."""
        try:
            der = self.forms.read_signature(signature)
            return bool(_library().sm2_verify(self.raw, message, der, self.forms.user_id))
        except (ValueError, _faults()):
            return False

    def agrees_bare(self, digest: bytes, signature: bytes) -> bool:
        """Whether the owner signed these 32 bytes as they are, without user id."""
        try:
            return bool(_library().sm2_verify_sm3_digest(self.raw, digest, self.forms.read_signature(signature)))
        except (ValueError, _faults()):
            return False

    def wrap(self, plain: bytes) -> bytes:
        """Of 1 to 255 bytes, in the forms' cipher form."""
        if not 1 <= len(plain) <= LONGEST_PLAIN:
            raise ValueError(f"SM2 wraps 1 to {LONGEST_PLAIN} bytes.")
        return self.forms.write_cipher(_library().sm2_encrypt(self.raw, plain))


@attrs.frozen(kw_only=True)
class PrivateKey:
    """The half that is a secret: it signs and unwraps."""

    public: PublicKey
    _secret: bytes = attrs.field(repr=False)

    @classmethod
    def parse(cls, text: str, *, forms: Forms | None = None) -> "PrivateKey":
        """Of 64 hexadecimal digits and behind them those of the public key; `ValueError` unless the two are a pair."""
        found = _PRIVATE.fullmatch(text)
        if not found:
            raise ValueError("A private SM2 key is 64 hexadecimal digits, followed by the 128 of its public key.")
        key = cls(public=PublicKey.parse(found[2], forms=forms), secret=bytes.fromhex(found[1]))
        try:
            paired = key.public.agrees(_PROBE, key.sign(_PROBE))
        except _faults():
            paired = False
        if not paired:
            raise ValueError("The private SM2 key and the public one behind it are not a pair.")
        return key

    @property
    def forms(self) -> Forms:
        return self.public.forms

    def sign(self, message: bytes) -> bytes:
        """In the forms' signature form, with the forms' user id in the digest."""
        signed = _library().sm2_sign(self._secret, self.public.raw, message, self.forms.user_id)
        return self.forms.write_signature(signed)

    def sign_bare(self, digest: bytes) -> bytes:
        """Of 32 bytes as they are, without user id."""
        return self.forms.write_signature(_library().sm2_sign_sm3_digest(self._secret, digest))

    def unwrap(self, wrapped: bytes) -> bytes:
        """What was wrapped for this key, or `NotUnwrapped`."""
        try:
            asn1 = self.forms.read_cipher(wrapped)
            return bytes(_library().sm2_decrypt(self._secret, asn1))
        except (ValueError, _faults()):
            raise NotUnwrapped from None


def available() -> bool:
    """Whether the extra is installed."""
    try:
        _library()
    except SmMissing:
        return False
    return True


def _library() -> Any:
    try:
        return importlib.import_module("gmssl_pyx")
    except ImportError:
        raise SmMissing from None


def _faults() -> type[Exception]:
    fault: type[Exception] = _library().GmsslInnerError
    return fault


def _on_curve(raw: bytes) -> bool:
    x, y = (int.from_bytes(part, "big") for part in (raw[:COORDINATE_BYTES], raw[COORDINATE_BYTES:]))
    return x < _P and y < _P and (y * y - (x**3 - 3 * x + _B)) % _P == 0
