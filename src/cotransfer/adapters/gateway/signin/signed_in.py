"""Who is signed in behind a request: asked by everything that serves citizens and operators.

Never takes a browser's session from a header, nor a platform's from a cookie: each is good only where it was opened.
"""

import hmac

import attrs
from starlette.datastructures import Headers

from cotransfer.adapters.gateway.problems import Wrong
from cotransfer.adapters.gateway.signin.cookies import Cookies
from cotransfer.domain.operators import OperatorRole, may
from cotransfer.ports.clock import Clock
from cotransfer.ports.sessions import Citizen, Operator, Session, Sessions

CITIZEN_SESSION = "Citizen-Session"
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf"
_CHALLENGE = {"WWW-Authenticate": 'Session realm="cotransfer"'}


def sign_in_required() -> Wrong:
    """What to raise where somebody has to be signed in and nobody is."""
    return Wrong("sign_in_required", headers=_CHALLENGE)


@attrs.frozen
class SignedIn:
    """One for the whole interface."""

    sessions: Sessions
    clock: Clock
    cookies: Cookies

    async def in_browser(self, headers: Headers) -> Session | None:
        """The session of the browser's cookie."""
        session = await self._found(self.cookies.shown(headers, self.cookies.session))
        return None if session is None or session.client is not None else session

    async def through(self, client: str, headers: Headers) -> Session | None:
        """The session that this client of the gateway opened and names in its header."""
        shown = headers.getlist(CITIZEN_SESSION)
        session = await self._found(shown[0] if len(shown) == 1 else None)
        return None if session is None or session.client != client else session

    async def citizen(self, headers: Headers, *, client: str | None = None) -> Citizen | None:
        """The citizen of a browser, or of a call of `client` for one of its citizens."""
        session = await (self.in_browser(headers) if client is None else self.through(client, headers))
        return session.who if session is not None and isinstance(session.who, Citizen) else None

    async def operator(self, headers: Headers, wanted: OperatorRole) -> Operator:
        """Raises `Wrong`: 401 where no operator is signed in, 403 where theirs is a lesser role."""
        session = await self.in_browser(headers)
        if session is None or not isinstance(session.who, Operator):
            raise sign_in_required()
        if not may(session.who.roles, wanted):
            raise Wrong("forbidden")
        return session.who

    def check_form(self, headers: Headers, session: Session, word: str | None) -> None:
        """A POST by cookie has to come from a page of ours: the right origin, and the session's own word, in the form
        (`word`) or in the header. Raises `Wrong`.
        """
        origins, sites = headers.getlist("origin"), headers.getlist("sec-fetch-site")
        if origins != [self.cookies.origin] or sites not in ([], ["same-origin"]):
            raise Wrong("cross_site")
        said = word if word is not None else headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(said.encode(errors="surrogatepass"), session.csrf.encode()):
            raise Wrong("cross_site")

    async def _found(self, shown: str | None) -> Session | None:
        return None if shown is None else await self.sessions.find(shown, self.clock.now())
