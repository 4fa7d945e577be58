"""Every way a request can fail, as an RFC 9457 problem: who is at fault, at which step, and what helps.

Never shows a received value, and never lets an exception through: what nobody foresaw is a 500 that says nothing more.
"""

import math
from collections.abc import Mapping
from typing import Any

import attrs
import structlog

from cotransfer.adapters.gateway.answers import PROBLEM, Answer, answer
from cotransfer.adapters.gateway.clients import NotAuthorised
from cotransfer.adapters.gateway.exchange import Exchange
from cotransfer.adapters.wire.signing import BadSignature
from cotransfer.app.errand import MessageReused
from cotransfer.app.guarded import NOTIFIER, REGISTRY
from cotransfer.app.log import where
from cotransfer.domain.faults import Invalid
from cotransfer.domain.grants import NotGranted
from cotransfer.domain.parties import NextAction, Party, Step
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.values import TransferId
from cotransfer.ports.correlation import last_asked
from cotransfer.ports.errors import Unavailable, Unintelligible

_log = structlog.get_logger(__name__)

ERRORS_LIMIT = 100
RETRY_AFTER_USUAL_S = 5
RETRY_AFTER_LIMIT_S = 6 * 3600

_HTTP: Mapping[str, tuple[int, NextAction]] = {
    "malformed": (400, NextAction.CORRECT_MESSAGE),
    "idempotency_key_missing": (400, NextAction.CORRECT_MESSAGE),
    "header_invalid": (400, NextAction.CORRECT_MESSAGE),
    "not_authorised": (401, NextAction.CORRECT_MESSAGE),
    "signature_invalid": (401, NextAction.CORRECT_MESSAGE),
    "forbidden": (403, NextAction.CORRECT_MESSAGE),
    "insufficient_scope": (403, NextAction.CORRECT_MESSAGE),
    "sign_in_required": (401, NextAction.SIGN_IN),
    "sign_in_failed": (401, NextAction.SIGN_IN),
    "cross_site": (403, NextAction.CORRECT_MESSAGE),
    "not_found": (404, NextAction.CORRECT_MESSAGE),
    "method_not_allowed": (405, NextAction.CORRECT_MESSAGE),
    "contradicts": (409, NextAction.CALL_OPERATOR),
    "still_running": (409, NextAction.TRY_LATER),
    "message_reused": (409, NextAction.CORRECT_MESSAGE),
    "too_large": (413, NextAction.CORRECT_MESSAGE),
    "wrong_media_type": (415, NextAction.CORRECT_MESSAGE),
    "invalid_fields": (422, NextAction.CORRECT_FIELDS),
    "idempotency_key_reused": (422, NextAction.CORRECT_MESSAGE),
    "too_many_requests": (429, NextAction.TRY_LATER),
    "internal": (500, NextAction.CALL_OPERATOR),
    "unintelligible": (502, NextAction.CALL_OPERATOR),
    "unavailable": (503, NextAction.TRY_LATER),
}
"""The problems of the interface itself; refusals bring their own next action."""

_UNKNOWN = frozenset({Why.ACCOUNT_UNKNOWN, Why.UNKNOWN_TRANSFER, Why.UNKNOWN_REVERSAL})
"""Refusals that say "there is no such thing": 404."""

_REFUSED = {
    **dict.fromkeys(_UNKNOWN, 404),
    Why.NOT_YOUR_OWN: 403,
    Why.CONSENT_WITHDRAWN: 403,
    Why.ERASED: 410,
    Why.NOT_GRANTED: 403,
    Why.GRANT_SUSPENDED: 403,
    Why.GRANT_QUOTA_SPENT: 429,
    Why.TOO_MANY_LOOKUPS: 429,
}
"""The status of a refusal; 409 for all others."""

_ANSWERED = {
    **dict.fromkeys(
        (Why.NOT_RIGHT_HOLDER, Why.CERTIFICATE_NOT_CURRENT, Why.RESTRICTED, Why.NOT_A_HOME),
        Party.REGISTRY,
    ),
    **dict.fromkeys((Why.ACCOUNT_UNKNOWN, Why.IN_ARREARS, Why.WRONG_ACCOUNT, Why.MATCH_UNCONFIRMED), Party.UTILITY),
}
"""Refusals that rest on what a counterparty has just answered, and which."""

_TURNED_AWAY = frozenset({401, 403, 429})
"""Statuses that whoever keeps watch is told of: somebody wanted what they may not have."""


