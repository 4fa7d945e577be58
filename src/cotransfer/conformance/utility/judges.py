"""How the rules of a utility are read off a trace: accounts, receipts, progress. Pure; knows only what was exchanged.

Never reads an answer that is not as the contract has it: another rule has named that already.
"""

from collections.abc import Callable, Iterator
from typing import Any

from cotransfer.conformance.exchanges import Answer, Exchange, Trace, of, successes
from cotransfer.conformance.flaws import flaw_of
from cotransfer.conformance.rules import Judge, Seen, Words

SUBMISSIONS = ("submit", "submit_other", "submit_in_arrears")
REPORTS = ("pre_review", "signing", "handling")
Known = Iterator[tuple[int, Exchange, Answer]]


def sound(trace: Trace, *words: str) -> Known:
    """The calls of these words whose answers are as the contract has them."""
    for at, exchange in of(trace, *words):
        if exchange.answer is not None and flaw_of(exchange, "utility") is None:
            yield at, exchange, exchange.answer


def _instead(answer: Answer, due: str) -> Words:
    return Words(f"It answered {answer.status} where {due} is due.", f"应返回 {due}，实际返回 {answer.status}。")


def answered(word: str, status: int) -> Judge:
    """A right call of this word has this status."""

    def judge(trace: Trace) -> Iterator[Seen]:
        for at, _, answer in sound(trace, word):
            yield Seen(at, None if answer.status == status else _instead(answer, str(status)))

    return judge


def that_very_number(trace: Trace) -> Iterator[Seen]:
    """The account found is the one asked for."""
    for at, exchange, answer in sound(trace, "find", "find_in_arrears"):
        if answer.is_success:
            same = answer.member("account_number") == exchange.sent.json.get("account_number")
            yield Seen(at, None if same else Words("It answered another account.", "返回了另一户号。"))


def arrears_are_told(trace: Trace) -> Iterator[Seen]:
    """The field is there, and true for an account in arrears."""
    for at, exchange in of(trace, "find", "find_in_arrears"):
        flaw = flaw_of(exchange, "utility")
        if flaw is not None and flaw.code == "account.arrears_told":
            yield Seen(at, flaw.words)
        elif flaw is None and exchange.answer is not None and exchange.answer.is_success:
            owes = exchange.step.do == "find_in_arrears"
            wrong = Words("The account is said to be in the other state.", "欠费状态与实际不符。")
            yield Seen(at, None if exchange.answer.member("in_arrears") is owes else wrong)


def found_the_same_again(trace: Trace) -> Iterator[Seen]:
    """Asking changes nothing: two questions in a row have the same answer."""
    before: dict[Any, Any] = {}
    for at, exchange, answer in sound(trace, "find"):
        asked = exchange.sent.json.get("account_number")
        if asked in before and all(each.step.do == "find" for each in trace):
            same = before[asked] == answer.json
            yield Seen(at, None if same else Words("The second answer differs.", "第二次应答与第一次不同。"))
        before[asked] = answer.json


def receipt_given(trace: Trace) -> Iterator[Seen]:
    """A right application under a new key gets a receipt: taken (202), or not taken with its reason (200)."""
    used: set[str | None] = set()
    for at, exchange in of(trace, *SUBMISSIONS, spoilt=True):
        key = exchange.sent.header("idempotency-key")
        fresh, used = key not in used, used | {key}
        if not fresh or exchange.step.spoilt or exchange.answer is None or flaw_of(exchange, "utility") is not None:
            continue
        yield Seen(at, None if exchange.answer.is_success else _instead(exchange.answer, "202/200"))


def _receipts(trace: Trace) -> dict[tuple[str | None, bytes], list[tuple[int, Exchange, Answer]]]:
    groups: dict[tuple[str | None, bytes], list[tuple[int, Exchange, Answer]]] = {}
    for at, exchange, answer in sound(trace, *SUBMISSIONS):
        key = exchange.sent.header("idempotency-key")
        groups.setdefault((key, exchange.sent.body or b""), []).append((at, exchange, answer))
    return groups


def _same_receipt(compared: Callable[[Exchange, Exchange], bool], *, running: bool = False) -> Judge:
    """Every answer to one message is like the first with which it may be compared; `running` allows a 409."""

    def judge(trace: Trace) -> Iterator[Seen]:
        for group in _receipts(trace).values():
            known = [each for each in group if each[2].is_success]
            for nth, (at, exchange, answer) in enumerate(group):
                earlier = next((each for each in known if each[0] < at and compared(each[1], exchange)), None)
                if nth == 0 or earlier is None or (running and answer.status == 409):
                    continue
                same = (answer.status, answer.json) == (earlier[2].status, earlier[2].json)
                wrong = Words("The same message got another answer.", "同一报文得到了不同的应答。")
                yield Seen(at, None if same else wrong)

    return judge


