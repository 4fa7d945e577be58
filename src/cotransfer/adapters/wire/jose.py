"""JSON Web Tokens as we let them be: compact, one signature, one algorithm for each key, JSON read strictly.

Never takes a key from a token, never an algorithm that the key was not made for, and never fails with anything but
`NotAToken`. Signing and verifying are joserfc's; what may come before them is decided here.
"""

import base64
import binascii
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

import attrs
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from cotransfer.adapters.wire.strict_json import NotStrict, dumps, loads

ALGORITHMS = ("ES256", "EdDSA", "PS256")
"""Asymmetric ones only: who can verify a token can never make one."""

TOKEN_LIMIT = 4096
HEADER_LIMIT = 512
KEYS_LIMIT = 8
KEYS_BYTES = 16 * 1024
NAME = re.compile(r"[A-Za-z0-9._-]{1,128}")
"""What a key's `kid` looks like."""

_PART = re.compile(r"[A-Za-z0-9_-]+")
_HEADER = frozenset({"alg", "kid", "typ"})
# The models themselves, for the look-up by name warns of "EdDSA", whose newer name few partners know yet.
_MODELS = {name: JWSRegistry.algorithms[name] for name in ALGORITHMS}
_KINDS: Mapping[str, tuple[type[ECKey | OKPKey | RSAKey], str]] = {
    "ES256": (ECKey, "P-256"),
    "EdDSA": (OKPKey, "Ed25519"),
    "PS256": (RSAKey, ""),
}
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_RSA_BITS = range(3072, 8193)
"""From 3,072 on an RSA key has the strength of the rest, 128 bits (NIST SP 800-57 part 1, table 2)."""


class NotAToken(ValueError):
    """Whatever it is, we do not take it; the text says why, and never shows a part of it."""


class NotAKeySet(ValueError):
    """The keys cannot be used; the text says what is wrong, and never shows a key."""


@attrs.frozen(kw_only=True)
class VerifyingKey:
    """A public key, by its name, for its one algorithm."""

    kid: str
    alg: str
    key: Key = attrs.field(repr=False)

    def document(self) -> dict[str, Any]:
        """As it is published (RFC 7517)."""
        public = {name: value for name, value in self.key.as_dict(private=False).items() if name not in _PRIVATE}
        return {**public, "kid": self.kid, "alg": self.alg, "use": "sig"}


@attrs.frozen(kw_only=True)
class SigningKey:
    """A private key, by its name, for its one algorithm."""

    kid: str
    alg: str
    key: Key = attrs.field(repr=False)

    @classmethod
    def from_pem(cls, pem: bytes, *, kid: str) -> "SigningKey":
        """The algorithm follows from the key; raises `NotAKeySet`."""
        for alg, (kind, curve) in _KINDS.items():
            try:
                key = kind.import_key(pem)
            except (JoseError, ValueError, TypeError):
                continue
            if key.is_private and _fits(key, curve):
                return cls(kid=kid, alg=alg, key=key)
        raise NotAKeySet("The private key is none of EC P-256, Ed25519 or RSA of 3072 to 8192 bits in PKCS8 PEM.")

    def public(self) -> VerifyingKey:
        """What others verify with."""
        key = _KINDS[self.alg][0].import_key(self.key.as_dict(private=False))
        return VerifyingKey(kid=self.kid, alg=self.alg, key=key)


@attrs.frozen(kw_only=True, repr=False)
class Opened:
    """A token taken apart: nothing in it is to be believed before `is_signed_by` has said yes."""

    alg: str
    kid: str
    typ: str | None
    claims: Mapping[str, object]
    message: bytes
    signature: bytes

    def is_signed_by(self, key: VerifyingKey | None) -> bool:
        """Whether it is; without such a key the same work is done, so that time tells nobody which keys there are."""
        fits = key is not None and key.kid == self.kid and key.alg == self.alg
        against = key.key if key is not None and fits else _nobodys(self.alg)
        try:
            proved = bool(_MODELS[self.alg].verify(self.message, self.signature, against))
        except (JoseError, ValueError):
            return False
        return proved and fits


def opened(token: str, *, limit: int = TOKEN_LIMIT) -> Opened:
    """The parts of `token`; raises `NotAToken`."""
    if len(token) > limit:
        raise NotAToken("The token is too long.")
    parts = token.split(".")
    if len(parts) != 3:
        raise NotAToken("The token has not three parts.")
    head, body, signature = (_decoded(part) for part in parts)
    header = _object(head, HEADER_LIMIT)
    # Anything else would be a key or an address of the sender's choosing, or an extension that nobody here knows.
    if not set(header) <= _HEADER:
        raise NotAToken("The header says more than alg, kid and typ.")
    alg, kid, typ = header.get("alg"), header.get("kid"), header.get("typ")
    if not isinstance(alg, str) or alg not in ALGORITHMS:
        raise NotAToken("The algorithm is not one of ours.")
    if not isinstance(kid, str) or not NAME.fullmatch(kid):
        raise NotAToken("The header names no key.")
    if typ is not None and not isinstance(typ, str):
        raise NotAToken("The type is not a text.")
    message = f"{parts[0]}.{parts[1]}".encode("ascii")
    claims = _object(body, limit)
    return Opened(alg=alg, kid=kid, typ=typ, claims=claims, message=message, signature=signature)


