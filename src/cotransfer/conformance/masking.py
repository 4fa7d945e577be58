"""Exchanges for people to read: requests and answers, with every personal value and every secret covered.

The kit's people are invented, but the endpoint's may not be. Never shows a body that it cannot read field by field.
"""

import json
import re
from typing import Any

from cotransfer.conformance.exchanges import Exchange, Lost

MASK = "***"
OPEN = frozenset(
    {
        "transfer", "service", "outcome", "reference", "in_arrears", "result", "channel", "status", "restrictions",
        "code", "type", "title", "state", "news", "closed", "field", "step", "party", "action", "who", "transferable",
        "why_not", "co_owned", "may_submit", "confirmed_match", "receiver", "text_version", "service_name", "at",
        "submitted_at", "updated_at", "shown", "document_type", "utility", "correlation_id",
        "counterparty_correlation_id", "expires_in", "token_type", "scope", "error", "how", "purpose",
    }
)  # fmt: skip
"""Members whose values are words of the contracts and about nobody; all others are covered."""

SHOWN_HEADERS = ("idempotency-key", "content-type", "accept-language", "retry-after", "idempotency-replayed")
TEXT_SHOWN = 120
_ORDINARY = re.compile(r"[A-Za-z0-9 _./,;:+*=-]*")


def shown(exchange: Exchange) -> dict[str, Any]:
    """One exchange as it may be printed."""
    sent, got = exchange.sent, exchange.got
    request = {"line": f"{sent.method} {_covered(sent.path, exchange)}", "headers": _headers(sent.headers, exchange)}
    if sent.body is not None:
        request["body"] = _body(sent.body, sent.json)
    if isinstance(got, Lost):
        answer: dict[str, Any] = {"lost": got.why}
    else:
        answer = {"status": got.status, "headers": _headers(got.headers, exchange), "body": _body(got.body, got.json)}
    return {"step": str(exchange.step), "request": request, "answer": answer, "took_s": round(got.took_s, 3)}


def _headers(headers: tuple[tuple[str, str], ...], exchange: Exchange) -> dict[str, str]:
    told: dict[str, str] = {}
    for name, value in headers:
        if name.lower() in SHOWN_HEADERS:
            told[name.lower()] = _covered(value, exchange) if _ORDINARY.fullmatch(value) else MASK
        elif name.lower() in ("authorization", "webhook-signature", "location", "set-cookie"):
            told[name.lower()] = MASK
    return told


def _covered(text: str, exchange: Exchange) -> str:
    for value in exchange.personal:
        text = text.replace(value, MASK)
    return text


def _body(raw: bytes, read: Any) -> Any:
    if not raw:
        return None
    if not isinstance(read, dict | list):
        return f"({len(raw)} bytes that are not JSON)" if read is None else f"(JSON, {type(read).__name__})"
    return masked(read)


def masked(value: Any, name: str = "") -> Any:
    """JSON with all values covered but those of `OPEN`."""
    match value:
        case dict():
            return {_name(key): masked(member, key) for key, member in value.items()}
        case list():
            return [masked(member, name) for member in value[:10]]
        case None | bool():
            return value
        case str() if name in OPEN:
            return value[:TEXT_SHOWN]
        case int() if name in OPEN:
            return value
        case _:
            return MASK


def _name(key: str) -> str:
    return key if re.fullmatch(r"[a-z_]{1,60}", key) else MASK


def as_line(value: object) -> str:
    """JSON on one line."""
    return json.dumps(value, ensure_ascii=False)