class Wrong(Exception):
    """A request that breaks the interface's rules: a code of `_HTTP`, and the reason a body cannot be read."""

    def __init__(self, code: str, *, unreadable: str | None = None, headers: dict[str, str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.unreadable = unreadable
        self.headers = headers or {}


@attrs.frozen(kw_only=True)
class _Problem:
    """What is told; `party` None is the caller, and `step` None the operation's own."""

    code: str
    status: int
    next_action: NextAction
    party: Party | None = None
    step: Step | None = None
    detail: str | None = None
    more: Mapping[str, Any] = attrs.field(factory=dict)
    headers: Mapping[str, str] = attrs.field(factory=dict)


def problem(error: Exception, exchange: Exchange) -> Answer:
    """`error` as the caller of `exchange` is told of it."""
    match error:
        case Wrong(code=code):
            detail = exchange.texts.unreadable[error.unreadable] if error.unreadable else None
            told = _interface(code, detail=detail, headers=error.headers)
        case NotAuthorised(shown=shown):
            # RFC 6750 §3.1: the error is named only to who showed something.
            challenge = 'Bearer realm="cotransfer"' + (', error="invalid_token"' if shown else "")
            told = _interface("not_authorised", headers={"WWW-Authenticate": challenge})
        case BadSignature():
            # One answer for every reason; the reason went to the security log.
            told = _interface("signature_invalid", headers={"WWW-Authenticate": 'Signature realm="cotransfer"'})
        case Refused():
            told = _refused(error, exchange)
        case Invalid():
            told = _invalid(error, exchange)
        case MessageReused():
            told = _interface("message_reused" if exchange.caller is Party.UTILITY else "idempotency_key_reused")
        case Unavailable(party=party):
            _log.warning("unavailable", party=party.value, what=error.what, **_ids(error, exchange))
            told = _interface("unavailable", party=party, headers={"Retry-After": _wait(error.retry_after_s)})
        case Unintelligible(party=party):
            _log.error("unintelligible", party=party.value, what=error.what, **_ids(error, exchange))
            told = _interface("unintelligible", party=party)
        case _:
            # The error's own text may hold anything, so only its kind and place are written down.
            _log.error(
                "unforeseen", correlation_id=exchange.correlation_id, error=type(error).__name__, where=where(error)
            )
            told = _interface("internal", party=Party.US)
    return _answer(told, exchange, theirs=_theirs(error))


def contradiction(exchange: Exchange) -> Answer:
    """A report at odds with what is known: kept, and answered with a conflict."""
    return _answer(_interface("contradicts"), exchange)


def _ids(error: Unavailable | Unintelligible, exchange: Exchange) -> Mapping[str, str | None]:
    return {"correlation_id": exchange.correlation_id, "counterparty_correlation_id": error.correlation.theirs}


def _theirs(error: Exception) -> str | None:
    """Under which id the counterparty answered that this came of: by its failure, or by what we refuse after it."""
    match error:
        case Unavailable(correlation=told) | Unintelligible(correlation=told):
            return told.theirs
        case Refused() if error.refusal.why in _ANSWERED:
            asked = last_asked(_ANSWERED[error.refusal.why])
            return None if asked is None else asked.theirs
        case _:
            return None


def _interface(
    code: str,
    *,
    party: Party | None = None,
    detail: str | None = None,
    more: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> _Problem:
    status, next_action = _HTTP[code]
    return _Problem(
        code=code,
        status=status,
        next_action=next_action,
        party=party,
        detail=detail,
        more=more or {},
        headers=headers or {},
    )


def _refused(error: Refused, exchange: Exchange) -> _Problem:
    why, blocking = error.refusal.why, error.refusal.blocking
    return _Problem(
        code=why.code,
        status=_REFUSED.get(why, 409),
        next_action=why.next_action,
        # To the domain whoever calls is the platform; here we know better.
        party=_whose(error) or (exchange.caller if why.party is Party.PLATFORM else why.party),
        step=why.step,
        more=_in_the_way(blocking),
        headers=_when_again(error),
    )


def _whose(error: Refused) -> Party | None:
    """Whose grant is wanting, where it is not the caller's: somebody whom we would have to tell something."""
    if not isinstance(error, NotGranted) or error.counterparty is None:
        return None
    return {REGISTRY: Party.REGISTRY, NOTIFIER: Party.NOTIFIER}.get(error.counterparty, Party.UTILITY)


def _when_again(error: Refused) -> Mapping[str, str]:
    """A spent quota comes back by itself."""
    if _REFUSED.get(error.refusal.why) != 429:
        return {}
    return {"Retry-After": _wait(error.retry_after_s)}


def _in_the_way(blocking: TransferId | None) -> Mapping[str, Any]:
    return {} if blocking is None else {"blocking_transfer": blocking.text}


def _invalid(error: Invalid, exchange: Exchange) -> _Problem:
    errors = []
    for fault in error.faults[:ERRORS_LIMIT]:
        wrong, right = exchange.texts.fault(fault)
        errors.append({"field": fault.field, "code": fault.code, "detail": wrong, "right": right})
    # What a citizen entered reaches us through the platform; a utility speaks for itself.
    party = Party.CITIZEN if exchange.caller is Party.PLATFORM else exchange.caller
    return _interface("invalid_fields", party=party, more={"errors": errors})


def _wait(seconds: float | None) -> str:
    wanted = RETRY_AFTER_USUAL_S if seconds is None else math.ceil(seconds)
    return str(min(max(wanted, 1), RETRY_AFTER_LIMIT_S))


def _answer(told: _Problem, exchange: Exchange, *, theirs: str | None = None) -> Answer:
    if told.status in _TURNED_AWAY:
        client = getattr(exchange.request.state, "client", None)
        _log.warning("turned_away", correlation_id=exchange.correlation_id, client=client, why=told.code)
    texts = exchange.texts
    party = told.party or exchange.caller
    step = told.step or exchange.step
    wording = texts.problems[told.code]
    value = {
        "type": f"urn:cotransfer:problem:{told.code}",
        "title": wording.title,
        "status": told.status,
        "detail": told.detail or wording.detail.format(party=texts.parties[party.value]),
        "code": told.code,
        "party": party.value,
        "step": None if step is None else int(step),
        "correlation_id": exchange.correlation_id,
        **({} if theirs is None else {"counterparty_correlation_id": theirs}),
        "next_action": {"code": told.next_action.value, "text": texts.next_actions[told.next_action.value]},
        **told.more,
    }
    return answer(value, language=exchange.language, status=told.status, media_type=PROBLEM, headers=dict(told.headers))
