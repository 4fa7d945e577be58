"""Bodies as they arrive: counted while they come, of the media type that was agreed, read strictly.

Never holds more than a limit, and never waits longer than it was told to.
"""

import asyncio
import re
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request

from cotransfer.adapters.gateway.problems import Wrong
from cotransfer.adapters.wire.strict_json import NotStrict, loads

_CHARSET = re.compile(r'\s*charset\s*=\s*"?utf-8"?\s*', re.IGNORECASE)


async def body_of(request: Request, *, limit: int, timeout_s: float) -> bytes:
    """The whole; one that never ends, or whose sender has gone, is a message that cannot be read (`Wrong`)."""
    try:
        async with asyncio.timeout(timeout_s):
            return await counted(request, limit)
    except (TimeoutError, ClientDisconnect):
        raise Wrong("malformed", unreadable="incomplete") from None


async def counted(request: Request, limit: int) -> bytes:
    """The whole, however long it takes; `Wrong` as soon as it is more than `limit` bytes."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise Wrong("too_large")
    return bytes(body)


def check_media_type(headers: Headers, wanted: str) -> None:
    """`Wrong` unless it is `wanted`, in UTF-8 and not compressed."""
    media_type, *parameters = headers.get("content-type", "").split(";")
    plain = headers.get("content-encoding", "identity").strip().lower() == "identity"
    utf8 = all(_CHARSET.fullmatch(each) for each in parameters if each.strip())
    if media_type.strip().lower() != wanted or not plain or not utf8:
        raise Wrong("wrong_media_type")


def object_in(body: bytes, *, limit: int) -> dict[str, Any]:
    """The JSON object that it is, read strictly, or `Wrong`."""
    try:
        value = loads(body, limit=limit)
    except NotStrict as error:
        raise Wrong("malformed", unreadable=error.fault) from None
    if not isinstance(value, dict):
        raise Wrong("malformed", unreadable="not_an_object")
    return value
