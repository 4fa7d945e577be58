"""Access tokens at the door of the gateway: only our own, only fresh, only for what they say (RFC 9068 §4).

Never tells why one was turned away, and never remembers a token longer than it is good for.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta

import attrs
from starlette.datastructures import Headers

from cotransfer.adapters.gateway.clients import Client, NotAuthorised, shown_token
from cotransfer.adapters.gateway.oauth.keys import TokenKeys
from cotransfer.adapters.gateway.oauth.moments import LEEWAY, instant
from cotransfer.adapters.gateway.oauth.registered import Registered
from cotransfer.adapters.wire.jose import NotAToken, Opened, opened
from cotransfer.app.doorkeeping import Doorkeeping
from cotransfer.domain.datasets import Operation
from cotransfer.ports.clock import Clock

TYPE = "at+jwt"
LONGEST_LIFE = timedelta(seconds=300)
REMEMBERED = 1024
"""Tokens whose signature was proved, so that it need not be proved for each request."""

_JTI = re.compile(r"[A-Za-z0-9_-]{16,64}")
_OPERATIONS = {operation.value: operation for operation in Operation}
_CLAIMS = frozenset({"iss", "sub", "aud", "client_id", "iat", "exp", "jti", "scope"})


@attrs.frozen(kw_only=True)
class Issued:
    """What one of our tokens says."""

    client: str
    kid: str
    jti: str
    scope: tuple[str, ...]
    issued: datetime
    ends: datetime


@attrs.frozen(kw_only=True)
class AccessTokens:
    """`Callers` that show tokens of this very server; `issuer` and `audience` are what its tokens name."""

    clients: Mapping[str, Registered]
    issuer: str
    audience: str
    keys: TokenKeys
    door: Doorkeeping
    clock: Clock
    _proved: "OrderedDict[str, Issued]" = attrs.field(factory=OrderedDict, init=False, repr=False)

    async def who_is_calling(self, headers: Headers) -> Client:
        """The client that the token was given to, with the scopes of the token that it still may use."""
        issued = await self.standing(shown_token(headers))
        if issued is None:
            raise NotAuthorised(shown=True)
        client = self.clients[issued.client].client
        scopes = frozenset(_OPERATIONS[word] for word in issued.scope if word in _OPERATIONS)
        return attrs.evolve(client, scopes=client.scopes & scopes)

    async def standing(self, token: str) -> Issued | None:
        """What `token` says, if it is good for anything now."""
        issued = self.read(token)
        if issued is None or issued.client not in self.clients:
            return None
        standing = await self.door.standing()
        return None if issued.client in standing.barred or issued.jti in standing.revoked else issued

    def read(self, token: str) -> Issued | None:
        """What `token` says, if it is ours and not over; whether it was revoked is another question."""
        issued = self._proved.get(token)
        if issued is None:
            issued = self._prove(token)
            if issued is None:
                return None
            self._proved[token] = issued
            if len(self._proved) > REMEMBERED:
                self._proved.popitem(last=False)
        now = self.clock.now()
        fresh = issued.issued <= now + LEEWAY and now - LEEWAY < issued.ends
        if not fresh or self.keys.verifying(issued.kid) is None:
            self._proved.pop(token, None)
            return None
        return issued

    def _prove(self, token: str) -> Issued | None:
        try:
            unproved = opened(token)
        except NotAToken:
            return None
        proved = unproved.is_signed_by(self.keys.verifying(unproved.kid))
        return self._said(unproved) if proved and unproved.typ == TYPE else None

    def _said(self, token: Opened) -> Issued | None:
        """The claims, each exactly as we write it: one who can sign for us still has to spell as we do."""
        claims = token.claims
        issued, ends = instant(claims.get("iat")), instant(claims.get("exp"))
        match claims:
            case {
                "iss": self.issuer,
                "aud": self.audience,
                "sub": str(subject),
                "client_id": str(client),
                "jti": str(jti),
                "scope": str(scope),
            } if subject == client and _JTI.fullmatch(jti) and set(claims) == _CLAIMS:
                if issued is None or ends is None or not timedelta() < ends - issued <= LONGEST_LIFE:
                    return None
                return Issued(
                    client=client, kid=token.kid, jti=jti, scope=tuple(scope.split(" ")), issued=issued, ends=ends
                )
        return None
