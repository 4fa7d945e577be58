"""A layer around a counterparty in which one thing is wrong: a function sees each request, and what the real one says.

Never changes anything by itself: what is wrong is the function's.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import attrs
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send


@attrs.frozen(kw_only=True)
class Asked:
    """A request that came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body; None where it is no JSON object."""
        try:
            read = json.loads(self.body)
        except ValueError:
            return None
        return read if isinstance(read, dict) else None

    @property
    def is_search(self) -> bool:
        """Whether an account is asked for."""
        return self.path == "/v1/accounts/search"

    @property
    def is_submission(self) -> bool:
        """Whether an application is handed in."""
        return self.path == "/v1/applications"

    @property
    def is_progress(self) -> bool:
        """Whether progress is asked for."""
        return self.method == "GET" and self.path.startswith("/v1/applications/")

    @property
    def key(self) -> str:
        """The idempotency key, empty where there is none."""
        return self.headers.get("idempotency-key", "")


@attrs.frozen(kw_only=True)
class Told:
    """What is answered."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)

    @property
    def ok(self) -> bool:
        """Whether it is a success."""
        return self.status < 300

    def saying(self, value: Any, status: int | None = None) -> "Told":
        """The same with another body."""
        return attrs.evolve(self, body=json.dumps(value, ensure_ascii=False).encode(), status=status or self.status)

    def typed(self, media_type: str) -> "Told":
        """The same as another media type."""
        others = tuple(pair for pair in self.headers if pair[0] != b"content-type")
        return attrs.evolve(self, headers=(*others, (b"content-type", media_type.encode())))

    def with_header(self, name: str, value: str) -> "Told":
        """The same with one more header."""
        return attrs.evolve(self, headers=(*self.headers, (name.encode(), value.encode())))


Go = Callable[[Asked], Awaitable[Told]]
Alter = Callable[[Asked, Go], Awaitable[Told]]


class Between:
    """An ASGI application: `app`, altered; addresses under /sandbox/ are left alone."""

    def __init__(self, app: ASGIApp, alter: Alter) -> None:
        self.inner: Any = app
        self._app = app
        self._alter = alter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, altered."""
        if scope["path"].startswith("/sandbox/"):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        asked = Asked(
            method=scope["method"], path=scope["path"], headers=dict(request.headers), body=await request.body()
        )
        told = await self._alter(asked, lambda what: self._go(scope, what))
        others = [pair for pair in told.headers if pair[0] != b"content-length"]
        headers = [*others, (b"content-length", str(len(told.body)).encode())]
        await send({"type": "http.response.start", "status": told.status, "headers": headers})
        await send({"type": "http.response.body", "body": told.body})

    async def _go(self, scope: Scope, asked: Asked) -> Told:
        """What the counterparty answers to this."""
        said: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": asked.body, "more_body": False}

        async def keep(message: Message) -> None:
            said.append(message)

        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in asked.headers.items()]
        await self._app({**scope, "path": asked.path, "headers": headers}, receive, keep)
        body = b"".join(message.get("body", b"") for message in said[1:])
        return Told(status=said[0]["status"], headers=tuple(map(tuple, said[0]["headers"])), body=body)
