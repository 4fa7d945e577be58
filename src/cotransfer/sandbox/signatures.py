"""Signatures in the sandbox: its counterparties sign their reports and check the gateway's calls, once told how.

Never checks the addresses under /sandbox/ and /sign/, which are not the gateway's, and never a GET, which says nothing.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import attrs
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cotransfer.adapters.wire.signing import BadSignature, Incoming, RequestCheck, RequestSigner, target_of
from cotransfer.sandbox.answering import Problem, answer_problem

CONTRACT = "/v1/"
Now = Callable[[], datetime]


def now() -> datetime:
    return datetime.now(UTC)


@attrs.frozen(kw_only=True)
class MessageSigning:
    """What was agreed: how the water company signs its `reports`; what "water" and "registry" expect of the gateway.

    Whoever is not named signs nothing, and expects nothing.
    """

    reports: RequestSigner | None = None
    expected: Mapping[str, RequestCheck] = attrs.field(factory=dict)


class Checking:
    """An ASGI layer that lets a POST of the contract through only if it is signed as `check` wants it."""

    def __init__(self, app: ASGIApp, check: RequestCheck | None, *, now: Now = now) -> None:
        self._app = app
        self._check = check
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        meant = scope["type"] == "http" and scope["method"] == "POST" and scope["path"].startswith(CONTRACT)
        if self._check is None or not meant:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            checked = await self._check.check(
                Incoming(
                    method=scope["method"],
                    target=target_of(scope),
                    key=Headers(scope=scope).get("idempotency-key", ""),
                    headers=scope["headers"],
                    body=await request.body(),
                    at=self._now(),
                    peer=scope["client"][0] if scope.get("client") else None,
                )
            )
        except BadSignature:
            problem = Problem(status=401, code="signature_invalid", detail="the message is not signed as agreed")
            await (await answer_problem(request, problem))(scope, receive, send)
            return
        await self._app(scope, _again(checked.body, receive), send)


def _again(body: bytes, receive: Receive) -> Receive:
    """What was read, to be read again by whom it is for; after it, whatever else the connection brings."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return waiting.pop() if waiting else await receive()

    return next_message
