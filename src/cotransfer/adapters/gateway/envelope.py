"""What every answer bears: its correlation id, the wish to be neither kept nor guessed at, and the latest checkpoint.

Never looks inside.
"""

from collections.abc import Callable, Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cotransfer.adapters.wire import correlation

ALWAYS = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))


def _none() -> Mapping[str, str]:
    return {}


class Envelope:
    """Begins the correlation of each request and seals its answer; `headers_of` is asked for more headers each time."""

    def __init__(self, app: ASGIApp, headers_of: Callable[[], Mapping[str, str]] = _none) -> None:
        self._app = app
        self._headers_of = headers_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope).getlist(correlation.HEADER)
        name = correlation.begin(asked[0] if len(asked) == 1 else None)

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers[correlation.HEADER] = name
                for header, value in (*ALWAYS, *self._headers_of().items()):
                    headers[header] = value
            await send(message)

        await self._app(scope, receive, sealed)
