"""The public keys of a provider: which may have signed a token, and whether one did.

Never takes a symmetric key, a private one, one for encryption, or an RSA key below 2048 bits; never lets a token say
which key or algorithm judges it beyond choosing among those listed.
"""

import base64
from collections.abc import Collection, Iterable
from typing import Any

import attrs
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry, deserialize_compact
from joserfc.registry import Header
from typing_extensions import override

Public = ECKey | OKPKey | RSAKey
KINDS: dict[str, type[Public]] = {"EC": ECKey, "OKP": OKPKey, "RSA": RSAKey}
LEAST_RSA_BITS = 2048
_RSA = frozenset({"PS256", "RS256"})
_EDWARDS = frozenset({"EdDSA", "Ed25519"})


@attrs.frozen
class Key:
    """One key with the algorithms that it may be used for."""

    kid: str | None
    algorithms: frozenset[str]
    public: Public


class _Only(JWSRegistry):
    """Exactly the algorithms that were allowed: joserfc's own registry warns of EdDSA's old name, and has others."""

    @override
    def get_alg(self, name: str) -> Any:
        if name not in (self.allowed or ()):
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]

    @override
    def check_header(self, header: Header) -> None:
        """`id_tokens` has looked at the header already."""


def readable(listed: Iterable[object]) -> tuple[Key, ...]:
    """Those that can be used; one that cannot spoils none of the others."""
    read = (_key(one) for one in listed if isinstance(one, dict))
    return tuple(key for key in read if key is not None)


def chosen(keys: Collection[Key], *, algorithm: str, kid: str | None) -> Key | None:
    """The one key that a header means; without a name in it, the only one there is for the algorithm."""
    fitting = [key for key in keys if algorithm in key.algorithms and (kid is None or key.kid == kid)]
    return fitting[0] if len(fitting) == 1 else None


def signed_payload(token: str, key: Key, algorithm: str) -> bytes | None:
    """What was signed, or None when it was not signed by this key."""
    registry = _Only(algorithms=[algorithm])
    registry.max_header_length = len(token)
    try:
        return deserialize_compact(token, key.public, algorithms=[algorithm], registry=registry).payload
    except (JoseError, ValueError, TypeError):
        return None


def _key(said: dict[str, Any]) -> Key | None:
    kind, kid, only = KINDS.get(str(said.get("kty"))), said.get("kid"), said.get("alg")
    if kind is None or "d" in said or said.get("use", "sig") != "sig" or not isinstance(kid, str | None):
        return None
    try:
        if "verify" not in said.get("key_ops", ["verify"]):
            return None
        if kind is RSAKey and _bits(said["n"]) < LEAST_RSA_BITS:
            return None
        public = kind.import_key({name: said[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in said})
        algorithms = _algorithms(said)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return Key(kid, algorithms if only is None else algorithms & {str(only)}, public)


def _bits(modulus: str) -> int:
    """Of a number as JWKs write it."""
    return int.from_bytes(base64.urlsafe_b64decode(modulus + "=" * (-len(modulus) % 4))).bit_length()


def _algorithms(said: dict[str, Any]) -> frozenset[str]:
    match said["kty"], said.get("crv"):
        case "EC", "P-256":
            return frozenset({"ES256"})
        case "OKP", "Ed25519":
            return _EDWARDS
        case "RSA", _:
            return _RSA
        case _:
            return frozenset()
