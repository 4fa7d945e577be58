"""The table of the rules that every contract has: answers, problems, privacy, input. Data only."""

from cotransfer.adapters.wire.contracts import Name
from cotransfer.conformance import common, flaws
from cotransfer.conformance.common import Fit, is_problem, is_success, refused, rule, whatever_it_is, without_flaw
from cotransfer.conformance.rules import Rule

UNREADABLE = (400, 422)
FAULTY = (400, 422)
TOO_LARGE = (413, 400, 401)
"""401 where the signature is checked first: what is over the limit cannot have been signed."""


def common_rules(name: Name, fit: Fit = whatever_it_is) -> tuple[Rule, ...]:
    """In the order of the report; `fit` tells calls with nothing in the way but what was spoilt."""
    return (*_answers(name), *_problems(name), *_privacy(), *_input(fit))


def _answers(name: Name) -> tuple[Rule, ...]:
    source = f"{name}.openapi.yaml, responses"
    return (
        rule(
            flaws.IN_TIME,
            "Every call is answered, within the time that the other side waits.",
            "每次调用均在对方等待的时间内得到应答。",
            "docs/conformance.md, 15 s",
            without_flaw(flaws.IN_TIME, name),
        ),
        rule(
            flaws.NEVER_5XX,
            "Nothing that is sent is answered with a 5xx.",
            "无论收到什么报文，均不返回 5xx。",
            source,
            without_flaw(flaws.NEVER_5XX, name),
        ),
        rule(
            flaws.STATUS,
            "The status is one that the contract has for the operation.",
            "状态码是接口约定为该操作列出的。",
            source,
            without_flaw(flaws.STATUS, name),
        ),
        rule(
            flaws.MEDIA_TYPE,
            "An answer is application/json, a problem application/problem+json.",
            "应答类型为 application/json，错误应答为 application/problem+json。",
            source,
            without_flaw(flaws.MEDIA_TYPE, name),
        ),
        rule(
            flaws.HEADERS,
            "The headers of an answer are there and as the contract has them.",
            "应答头齐全且符合接口约定。",
            source,
            without_flaw(flaws.HEADERS, name),
        ),
        rule(
            flaws.BODY,
            "The body of a success is as the contract has it.",
            "成功应答的报文符合接口约定。",
            source,
            without_flaw(flaws.BODY, name, is_success),
        ),
        rule(
            flaws.EXACT,
            "An answer holds exactly the fields that the scheme's tables have, and no other.",
            "应答仅含联动方案数据表中的字段，不多一项。",
            "scheme §1, the tables",
            without_flaw(flaws.EXACT, name, is_success),
        ),
    )


def _problems(name: Name) -> tuple[Rule, ...]:
    return (
        rule(
            flaws.PROBLEM,
            "Every answer that is no success is an RFC 9457 problem as the contract has it.",
            "所有非成功应答均为符合接口约定的 RFC 9457 问题详情。",
            "RFC 9457; schemas/*problem.json",
            without_flaw(flaws.PROBLEM, name, is_problem),
        ),
        rule(
            flaws.CODE,
            "A problem bears a code that the contract has for its status.",
            "问题代码是接口约定为该状态码列出的。",
            "x-problem-codes",
            without_flaw(flaws.CODE, name, is_problem),
        ),
        rule(
            "problems.correlation_id",
            "A correlation id in an answer is the one that was sent.",
            "应答中的关联编号与请求中的一致。",
            "fields.json, correlation_id",
            common.same_correlation,
        ),
        rule(
            "problems.language",
            "Texts are Chinese, and English where Accept-Language asks for it.",
            "提示文字默认为中文，按 Accept-Language 可为英文。",
            "parameters, Accept-Language",
            common.language_followed,
            should=True,
        ),
    )


def _privacy() -> tuple[Rule, ...]:
    return (
        rule(
            "privacy.headers",
            "No personal value stands in an address or a header of an answer.",
            "应答的网址和应答头中不含个人信息。",
            "gateway.openapi.yaml, info; docs/adapters.md",
            common.no_personal_header,
        ),
        rule(
            "privacy.problems",
            "A problem never repeats a personal value.",
            "错误应答绝不重复个人信息。",
            "schemas/peer-problem.json, fault",
            common.problems_hold_no_value,
        ),
    )


_UNREADABLE = (
    ("not_json", "A body that is no JSON", "不是 JSON 的报文"),
    ("empty", "An empty body", "空报文"),
    ("not_an_object", "A list where an object is due", "应为对象却为数组的报文"),
    ("key_twice", "An object with the same key twice", "同一键出现两次的对象"),
    ("nan", "NaN, which is no JSON,", "NaN（不属于 JSON）"),
    ("too_deep", "JSON nested deeper than 16 levels", "嵌套超过 16 层的 JSON"),
    ("half_a_pair", "Half of a surrogate pair", "不成对的代理字符"),
    ("not_utf8", "A body that is not UTF-8", "非 UTF-8 的报文"),
)
_FIELDS = (
    ("missing", "A missing field", "缺少字段的报文", False),
    ("extra", "A field that the contract does not have", "含有约定之外字段的报文", False),
    ("type", "A field of another JSON type", "字段 JSON 类型不符的报文", False),
    ("value", "A value that the schema excludes", "字段取值不符合约定的报文", False),
)


def _input(fit: Fit) -> tuple[Rule, ...]:
    source = "info, strict JSON; responses 400, 413, 415, 422"
    return (
        *(
            rule(
                f"input.{name}",
                f"{en} is refused.",
                f"拒绝{zh}。",
                source,
                refused(f"body:{name}", UNREADABLE, fit=fit),
            )
            for name, en, zh in _UNREADABLE
        ),
        rule(
            "input.too_large",
            "A body over 64 KiB is refused.",
            "拒绝超过 64 KiB 的报文。",
            source,
            refused("body:too_large", TOO_LARGE, fit=fit),
        ),
        rule(
            "input.media_type",
            "A body that is not announced as application/json is refused.",
            "拒绝未标明 application/json 的报文。",
            source,
            refused("media:", (415, 400), fit=fit),
        ),
        *(
            rule(
                f"input.{name}_field",
                f"{en} is refused.",
                f"拒绝{zh}。",
                source,
                refused(f"{name}:", FAULTY, fit=fit),
                should=should,
            )
            for name, en, zh, should in _FIELDS
        ),
        rule(
            "input.all_faults_at_once",
            "All wrong fields of a message are named at once.",
            "一次列出报文中的全部字段错误。",
            "schemas/*problem.json, errors",
            common.all_faults_named,
        ),
    )