def _one_after_the_other(one: Exchange, other: Exchange) -> bool:
    return one.step.times == other.step.times == 1 and one.epoch == other.epoch


def _after_many_at_once(one: Exchange, other: Exchange) -> bool:
    return one.step.times > 1 and one.epoch == other.epoch


once_per_key = _same_receipt(_one_after_the_other)
once_at_once = _same_receipt(_after_many_at_once, running=True)
remembered = _same_receipt(lambda one, other: one.epoch != other.epoch)


def key_reused(trace: Trace) -> Iterator[Seen]:
    """A key under which an application was taken is refused for another one."""
    done = [(at, each.sent.header("idempotency-key")) for at, each, _ in successes(of(trace, "submit"))]
    for at, exchange in of(trace, "submit_other"):
        key, answer = exchange.sent.header("idempotency-key"), exchange.answer
        if answer is not None and answer.status < 500 and any(before < at and key == known for before, known in done):
            yield Seen(at, None if answer.status == 422 else _instead(answer, "422"))


def one_effect(trace: Trace) -> Iterator[Seen]:
    """In the ledger, each application that was taken stands once, whatever was repeated."""
    for at, exchange in enumerate(trace):
        if exchange.step.do != "ledger" or exchange.answer is None:
            continue
        effects = exchange.answer.member("effects") or []
        taken = [each.get("transfer") for each in effects if each.get("what") == "taken"]
        for key in dict.fromkeys(_taken_keys(trace[:at])):
            count = taken.count(key)
            wrong = Words(f"One application took effect {count} times.", f"同一申请生效 {count} 次。")
            yield Seen(at, None if count == 1 else wrong)


def _taken_keys(trace: Trace) -> list[str]:
    return [
        str(exchange.sent.header("idempotency-key"))
        for _, exchange, answer in sound(trace, *SUBMISSIONS)
        if answer.status == 202
    ]


def _receipts_before(trace: Trace, at: int, exchange: Exchange) -> list[Answer]:
    """The receipts of the application that is asked about, where it was taken before."""
    asked = exchange.sent.path.rpartition("/")[2]
    return [
        answer
        for _, earlier, answer in sound(trace[:at], *SUBMISSIONS)
        if answer.status == 202 and earlier.sent.header("idempotency-key") == asked and earlier.epoch == exchange.epoch
    ]


def known_at_once(trace: Trace) -> Iterator[Seen]:
    """Whoever holds a receipt can ask for progress."""
    for at, exchange, answer in sound(trace, "progress"):
        if _receipts_before(trace, at, exchange):
            yield Seen(at, None if answer.status == 200 else _instead(answer, "200"))


def bears_the_receipt(trace: Trace) -> Iterator[Seen]:
    """Progress is that of the transfer asked for, under the reference of its receipt."""
    for at, exchange, answer in sound(trace, "progress"):
        references = {receipt.member("reference") for receipt in _receipts_before(trace, at, exchange)}
        if not references or not answer.is_success:
            continue
        same = answer.member("reference") in references
        same = same and answer.member("transfer") == exchange.sent.path.rpartition("/")[2]
        wrong = Words("It bears another transfer or reference.", "业务编号或受理编号与回执不一致。")
        yield Seen(at, None if same else wrong)


def never_taken(trace: Trace) -> Iterator[Seen]:
    """An application that was not taken has no progress."""
    for at, exchange, answer in sound(trace, "progress"):
        asked = exchange.sent.path.rpartition("/")[2]
        outcomes = {
            earlier.status
            for _, each, earlier in sound(trace[:at], *SUBMISSIONS)
            if each.sent.header("idempotency-key") == asked
        }
        if outcomes == {200}:
            yield Seen(at, None if answer.status == 404 else _instead(answer, "404"))


def in_order(trace: Trace) -> Iterator[Seen]:
    """No report stands there before the one that it follows: signed after passed, handled after signed."""
    for at, _, answer in sound(trace, "progress"):
        if answer.is_success:
            wrong = Words("A later step is told without the one before it.", "后一环节的结果先于前一环节。")
            yield Seen(at, wrong if _out_of_order(answer.json) else None)


