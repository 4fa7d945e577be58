"""Which address is which operation, for whom, at which step of the scheme. Never what an operation does."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cotransfer.adapters.gateway.clients import Role
from cotransfer.adapters.gateway.consents_side import ConsentsSide
from cotransfer.adapters.gateway.disclosing import Disclosing
from cotransfer.adapters.gateway.exchange import Exchange
from cotransfer.adapters.gateway.health import Health
from cotransfer.adapters.gateway.platform import PlatformSide
from cotransfer.adapters.gateway.problems import problem
from cotransfer.adapters.gateway.reversal_side import ReversalSide
from cotransfer.adapters.gateway.routing import Guard, open_to_all
from cotransfer.adapters.gateway.signin import BackEnds, SignedIn
from cotransfer.adapters.gateway.signin.signed_in import sign_in_required
from cotransfer.adapters.gateway.utility_side import UtilitySide
from cotransfer.adapters.wire.spelling import HANDLING, PRE_REVIEW, SIGNING
from cotransfer.domain.datasets import Operation
from cotransfer.domain.parties import Party, Step


def of_platform(guard: Guard, side: PlatformSide, disclosing: Disclosing) -> list[BaseRoute]:
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
        guard.post(
            f"{transfer}/withdrawal", side.withdraw, role=role, operation=Operation.WITHDRAW_TRANSFER, step=Step.SUBMIT
        ),
        guard.post(
            f"{transfer}/again", side.submit_again, role=role, operation=Operation.SUBMIT_AGAIN, step=Step.SUBMIT
        ),
        guard.get(f"{transfer}/disclosures", disclosing.of_transfer, role=role, operation=Operation.SHOW_DISCLOSURES),
    ]


def of_utilities(guard: Guard, side: UtilitySide) -> list[BaseRoute]:
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


def of_health(health: Health) -> list[BaseRoute]:
    return [open_to_all("/healthz", health.show_health), open_to_all("/readyz", health.show_readiness)]


def of_consents(guard: Guard, side: ConsentsSide) -> list[BaseRoute]:
    """Where data leave by consent, consents are shown and withdrawn."""
    role, consents = Role.PLATFORM, "/v1/transfers/{transfer}/consents"
    return [
        guard.get(consents, side.show, role=role, operation=Operation.SHOW_CONSENTS),
        guard.post(
            f"{consents}/{{receiver}}/withdrawal", side.withdraw, role=role, operation=Operation.WITHDRAW_CONSENT
        ),
    ]


def of_reversals(guard: Guard, side: ReversalSide) -> list[BaseRoute]:
    """Where reversals are kept: what the citizen may do about one, and the utility."""
    citizens, utilities = "/v1/transfers/{transfer}/reversals", "/v1/utility/transfers/{transfer}/reversals"
    platform, utility = Role.PLATFORM, Role.UTILITY
    return [
        guard.post(citizens, side.open, role=platform, operation=Operation.OPEN_REVERSAL),
        guard.get(citizens, side.show, role=platform, operation=Operation.SHOW_REVERSALS),
        guard.post(f"{citizens}/evidence", side.add_evidence, role=platform, operation=Operation.ADD_EVIDENCE),
        guard.post(f"{citizens}/withdrawal", side.withdraw, role=platform, operation=Operation.WITHDRAW_REVERSAL),
        guard.post(utilities, side.question, role=utility, operation=Operation.QUESTION_TRANSFER),
        guard.post(f"{utilities}/finding", side.hear, role=utility, operation=Operation.REPORT_REVERSAL),
    ]


def of_sessions(guard: Guard, side: BackEnds) -> list[BaseRoute]:
    """A platform opens a session for its citizen."""
    operation = Operation.OPEN_CITIZEN_SESSION
    return [guard.ask("/v1/citizen-sessions", side.open_session, role=Role.PLATFORM, operation=operation)]


def of_person(people: SignedIn, disclosing: Disclosing) -> list[BaseRoute]:
    """Who saw which of my data, for what: over everything, for the citizen in the browser."""

    async def endpoint(request: Request) -> Response:
        exchange = Exchange.of(request, caller=Party.CITIZEN)
        try:
            citizen = await people.citizen(request.headers)
            if citizen is None:
                raise sign_in_required()
            return (await disclosing.about(citizen.identity, exchange)).response()
        except Exception as error:
            return problem(error, exchange).response()

    return [Route("/v1/me/disclosures", endpoint, methods=["GET"])]
