"""The addresses of the interface, and the guard that every request passes. Never lets an exception through."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import attrs
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cotransfer.adapters.gateway.answers import Answer
from cotransfer.adapters.gateway.clients import Callers, Client, Role
from cotransfer.adapters.gateway.crowding import Crowd
from cotransfer.adapters.gateway.exchange import Exchange
from cotransfer.adapters.gateway.granted import given_again
from cotransfer.adapters.gateway.posting import Act, Posting
from cotransfer.adapters.gateway.problems import Wrong, problem
from cotransfer.adapters.gateway.signin import SignedIn
from cotransfer.adapters.gateway.signin.signed_in import sign_in_required
from cotransfer.app.citizens import their_transfer
from cotransfer.app.sharing import Sharing
from cotransfer.app.viewing import Viewing
from cotransfer.domain.datasets import Operation
from cotransfer.domain.parties import Step
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.states import State
from cotransfer.ports.sessions import Citizen

Show = Callable[[Exchange], Awaitable[Answer]]
Endpoint = Callable[[Request], Awaitable[Response]]


@attrs.frozen
class Guard:
    """Makes endpoints: each asks first who is calling, whether the operation is theirs and granted, and for whom.

    `people` None: clients vouch for their citizens. Else what the platform does, it does for a citizen who is signed
    in, and a transfer that is not theirs is none.
    """

    clients: Callers
    posting: Posting
    viewing: Viewing
    sharing: Sharing | None = None
    people: SignedIn | None = None
    crowd: Crowd = attrs.field(factory=Crowd)

    def get(self, path: str, show: Show, *, role: Role, operation: Operation, step: Step | None = None) -> Route:
        """An operation that only looks."""

        async def endpoint(request: Request) -> Response:
            exchange = Exchange.of(request, caller=role.value, step=step)
            try:
                async with self._known(exchange, role, operation) as known:
                    return (await show(known)).response()
            except Exception as error:
                return problem(error, exchange).response()

        return Route(path, endpoint, methods=["GET"])

    def post(self, path: str, act: Act, *, role: Role, operation: Operation, step: Step | None = None) -> Route:
        """An operation under an idempotency key."""

        async def endpoint(request: Request) -> Response:
            exchange = Exchange.of(request, caller=role.value, step=step)
            try:
                async with self._known(exchange, role, operation) as known:
                    answer, replayed = await self.posting.take(known, act)
                    if replayed:
                        answer = await given_again(answer, known, operation, self.sharing)
            except Exception as error:
                return problem(error, exchange).response()
            return answer.response(replayed=replayed)

        return Route(path, endpoint, methods=["POST"])

    def ask(self, path: str, show: Show, *, role: Role, operation: Operation) -> Route:
        """An operation whose answer is a secret, and so is never stored: asked again, it is another one."""

        async def endpoint(request: Request) -> Response:
            exchange = Exchange.of(request, caller=role.value)
            try:
                async with self._known(exchange, role, operation) as known:
                    return (await show(await self.posting.signed(known))).response()
            except Exception as error:
                return problem(error, exchange).response()

        return Route(path, endpoint, methods=["POST"])

    @contextlib.asynccontextmanager
    async def _known(self, exchange: Exchange, role: Role, operation: Operation) -> AsyncIterator[Exchange]:
        """The exchange with all that is known of its caller, whose room it takes as long as it lasts."""
        client = await self.clients.who_is_calling(exchange.request.headers)
        exchange.request.state.client = client.id  # For the log, should the client be turned away now.
        self.posting.check_where_from(exchange.request, client.id)
        with self.crowd.room_for(client.id):
            yield await self._admitted(exchange, client, role, operation)

    async def _admitted(self, exchange: Exchange, client: Client, role: Role, operation: Operation) -> Exchange:
        if client.role is not role:
            raise Wrong("forbidden")
        if operation not in client.scopes:
            wanted = f'Bearer error="insufficient_scope", scope="{operation.value}"'
            raise Wrong("insufficient_scope", headers={"WWW-Authenticate": wanted})
        permit = await self.sharing.permit(client.counterparty, operation) if self.sharing is not None else None
        citizen = None if operation is Operation.OPEN_CITIZEN_SESSION else await self._citizen(exchange, client)
        return attrs.evolve(exchange, client=client, permit=permit, citizen=citizen)

    async def _citizen(self, exchange: Exchange, client: Client) -> Citizen | None:
        """For whom the platform asks; what names a transfer names one of theirs."""
        if self.people is None or client.role is not Role.PLATFORM:
            return None
        citizen = await self.people.citizen(exchange.request.headers, client=client.id)
        if citizen is None:
            raise sign_in_required()
        if "transfer" in exchange.request.path_params:
            their_transfer(citizen, await self._state(exchange))
        return citizen

    async def _state(self, exchange: Exchange) -> State:
        """Of an erased transfer nobody can tell any more whose it was: to citizens there is none."""
        try:
            return await self.viewing.state(exchange.transfer)
        except Refused as refused:
            if refused.refusal.why is Why.ERASED:
                raise Refused(Why.UNKNOWN_TRANSFER) from None
            raise


def open_to_all(path: str, show: Show) -> Route:
    """An operation that anybody may call."""

    async def endpoint(request: Request) -> Response:
        exchange = Exchange.of(request)
        try:
            return (await show(exchange)).response()
        except Exception as error:
            return problem(error, exchange).response()

    return Route(path, endpoint, methods=["GET"])


async def nothing_here(request: Request, _: Exception) -> Response:
    """Starlette's handler for an address that there is not."""
    return problem(Wrong("not_found"), Exchange.of(request)).response()


async def not_this_way(request: Request, error: Exception) -> Response:
    """Starlette's handler for a method that an address does not take; the error knows which ones it does."""
    headers = dict(getattr(error, "headers", None) or {})
    return problem(Wrong("method_not_allowed", headers=headers), Exchange.of(request)).response()