def signed(claims: Mapping[str, object], key: SigningKey, *, typ: str) -> str:
    """A token that says `claims`."""
    head, body = (_encoded(dumps(part)) for part in ({"alg": key.alg, "kid": key.kid, "typ": typ}, dict(claims)))
    message = f"{head}.{body}"
    return f"{message}.{_encoded(_MODELS[key.alg].sign(message.encode('ascii'), key.key))}"


def public_keys(document: bytes) -> tuple[VerifyingKey, ...]:
    """A JWK set as partners hand it in: public keys only, each with `kid`, `alg` and `use`; raises `NotAKeySet`."""
    try:
        keys = _object(document, KEYS_BYTES).get("keys")
    except NotAToken as error:
        raise NotAKeySet(f"The key set cannot be read: {error}") from None
    if not isinstance(keys, list) or not 1 <= len(keys) <= KEYS_LIMIT:
        raise NotAKeySet(f"The key set has not 1 to {KEYS_LIMIT} keys under its member keys.")
    read = tuple(_public_key(each) for each in keys)
    if len({key.kid for key in read}) < len(read):
        raise NotAKeySet("Two keys of the set have the same kid.")
    return read


def _public_key(value: object) -> VerifyingKey:
    if not isinstance(value, dict):
        raise NotAKeySet("A key of the set is not an object.")
    kid, alg = value.get("kid"), value.get("alg")
    if not isinstance(kid, str) or not NAME.fullmatch(kid):
        raise NotAKeySet("A key has no kid of 1 to 128 letters, digits, points, underscores and hyphens.")
    if not isinstance(alg, str) or alg not in _KINDS:
        raise NotAKeySet(f'The key "{kid}" has no alg that is one of {", ".join(_KINDS)}.')
    if value.get("use") != "sig" or not set(value).isdisjoint(_PRIVATE):
        raise NotAKeySet(f'The key "{kid}" is not for signatures (use), or it holds a private part.')
    kind, curve = _KINDS[alg]
    try:
        key = kind.import_key({name: part for name, part in value.items() if name not in ("x5u", "x5c", "jku")})
    except (JoseError, ValueError, TypeError, KeyError):
        raise NotAKeySet(f'The key "{kid}" is not a key for {alg}.') from None
    if not _fits(key, curve):
        raise NotAKeySet(f'The key "{kid}" is of the wrong curve or size for {alg}.')
    return VerifyingKey(kid=kid, alg=alg, key=key)


def _fits(key: Key, curve: str) -> bool:
    if isinstance(key, RSAKey):
        return key.public_key.key_size in _RSA_BITS
    return isinstance(key, ECKey | OKPKey) and key.curve_name == curve


def _nobodys(alg: str) -> Key:
    """A key that nobody has the other half of."""
    if alg not in _NOBODYS:
        makers: Mapping[str, Callable[[], Key]] = {
            "ES256": lambda: ECKey.generate_key("P-256"),
            "EdDSA": lambda: OKPKey.generate_key("Ed25519"),
            "PS256": lambda: RSAKey(_a_modulus().public_key(), None),
        }
        _NOBODYS[alg] = makers[alg]()
    return _NOBODYS[alg]


def _a_modulus() -> RSAPublicNumbers:
    """An odd number of the right size: nobody knows its factors, and verifying with it takes as long as with any."""
    return RSAPublicNumbers(65537, (1 << 2047) | int.from_bytes(b"nobody's key" * 21, "big") | 1)


_NOBODYS: dict[str, Key] = {}


def _decoded(part: str) -> bytes:
    """Base64url without padding, and only in its one canonical spelling."""
    if not part.isascii() or not _PART.fullmatch(part):
        raise NotAToken("A part of the token is not base64url.")
    try:
        value = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise NotAToken("A part of the token is not base64url.") from None
    if _encoded(value) != part:
        raise NotAToken("A part of the token is not spelled canonically.")
    return value


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def _object(body: bytes, limit: int) -> dict[str, object]:
    try:
        value = loads(body, limit=limit)
    except NotStrict as error:
        raise NotAToken(error.wrong) from None
    if not isinstance(value, dict):
        raise NotAToken("It is not a JSON object.")
    return value


def names(value: object, wanted: Collection[str]) -> bool:
    """Whether an `aud` claim is meant for one of `wanted`, and for nobody else (RFC 7519 §4.1.3)."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return isinstance(value, str) and value in wanted
