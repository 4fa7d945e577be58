"""The addresses of the interface, and the guard that every request passes. Never lets an exception through."""

from collections.abc import Awaitable, Callable

import attrs
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cotransfer.adapters.gateway.answers import Answer
from cotransfer.adapters.gateway.clients import Callers, Role
from cotransfer.adapters.gateway.exchange import Exchange
from cotransfer.adapters.gateway.posting import Act, Posting
from cotransfer.adapters.gateway.problems import Wrong, problem
from cotransfer.domain.datasets import Operation
from cotransfer.domain.parties import Step

Show = Callable[[Exchange], Awaitable[Answer]]
Endpoint = Callable[[Request], Awaitable[Response]]


@attrs.frozen
class Guard:
    """Makes endpoints: each asks first who is calling and whether the operation is theirs."""

    clients: Callers
    posting: Posting

    def get(self, path: str, show: Show, *, role: Role, operation: Operation, step: Step | None = None) -> Route:
        """An operation that only looks."""

        async def endpoint(request: Request) -> Response:
            exchange = Exchange.of(request, caller=role.value, step=step)
            try:
                return (await show(await self._known(exchange, role, operation))).response()
            except Exception as error:
                return problem(error, exchange).response()

        return Route(path, endpoint, methods=["GET"])

    def post(self, path: str, act: Act, *, role: Role, operation: Operation, step: Step | None = None) -> Route:
        """An operation under an idempotency key."""

        async def endpoint(request: Request) -> Response:
            exchange = Exchange.of(request, caller=role.value, step=step)
            try:
                answer, replayed = await self.posting.take(await self._known(exchange, role, operation), act)
            except Exception as error:
                return problem(error, exchange).response()
            return answer.response(replayed=replayed)

        return Route(path, endpoint, methods=["POST"])

    async def _known(self, exchange: Exchange, role: Role, operation: Operation) -> Exchange:
        client = await self.clients.who_is_calling(exchange.request.headers)
        if client.role is not role:
            raise Wrong("forbidden")
        if operation not in client.scopes:
            wanted = f'Bearer error="insufficient_scope", scope="{operation.value}"'
            raise Wrong("insufficient_scope", headers={"WWW-Authenticate": wanted})
        return attrs.evolve(exchange, client=client)


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
