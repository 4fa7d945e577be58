"""What is wrong with one answer by itself, and which single rule that breaks: the first in a fixed order.

One fault has one name: who reads the report must not find a missing status, body and field where there was one HTML
page. Never looks at what the answer means; that is for the rules that read it.
"""

import json
from functools import lru_cache

import attrs

from cotransfer.adapters.wire.contract_keywords import Finding
from cotransfer.adapters.wire.contracts import ContractBroken, Name, contract
from cotransfer.conformance.exchanges import Answer, Exchange, Lost
from cotransfer.conformance.rules import Words

IN_TIME = "answers.in_time"
NEVER_5XX = "answers.never_5xx"
STATUS = "answers.known_status"
MEDIA_TYPE = "answers.media_type"
HEADERS = "answers.headers"
BODY = "answers.as_the_contract"
EXACT = "answers.exactly_the_fields"
PROBLEM = "problems.form"
CODE = "problems.code"
ARREARS = "account.arrears_told"

OUTSIDE = frozenset({"ledger", "token"})
"""Words whose calls are no operation of the contract."""


@attrs.frozen
class Flaw:
    """`code` is the rule that is broken."""

    code: str
    words: Words


def flaw_of(exchange: Exchange, name: Name) -> Flaw | None:
    """The one flaw that an answer is known by; None for an answer that the contract has."""
    got = exchange.got
    if isinstance(got, Lost):
        return _lost(got)
    if got.status >= 500:
        return Flaw(NEVER_5XX, Words(f"It answered {got.status}.", f"返回了 {got.status}。"))
    if exchange.step.do in OUTSIDE:
        return None
    findings = _findings(name, exchange.sent.method, exchange.sent.path, got)
    flaws = sorted((_flaw(finding, got) for finding in findings), key=lambda flaw: _ORDER.index(flaw.code))
    return flaws[0] if flaws else None


_ORDER = (STATUS, MEDIA_TYPE, ARREARS, EXACT, BODY, PROBLEM, CODE, HEADERS)


def _lost(got: Lost) -> Flaw:
    if got.why == "timeout":
        return Flaw(IN_TIME, Words(f"No answer within {got.took_s:.1f} s.", f"{got.took_s:.1f} 秒内没有应答。"))
    return Flaw(IN_TIME, Words("The connection broke off without an answer.", "连接中断，没有应答。"))


def _findings(name: Name, method: str, path: str, got: Answer) -> tuple[Finding, ...]:
    key = json.dumps(sorted(got.head.items()))
    return _checked(name, method, path, got.status, key, got.body)


@lru_cache(maxsize=4096)
def _checked(name: Name, method: str, path: str, status: int, headers: str, body: bytes) -> tuple[Finding, ...]:
    """Judged once, however many rules ask."""
    try:
        contract(name).check_response(method, path, status, dict(json.loads(headers)), body)
    except ContractBroken as broken:
        return broken.findings
    return ()


def _flaw(finding: Finding, got: Answer) -> Flaw:
    words = Words(f"{got.status}: {finding}.", f"应答 {got.status}：{finding}。")
    where, what = finding.where, finding.what
    if where == "response status":
        return Flaw(STATUS, words)
    if where == "response header Content-Type":
        return Flaw(MEDIA_TYPE, words)
    if where.startswith("response header"):
        return Flaw(HEADERS, words)
    if not got.is_success:
        return Flaw(CODE if where.endswith("/code") and "for a" in what else PROBLEM, words)
    if "in_arrears" in where or what.startswith("in_arrears"):
        return Flaw(ARREARS, words)
    return Flaw(EXACT if what.startswith("the contract has no field") else BODY, words)
