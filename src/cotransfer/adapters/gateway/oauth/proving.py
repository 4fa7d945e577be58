"""How a client proves itself at the token, introspection and revocation endpoints (RFC 6749 §2.3, RFC 7523 §2.2).

Never says why a proof failed, and takes as long for a client that there is not as for a wrong secret or key.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

import attrs
from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from starlette.datastructures import Headers
from typing_extensions import override

from cotransfer.adapters.gateway.oauth.forms import decoded
from cotransfer.adapters.gateway.oauth.moments import KEPT, LEEWAY, instant
from cotransfer.adapters.gateway.oauth.registered import SECRETS_LIMIT, Registered
from cotransfer.adapters.gateway.oauth.secrets import candidates
from cotransfer.adapters.wire.jose import NotAToken, Opened, names, opened
from cotransfer.app.doorkeeping import Doorkeeping
from cotransfer.ports.clock import Clock
from cotransfer.ports.keys import KeyProvider

METHODS = ("private_key_jwt", "client_secret_basic")
ASSERTION_LIFE = timedelta(seconds=300)
ASSERTION = JWTBearerClientAssertion.CLIENT_ASSERTION_TYPE
USED_ONCE = "assertion"
BASIC_LIMIT = 1024

_BASIC = re.compile(r"basic +([A-Za-z0-9+/]+={0,2})", re.IGNORECASE)
_JTI = re.compile(r"[!-~]{1,128}")
_TYPES = frozenset({None, "JWT", "client-authentication+jwt"})
_NO_HASHES = ("0" * 64,) * SECRETS_LIMIT


class NotProved(InvalidClientError):  # type: ignore[misc]  # Authlib brings no types
    """One answer for every reason, always a 401 with the scheme that could help."""

    def __init__(self) -> None:
        super().__init__("Client authentication failed.", status_code=401)

    @override
    def get_headers(self) -> list[tuple[str, str]]:
        kept = [(name, value) for name, value in super().get_headers() if name != "WWW-Authenticate"]
        return [*kept, ("WWW-Authenticate", 'Basic realm="cotransfer", charset="UTF-8"')]


@attrs.frozen(kw_only=True)
class Proving:
    """`audiences` are the names under which an assertion may address us: the issuer and the token endpoint."""

    clients: Mapping[str, Registered]
    audiences: frozenset[str]
    door: Doorkeeping
    keys: KeyProvider = attrs.field(repr=False)
    clock: Clock

    async def who(self, headers: Headers, form: Mapping[str, str]) -> Registered:
        """Who proved itself; raises `NotProved`, `InvalidRequestError` for two ways at once, and `Unavailable`."""
        basic = headers.getlist("authorization")
        asserted = "client_assertion" in form or "client_assertion_type" in form
        if "client_secret" in form or (basic and asserted):
            raise InvalidRequestError("A client proves itself in one way, and never with a secret in the body.")
        client, until_then = self._by_assertion(form) if asserted else (self._by_secret(basic), None)
        if client is None or form.get("client_id", client.client.id) != client.client.id:
            raise NotProved
        if client.client.id in (await self.door.standing()).barred:
            raise NotProved
        if until_then is not None:
            nonce, until = until_then
            if not await self.door.first_use(USED_ONCE, nonce, until):
                raise NotProved
        return client

    def _by_secret(self, shown: list[str]) -> Registered | None:
        found = _BASIC.fullmatch(shown[0]) if len(shown) == 1 and len(shown[0]) <= BASIC_LIMIT else None
        name, secret = _name_and_secret(found[1]) if found else ("", "")
        client = self.clients.get(name)
        hashes = (client.secret_hashes if client else ()) + _NO_HASHES
        # Each candidate against as many hashes as a client can have, known or not.
        proved = [
            hmac.compare_digest(candidate, known)
            for candidate in candidates(self.keys, name, secret)
            for known in hashes[:SECRETS_LIMIT]
        ]
        return client if any(proved) and secret else None

    def _by_assertion(self, form: Mapping[str, str]) -> tuple[Registered | None, tuple[str, datetime] | None]:
        if form.get("client_assertion_type") != ASSERTION:
            return None, None
        try:
            token = opened(form.get("client_assertion", ""))
        except NotAToken:
            return None, None
        name = token.claims.get("sub")
        client = self.clients.get(name) if isinstance(name, str) else None
        # Asked before anything else, so that an unknown client costs the same as a wrong key.
        proved = token.is_signed_by(client.key(token.kid) if client else None)
        until = self._ends(token)
        jti = token.claims.get("jti")
        if client is None or not proved or until is None or not isinstance(jti, str) or not _JTI.fullmatch(jti):
            return None, None
        if (
            token.typ not in _TYPES
            or token.claims.get("iss") != name
            or not names(token.claims.get("aud"), self.audiences)
        ):
            return None, None
        nonce = hashlib.sha256(f"{name}\0{jti}".encode()).hexdigest()
        return client, (nonce, until)

    def _ends(self, token: Opened) -> datetime | None:
        """When it could not be used again; None when it cannot be used now, or could be for too long."""
        now = self.clock.now()
        issued, ends = instant(token.claims.get("iat")), instant(token.claims.get("exp"))
        if issued is None or ends is None or not timedelta() < ends - issued <= ASSERTION_LIFE:
            return None
        begins = instant(token.claims["nbf"]) if "nbf" in token.claims else issued
        if begins is None or max(begins, issued) > now + LEEWAY or ends <= now - LEEWAY:
            return None
        return ends + KEPT


def _name_and_secret(said: str) -> tuple[str, str]:
    """RFC 6749 §2.3.1: form-encoded, joined by a colon, in base64; two empty texts for what is not that."""
    try:
        name, colon, secret = base64.b64decode(said, validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return "", ""
    return (decoded(name) or "", decoded(secret) or "") if colon else ("", "")
