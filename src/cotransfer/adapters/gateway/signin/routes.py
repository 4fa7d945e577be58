"""The browser's addresses of signing in. Never lets an exception through, nor an answer be kept by anybody."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cotransfer.adapters.gateway.answers import Answer
from cotransfer.adapters.gateway.exchange import Exchange
from cotransfer.adapters.gateway.problems import problem
from cotransfer.adapters.gateway.signin.browser import BrowserSide
from cotransfer.domain.parties import Party

Serve = Callable[[Exchange], Awaitable[Answer | Response]]


def sign_in_routes(side: BrowserSide) -> list[BaseRoute]:
    """To be put beside the interface's other routes, under its envelope."""
    return [
        _route("GET", "/signin", side.begin),
        _route("GET", "/signin/callback", side.finish),
        _route("POST", "/signout", side.sign_out),
        _route("GET", "/v1/me", side.me),
    ]


def _route(method: str, path: str, serve: Serve) -> Route:
    async def endpoint(request: Request) -> Response:
        exchange = Exchange.of(request, caller=Party.CITIZEN)
        try:
            served = await serve(exchange)
        except Exception as error:
            served = problem(error, exchange)
        response = served.response() if isinstance(served, Answer) else served
        # The callback's address holds a code: no page that follows may learn it.
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return Route(path, endpoint, methods=[method])
