"""A provider of identities that says whatever a test wants it to: right in everything that a test does not spoil."""

import asyncio
import base64
import hashlib
import hmac
import json
import warnings
from typing import Any
from urllib.parse import parse_qs

import attrs
import httpx
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from cotransfer.adapters.memory.time import ManualClock

ISSUER = "https://id.example"
EVIL = "https://evil.example"


def _short() -> Any:
    """A key that no good provider has."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return RSAKey.generate_key(1024, {"kid": "short", "use": "sig"}, private=True)


KEYS: dict[str, Any] = {
    "ES256": ECKey.generate_key("P-256", {"kid": "es", "use": "sig"}, private=True),
    "PS256": RSAKey.generate_key(2048, {"kid": "rs", "use": "sig"}, private=True),
    "EdDSA": OKPKey.generate_key("Ed25519", {"kid": "ed", "use": "sig"}, private=True),
    "stranger": ECKey.generate_key("P-256", {"kid": "es", "use": "sig"}, private=True),
    "short": _short(),
    "encryption": ECKey.generate_key("P-256", {"kid": "enc", "use": "enc"}, private=True),
}
PUBLISHED = ("ES256", "PS256", "EdDSA", "short", "encryption")
BUYER: dict[str, Any] = {
    "sub": "subject-0001",
    "name": "李小满",
    "document_type": "identity_card",
    "identity_number": "530102199003071238",
    "roles": ["act"],
}


def half_hash(access_token: str, name: str = "sha256") -> str:
    """at_hash as OpenID Connect has it."""
    digest = hashlib.new(name, access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


@attrs.define(kw_only=True)
class Forger:
    """`metadata`, `keys`, `header`, `claims` are laid over what is right (None takes away); `signer` names the key;
    `token` replaces the ID token whole, `answer` the token endpoint's answer; nothing is answered until `held` is set.
    """

    clock: ManualClock
    issuer: str = ISSUER
    audience: str = "cotransfer"
    nonce: str = ""
    metadata: dict[str, Any] = attrs.field(factory=dict)
    published: tuple[str, ...] = PUBLISHED
    header: dict[str, Any] = attrs.field(factory=dict)
    claims: dict[str, Any] = attrs.field(factory=dict)
    signer: str = "ES256"
    token: str | None = None
    answer: httpx.Response | None = None
    held: asyncio.Event | None = None
    asked: list[httpx.Request] = attrs.field(factory=list)

    @property
    def transport(self) -> httpx.MockTransport:
        """For `Fetch`."""
        return httpx.MockTransport(self._when_let)

    def fetched(self, path: str) -> int:
        """How often a document was asked for."""
        return sum(request.url.path == path for request in self.asked)

    def form(self) -> dict[str, str]:
        """The last form at the token endpoint."""
        body = next(request for request in reversed(self.asked) if request.url.path == "/token").content.decode()
        return {name: values[0] for name, values in parse_qs(body).items()}

    def id_token(self) -> str:
        """As told."""
        if self.token is not None:
            return self.token
        now = int(self.clock.now().timestamp())
        right = {
            "iss": self.issuer,
            "aud": self.audience,
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonce,
            "at_hash": half_hash("access"),
            **BUYER,
        }
        key = KEYS[self.signer]
        algorithm = self.signer if self.signer in ("ES256", "PS256", "EdDSA") else "ES256"
        return forged(_over({"alg": algorithm, "kid": key.kid}, self.header), _over(right, self.claims), key)

    async def _when_let(self, request: httpx.Request) -> httpx.Response:
        if self.held is not None:
            self.asked.append(request)
            await self.held.wait()
        return self._answer(request)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        match request.url.path:
            case "/.well-known/openid-configuration":
                right = {
                    "issuer": self.issuer,
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": f"{self.issuer}/jwks",
                }
                return httpx.Response(200, json=_over(right, self.metadata))
            case "/jwks":
                return httpx.Response(200, json={"keys": [_public(KEYS[name]) for name in self.published]})
            case "/token":
                right = {"access_token": "access", "token_type": "Bearer", "id_token": self.id_token()}
                return self.answer or httpx.Response(200, json=right)
            case _:
                return httpx.Response(404)


def forged(header: dict[str, Any], claims: dict[str, Any] | bytes, key: Any) -> str:
    """Signed as the header says, however wrong that is."""
    algorithm = header.get("alg")
    if algorithm in (None, "none"):
        return f"{_part(header)}.{_part(claims)}."
    content = f"{_part(header)}.{_part(claims)}"
    if algorithm == "HS256":
        signature = hmac.digest(key.as_pem(private=False), content.encode(), "sha256")
    else:
        signature = jws.JWSRegistry.algorithms[algorithm].sign(content.encode(), key)
    return f"{content}.{_part(signature)}"


def _public(key: Any) -> dict[str, Any]:
    return dict(key.as_dict(private=False))


def _part(value: dict[str, Any] | bytes) -> str:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode()


def _over(right: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**right, **changes}.items() if value is not None}
