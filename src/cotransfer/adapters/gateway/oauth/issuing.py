"""Tokens given out: Authlib's server and client-credentials grant, in our hands where it would be lenient.

Never issues a token for a client that has not proved itself just now, never one for more than it may do, and writes
no token into any log.
"""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Request
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from typing_extensions import override

from cotransfer.adapters.gateway.oauth.accepting import TYPE
from cotransfer.adapters.gateway.oauth.keys import TokenKeys
from cotransfer.adapters.gateway.oauth.moments import seconds
from cotransfer.adapters.gateway.oauth.registered import Registered
from cotransfer.adapters.wire.jose import signed
from cotransfer.ports.clock import Clock

Told = tuple[int, Any, list[tuple[str, str]]]
"""Status, body, headers."""

# Authlib wants to see that the transport is safe; whether it is, the start-up checks know, not the request.
_HERE = "https://gateway.invalid/oauth/token"


class Issuing(AuthorizationServer):  # type: ignore[misc]  # Authlib brings no types
    """One grant, one kind of token."""

    def __init__(self, *, issuer: str, audience: str, keys: TokenKeys, clock: Clock, life: timedelta) -> None:
        super().__init__()
        self.register_grant(_ClientCredentials)
        generator = _AccessTokenGenerator(issuer=issuer, audience=audience, keys=keys, clock=clock, life=life)
        self.register_token_generator("client_credentials", generator)

    def answer(self, client: Registered, form: Mapping[str, str]) -> Told:
        """What the token endpoint says to a client that has proved itself."""
        request = OAuth2Request("POST", _HERE)
        request.payload = BasicOAuth2Payload(dict(form))
        request.client = client
        told: Told = self.create_token_response(request)
        return told

    @override
    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        return request

    @override
    def authenticate_client(self, request: OAuth2Request, methods: list[str], endpoint: str = "token") -> Registered:
        """It has proved itself already, in ways that Authlib has no word for."""
        proved: Registered = request.client
        return proved

    @override
    def save_token(self, token: Mapping[str, Any], request: OAuth2Request) -> None:
        """Nothing of it is kept: it proves itself."""

    @override
    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    @override
    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Told:
        # An error's body comes as pairs, a token's as a dictionary.
        return status, dict(body), headers


class _ClientCredentials(ClientCredentialsGrant):  # type: ignore[misc]  # Authlib brings no types
    """Without Authlib's way of proving clients, and without its log."""

    @override
    def create_token_response(self) -> Told:
        """As Authlib's, which would write the token into the log."""
        token = self.generate_token(scope=self.request.payload.scope, include_refresh_token=False)
        return 200, token, self.TOKEN_RESPONSE_HEADER


class _AccessTokenGenerator(JWTBearerTokenGenerator):  # type: ignore[misc]  # Authlib brings no types
    """RFC 9068, with the gateway as audience; `get_allowed_scope` of the client refuses what it may not have."""

    def __init__(self, *, issuer: str, audience: str, keys: TokenKeys, clock: Clock, life: timedelta) -> None:
        super().__init__(issuer, alg="ES256", expires_generator=int(life.total_seconds()))
        self._audience = audience
        self._keys = keys
        self._clock = clock
        self._life = life

    @override
    def get_audiences(self, client: Registered, user: None, scope: str) -> str:
        """The resource; left alone, it would be the client itself."""
        return self._audience

    @override
    def get_jti(self, client: Registered, grant_type: str, user: None, scope: str) -> str:
        return secrets.token_urlsafe(16)

    @override
    def access_token_generator(self, client: Registered, grant_type: str, user: None, scope: str) -> str:
        now = self._clock.now()
        issued = seconds(now)
        claims = {
            "iss": self.issuer,
            "sub": client.get_client_id(),
            "client_id": client.get_client_id(),
            "aud": self.get_audiences(client, user, scope),
            "iat": issued,
            "exp": issued + int(self._life.total_seconds()),
            "jti": self.get_jti(client, grant_type, user, scope),
            "scope": scope,
        }
        return signed(claims, self._keys.signing(), typ=TYPE)
