"""ID tokens: OpenID Connect Core 1.0 §3.1.3.7, stricter where it leaves a choice.

Never trusts a header beyond choosing among the provider's own keys and our own list of algorithms, and never tells a
caller what was wrong: `NotVouched` bears a code for the log.
"""

import base64
import hashlib
import hmac
import re
from datetime import datetime
from typing import Any, TypeGuard

import attrs

from cotransfer.adapters.gateway.signin.discovery import Discovery
from cotransfer.adapters.gateway.signin.faults import NotVouched
from cotransfer.adapters.gateway.signin.keys import chosen, signed_payload
from cotransfer.adapters.gateway.signin.provider import Provider
from cotransfer.adapters.wire.strict_json import NotStrict, loads

LONGEST = 16 * 1024
OLDEST_S = 300
LEEWAY_S = 60
FARTHEST = 2**40
_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)", re.ASCII)
_SUBJECT = re.compile(r"[!-~]{1,255}", re.ASCII)
_EMBEDDED = ("crit", "b64", "jwk", "jku", "x5u", "x5c", "zip", "enc")


@attrs.frozen(kw_only=True)
class Expected:
    """What a token has to match: whom it is for (any of `audiences`), and in a browser's sign-in its nonce and the
    access token that came with it.
    """

    audiences: frozenset[str]
    nonce: str | None = None
    access_token: str | None = attrs.field(default=None, repr=False)


class IdTokens:
    """Reads the tokens of one provider."""

    def __init__(self, provider: Provider, discovery: Discovery) -> None:
        self._provider = provider
        self._discovery = discovery

    async def read(self, token: object, expected: Expected, at: datetime) -> dict[str, Any]:
        """The claims, or `NotVouched`; raises as `Discovery` when the keys cannot be had."""
        if not isinstance(token, str) or len(token) > LONGEST or not (parts := _COMPACT.fullmatch(token)):
            raise NotVouched("not_a_token")
        algorithm, kid = self._meant(_object(_bytes(parts[1]), "header"))
        claims = _object(await self._verified(token, algorithm, kid), "payload")
        self._check_parties(claims, expected)
        _check_times(claims, at)
        _check_bindings(claims, expected)
        return claims

    def _meant(self, header: dict[str, Any]) -> tuple[str, str | None]:
        algorithm, kid = header.get("alg"), header.get("kid")
        allowed = self._provider.algorithms | ({"Ed25519"} if "EdDSA" in self._provider.algorithms else frozenset())
        if not isinstance(algorithm, str) or algorithm not in allowed:
            raise NotVouched("algorithm")
        if any(name in header for name in _EMBEDDED) or not isinstance(kid, str | None):
            raise NotVouched("header")
        if header.get("typ", "JWT") not in ("JWT", "jwt", "application/jwt"):
            raise NotVouched("type")
        return algorithm, kid

    async def _verified(self, token: str, algorithm: str, kid: str | None) -> bytes:
        key = chosen(await self._discovery.keys(), algorithm=algorithm, kid=kid)
        if key is None:
            key = chosen(await self._discovery.keys(missing=True), algorithm=algorithm, kid=kid)
        if key is None:
            raise NotVouched("key")
        payload = signed_payload(token, key, algorithm)
        if payload is None:
            raise NotVouched("signature")
        return payload

    def _check_parties(self, claims: dict[str, Any], expected: Expected) -> None:
        if claims.get("iss") != self._provider.issuer:
            raise NotVouched("issuer")
        if not isinstance(claims.get("sub"), str) or not _SUBJECT.fullmatch(claims["sub"]):
            raise NotVouched("subject")
        named = claims.get("aud")
        audiences = [named] if isinstance(named, str) else named
        if not isinstance(audiences, list) or not audiences or not all(isinstance(one, str) for one in audiences):
            raise NotVouched("audience")
        if not expected.audiences.issuperset(audiences):  # One that we do not know could pass it on.
            raise NotVouched("audience")
        azp = claims.get("azp")
        if (azp is None and len(audiences) > 1) or (azp is not None and azp not in tuple(expected.audiences)):
            raise NotVouched("authorised_party")


def _check_times(claims: dict[str, Any], at: datetime) -> None:
    now = at.timestamp()
    expires, issued, begins = (claims.get(name) for name in ("exp", "iat", "nbf"))
    if not _is_time(expires) or expires <= now - LEEWAY_S:
        raise NotVouched("expired")
    if not _is_time(issued) or not now - OLDEST_S <= issued <= now + LEEWAY_S or issued >= expires:
        raise NotVouched("issued_at")
    if begins is not None and (not _is_time(begins) or begins > now + LEEWAY_S):
        raise NotVouched("not_before")


def _check_bindings(claims: dict[str, Any], expected: Expected) -> None:
    if expected.nonce is None:  # Passed on by a back end: nonce and access token are between it and the provider.
        return
    nonce, half = claims.get("nonce"), claims.get("at_hash")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
        raise NotVouched("nonce")
    if half is not None and (expected.access_token is None or half not in _half_hashes(expected.access_token)):
        raise NotVouched("access_token")


def _half_hashes(access_token: str) -> tuple[str, ...]:
    """The left half of SHA-256, which goes with our algorithms, or of SHA-512, which some take for Ed25519."""
    whole = [hashlib.new(name, access_token.encode(errors="surrogatepass")).digest() for name in ("sha256", "sha512")]
    halves = [digest[: len(digest) // 2] for digest in whole]
    return tuple(base64.urlsafe_b64encode(half).rstrip(b"=").decode() for half in halves)


def _is_time(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < FARTHEST


def _bytes(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        raise NotVouched("not_a_token") from None


def _object(body: bytes, what: str) -> dict[str, Any]:
    try:
        value = loads(body, limit=LONGEST)
    except NotStrict:
        raise NotVouched(what) from None
    if not isinstance(value, dict):
        raise NotVouched(what)
    return value
