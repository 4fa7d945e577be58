"""How the simulated registry and utility read and answer: JSON, and RFC 9457 problems.

Strict about the shape of what comes in, so that a wrong request is noticed here and not at the real counterparty.
Never repeats a received value in an answer to a faulty request.
"""

import hmac
from collections.abc import Mapping
from typing import Any, Protocol

import attrs
import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from cotransfer.adapters.wire import strict_json

BEARER = "Bearer "
JSON_WORDS: dict[type, str] = {str: "string", int: "number", list: "array", dict: "object"}


@attrs.frozen(kw_only=True)
class Fault:
    """One wrong field; `right` says what a right one is."""

    field: str
    code: str
    detail: str
    right: str


@attrs.frozen(kw_only=True)
class Problem(Exception):
    """Leaves as application/problem+json."""

    status: int
    code: str
    detail: str
    faults: tuple[Fault, ...] = ()


def answer(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")


async def answer_http_error(request: Request, error: HTTPException) -> Response:
    """Starlette's exception handler for what its routing refuses: an unknown address or method."""
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "malformed")
    return await answer_problem(request, Problem(status=error.status_code, code=code, detail=error.detail))


async def answer_problem(request: Request, problem: Problem) -> Response:
    """Starlette's exception handler for Problem."""
    body: dict[str, Any] = {
        "type": f"urn:cotransfer:problem:{problem.code}",
        "title": problem.code.replace("_", " ").capitalize(),
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
    }
    if problem.faults:
        body["errors"] = [attrs.asdict(fault) for fault in problem.faults]
    return Response(orjson.dumps(body), problem.status, media_type="application/problem+json")


class Door(Protocol):
    """What knows good tokens from bad ones (`authority.TokenDesk`)."""

    def takes(self, shown: str) -> bool:
        """Whether this Authorization header lets in."""


def authorise(request: Request, token: str | Door | None) -> None:
    """Raises Problem 401 unless the request carries the token, or one that the door takes; None asks for none."""
    said = request.headers.get("authorization", "")
    fixed = (BEARER + token).encode() if isinstance(token, str) else b""
    if token is not None and not (hmac.compare_digest(said.encode(), fixed) if fixed else _taken(token, said)):
        raise Problem(status=401, code="unauthorised", detail="the bearer token is missing or not the agreed one")


def _taken(door: str | Door, shown: str) -> bool:
    return not isinstance(door, str) and door.takes(shown)


async def read_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object. Raises Problem 400."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Problem(status=400, code="malformed", detail="the content type must be application/json")
    try:
        value = strict_json.loads(await request.body())
    except strict_json.NotStrict as error:
        raise Problem(status=400, code="malformed", detail=error.wrong) from None
    if not isinstance(value, dict):
        raise Problem(status=400, code="malformed", detail="the body must be one JSON object")
    return value


def check_shape(value: Mapping[str, Any], shape: Mapping[str, type], under: str = "") -> None:
    """Exactly these fields, each of its type. Raises Problem 422 naming all the fields at fault."""
    faults = [
        _fault(under + name, "unknown_field", "is not known here", shape) for name in sorted(set(value) - set(shape))
    ]
    for name, kind in shape.items():
        if name not in value:
            faults.append(_fault(under + name, "missing", "is missing", shape))
        elif not isinstance(value[name], kind):
            faults.append(_fault(under + name, "wrong_type", f"must be a JSON {JSON_WORDS[kind]}", shape))
    if faults:
        raise invalid(*faults)


def invalid(*faults: Fault) -> Problem:
    """What to raise about wrong fields."""
    return Problem(status=422, code="invalid_fields", detail="fields are missing, unknown or wrong", faults=faults)


def _fault(field: str, code: str, wrong: str, shape: Mapping[str, type]) -> Fault:
    return Fault(field=field, code=code, detail=f"The field {wrong}.", right=f"The fields are {', '.join(shape)}.")


HANDLERS: Mapping[Any, Any] = {Problem: answer_problem, HTTPException: answer_http_error}
