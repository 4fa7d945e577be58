"""The rules of a utility's business system. Data: code, sentence, source; how each is read stands in `judges`."""

from cotransfer.conformance.common import refused, rule
from cotransfer.conformance.common_rules import common_rules
from cotransfer.conformance.flaws import ARREARS
from cotransfer.conformance.rules import Rule, Words
from cotransfer.conformance.utility import judges, listing

_TOKEN = Words(
    "Give the token, or where it is fetched (--token, --token-url).", "请提供令牌或令牌地址（--token、--token-url）。"
)
_SIGNING = Words("Give the key that calls are signed with (--signing-key).", "请提供签名密钥（--signing-key）。")
_ARREARS = Words("Give an account in arrears (--in-arrears).", "请提供欠费户号（--in-arrears）。")
_TAKEN = Words(
    "No application was taken: give free accounts (--account).", "没有申请被受理：请提供可用户号（--account）。"
)
_LEDGER = Words("Give the address of a ledger (--ledger).", "请提供台账地址（--ledger）。")
_RESTART = Words("Give a command that restarts the system (--restart).", "请提供重启命令（--restart）。")
_DESK = Words("Give the token endpoint and a client (--token-url).", "请提供令牌地址和客户端（--token-url）。")

_ACCOUNT = (
    rule(
        "account.found",
        "An account is found by its number.",
        "按户号可查到原户号数据。",
        "findAccount; step 4",
        judges.answered("find", 200),
    ),
    rule(
        "account.that_very_number",
        "The account answered is the one asked for.",
        "返回的正是所查询的户号。",
        "Utility.find_account; step 4",
        judges.that_very_number,
    ),
    rule(
        ARREARS,
        "Whether anything is owed is always told, and truly.",
        "始终如实返回是否欠费。",
        "findAccount; step 4",
        judges.arrears_are_told,
    ),
    rule(
        "account.unknown",
        "An unknown number is a 404 account_unknown, not an account and not an error.",
        "户号不存在时返回 404 account_unknown。",
        "findAccount, 404; step 3",
        judges.answered("find_unknown", 404),
    ),
    rule(
        "account.changes_nothing",
        "Asking for an account changes nothing.",
        "查询不改变任何数据。",
        "Utility.find_account",
        judges.found_the_same_again,
    ),
)
_SUBMIT = (
    rule(
        "submit.receipt",
        "A right application gets a receipt: taken, or not taken with its reason.",
        "正确的申请得到回执：受理，或不予受理及原因。",
        "submitApplication; step 5",
        judges.receipt_given,
    ),
    rule(
        "submit.once_per_key",
        "The same application again gets the same receipt.",
        "重复同一申请得到相同回执。",
        "submitApplication; Utility.submit",
        judges.once_per_key,
    ),
    rule(
        "submit.once_at_once",
        "Many copies of an application at once get one receipt.",
        "同时提交的多份相同申请只得到一份回执。",
        "submitApplication; Utility.submit",
        judges.once_at_once,
    ),
    rule(
        "submit.one_effect",
        "An application takes effect once, however often it is sent.",
        "同一申请无论提交几次只生效一次。",
        "submitApplication; Utility.submit",
        judges.one_effect,
        needs=_LEDGER,
    ),
    rule(
        "submit.remembered",
        "A restart forgets no key.",
        "系统重启后仍记得幂等键。",
        "submitApplication; Utility.submit",
        judges.remembered,
        needs=_RESTART,
    ),
    rule(
        "submit.key_reused",
        "A key that was used is refused for another application.",
        "已用过的幂等键不得用于其他申请。",
        "submitApplication, 422",
        judges.key_reused,
    ),
    rule(
        "submit.key_required",
        "An application without an idempotency key is refused.",
        "没有幂等键的申请予以拒绝。",
        "submitApplication, Idempotency-Key",
        refused("key:none", (400, 422)),
    ),
    rule(
        "submit.key_is_the_transfer",
        "The key is the transfer's identifier, and another one is refused.",
        "幂等键须为业务编号，否则拒绝。",
        "submitApplication, Idempotency-Key",
        refused("key:other", (400, 422)),
    ),
    rule(
        "submit.arrears_not_taken",
        "An application for an account in arrears is not taken.",
        "欠费户号的申请不予受理。",
        "step 4; receipt.json",
        judges.answered("submit_in_arrears", 200),
        should=True,
        needs=_ARREARS,
    ),
)
_PROGRESS = (
    rule(
        "progress.known_at_once",
        "Progress knows an application as soon as its receipt was given.",
        "回执一经返回即可查询进度。",
        "showProgress; Utility.progress",
        judges.known_at_once,
        needs=_TAKEN,
    ),
    rule(
        "progress.bears_the_receipt",
        "Progress bears the transfer and the reference of the receipt.",
        "进度中的业务编号、受理编号与回执一致。",
        "showProgress; progress.json",
        judges.bears_the_receipt,
        needs=_TAKEN,
    ),
    rule(
        "progress.unknown",
        "An application never handed in is a 404 application_unknown.",
        "从未提交的申请返回 404 application_unknown。",
        "showProgress, 404; Utility.progress",
        judges.answered("progress_unknown", 404),
    ),
    rule(
        "progress.never_taken",
        "An application that was not taken is a 404 as well.",
        "不予受理的申请同样返回 404。",
        "showProgress, 404",
        judges.never_taken,
        needs=_ARREARS,
    ),
    rule(
        "progress.in_order",
        "Results come in the order of the scheme's steps.",
        "结果按联动方案环节的顺序出现。",
        "Utility.progress; steps 6 to 8",
        judges.in_order,
        needs=_TAKEN,
    ),
    rule(
        "progress.never_shrinks",
        "A result that was told is never taken back.",
        "已返回的结果不会撤回。",
        "progress.json; Utility.progress",
        judges.never_shrinks,
        needs=_TAKEN,
    ),
)

