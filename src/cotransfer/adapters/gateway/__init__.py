"""The inbound HTTP adapter: the platform's side and the utilities' side of `contracts/v1/gateway.openapi.yaml`.

Never decides anything about a transfer, and never answers a 5xx for what a caller did wrong.
"""

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from cotransfer.adapters.gateway.clients import Callers, Client, Clients, Role
from cotransfer.adapters.gateway.envelope import Envelope
from cotransfer.adapters.gateway.health import Health
from cotransfer.adapters.gateway.oauth.endpoints import Authority
from cotransfer.adapters.gateway.platform import PlatformSide
from cotransfer.adapters.gateway.posting import BODY_TIMEOUT_S, Posting
from cotransfer.adapters.gateway.routing import Guard, not_this_way, nothing_here, open_to_all
from cotransfer.adapters.gateway.utility_side import UtilitySide
from cotransfer.adapters.wire.spelling import HANDLING, PRE_REVIEW, SIGNING
from cotransfer.adapters.wire.strict_json import LIMIT
from cotransfer.app.office import Office
from cotransfer.domain.datasets import Operation
from cotransfer.domain.parties import Step
from cotransfer.domain.values import UtilityId
from cotransfer.ports.clock import Clock
from cotransfer.ports.keys import KeyProvider

__all__ = ["Authority", "Callers", "Client", "Clients", "Role", "gateway"]


def gateway(
    office: Office,
    *,
    clients: Callers,
    signing_hosts: Mapping[UtilityId, frozenset[str]],
    clock: Clock,
    keys: KeyProvider,
    body_limit: int = LIMIT,
    body_timeout_s: float = BODY_TIMEOUT_S,
    authority: Authority | None = None,
) -> Starlette:
    """The interface over `office`. `signing_hosts` says for each utility where its signing addresses may lead;
    `keys` are those under which it is remembered what a message asked; `body_limit` is in bytes, and a body has to
    come within `body_timeout_s`. `authority` serves tokens beside it; its `callers` are the `clients` then.
    """
    guard = Guard(clients, Posting(office.desk, keys=keys, body_limit=body_limit, body_timeout_s=body_timeout_s))
    app = Starlette(
        routes=[
            *_platform_routes(guard, PlatformSide(office, clock)),
            *_utility_routes(guard, UtilitySide(office, clock, signing_hosts)),
            *_health_routes(Health(office)),
            *(authority.routes() if authority else ()),
        ],
        middleware=[Middleware(Envelope)],
        exception_handlers={404: nothing_here, 405: not_this_way},
    )
    # One address for one thing: a redirect would make a POST a GET in the hands of half the world's clients.
    app.router.redirect_slashes = False
    return app


def _platform_routes(guard: Guard, side: PlatformSide) -> list[BaseRoute]:
    role = Role.PLATFORM
    transfer = "/v1/transfers/{transfer}"
    return [
        guard.post(
            "/v1/properties/search",
            side.search_properties,
            role=role,
            operation=Operation.SEARCH_PROPERTIES,
            step=Step.SELECT_PROPERTY,
        ),
        guard.post(
            "/v1/accounts/search",
            side.search_account,
            role=role,
            operation=Operation.SEARCH_ACCOUNT,
            step=Step.ENTER_ACCOUNT,
        ),
        guard.post("/v1/transfers", side.submit, role=role, operation=Operation.SUBMIT_TRANSFER, step=Step.SUBMIT),
        guard.get(transfer, side.show, role=role, operation=Operation.SHOW_TRANSFER),
        guard.post(
            f"{transfer}/signing", side.open_signing, role=role, operation=Operation.OPEN_SIGNING, step=Step.SIGN
        ),
    ]


def _utility_routes(guard: Guard, side: UtilitySide) -> list[BaseRoute]:
    role = Role.UTILITY
    transfer = "/v1/utility/transfers/{transfer}"
    return [
        guard.post(
            f"{transfer}/pre-review",
            side.hears(PRE_REVIEW),
            role=role,
            operation=Operation.REPORT_PRE_REVIEW,
            step=Step.PRE_REVIEW,
        ),
        guard.post(
            f"{transfer}/signing", side.hears(SIGNING), role=role, operation=Operation.REPORT_SIGNING, step=Step.SIGN
        ),
        guard.post(
            f"{transfer}/handling",
            side.hears(HANDLING),
            role=role,
            operation=Operation.REPORT_HANDLING,
            step=Step.HANDLE,
        ),
        guard.get(
            f"{transfer}/certificate", side.show_certificate, role=role, operation=Operation.SHOW_CERTIFICATE_STATUS
        ),
        guard.get(
            f"{transfer}/identity", side.show_identity, role=role, operation=Operation.SHOW_IDENTITY, step=Step.SIGN
        ),
    ]


def _health_routes(health: Health) -> list[BaseRoute]:
    return [open_to_all("/healthz", health.show_health), open_to_all("/readyz", health.show_readiness)]
