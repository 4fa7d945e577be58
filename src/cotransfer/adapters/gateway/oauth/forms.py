"""Form bodies, read as two systems can only read them one way. Never takes a parameter from an address.

RFC 6749 wants no parameter twice, and unknown ones ignored; what is not plain UTF-8 is refused, not repaired.
"""

import asyncio
import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from authlib.oauth2.rfc6749.errors import InvalidRequestError
from starlette.requests import ClientDisconnect, Request

from cotransfer.adapters.gateway.bodies import counted

BODY_LIMIT = 8 * 1024
PARAMETERS_LIMIT = 20
BODY_TIMEOUT_S = 10.0

_MEDIA_TYPE = re.compile(r'application/x-www-form-urlencoded(?:\s*;\s*charset\s*=\s*"?utf-8"?)?', re.IGNORECASE)
_RAW = re.compile(r"(?:[A-Za-z0-9*._~+()!',;:/?@$-]|%[0-9A-Fa-f]{2})*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


async def read_form(request: Request) -> Mapping[str, str]:
    """The parameters of a request; raises Authlib's `InvalidRequestError`, or `Wrong` for a body that is too large."""
    if request.url.query:
        raise InvalidRequestError("Parameters belong into the body, never into the address.")
    types = request.headers.getlist("content-type")
    if len(types) != 1 or not _MEDIA_TYPE.fullmatch(types[0].strip()):
        raise InvalidRequestError("The body has to be application/x-www-form-urlencoded.")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise InvalidRequestError("The body must not be compressed.")
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            body = await counted(request, BODY_LIMIT)
    except (TimeoutError, ClientDisconnect):
        raise InvalidRequestError("The body is incomplete.") from None
    return parsed(body)


def parsed(body: bytes) -> Mapping[str, str]:
    """The parameters in a form body."""
    pairs = body.split(b"&") if body else []
    if len(pairs) > PARAMETERS_LIMIT:
        raise InvalidRequestError("There are too many parameters.")
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition(b"=")
        key, text = decoded(name), decoded(value)
        if not equals or not key or text is None or _CONTROL.search(key + text):
            raise InvalidRequestError("The body is not a form in UTF-8.")
        if key in found:
            raise InvalidRequestError("A parameter stands there twice.")
        found[key] = text
    # A parameter without a value counts as left out (RFC 6749 §3.2), but only after it was counted.
    return {key: text for key, text in found.items() if text}


def decoded(raw: bytes) -> str | None:
    """A form-encoded name or value; None when it is not one, or not UTF-8."""
    try:
        text = raw.decode("ascii")
        return unquote_to_bytes(text.replace("+", " ")).decode("utf-8") if _RAW.fullmatch(text) else None
    except UnicodeDecodeError:
        return None