_CAN = Words(
    "The settings do not say that it can (`can` of the utility).",
    "设置中未声明支持此项（公用企业的 can）。",
)
_SECOND_THOUGHTS = (
    rule(
        "cancel.before_it_came",
        "An application never seen is withdrawn, and not taken should it come later.",
        "未收到过的申请同样答复已撤回，其后到达不予受理。",
        "cancelApplication; Utility.cancel",
        judges.cancelled_before_it_came,
        needs=_CAN,
    ),
    rule(
        "cancel.same_again",
        "A withdrawal has the same answer, however often it is asked.",
        "重复撤回答复相同。",
        "cancelApplication; Utility.cancel",
        judges.cancelled_the_same_again,
        needs=_CAN,
    ),
    rule(
        "cancel.as_progress_tells",
        "What is withdrawn is so in the progress, and what came too late is not.",
        "撤回答复与进度一致。",
        "cancelApplication; Utility.cancel",
        judges.cancelled_as_progress_tells,
        needs=_CAN,
    ),
    rule(
        "renew.nothing_to_sign",
        "Where no contract waits there is no address: 404 nothing_to_sign.",
        "没有待签署的合同时返回 404 nothing_to_sign。",
        "renewSigningAddress, 404",
        judges.nothing_to_renew,
        needs=_CAN,
    ),
    rule(
        "renew.told_by_progress",
        "A renewed address is the one that progress tells.",
        "更新后的地址与进度中的一致。",
        "renewSigningAddress; Utility.renew_signing_address",
        judges.renewed_is_told,
        needs=_CAN,
    ),
    rule(
        "list.in_order",
        "A statement is by transfer in ascending order, each once, and no page but the last is empty.",
        "清单按业务编号升序，每笔一次；除末页外不得为空页。",
        "listApplications; Utility.statement",
        listing.in_order,
        needs=_CAN,
    ),
    rule(
        "list.holds_what_was_taken",
        "A statement holds what was taken, as soon as its receipt was given, and nothing else that was handed in.",
        "回执一经返回，清单即含已受理的申请；不予受理的不在其中。",
        "listApplications; Utility.statement",
        listing.holds_what_was_taken,
        needs=_CAN,
    ),
    rule(
        "list.as_progress_tells",
        "A statement tells the stage that progress tells.",
        "清单中的阶段与进度一致。",
        "listApplications; Utility.statement",
        listing.as_progress_tells,
        needs=_CAN,
    ),
)


def _access() -> tuple[Rule, ...]:
    bearer, signed = "securitySchemes, bearer", "docs/trust/signing.md"
    return (
        rule(
            "access.token_required",
            "A call without a token is refused with 401.",
            "没有令牌的调用返回 401。",
            bearer,
            refused("token:none", (401,)),
            needs=_TOKEN,
        ),
        rule(
            "access.token_checked",
            "A call with a wrong token is refused with 401.",
            "令牌错误的调用返回 401。",
            bearer,
            refused("token:wrong", (401,)),
            needs=_TOKEN,
        ),
        rule(
            "access.signature_required",
            "A POST without a signature is refused.",
            "未签名的 POST 予以拒绝。",
            signed,
            refused("signature:none", (401, 403)),
            needs=_SIGNING,
        ),
        rule(
            "access.signature_checked",
            "A signature with another key is refused.",
            "以其他密钥签名的报文予以拒绝。",
            signed,
            refused("signature:wrong", (401, 403)),
            needs=_SIGNING,
        ),
        rule(
            "access.signature_of_the_body",
            "A signature of another body is refused.",
            "签名与报文不符的予以拒绝。",
            signed,
            refused("signature:body", (401, 403)),
            needs=_SIGNING,
        ),
        rule(
            "access.signature_bound",
            "A signature for another address is refused.",
            "为其他地址签名的报文予以拒绝。",
            signed,
            refused("signature:moved", (401, 403)),
            needs=_SIGNING,
        ),
        rule(
            "access.timestamp_checked",
            "A message signed an hour ago is refused.",
            "一小时前签名的报文予以拒绝。",
            signed,
            refused("signature:old", (401, 403)),
            needs=_SIGNING,
        ),
        rule(
            "token.given",
            "The token endpoint gives a client its token.",
            "令牌地址向客户端签发令牌。",
            "RFC 6749 §4.4, §5.1",
            judges.answered("token", 200),
            needs=_DESK,
        ),
        rule(
            "token.refused",
            "The token endpoint refuses a wrong secret.",
            "令牌地址拒绝错误的密钥。",
            "RFC 6749 §5.2",
            refused("secret:", (400, 401)),
            needs=_DESK,
        ),
    )


RULES: tuple[Rule, ...] = (*_ACCOUNT, *_SUBMIT, *_PROGRESS, *_SECOND_THOUGHTS, *_access(), *common_rules("utility"))
"""In the order of the report."""
