"""The few bodies that signing in and out takes: a small form, a small JSON object. Never reads much, nor for long."""

import asyncio
import re
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from cotransfer.adapters.gateway.problems import Wrong
from cotransfer.adapters.wire.strict_json import NotStrict, loads

FORM_BYTES = 4 * 1024
FORM_FIELDS = 20
TIMEOUT_S = 10.0
_CHARSET = re.compile(r'\s*charset\s*=\s*"?utf-8"?\s*', re.IGNORECASE)


async def form_of(request: Request) -> dict[str, str]:
    """The fields of an HTML form, each once; no body is an empty form."""
    body = await _read(request, FORM_BYTES)
    if not body:
        return {}
    _check_media_type(request, "application/x-www-form-urlencoded")
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            max_num_fields=FORM_FIELDS,
            strict_parsing=True,
            errors="strict",
        )
    except ValueError:
        raise Wrong("malformed") from None
    if len({name for name, _ in pairs}) < len(pairs):
        raise Wrong("malformed")
    return dict(pairs)


async def object_of(request: Request, limit: int) -> dict[str, Any]:
    """A JSON object, read strictly."""
    _check_media_type(request, "application/json")
    try:
        value = loads(await _read(request, limit), limit=limit)
    except NotStrict as error:
        raise Wrong("malformed", unreadable=error.fault) from None
    if not isinstance(value, dict):
        raise Wrong("malformed", unreadable="not_an_object")
    return value


def _check_media_type(request: Request, wanted: str) -> None:
    media_type, *parameters = request.headers.get("content-type", "").split(";")
    utf8 = all(_CHARSET.fullmatch(each) for each in parameters if each.strip())
    plain = request.headers.get("content-encoding", "identity").strip().lower() == "identity"
    if media_type.strip().lower() != wanted or not utf8 or not plain:
        raise Wrong("wrong_media_type")


async def _read(request: Request, limit: int) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(TIMEOUT_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise Wrong("too_large")
    except (TimeoutError, ClientDisconnect):
        raise Wrong("malformed", unreadable="incomplete") from None
    return bytes(body)
