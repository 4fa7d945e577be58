"""Signing in and out in a browser: `GET /signin`, `GET /signin/callback`, `POST /signout`, and `GET /v1/me`.

Never tells a browser why a sign-in failed, never leads anywhere but to the provider and to paths of our own, and never
goes on with a session that was there before: every sign-in has a new key (no fixation), every state is good once.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cotransfer.adapters.gateway.answers import Answer, answer
from cotransfer.adapters.gateway.exchange import Exchange
from cotransfer.adapters.gateway.problems import Wrong
from cotransfer.adapters.gateway.signin.addresses import OWN_PATH_RIGHT, own_path
from cotransfer.adapters.gateway.signin.bodies import form_of
from cotransfer.adapters.gateway.signin.faults import NotVouched
from cotransfer.adapters.gateway.signin.lives import Opening
from cotransfer.adapters.gateway.signin.pending import LIFE, Jar, Pending, tag_of
from cotransfer.adapters.gateway.signin.people import citizen_of, operator_of
from cotransfer.adapters.gateway.signin.relying import RelyingParty
from cotransfer.adapters.gateway.signin.signed_in import CSRF_FIELD, SignedIn, sign_in_required
from cotransfer.domain.faults import Fault, Invalid
from cotransfer.domain.masking import masked_name
from cotransfer.domain.operators import OperatorRole
from cotransfer.ports.access import Access
from cotransfer.ports.sessions import Citizen, Operator

_log = structlog.get_logger(__name__)

CITIZEN, OPERATOR = "citizen", "operator"
UNDER_WAY_LIMIT = 4
ONCE = "sign-in"
SEE_OTHER = 303
_STATE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_CODE = re.compile(r"[!-~]{1,2048}", re.ASCII)


class BrowserSide:
    """`parties` has the relying party of each kind that can sign in here: citizen, operator, or both."""

    def __init__(
        self,
        signed_in: SignedIn,
        parties: Mapping[str, RelyingParty],
        *,
        jar: Jar,
        access: Access,
        opening: Opening | None = None,
    ) -> None:
        self._signed_in = signed_in
        self._parties = parties
        self._jar = jar
        self._access = access
        self._opening = opening or Opening()

    async def begin(self, exchange: Exchange) -> Response:
        """`?as=citizen&next=/path`: on to the provider."""
        query = _once_each(exchange.request)
        kind, next_path = query.get("as", CITIZEN), query.get("next", "/")
        if kind not in self._parties:
            right = f"Send one of: {', '.join(self._parties)}."
            raise Invalid(Fault("as", "unknown_word", "It is none of the known words.", right))
        if not own_path(next_path):
            raise Invalid(Fault("next", "characters", "It is not a path on this site.", OWN_PATH_RIGHT))
        pending = Pending.drawn(kind, next_path, self._now())
        response = RedirectResponse(await self._parties[kind].way_there(pending), SEE_OTHER)
        cookies, headers = self._signed_in.cookies, exchange.request.headers
        if len(under_way := cookies.sign_ins(headers)) >= UNDER_WAY_LIMIT:
            for name in under_way:
                cookies.take(response, name)
        cookies.give(
            response,
            cookies.sign_in(pending.tag),
            self._jar.sealed(pending),
            seconds=int(LIFE.total_seconds()),
        )
        return response

    async def finish(self, exchange: Exchange) -> Response:
        """The way back, with code and state: on to where the person wanted to go, signed in."""
        request, cookies = exchange.request, self._signed_in.cookies
        try:
            pending, who = await self._vouched(request)
        except NotVouched as error:
            _log.warning("sign_in_refused", correlation_id=exchange.correlation_id, why=error.why)
            raise Wrong("sign_in_failed", headers={"WWW-Authenticate": 'Session realm="cotransfer"'}) from None
        earlier = cookies.shown(request.headers, cookies.session)
        if earlier is not None:
            await self._signed_in.sessions.close(earlier)
        shown = await self._signed_in.sessions.open(self._opening.session(who, self._now()))
        _log.info("signed_in", correlation_id=exchange.correlation_id, kind=pending.kind)
        response = RedirectResponse(pending.next, SEE_OTHER)
        cookies.take(response, cookies.sign_in(pending.tag))
        cookies.give(response, cookies.session, shown)
        return response

    async def sign_out(self, exchange: Exchange) -> Response:
        """The session is over in every process, and the cookie gone."""
        request, cookies = exchange.request, self._signed_in.cookies
        word = (await form_of(request)).get(CSRF_FIELD)
        session, shown = (
            await self._signed_in.in_browser(request.headers),
            cookies.shown(request.headers, cookies.session),
        )
        if session is not None and shown is not None:
            self._signed_in.check_form(request.headers, session, word)
            await self._signed_in.sessions.close(shown)
        response = RedirectResponse("/", SEE_OTHER)
        cookies.take(response, cookies.session)
        return response

    async def me(self, exchange: Exchange) -> Answer:
        """Who is signed in, as their own page shows it: the name masked, the number not at all."""
        session = await self._signed_in.in_browser(exchange.request.headers)
        if session is None:
            raise sign_in_required()
        shown = {
            "kind": CITIZEN if isinstance(session.who, Citizen) else OPERATOR,
            "name": masked_name(session.who.name),
            "roles": _roles(session.who),
            "until": session.until.isoformat(timespec="seconds"),
            "csrf": session.csrf,
        }
        return answer(shown, language=exchange.language)

    async def _vouched(self, request: Request) -> tuple[Pending, Citizen | Operator]:
        query = _once_each(request)
        pending = await self._pending(request, query.get("state", ""))
        if "error" in query or not _CODE.fullmatch(query.get("code", "")):
            raise NotVouched("provider_says_no" if "error" in query else "code")
        party = self._parties.get(pending.kind)
        if party is None:
            raise NotVouched("kind")
        claims = await party.claims(query["code"], pending, issuer=query.get("iss"))
        if pending.kind == CITIZEN:
            return pending, citizen_of(claims, party.provider.claims, self._now())
        return pending, operator_of(claims, party.provider.claims)

    async def _pending(self, request: Request, state: str) -> Pending:
        """What this very browser began under this state; each state is good once, whatever comes of it."""
        cookies = self._signed_in.cookies
        if not _STATE.fullmatch(state):
            raise NotVouched("state")
        value = cookies.shown(request.headers, cookies.sign_in(tag_of(state)))
        if value is None:
            raise NotVouched("not_begun_here")
        pending = self._jar.opened(value, state, self._now())
        nonce = hashlib.sha256(state.encode()).hexdigest()
        until = datetime.fromtimestamp(pending.until, UTC) + timedelta(minutes=1)
        if not await self._access.first_use(ONCE, nonce, until):
            raise NotVouched("state_again")
        return pending

    def _now(self) -> datetime:
        return self._signed_in.clock.now()


def _roles(who: Citizen | Operator) -> list[str]:
    return [role.value for role in OperatorRole if role in who.roles] if isinstance(who, Operator) else []


def _once_each(request: Request) -> dict[str, str]:
    """The query; a name twice is a mistake or an attack (RFC 6749 §3.1)."""
    pairs = request.query_params.multi_items()
    if len({name for name, _ in pairs}) < len(pairs):
        raise Wrong("malformed")
    return dict(pairs)
