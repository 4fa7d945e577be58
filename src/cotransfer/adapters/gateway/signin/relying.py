"""We as the relying party of one provider: the way there, and what comes of the way back.

The messages are Authlib's (RFC 6749 §4.1, RFC 7636); what is sent, and what is believed of the answer, is ours. Never
sends a code anywhere but to the provider whose sign-in it belongs to.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.client import OAuth2Client
from authlib.oauth2.rfc6749.parameters import prepare_token_request
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import ECKey

from cotransfer.adapters.gateway.signin.discovery import Discovery
from cotransfer.adapters.gateway.signin.faults import NotVouched
from cotransfer.adapters.gateway.signin.fetching import Fetch
from cotransfer.adapters.gateway.signin.id_tokens import Expected, IdTokens
from cotransfer.adapters.gateway.signin.pending import Pending
from cotransfer.adapters.gateway.signin.provider import Provider
from cotransfer.ports.clock import Clock
from cotransfer.ports.errors import Unavailable

ASSERTION_LIFE_S = 60
AT_ONCE = 16
"""Anonymous sign-ins that may be waiting for one provider; who comes after them is told so at once."""

RETRY_S = 2.0


class RelyingParty:
    """Towards one provider, coming back to `redirect_uri`."""

    def __init__(self, provider: Provider, *, redirect_uri: str, fetch: Fetch, clock: Clock) -> None:
        self.provider = provider
        self._redirect_uri = redirect_uri
        self._fetch = fetch
        self._clock = clock
        self._discovery = Discovery(provider, fetch, clock)
        self._tokens = IdTokens(provider, self._discovery)
        self._room = asyncio.Semaphore(AT_ONCE)

    async def way_there(self, pending: Pending) -> str:
        """Where the browser is sent. Holds nothing of the person."""
        client = OAuth2Client(
            None,
            client_id=self.provider.client_id,
            scope=" ".join(self.provider.scopes),
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
        )
        async with self._bounded():
            metadata = await self._discovery.metadata()
        address, _ = client.create_authorization_url(
            metadata.authorization,
            state=pending.state,
            code_verifier=pending.verifier,
            nonce=pending.nonce,
        )
        return str(address)

    async def claims(self, code: str, pending: Pending, *, issuer: str | None) -> dict[str, Any]:
        """What the provider vouches for; `issuer` is what the answer in the browser said of itself (RFC 9207)."""
        async with self._bounded():
            return await self._claims(code, pending, issuer)

    async def _claims(self, code: str, pending: Pending, issuer: str | None) -> dict[str, Any]:
        metadata = await self._discovery.metadata()
        if issuer != self.provider.issuer and (issuer is not None or metadata.names_itself):
            raise NotVouched("mixed_up")
        answer = await self._redeem(metadata.token, code, pending.verifier)
        if answer is None:
            raise NotVouched("code")
        access_token = answer.get("access_token")
        expected = Expected(
            audiences=frozenset({self.provider.client_id}),
            nonce=pending.nonce,
            access_token=access_token if isinstance(access_token, str) else None,
        )
        return await self._tokens.read(answer.get("id_token"), expected, self._clock.now())

    async def passed_on(self, token: object, at: datetime, *, audience: str) -> dict[str, Any]:
        """The claims of a token that a back end passes on, which the provider has issued to `audience` alone."""
        return await self._tokens.read(token, Expected(audiences=frozenset({audience})), at)

    @contextlib.asynccontextmanager
    async def _bounded(self) -> AsyncIterator[None]:
        """Anybody may begin a sign-in, so what they can hold open is bounded: nobody queues, and nobody is sent on.

        What a platform passes on is not counted here: strangers shall not stand in its way.
        """
        if self._room.locked():
            what = "Too many sign-ins are waiting for the identity provider."
            raise Unavailable(self.provider.party, what, retry_after_s=RETRY_S, certain=True)
        async with self._room:
            yield

    async def _redeem(self, endpoint: str, code: str, verifier: str) -> dict[str, Any] | None:
        form = prepare_token_request(
            "authorization_code", redirect_uri=self._redirect_uri, code=code, code_verifier=verifier
        )
        _, headers, body = self._proof(endpoint).prepare("POST", endpoint, {}, form)
        return await self._fetch.post(endpoint, body, headers)

    def _proof(self, endpoint: str) -> ClientAuth:
        """How we show who we are. Identifier and secret are form-encoded first, as RFC 6749 §2.3.1 has it."""
        provider = self.provider
        if provider.client_key is not None:
            now = int(self._clock.now().timestamp())
            claims = {"iat": now, "exp": now + ASSERTION_LIFE_S, "jti": secrets.token_urlsafe(16)}
            key = ECKey.import_key(dict(provider.client_key))
            header = {"kid": provider.client_key["kid"]} if "kid" in provider.client_key else None
            return ClientAuth(provider.client_id, key, PrivateKeyJWT(endpoint, claims, header, "ES256"))
        if provider.client_secret is None:
            return ClientAuth(provider.client_id, None, "none")
        return ClientAuth(quote_plus(provider.client_id), quote_plus(provider.client_secret), "client_secret_basic")
