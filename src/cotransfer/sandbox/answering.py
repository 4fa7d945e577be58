"""How the simulated registry and utility read and answer: JSON, and RFC 9457 problems.

Strict about the shape of what comes in, so that a wrong request is noticed here and not at the real counterparty.
Never repeats a received value in an answer to a faulty request.
"""

import hmac
import re
from collections.abc import Mapping
from typing import Any, Protocol

import attrs
import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from cotransfer.adapters.wire import strict_json

BEARER = "Bearer "
_CORRELATION_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
CHINESE: Mapping[str, tuple[str, str]] = {
    "malformed": ("报文无法读取", "请求体须为一个 JSON 对象，且以 application/json 发送。"),
    "unauthorised": ("未授权", "缺少令牌，或令牌不是约定的令牌。"),
    "signature_invalid": ("签名无效", "报文未按约定签名。"),
    "account_unknown": ("无此户号", "自来水集团没有该户号。"),
    "application_unknown": ("无此申请", "该业务的申请从未受理。"),
    "nothing_to_sign": ("无待签署的合同", "该业务没有待签署的合同。"),
    "certificate_unknown": ("无此证书", "登记机构没有该证号。"),
    "idempotency_key_missing": ("缺少幂等键", "缺少 Idempotency-Key 请求头。"),
    "idempotency_key_reused": ("幂等键已使用", "该幂等键已用于其他申请。"),
    "invalid_fields": ("字段有误", "字段缺失、多余或有误。"),
    "not_found": ("地址不存在", "没有该地址。"),
    "method_not_allowed": ("方法不允许", "该地址不支持此方法。"),
}
"""Title and detail of what the contracts' operations answer; the control addresses speak English."""

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
    """Starlette's exception handler for Problem; Chinese unless English is asked for, where there are words for it."""
    title, detail = problem.code.replace("_", " ").capitalize(), problem.detail
    if not request.headers.get("accept-language", "").lower().startswith("en"):
        title, detail = CHINESE.get(problem.code, (title, detail))
    body: dict[str, Any] = {
        "type": f"urn:cotransfer:problem:{problem.code}",
        "title": title,
        "status": problem.status,
        "detail": detail,
        "code": problem.code,
    }
    if _CORRELATION_ID.fullmatch(asked := request.headers.get("x-correlation-id", "")):
        body["correlation_id"] = asked
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