def _out_of_order(progress: dict[str, Any]) -> bool:
    pre_review, signing, handling = (progress[name] for name in REPORTS)
    passed = pre_review is not None and pre_review["result"] == "passed"
    signed = signing is not None and signing["outcome"] == "signed"
    withdrawn = signing is not None and signing["outcome"] == "withdrawn"  # Which may come before any review.
    return (signing is not None and not passed and not withdrawn) or (handling is not None and not signed)


def never_shrinks(trace: Trace) -> Iterator[Seen]:
    """What was told once is told again, unchanged, by every later answer."""
    before: dict[str, dict[str, Any]] = {}
    for at, exchange, answer in sound(trace, "progress"):
        path = exchange.sent.path
        if not answer.is_success:
            continue
        if path in before:
            renewed = any(each.step.do == "renew" for each in trace[:at])
            gone = [name for name in REPORTS if _taken_back(before[path][name], answer.json[name], renewed=renewed)]
            wrong = Words(f"Taken back or changed: {', '.join(gone)}.", f"已撤回或已改变：{'、'.join(gone)}。")
            yield Seen(at, wrong if gone else None)
        before[path] = answer.json


def _taken_back(before: Any, now: Any, *, renewed: bool) -> bool:
    """What stood there is gone or changed; an address that was renewed is meant to be another."""
    if before is None or before == now:
        return False
    if not renewed or not isinstance(now, dict):
        return True
    return {**before, "signing_address": None} != {**now, "signing_address": None}


def _of_transfer(trace: Trace, path: str, *words: str) -> Known:
    """The sound exchanges of these words about the transfer in `path`."""
    transfer = path.split("/")[3]
    for at, exchange, answer in sound(trace, *words):
        if transfer in (exchange.sent.header("idempotency-key"), *exchange.sent.path.split("/")):
            yield at, exchange, answer


def cancelled_before_it_came(trace: Trace) -> Iterator[Seen]:
    """An application never seen is withdrawn, and not taken should it come later."""
    for at, exchange, answer in sound(trace, "cancel"):
        before = list(_of_transfer(trace[:at], exchange.sent.path, *SUBMISSIONS))
        if before or not answer.is_success:
            continue
        wrong = Words("It is called too late.", "答复为已无法撤回。")
        yield Seen(at, None if answer.member("outcome") == "withdrawn" else wrong)
        for later, _, receipt in _of_transfer(trace, exchange.sent.path, *SUBMISSIONS):
            if later > at:
                wrong = Words("It is taken all the same.", "申请仍被受理。")
                yield Seen(later, None if receipt.status == 200 else wrong)


def cancelled_the_same_again(trace: Trace) -> Iterator[Seen]:
    """Asked again, the answer is the same: what is withdrawn stays so, and what came too late does."""
    answers: dict[str, Any] = {}
    for at, exchange, answer in sound(trace, "cancel"):
        path = exchange.sent.path
        if path in answers and answer.is_success:
            same = answers[path] == answer.member("outcome")
            yield Seen(at, None if same else Words("It is another answer.", "再次答复不同。"))
        answers.setdefault(path, answer.member("outcome"))


def cancelled_as_progress_tells(trace: Trace) -> Iterator[Seen]:
    """Withdrawn stands in the progress; too late does only where something else ended it."""
    for at, exchange, answer in sound(trace, "progress"):
        said = [each.member("outcome") for _, _, each in _of_transfer(trace[:at], exchange.sent.path, "cancel")]
        if not said or not answer.is_success:
            continue
        signing = answer.member("signing")
        withdrawn = signing is not None and signing["outcome"] == "withdrawn"
        wrong = Words("The answer and the progress differ.", "撤回答复与进度不一致。")
        yield Seen(at, None if withdrawn is (said[0] == "withdrawn") else wrong)


def nothing_to_renew(trace: Trace) -> Iterator[Seen]:
    """Where nothing was handed in there is no contract, and no address."""
    for at, exchange, answer in sound(trace, "renew"):
        if not list(_of_transfer(trace[:at], exchange.sent.path, *SUBMISSIONS)):
            yield Seen(at, None if answer.status == 404 else _instead(answer, "404"))


def renewed_is_told(trace: Trace) -> Iterator[Seen]:
    """A renewed address is the one that progress tells from then on."""
    for at, exchange, answer in sound(trace, "progress"):
        said = [each for _, _, each in _of_transfer(trace[:at], exchange.sent.path, "renew") if each.is_success]
        if not said or not answer.is_success:
            continue
        told = (answer.member("pre_review") or {}).get("signing_address")
        wrong = Words("Progress tells another address.", "进度中的签章地址不同。")
        yield Seen(at, None if told == said[-1].member("signing_address") else wrong)
