"""The addresses of the OAuth 2 server: token, introspection, revocation, keys and metadata.

Answers a client's mistakes in RFC 6749's own words, and everything else as a problem like the rest of the gateway.
Never lets an exception through.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

import orjson
import structlog
from authlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidRequestError, OAuth2Error
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cotransfer.adapters.gateway.exchange import Exchange
from cotransfer.adapters.gateway.oauth.accepting import LONGEST_LIFE, AccessTokens, Issued
from cotransfer.adapters.gateway.oauth.forms import read_form
from cotransfer.adapters.gateway.oauth.issuing import Issuing, Told
from cotransfer.adapters.gateway.oauth.keys import TokenKeys
from cotransfer.adapters.gateway.oauth.metadata import INTROSPECT, JWKS, METADATA, REVOKE, TOKEN, Place
from cotransfer.adapters.gateway.oauth.moments import KEPT, seconds
from cotransfer.adapters.gateway.oauth.proving import Proving
from cotransfer.adapters.gateway.oauth.registered import Registered
from cotransfer.adapters.gateway.problems import problem
from cotransfer.adapters.wire import correlation
from cotransfer.app.doorkeeping import Doorkeeping
from cotransfer.ports.clock import Clock
from cotransfer.ports.keys import KeyProvider

_log = structlog.get_logger(__name__)

Act = Callable[[Registered, Mapping[str, str]], Awaitable[Told]]

KEYS_KEPT_S = 300
"""How long a partner may keep our public keys; a new key signs long before only it is published."""


class Authority:
    """The server; `callers` is what the gateway asks who is calling."""

    def __init__(
        self,
        clients: Iterable[Registered],
        *,
        place: Place,
        keys: KeyProvider,
        door: Doorkeeping,
        clock: Clock,
        life: timedelta = LONGEST_LIFE,
    ) -> None:
        """Raises `ValueError` when two clients share an id, or tokens would live too long."""
        listed = tuple(clients)
        known = {one.client.id: one for one in listed}
        if len(known) < len(listed):
            raise ValueError("Two clients of the gateway have the same id. Give each its own.")
        if not timedelta() < life <= LONGEST_LIFE:
            raise ValueError("A token lives at most 300 seconds.")
        own = TokenKeys(keys, clock, token_life=life)
        self.place = place
        self.callers = AccessTokens(
            clients=known, issuer=place.issuer, audience=place.audience, keys=own, door=door, clock=clock
        )
        self._document = place.document()
        self._issuing = Issuing(issuer=place.issuer, audience=place.audience, keys=own, clock=clock, life=life)
        names = frozenset({place.issuer, place.token_endpoint})
        self._proving = Proving(clients=known, audiences=names, door=door, keys=keys, clock=clock)
        self._keys = own
        self._door = door

    def routes(self) -> list[BaseRoute]:
        """To stand among the gateway's own."""
        return [
            self._for_clients(TOKEN, self._token),
            self._for_clients(INTROSPECT, self._introspect),
            self._for_clients(REVOKE, self._revoke),
            _for_all(JWKS, self._jwks),
            _for_all(METADATA, lambda: self._document),
        ]

    async def _token(self, client: Registered, form: Mapping[str, str]) -> Told:
        if "grant_type" not in form:
            raise InvalidRequestError("The grant_type is missing.")
        return self._issuing.answer(client, form)

    async def _introspect(self, client: Registered, form: Mapping[str, str]) -> Told:
        """RFC 7662: whatever is not good, or not the client's to ask about, is inactive and nothing more."""
        issued = await self.callers.standing(_named(form))
        if issued is None or not (client.introspects_any or issued.client == client.client.id):
            return 200, {"active": False}, []
        return 200, self._described(issued), []

    async def _revoke(self, client: Registered, form: Mapping[str, str]) -> Told:
        """RFC 7009, by `jti`: the token's text can be spelled in more than one way, its identifier cannot."""
        issued = self.callers.read(_named(form))
        if issued is not None and issued.client != client.client.id:
            raise InvalidGrantError("The token was not given to this client.")
        if issued is not None:
            await self._door.revoke(issued.jti, issued.ends + KEPT)
        return 200, {}, []

    def _described(self, issued: Issued) -> dict[str, Any]:
        return {
            "active": True,
            "token_type": "Bearer",
            "client_id": issued.client,
            "sub": issued.client,
            "scope": " ".join(issued.scope),
            "iss": self.place.issuer,
            "aud": self.place.audience,
            "iat": seconds(issued.issued),
            "exp": seconds(issued.ends),
            "jti": issued.jti,
        }

    def _jwks(self) -> dict[str, Any]:
        return {"keys": [key.document() for key in self._keys.published()]}

    def _for_clients(self, path: str, act: Act) -> Route:
        """An operation for clients that prove themselves with the request."""

        async def endpoint(request: Request) -> Response:
            try:
                form = await read_form(request)
                client = await self._proving.who(request.headers, form)
                told = await act(client, form)
                _log.info("client_proved", correlation_id=correlation.current(), client=client.client.id, at=path)
                return _response(*told)
            except OAuth2Error as error:
                # Whoever it claimed to be is not written down: it may be anything, a secret in the wrong field too.
                _log.warning("client_refused", correlation_id=correlation.current(), why=error.error, at=path)
                return _response(*error())
            except Exception as error:
                return problem(error, Exchange.of(request)).response()

        return Route(path, endpoint, methods=["POST"])


def _for_all(path: str, show: Callable[[], dict[str, Any]]) -> Route:
    """A document that anybody may read."""

    async def endpoint(request: Request) -> Response:
        try:
            return _response(200, show(), [])
        except Exception as error:
            return problem(error, Exchange.of(request)).response()

    return Route(path, endpoint, methods=["GET"])


def _named(form: Mapping[str, str]) -> str:
    if "token" not in form:
        raise InvalidRequestError("The token is missing.")
    return form["token"]


def _response(status: int, body: Any, headers: Iterable[tuple[str, str]]) -> Response:
    """RFC 6749 §5: JSON, never stored."""
    kept = {name: value for name, value in headers if name.lower() != "content-type"}
    return Response(orjson.dumps(dict(body)), status, headers=kept, media_type="application/json")
