"""The few bodies that signing in and out takes: a small form, a small JSON object. Never reads much, nor for long."""

from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from cotransfer.adapters.gateway.answers import JSON
from cotransfer.adapters.gateway.bodies import body_of, check_media_type, object_in
from cotransfer.adapters.gateway.problems import Wrong

FORM_BYTES = 4 * 1024
FORM_FIELDS = 20
TIMEOUT_S = 10.0


async def form_of(request: Request) -> dict[str, str]:
    """The fields of an HTML form, each once; no body is an empty form."""
    body = await body_of(request, limit=FORM_BYTES, timeout_s=TIMEOUT_S)
    if not body:
        return {}
    check_media_type(request.headers, "application/x-www-form-urlencoded")
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
    check_media_type(request.headers, JSON)
    return object_in(await body_of(request, limit=limit, timeout_s=TIMEOUT_S), limit=limit)
