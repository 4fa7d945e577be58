"""An ASGI layer around a counterparty that carries out the script's orders.

Over a socket a lost answer closes the connection without a byte; in process it raises what httpx would raise then.
Never changes what a request does when no order is left.
"""

from typing import Any, assert_never

import httpx
import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cotransfer.sandbox.pace import Pace
from cotransfer.sandbox.script import (
    AnswerLost,
    Behaviour,
    ErrCode,
    Garbage,
    RequestLost,
    Script,
    Slow,
    Status,
    WrongContentType,
)


class Misbehaving:
    def __init__(self, app: ASGIApp, *, script: Script, pace: Pace) -> None:
        self._app = app
        self._script = script
        self._pace = pace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/sandbox/"):
            await self._app(scope, receive, send)
            return
        match self._script.next_for(scope["method"], scope["path"]):
            case None:
                await self._app(scope, receive, send)
            case behaviour:
                await self._misbehave(behaviour, scope, receive, send)

    async def _misbehave(self, behaviour: Behaviour, scope: Scope, receive: Receive, send: Send) -> None:
        match behaviour:
            case RequestLost():
                await _hang_up(scope, receive)
            case Status(status, retry_after_s):
                await _answer(send, status, *_problem(status), retry_after_s=retry_after_s)
            case ErrCode(errcode):
                await _answer(send, 200, orjson.dumps({"errcode": errcode, "errmsg": "as the sandbox was told"}))
            case AnswerLost():
                await self._effect(scope, receive)
                await _hang_up(scope, receive)
            case Slow(seconds):
                answer = await self._effect(scope, receive)
                await self._pace.wait(seconds)
                for message in answer:
                    await send(message)
            case Garbage():
                await self._effect(scope, receive)
                await _answer(send, 200, b'{"outcome": \xff\xfe<!-- proxy')
            case WrongContentType():
                answer = await self._effect(scope, receive)
                body = b"".join(message.get("body", b"") for message in answer)
                await _answer(send, answer[0]["status"], body, b"text/html")
            case _:
                assert_never(behaviour)

    async def _effect(self, scope: Scope, receive: Receive) -> list[Message]:
        """Lets the request have its effect and keeps the answer back."""
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        await self._app(scope, receive, keep)
        return answer


def _problem(status: int) -> tuple[bytes, bytes]:
    code = {429: "too_many", 503: "unavailable"}.get(status, "internal")
    said = {"type": "about:blank", "title": "As the sandbox was told", "status": status, "code": code}
    return orjson.dumps(said), b"application/problem+json"


async def _answer(
    send: Send, status: int, body: bytes, content_type: bytes = b"application/json", *, retry_after_s: int | None = None
) -> None:
    headers: list[tuple[bytes, bytes]] = [(b"content-type", content_type), (b"content-length", b"%d" % len(body))]
    if retry_after_s is not None:
        headers.append((b"retry-after", b"%d" % retry_after_s))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _hang_up(scope: Scope, receive: Receive) -> None:
    """Closes the connection of this request; `serving.Line` has put its transport into the scope's state."""
    transport: Any = scope.get("state", {}).get("transport")
    if transport is None:
        raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
    transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass
