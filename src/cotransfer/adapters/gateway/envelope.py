"""What every answer bears: its correlation id, and the wish to be neither kept nor guessed at. Never looks inside."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cotransfer.adapters.wire import correlation

ALWAYS = (("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"))


class Envelope:
    """Begins the correlation of each request and seals its answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

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
                for header, value in ALWAYS:
                    headers[header] = value
            await send(message)

        await self._app(scope, receive, sealed)
