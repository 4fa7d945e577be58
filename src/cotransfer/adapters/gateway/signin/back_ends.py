"""Sessions for a platform's own citizens: its back end passes a citizen's fresh ID token on and gets a reference.

The platform's client at the provider received the token; ours never did, nor did another platform's. Each token opens
one session, and only the client that opened it may show the reference. Never keeps the token.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from cotransfer.adapters.gateway.answers import Answer, answer
from cotransfer.adapters.gateway.exchange import Exchange
from cotransfer.adapters.gateway.problems import Wrong
from cotransfer.adapters.gateway.signin.bodies import object_of
from cotransfer.adapters.gateway.signin.faults import NotVouched
from cotransfer.adapters.gateway.signin.id_tokens import LEEWAY_S, LONGEST, OLDEST_S
from cotransfer.adapters.gateway.signin.lives import Opening
from cotransfer.adapters.gateway.signin.people import citizen_of
from cotransfer.adapters.gateway.signin.relying import RelyingParty
from cotransfer.adapters.wire.strict_json import dumps
from cotransfer.domain.faults import Fault, Invalid
from cotransfer.domain.values.text import ANY_TEXT
from cotransfer.ports.access import Access
from cotransfer.ports.clock import Clock
from cotransfer.ports.sessions import Citizen, Sessions

_log = structlog.get_logger(__name__)

BODY_BYTES = LONGEST + 1024
ONCE = "id-token"
FIELD = "id_token"
_CHALLENGE = {"WWW-Authenticate": 'Session realm="cotransfer"'}


class BackEnds:
    """What a platform may call for its citizens. The caller has been let in already: `exchange` knows its client.

    `audiences` tells for each client of the gateway what it is called at the provider; one without passes nothing on.
    """

    def __init__(
        self,
        party: RelyingParty,
        sessions: Sessions,
        *,
        audiences: Mapping[str, str],
        access: Access,
        clock: Clock,
        opening: Opening | None = None,
    ) -> None:
        self._party = party
        self._sessions = sessions
        self._audiences = dict(audiences)
        self._access = access
        self._clock = clock
        self._opening = opening or Opening()

    async def open_session(self, exchange: Exchange) -> Answer:
        """201 with the reference. Not under an idempotency key: the answer is a secret and must not be stored, and
        who lost it fetches a fresh token.
        """
        token = _token_of(await object_of(exchange.request, BODY_BYTES))
        try:
            citizen = await self._citizen(token, exchange.known_client.id)
        except NotVouched as error:
            _log.warning("citizen_session_refused", correlation_id=exchange.correlation_id, why=error.why)
            raise Wrong("sign_in_failed", headers=_CHALLENGE) from None
        session = self._opening.session(citizen, self._clock.now(), client=exchange.known_client.id)
        shown = await self._sessions.open(session)
        _log.info("citizen_session_opened", correlation_id=exchange.correlation_id, client=exchange.known_client.id)
        until = session.until.isoformat(timespec="seconds")
        return answer({"session": shown, "expires_at": until}, language=exchange.language, status=201)

    async def _citizen(self, token: str, client: str) -> Citizen:
        audience = self._audiences.get(client)
        if audience is None:
            raise NotVouched("no_audience")
        claims = await self._party.passed_on(token, self._clock.now(), audience=audience)
        citizen = citizen_of(claims, self._party.provider.claims, self._clock.now())
        # As long as the token could be fresh. By what it says, never by its bytes: signatures have several spellings.
        until = datetime.fromtimestamp(claims["iat"], UTC) + timedelta(seconds=OLDEST_S + 2 * LEEWAY_S)
        if not await self._access.first_use(ONCE, _named(claims), until):
            raise NotVouched("token_again")
        return citizen


def _token_of(body: dict[str, Any]) -> str:
    faults = [
        Fault(name, "unknown_field", "There is no such field.", ANY_TEXT) for name in sorted(body) if name != FIELD
    ]
    token = body.get(FIELD)
    if FIELD not in body:
        faults.append(Fault(FIELD, "missing", "It is missing.", ANY_TEXT))
    elif not isinstance(token, str):
        faults.append(Fault(FIELD, "not_text", "It is not a text.", ANY_TEXT))
    elif not token or len(token) > LONGEST:
        faults.append(Fault(FIELD, "length", "It is empty, or longer than any token.", ANY_TEXT))
    if faults or not isinstance(token, str):
        raise Invalid(*faults)
    return token


def _named(claims: dict[str, Any]) -> str:
    """The token's own name, or else all that it says."""
    named = [claims["iss"], claims["jti"]] if isinstance(claims.get("jti"), str) else claims
    return hashlib.sha256(dumps(named)).hexdigest()
