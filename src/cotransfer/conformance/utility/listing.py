"""How the rules of a statement are read off a trace: its first page. Pure; reads no answer against the contract."""

from collections.abc import Iterator

from cotransfer.conformance.exchanges import Answer, Trace
from cotransfer.conformance.rules import Seen, Words
from cotransfer.conformance.utility.judges import SUBMISSIONS, sound

_ENDED = {"not_passed": "pre_review_failed", "done": "completed", "not_done": "handling_failed"}
_SIGNED = {"signed": "in_handling"}


def in_order(trace: Trace) -> Iterator[Seen]:
    """By transfer, each once; a page that goes on is not empty."""
    for at, _, answer in sound(trace, "list"):
        if answer.is_success:
            keys = [line["transfer"] for line in answer.member("applications")]
            right = keys == sorted(set(keys)) and (keys or answer.member("next") is None)
            wrong = Words("It is out of order, or an empty page goes on.", "顺序有误，或空页仍有后续页。")
            yield Seen(at, None if right else wrong)


def holds_what_was_taken(trace: Trace) -> Iterator[Seen]:
    """Of what was handed in before: what was taken, and nothing that was not."""
    for at, _, answer in sound(trace, "list"):
        if not answer.is_success:
            continue
        page = {line["transfer"] for line in answer.member("applications")}
        receipts = [
            (exchange.sent.json["transfer"], receipt.member("outcome") == "taken")
            for _, exchange, receipt in sound(trace[:at], *SUBMISSIONS)
            if receipt.is_success
        ]
        # What comes on a later page is not missing on this one.
        told = [(key, taken) for key, taken in receipts if answer.member("next") is None or key <= max(page)]
        for key, taken in told:
            wrong = Words(
                "It leaves out what was taken, or tells what was not.", "遗漏已受理的申请，或含未受理的申请。"
            )
            yield Seen(at, None if (key in page) is taken else wrong)


def as_progress_tells(trace: Trace) -> Iterator[Seen]:
    """Where progress tells the same before and after a statement, the statement tells that stage."""
    for at, _, answer in sound(trace, "list"):
        if not answer.is_success:
            continue
        before, after = _told(trace[:at]), _told(trace[at + 1 :], first=True)
        for line in answer.member("applications"):
            key = line["transfer"]
            if key in before and before[key] == after.get(key):
                wrong = Words("It tells another stage than progress.", "阶段与进度不一致。")
                yield Seen(at, None if line["stage"] == before[key] else wrong)


def _told(trace: Trace, *, first: bool = False) -> dict[str, str]:
    """The stage that progress told of each transfer: the first time, or the last."""
    stages: dict[str, str] = {}
    for _, _, answer in sound(trace, "progress"):
        if answer.is_success and not (first and answer.member("transfer") in stages):
            stages[answer.member("transfer")] = _stage(answer)
    return stages


def _stage(progress: Answer) -> str:
    """By the last result that there is."""
    handling, signing, pre_review = (progress.member(name) for name in ("handling", "signing", "pre_review"))
    if handling is not None:
        return _ENDED[handling["result"]]
    if signing is not None:
        outcome: str = signing["outcome"]
        return _SIGNED.get(outcome, outcome)
    if pre_review is not None:
        return _ENDED.get(pre_review["result"], "awaiting_signing")
    return "in_pre_review"
