"""The inbound HTTP adapter: the platform's side and the utilities' side of `contracts/v1/gateway.openapi.yaml`.

Never decides anything about a transfer, and never answers a 5xx for what a caller did wrong.
"""

from collections.abc import Callable, Mapping

import attrs
from starlette.applications import Starlette
from starlette.middleware import Middleware

from cotransfer.adapters.gateway import routes
from cotransfer.adapters.gateway.clients import Callers, Client, Clients, Role
from cotransfer.adapters.gateway.consents_side import ConsentsSide
from cotransfer.adapters.gateway.crowding import PER_CLIENT, Crowd
from cotransfer.adapters.gateway.disclosing import Disclosing
from cotransfer.adapters.gateway.envelope import Envelope
from cotransfer.adapters.gateway.health import Health
from cotransfer.adapters.gateway.oauth.endpoints import Authority
from cotransfer.adapters.gateway.platform import PlatformSide
from cotransfer.adapters.gateway.posting import BODY_TIMEOUT_S, Posting
from cotransfer.adapters.gateway.reversal_side import ReversalSide
from cotransfer.adapters.gateway.routing import Guard, not_this_way, nothing_here
from cotransfer.adapters.gateway.signin import BackEnds, BrowserSide, SignedIn, sign_in_routes
from cotransfer.adapters.gateway.utility_side import UtilitySide
from cotransfer.adapters.wire.signing import Signatures
from cotransfer.adapters.wire.strict_json import LIMIT
from cotransfer.app.office import Office
from cotransfer.domain.masking import Shown
from cotransfer.domain.values import UtilityId
from cotransfer.ports.clock import Clock
from cotransfer.ports.keys import KeyProvider

__all__ = ["Authority", "Callers", "Client", "Clients", "Role", "SignIn", "Trust", "gateway"]


@attrs.frozen(kw_only=True)
class SignIn:
    """People: who is signed in, signing in by browser, and sessions that the platform opens for its citizens."""

    people: SignedIn
    browser: BrowserSide
    back_ends: BackEnds


@attrs.frozen(kw_only=True)
class Trust:
    """What stands between a request and a use case, beside the office's own gate.

    `authority` serves tokens (its `callers` are the gateway's `clients` then), `signatures` checks signed messages,
    `sign_in` None lets clients vouch for their citizens, `shown` says how much of an account is shown at most, and
    `headers_of` is asked for more headers for every answer.
    A server has all of them; a test, or a program that embeds the gateway, may do without.
    """

    authority: Authority | None = None
    signatures: Signatures | None = None
    sign_in: SignIn | None = None
    shown: Shown = Shown.MASKED
    headers_of: Callable[[], Mapping[str, str]] = dict


def gateway(
    office: Office,
    *,
    clients: Callers,
    signing_hosts: Mapping[UtilityId, frozenset[str]],
    clock: Clock,
    keys: KeyProvider,
    body_limit: int = LIMIT,
    body_timeout_s: float = BODY_TIMEOUT_S,
    per_client: int = PER_CLIENT,
    trust: Trust | None = None,
) -> Starlette:
    """The interface over `office`. `signing_hosts` says for each utility where its signing addresses may lead;
    `keys` are those under which it is remembered what a message asked; `body_limit` is in bytes, a body has to
    come within `body_timeout_s`, and `per_client` requests of one client may be in progress at once.
    """
    trust = trust or Trust()
    posting = Posting(
        office.desk,
        keys=keys,
        clock=clock,
        body_limit=body_limit,
        body_timeout_s=body_timeout_s,
        signatures=trust.signatures,
    )
    people = trust.sign_in.people if trust.sign_in else None
    guard = Guard(clients, posting, office.viewing, office.sharing, people, Crowd(per_client))
    disclosing = Disclosing(office.disclosures)
    app = Starlette(
        routes=[
            *routes.of_platform(guard, PlatformSide(office, clock, trust.shown), disclosing),
            *(routes.of_consents(guard, ConsentsSide(office.consenting, clock)) if office.consenting else ()),
            *(routes.of_reversals(guard, ReversalSide(office.reversing, clock)) if office.reversing else ()),
            *routes.of_utilities(guard, UtilitySide(office, clock, signing_hosts)),
            *routes.of_health(Health(office)),
            *(trust.authority.routes() if trust.authority else ()),
            *(routes.of_sessions(guard, trust.sign_in.back_ends) if trust.sign_in else ()),
            *(sign_in_routes(trust.sign_in.browser) if trust.sign_in else ()),
            *(routes.of_person(people, disclosing) if people else ()),
        ],
        middleware=[Middleware(Envelope, headers_of=trust.headers_of)],
        exception_handlers={404: nothing_here, 405: not_this_way},
    )
    # One address for one thing: a redirect would make a POST a GET in the hands of half the world's clients.
    app.router.redirect_slashes = False
    return app
