"""Rules that hold for every contract and every operation: how an answer looks, and how a wrong call is refused.

Each is made by a small factory, so that a contract's own table only has to say which it has. Never breaks two rules
with one fault where the fault has a name of its own (`flaws`).
"""

import re
from collections.abc import Callable, Collection, Iterator
from urllib.parse import unquote

from cotransfer.adapters.wire.contracts import Name
from cotransfer.conformance import flaws
from cotransfer.conformance.exchanges import Exchange, Trace
from cotransfer.conformance.flaws import flaw_of
from cotransfer.conformance.rules import Judge, Rule, Seen, Severity, Words
from cotransfer.conformance.twists import faulty_fields

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_TEXTS = ("title", "detail")
Relevant = Callable[[Exchange], bool]
Fit = Callable[[Trace, int], bool]


def without_flaw(code: str, name: Name, relevant: Relevant = lambda _: True) -> Judge:
    """No relevant answer has the flaw of this code."""

    def judge(trace: Trace) -> Iterator[Seen]:
        for at, exchange in enumerate(trace):
            flaw = flaw_of(exchange, name)
            if flaw is not None and flaw.code == code:
                yield Seen(at, flaw.words)
            elif relevant(exchange) and exchange.step.do not in flaws.OUTSIDE:
                yield Seen(at)

    return judge


def is_problem(exchange: Exchange) -> bool:
    """An answer that is no success."""
    return exchange.answer is not None and not exchange.answer.is_success


def is_success(exchange: Exchange) -> bool:
    return exchange.answer is not None and exchange.answer.is_success


def whatever_it_is(_: Trace, __: int) -> bool:
    """Nothing is in the way."""
    return True


def refused(twist: str, statuses: Collection[int], *, fit: Fit = whatever_it_is) -> Judge:
    """A call with nothing wrong but this one twist is answered with one of `statuses`.

    `fit` says of an exchange, by its number, whether there was nothing else in the way.
    """

    def judge(trace: Trace) -> Iterator[Seen]:
        for at, exchange in enumerate(trace):
            twists, answer = exchange.step.twists, exchange.answer
            if len(twists) != 1 or not twists[0].startswith(twist) or answer is None or answer.status >= 500:
                continue
            if not fit(trace, at):
                continue
            yield Seen(at, None if answer.status in statuses else instead(answer.status, statuses))

    return judge


def instead(status: int, statuses: Collection[int]) -> Words:
    listed = "/".join(map(str, sorted(statuses)))
    return Words(f"It answered {status} where {listed} is due.", f"应返回 {listed}，实际返回 {status}。")


def all_faults_named(trace: Trace) -> Iterator[Seen]:
    """Several wrong fields are all named in one answer that is about fields."""
    for at, exchange in enumerate(trace):
        fields, answer = faulty_fields(exchange.step.twists), exchange.answer
        whole = len(fields) == len(exchange.step.twists) and len(fields) > 1
        if not whole or answer is None or answer.status not in (400, 422) or not isinstance(answer.json, dict):
            continue
        named = {fault.get("field") for fault in _faults(answer.member("errors"))}
        missing = sorted(fields - named)
        listed = ", ".join(missing)
        wrong = Words(f"Not named among the errors: {listed}.", f"错误列表未列出：{listed}。")
        yield Seen(at, wrong if missing else None)


def _faults(errors: object) -> list[dict[str, object]]:
    return [fault for fault in errors if isinstance(fault, dict)] if isinstance(errors, list) else []


def no_personal_header(trace: Trace) -> Iterator[Seen]:
    """No header of an answer holds a value of anybody."""
    for at, exchange in enumerate(trace):
        answer = exchange.answer
        if answer is None or not exchange.personal:
            continue
        for name, value in answer.headers:
            if any(each in text for each in exchange.personal for text in (value, unquote(value))):
                wrong = Words(f"The header {name} holds a personal value.", f"应答头 {name} 含有个人信息。")
                yield Seen(at, wrong)
                break
        else:
            yield Seen(at)


def problems_hold_no_value(trace: Trace) -> Iterator[Seen]:
    """A problem never repeats what was sent about a person."""
    for at, exchange in enumerate(trace):
        answer = exchange.answer
        if answer is None or answer.status < 400 or not exchange.personal:
            continue
        text = answer.body.decode("utf-8", "replace")
        held = any(value in text for value in exchange.personal)
        wrong = Words("The problem repeats a personal value that was sent.", "错误应答中重复了所提交的个人信息。")
        yield Seen(at, wrong if held else None)


def same_correlation(trace: Trace) -> Iterator[Seen]:
    """Where an answer bears a correlation id, it is the caller's; a stored one keeps the first caller's in its body."""
    for at, exchange in enumerate(trace):
        answer, asked = exchange.answer, exchange.sent.header("x-correlation-id")
        if answer is None or asked is None:
            continue
        stored = "idempotency-replayed" in answer.head
        shown = [answer.head.get("x-correlation-id"), None if stored else answer.member("correlation_id")]
        if told := [each for each in shown if each is not None]:
            wrong = Words("It bears another correlation id.", "关联编号与请求中的不一致。")
            yield Seen(at, None if set(told) == {asked} else wrong)


def language_followed(trace: Trace) -> Iterator[Seen]:
    """The texts of a problem are Chinese unless English was asked for."""
    for at, exchange in enumerate(trace):
        answer = exchange.answer
        if answer is None or answer.status < 400 or not isinstance(answer.json, dict):
            continue
        texts = [text for name in _TEXTS if isinstance(text := answer.json.get(name), str)]
        if not texts:
            continue
        chinese = bool(_CHINESE.search("".join(texts)))
        asked_for_english = "language:en" in exchange.step.twists
        wrong = Words("The texts are in the other language.", "提示文字的语言与请求不符。")
        yield Seen(at, wrong if chinese == asked_for_english else None)


def rule(
    code: str, en: str, zh: str, source: str, judge: Judge, *, should: bool = False, needs: Words | None = None
) -> Rule:
    """A rule in one line."""
    severity = Severity.SHOULD if should else Severity.MUST
    return Rule(code=code, text=Words(en, zh), source=source, judge=judge, severity=severity, needs=needs)
