"""How the rules of a gateway are read off a trace: keys, transfers, reports in every order. Pure.

Never reads an answer that is not as the contract has it, and never judges a report on a transfer that the trace has not
seen submitted.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from cotransfer.conformance.common import Fit, instead
from cotransfer.conformance.exchanges import Answer, Exchange, Trace, of, successes
from cotransfer.conformance.flaws import flaw_of
from cotransfer.conformance.gateway.acting import REPORTS
from cotransfer.conformance.rules import Judge, Seen, Words
from cotransfer.conformance.steps import FRESH_KEY

OF_A_TRANSFER = frozenset(
    {
        "show",
        "tap",
        "disclosures",
        "consents",
        "withdraw",
        "take_back",
        "again",
        "certificate",
        "identity",
        "question",
        "reversals",
        "evidence",
        "unquestion",
        "questioned",
        "finding",
        *REPORTS,
    }
)
"""Words that mean nothing before something was submitted."""

POSTS = ("properties", "account", "submit", "tap", "withdraw", "take_back", "again", *REPORTS)
WANTED_BACK = ("take_back", "withdraw")
"""Words after which the utility decides, at its own time, whether the transfer goes on."""

STORIES: tuple[tuple[str, ...], ...] = (
    ("passed", "signed_sms", "signed_wechat", "done"),
    ("passed", "signed_sms", "signed_wechat", "not_done"),
    ("passed", "declined"),
    ("passed", "expired"),
    ("passed", "withdrawn"),
    ("not_passed",),
)
"""Reports that do not contradict one another, in the order of the steps."""

STATES = {
    "passed": "awaiting_signing",
    "not_passed": "pre_review_failed",
    "signed_sms": "in_handling",
    "signed_wechat": "in_handling",
    "declined": "signing_lapsed",
    "expired": "signing_lapsed",
    "withdrawn": "withdrawn",
    "done": "completed",
    "not_done": "handling_failed",
}
ENDED: Mapping[str, frozenset[str]] = {
    "done": frozenset({"not_done", "not_passed", "declined", "expired", "withdrawn"}),
    "not_done": frozenset({"done", "not_passed", "declined", "expired", "withdrawn"}),
    "not_passed": frozenset(REPORTS) - {"not_passed"},
    "declined": frozenset(REPORTS) - {"declined", "passed"},
    "expired": frozenset(REPORTS) - {"expired", "passed"},
    "withdrawn": frozenset(REPORTS) - {"withdrawn", "passed"},
}
"""What contradicts each report that ends a transfer."""

TOO_MANY = 429


def submitted_before(trace: Trace, at: int) -> bool:
    """The call concerns no transfer, or one that the trace has seen submitted."""
    exchange = trace[at]
    if exchange.step.do not in OF_A_TRANSFER:
        return True
    return _transfer(exchange) in _submitted(trace[:at])


fit: Fit = submitted_before


def _transfer(exchange: Exchange) -> str:
    parts = exchange.sent.path.split("/")
    return next((part for part in parts if len(part) == 36), "")


def _submitted(trace: Trace) -> set[Any]:
    return {answer.member("transfer") for _, _, answer in successes(of(trace, "submit", "again"))}


def _left_to_go_on(trace: Trace, transfer: str) -> bool:
    """Nobody has wanted it back."""
    return all(_transfer(each) != transfer for _, each in of(trace, *WANTED_BACK, spoilt=True))


def _sound(trace: Trace, *words: str) -> Iterator[tuple[int, Exchange, Answer]]:
    for at, exchange in of(trace, *words):
        answer = exchange.answer
        if answer is None or answer.status == TOO_MANY or flaw_of(exchange, "gateway") is not None:
            continue
        reported = exchange.step.do in REPORTS or exchange.step.do == "tap"
        if submitted_before(trace, at) and (not reported or _left_to_go_on(trace[:at], _transfer(exchange))):
            yield at, exchange, answer


def answered(word: str, status: int, holds: Callable[[Answer], bool] = lambda _: True) -> Judge:
    """A right call of this word has this status, and says what it should."""

    def judge(trace: Trace) -> Iterator[Seen]:
        for at, exchange, answer in _sound(trace, word):
            if FRESH_KEY in exchange.step.twists:
                continue
            if answer.status != status:
                yield Seen(at, instead(answer.status, (status,)))
            else:
                yield Seen(at, None if holds(answer) else Words("It says something else.", "返回的内容不符。"))

    return judge


def created(trace: Trace) -> Iterator[Seen]:
    """A first submission is stored, and the answer says where; a person who is under way elsewhere proves nothing."""
    keys: set[str | None] = set()
    for at, exchange, answer in _sound(trace, "submit"):
        key = exchange.sent.header("idempotency-key")
        if key in keys or FRESH_KEY in exchange.step.twists or answer.member("code") == "already_under_way":
            continue
        keys.add(key)
        right = answer.status == 201 and answer.head.get("location", "").endswith(f"/{answer.member('transfer')}")
        yield Seen(at, None if right else instead(answer.status, (201,)))


def under_way(trace: Trace) -> Iterator[Seen]:
    """While a transfer of the home is open, another submission is refused."""
    for at, exchange, answer in _sound(trace, "submit"):
        done = [each for each in successes(of(trace[:at], "submit")) if each[1].step.case == exchange.step.case]
        ended = any(each.step.do in ENDED for each in trace[:at])
        if FRESH_KEY in exchange.step.twists and done and not ended:
            refused = answer.status == 409 and answer.member("code") == "already_under_way"
            yield Seen(at, None if refused else instead(answer.status, (409,)))


def _groups(trace: Trace) -> list[list[tuple[int, Exchange, Answer]]]:
    groups: dict[tuple[Any, ...], list[tuple[int, Exchange, Answer]]] = {}
    for at, exchange, answer in _sound(trace, *POSTS):
        sent = exchange.sent
        message = (sent.header("idempotency-key"), sent.path, sent.body, sent.header("citizen-session"))
        groups.setdefault(message, []).append((at, exchange, answer))
    return list(groups.values())


def once_per_key(trace: Trace) -> Iterator[Seen]:
    """The same message again: the stored answer, marked as such."""
    for group in _groups(trace):
        first = next((each for each in group if each[2].is_success and each[1].step.times == 1), None)
        for at, exchange, answer in group:
            if first is None or at <= first[0] or exchange.step.times > 1:
                continue
            same = (answer.status, answer.json) == (first[2].status, first[2].json)
            marked = answer.head.get("idempotency-replayed") == "true"
            wrong = Words("It is another answer." if not same else "It is not marked.", "应答不同或未标明为重复。")
            yield Seen(at, None if same and marked else wrong)


def once_at_once(trace: Trace) -> Iterator[Seen]:
    """Copies that come at once have one answer, or are told to come back."""
    for group in _groups(trace):
        first = next((each for each in group if each[2].is_success and each[1].step.times > 1), None)
        for at, exchange, answer in group:
            if first is None or at == first[0]:
                continue
            running = answer.member("code") == "still_running" and exchange.step.times > 1
            same = running or (answer.status, answer.json) == (first[2].status, first[2].json)
            yield Seen(at, None if same else Words("A copy has another answer.", "同一报文得到了不同的应答。"))


def key_reused(trace: Trace) -> Iterator[Seen]:
    """A key that was used is refused for another message."""
    for at, exchange, answer in _sound(trace, "submit_other"):
        if any(each.step.case == exchange.step.case for _, each, _ in successes(of(trace[:at], "submit"))):
            yield Seen(at, None if answer.status == 422 else instead(answer.status, (422,)))


def _heard(trace: Trace, transfer: str, statuses: Collection[int] = (200,)) -> list[tuple[int, Exchange, Answer]]:
    return [each for each in _sound(trace, *REPORTS) if _transfer(each[1]) == transfer and each[2].status in statuses]


def heard(trace: Trace) -> Iterator[Seen]:
    """A report that contradicts nothing is heard."""
    for at, exchange, answer in _sound(trace, *REPORTS):
        before = {each.step.do for _, each, _ in _heard(trace[:at], _transfer(exchange))}
        if _of_one_story({*before, exchange.step.do}):
            yield Seen(at, None if answer.status == 200 else instead(answer.status, (200,)))


def _of_one_story(words: set[str]) -> tuple[str, ...] | None:
    return next((story for story in STORIES if words <= set(story)), None)


def any_order(trace: Trace) -> Iterator[Seen]:
    """The state is what the furthest report proves, in whatever order and how often the reports came."""
    for at, exchange, answer in _sound(trace, "show"):
        told = [each.step.do for _, each, _ in _heard(trace[:at], _transfer(exchange), (200, 409))]
        story = _of_one_story(set(told))
        if answer.status != 200 or not told or story is None or not _left_to_go_on(trace[:at], _transfer(exchange)):
            continue
        due = STATES[max(told, key=story.index)]
        wrong = Words(f"The state is {answer.member('state')}, due is {due}.", f"状态应为 {due}。")
        yield Seen(at, None if answer.member("state") == due else wrong)


def no_news_twice(trace: Trace) -> Iterator[Seen]:
    """A report that was heard before is heard again, and is no news."""
    for at, exchange, answer in _sound(trace, *REPORTS):
        before = [each for _, each, _ in _heard(trace[:at], _transfer(exchange)) if each.step.do == exchange.step.do]
        if FRESH_KEY in exchange.step.twists and before and answer.status == 200:
            wrong = Words("It is called news.", "重复报告被当作新信息。")
            yield Seen(at, None if answer.member("news") is False else wrong)


def contradictions(trace: Trace) -> Iterator[Seen]:
    """What contradicts the end is answered with a conflict."""
    for at, exchange, answer in _sound(trace, *REPORTS):
        end = _end(trace[:at], _transfer(exchange))
        if end is not None and exchange.step.do in ENDED[end]:
            conflict = answer.status == 409 and answer.member("code") == "contradicts"
            yield Seen(at, None if conflict else instead(answer.status, (409,)))


def end_absorbs(trace: Trace) -> Iterator[Seen]:
    """After the end nothing moves the state."""
    for at, exchange, answer in _sound(trace, "show"):
        transfer = _transfer(exchange)
        end = _end(trace[:at], transfer)
        against = end is not None and any(
            _transfer(each) == transfer and each.step.do in ENDED[end] for _, each in of(trace[:at], *REPORTS)
        )
        if end is not None and against and answer.status == 200:
            due = STATES[end]
            wrong = Words(f"The state is {answer.member('state')}, it was {due}.", f"状态应保持 {due}。")
            yield Seen(at, None if answer.member("state") == due else wrong)


def _end(trace: Trace, transfer: str) -> str | None:
    """The report that ended it, where those before it were of one story."""
    told = [each.step.do for _, each, _ in _heard(trace, transfer)]
    for nth, word in enumerate(told):
        if word in ENDED:
            return word if _of_one_story(set(told[: nth + 1])) else None
    return None


def address_at_the_tap(trace: Trace) -> Iterator[Seen]:
    """At the tap comes the very address of the pre-review; once signed, that it is in handling."""
    for at, exchange, answer in _sound(trace, "tap"):
        told = _heard(trace[:at], _transfer(exchange))
        words = {each.step.do for _, each, _ in told}
        if answer.status != 200 or not words or not words <= {"passed", "signed_sms", "signed_wechat"}:
            continue
        if words == {"passed"}:
            given = told[-1][1].sent.json["signing_address"]
            right = answer.member("action") == "sign" and answer.member("signing_address") == given
        else:
            right = answer.member("action") == "in_handling"
        yield Seen(at, None if right else Words("It leads elsewhere.", "返回的签章方式不符。"))


def not_ready(trace: Trace) -> Iterator[Seen]:
    """Before the pre-review there is nothing to sign."""
    for at, exchange, answer in _sound(trace, "tap"):
        if not _heard(trace[:at], _transfer(exchange), (200, 409)):
            yield Seen(at, None if answer.status == 409 else instead(answer.status, (409,)))


def shown_while_open(word: str) -> Judge:
    """What is needed for handling is shown while the transfer is open; after its end it is not."""

    def judge(trace: Trace) -> Iterator[Seen]:
        for at, exchange, answer in _sound(trace, word):
            words = {each.step.do for _, each, _ in _heard(trace[:at], _transfer(exchange))}
            if not _left_to_go_on(trace[:at], _transfer(exchange)):
                continue
            due = 409 if words & set(ENDED) else 200
            yield Seen(at, None if answer.status == due else instead(answer.status, (due,)))

    return judge


def consent_withdrawn(trace: Trace) -> Iterator[Seen]:
    """After a withdrawal nothing more goes to the receiver."""
    for at, exchange, answer in _sound(trace, "identity", "certificate"):
        withdrawn = [_transfer(each) for _, each, _ in successes(of(trace[:at], "withdraw"))]
        ended = _end(trace[:at], _transfer(exchange))
        if _transfer(exchange) in withdrawn and ended is None:
            # The consent takes the transfer with it, where the utility lets it go.
            yield Seen(at, None if answer.status in (403, 409) else instead(answer.status, (403, 409)))


def taken_back(trace: Trace) -> Iterator[Seen]:
    """Until the contract is signed it can be asked for; from the signature on it is refused."""
    for at, exchange, answer in _sound(trace, "take_back"):
        transfer = _transfer(exchange)
        told = [each.step.do for _, each, _ in _heard(trace[:at], transfer)]
        if not _left_to_go_on(trace[:at], transfer) or not set(told) <= {
            "passed",
            "signed_sms",
            "signed_wechat",
            *ENDED,
        }:
            continue
        due = 409 if set(told) - {"passed"} else 200
        yield Seen(at, None if answer.status == due else instead(answer.status, (due,)))


def only_completed(trace: Trace) -> Iterator[Seen]:
    """Once it is handled a transfer can be questioned, and not before: by either side."""
    for at, exchange, answer in _sound(trace, "question", "questioned"):
        transfer = _transfer(exchange)
        before = [_transfer(each) for _, each, _ in successes(of(trace[:at], "question", "questioned"))]
        told = [each.step.do for _, each, _ in _heard(trace[:at], transfer)]
        end = _end(trace[:at], transfer)
        if transfer in before or exchange.step.times > 1 or (end is None and set(told) & set(ENDED)):
            continue
        due = 201 if end == "done" else 409
        yield Seen(at, None if answer.status == due else instead(answer.status, (due,)))


def attempt_linked(trace: Trace) -> Iterator[Seen]:
    """Another attempt after one that failed is a new transfer, which names the one before."""
    for at, exchange, answer in _sound(trace, "again"):
        former = _transfer(exchange)
        if _end(trace[:at], former) not in ("not_passed", "not_done", "declined", "expired") or exchange.step.times > 1:
            continue
        if answer.status != 201:
            yield Seen(at, instead(answer.status, (201,)))
        else:
            linked = answer.member("follows") == former != answer.member("transfer")
            yield Seen(at, None if linked else Words("It does not name the one before.", "未关联前次业务。"))


def nobody_named(trace: Trace) -> Iterator[Seen]:
    """A transfer is shown without anybody's data."""
    for at, exchange, answer in _sound(trace, "show", "disclosures", "consents"):
        if answer.status == 200:
            text = answer.body.decode("utf-8", "replace")
            held = any(value in text for value in exchange.personal)
            yield Seen(at, Words("It holds a personal value.", "含有个人信息。") if held else None)


def other_party(twist: str, statuses: Collection[int]) -> Judge:
    """A call by somebody whose matter it is not."""

    def judge(trace: Trace) -> Iterator[Seen]:
        for at, exchange in enumerate(trace):
            answer = exchange.answer
            if exchange.step.twists != (twist,) or answer is None or not submitted_before(trace, at):
                continue
            if answer.status < 500 and answer.status != TOO_MANY:
                yield Seen(at, None if answer.status in statuses else instead(answer.status, statuses))

    return judge
