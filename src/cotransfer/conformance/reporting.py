"""The report, for people as a table and for machines as JSON. Never says more than the verdicts, which are masked."""

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cotransfer.conformance.masking import as_line
from cotransfer.conformance.rules import Words
from cotransfer.conformance.steps import told
from cotransfer.conformance.verdicts import Outcome, Proof, Report, Verdict

_OUTCOMES = {
    Outcome.PASSED: (Words("passed", "通过"), "green"),
    Outcome.FAILED: (Words("FAILED", "不通过"), "red"),
    Outcome.EXCUSED: (Words("excused", "已说明"), "yellow"),
    Outcome.NOT_TRIED: (Words("not tried", "未测试"), "dim"),
}
_HEADS = (Words("rule", "规则"), Words("verdict", "结论"), Words("tried", "次数"), Words("what it says", "内容"))
_PASSED = Words("No must-rule failed.", "必须遵守的规则全部通过。")
_FAILED = Words("Must-rules failed: ", "未通过的必须规则：")
_SHOULD = Words("Should-rules failed: ", "未通过的建议规则：")
_SHORTEST = Words("shortest sequence", "最短序列")
_ONCE = Words("seen once, and not when it was played again", "仅出现一次，重放未再现")
_CUT = Words("A limit ended the run early.", "运行因达到上限而提前结束。")


def for_people(report: Report, console: Console, language: str) -> None:
    """The table, then each failure with its shortest sequence, its requests and its answers."""
    table = Table(*(head.in_language(language) for head in _HEADS), box=None, pad_edge=False)
    for verdict in report.verdicts:
        words, style = _OUTCOMES[verdict.outcome]
        said = verdict.rule.text.in_language(language)
        if verdict.reason is not None:
            said = f"{said}\n  {verdict.reason.in_language(language)}"
        code = verdict.rule.code + ("" if verdict.rule.severity.value == "must" else " (should)")
        table.add_row(code, f"[{style}]{words.in_language(language)}[/]", str(verdict.looks or ""), escape(said))
    console.print(table)
    for verdict in report.verdicts:
        if verdict.proof is not None:
            _failure(verdict, verdict.proof, console, language)
    _ending(report, console, language)


def _failure(verdict: Verdict, proof: Proof, console: Console, language: str) -> None:
    rule = verdict.rule
    console.print(f"\n[bold]{rule.code}[/]  {escape(rule.text.in_language(language))}  ({escape(rule.source)})")
    console.print(f"  {escape(proof.wrong.in_language(language))}")
    again = "" if proof.again else f" ({_ONCE.in_language(language)})"
    console.print(f"  {_SHORTEST.in_language(language)}: {escape(told(proof.sequence))}{again}")
    for exchange in proof.exchanges:
        request, answer = exchange["request"], exchange["answer"]
        console.print(escape(f"  > {request['line']}  {as_line(request.get('body', ''))}"), soft_wrap=True)
        status = answer.get("status", answer.get("lost"))
        console.print(escape(f"  < {status}  {as_line(answer.get('body', ''))}"), soft_wrap=True)


def _ending(report: Report, console: Console, language: str) -> None:
    counted = {outcome: len(report.of(outcome)) for outcome in Outcome}
    parts = [f"{words.in_language(language)} {counted[outcome]}" for outcome, (words, _) in _OUTCOMES.items()]
    console.print(
        f"\n{report.url}  ·  {' · '.join(parts)}  ·  {report.calls} calls, {report.took_s} s, seed {report.seed}"
    )
    for intro, failed in ((_FAILED, True), (_SHOULD, False)):
        codes = [each.rule.code for each in report.of(Outcome.FAILED) if each.fails is failed]
        if codes:
            console.print(f"{intro.in_language(language)}{', '.join(codes)}")
    if report.passed:
        console.print(_PASSED.in_language(language))
    if report.cut_short:
        console.print(_CUT.in_language(language))


def for_machines(report: Report) -> dict[str, Any]:
    """The same for machines; what the members mean is in docs/conformance.md."""
    return {
        "kind": report.kind,
        "url": report.url,
        "passed": report.passed,
        "seed": report.seed,
        "began_at": report.began_at,
        "took_s": report.took_s,
        "calls": report.calls,
        "cut_short": report.cut_short,
        "versions": report.versions,
        "verdicts": [_verdict(verdict) for verdict in report.verdicts],
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    rule = verdict.rule
    said: dict[str, Any] = {
        "rule": rule.code,
        "severity": rule.severity.value,
        "verdict": verdict.outcome.value,
        "looks": verdict.looks,
        "text": {"en": rule.text.en, "zh": rule.text.zh},
        "source": rule.source,
    }
    if verdict.reason is not None:
        said["reason"] = {"en": verdict.reason.en, "zh": verdict.reason.zh}
    if verdict.proof is not None:
        proof = verdict.proof
        said["seen"] = {"en": proof.wrong.en, "zh": proof.wrong.zh}
        said["again"] = proof.again
        said["sequence"] = [step.to_json() for step in proof.sequence]
        said["exchanges"] = list(proof.exchanges)
    return said
