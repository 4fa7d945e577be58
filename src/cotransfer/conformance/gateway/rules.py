"""The rules of a gateway. Data: code, sentence, source; how each is read stands in `judges`."""

from cotransfer.conformance.common import refused, rule
from cotransfer.conformance.common_rules import common_rules
from cotransfer.conformance.exchanges import Answer
from cotransfer.conformance.gateway import judges
from cotransfer.conformance.gateway.judges import answered, fit
from cotransfer.conformance.rules import Rule, Words

_SIGNING = Words("The utility's client does not sign.", "公用企业客户端未约定签名。")
_OTHER = Words("There is no second utility to play.", "没有第二家公用企业可供模拟。")
_DESK = Words("The platform's secret is not known here.", "此处没有平台的密钥。")


def _in_arrears(answer: Answer) -> bool:
    account = answer.member("account")
    return answer.member("may_submit") is False and isinstance(account, dict) and account.get("in_arrears") is True


_PLATFORM = (
    rule(
        "properties.found",
        "A citizen's properties are found by their identity number.",
        "按证件号可查到名下不动产。",
        "searchProperties; step 1",
        answered("properties", 200, lambda answer: bool(answer.member("properties"))),
    ),
    rule(
        "account.confirmed",
        "An account that fits may be submitted.",
        "相符的户号可以提交。",
        "searchAccount; step 4",
        answered("account", 200, lambda answer: answer.member("may_submit") is True),
    ),
    rule(
        "account.unknown",
        "An account that is not there is a 404.",
        "户号不存在时返回 404。",
        "searchAccount, 404; step 3",
        answered("account_unknown", 404),
    ),
    rule(
        "account.in_arrears",
        "An account in arrears is shown as such, and may not be submitted.",
        "欠费户号如实返回，且不可提交。",
        "searchAccount; step 4",
        answered("account_in_arrears", 200, _in_arrears),
    ),
    rule(
        "submit.created",
        "A submission is stored, and its address told.",
        "提交后保存，并返回业务地址。",
        "submitTransfer, 201; step 5",
        judges.created,
    ),
    rule(
        "submit.in_arrears",
        "An account in arrears is refused, whatever was shown before.",
        "欠费户号不得提交。",
        "submitTransfer, 409 in_arrears; steps 4, 5",
        answered("submit_in_arrears", 409, lambda answer: answer.member("code") == "in_arrears"),
    ),
    rule(
        "submit.one_open",
        "While a transfer is open, another of the same home is refused.",
        "同一房屋已有在办业务时，不得再次提交。",
        "submitTransfer, 409 already_under_way",
        judges.under_way,
    ),
    rule(
        "transfer.shown",
        "A transfer is shown at any time.",
        "业务进度随时可查。",
        "showTransfer; steps 5 to 9",
        answered("show", 200),
    ),
    rule(
        "transfer.unknown",
        "A transfer that is not there is a 404.",
        "业务不存在时返回 404。",
        "showTransfer, 404",
        answered("show_unknown", 404),
    ),
    rule(
        "transfer.names_nobody",
        "A transfer, its consents and disclosures hold no personal value.",
        "业务信息、同意记录及提供记录不含个人信息。",
        "transfer.json",
        judges.nobody_named,
    ),
    rule(
        "transfer.not_anothers",
        "Another citizen is not shown it.",
        "不向其他市民展示。",
        "showTransfer, 403 not_your_own",
        judges.other_party("as:stranger", (403, 404)),
    ),
    rule(
        "signing.address_at_the_tap",
        "The tap leads to the address of the pre-review, and once signed it does not.",
        "点击后返回预审结果中的签章地址；已签章则显示办理中。",
        "openSigning; step 7",
        judges.address_at_the_tap,
    ),
    rule(
        "signing.not_ready",
        "Before the pre-review there is nothing to sign.",
        "预审之前不可签章。",
        "openSigning, 409 not_ready_to_sign",
        judges.not_ready,
    ),
    rule(
        "disclosures.shown",
        "Who saw the data is shown.",
        "可查询数据提供记录。",
        "showDisclosures",
        answered("disclosures", 200),
    ),
    rule(
        "consents.shown", "What was agreed to is shown.", "可查询同意记录。", "showConsents", answered("consents", 200)
    ),
    rule(
        "consents.withdrawn",
        "After a withdrawal nothing more goes to the receiver.",
        "撤回同意后不再向接收方提供信息。",
        "withdrawConsent; showIdentity, 403 consent_withdrawn",
        judges.consent_withdrawn,
    ),
    rule(
        "withdrawal.until_signed",
        "The citizen can take an application back until the contract is signed, and not after.",
        "合同签署之前可撤回申请，签署之后不可。",
        "withdrawTransfer; steps 5 to 7",
        judges.taken_back,
    ),
    rule(
        "attempt.linked",
        "Another attempt after a failed one is a new transfer that names the one before.",
        "再次申请为新业务，并关联前次业务。",
        "submitAgain, 201; transfer.json, follows",
        judges.attempt_linked,
    ),
    rule(
        "reversal.of_completed",
        "A completed transfer can be questioned by either side; another cannot.",
        "已办结的业务可由任一方提出更正，其他业务不可。",
        "openReversal, questionTransfer; 409 not_closed, nothing_to_reverse",
        judges.only_completed,
    ),
    rule(
        "session.opened",
        "A citizen whom the platform signed in has a session.",
        "平台已登录的市民可获得会话。",
        "openCitizenSession",
        answered("session", 201),
    ),
)
_KEYS = (
    rule(
        "post.once_per_key",
        "The same message again has the stored answer, marked Idempotency-Replayed.",
        "重复报文返回已保存的结果，并标明 Idempotency-Replayed。",
        "parameters, Idempotency-Key; reliability §2.4",
        judges.once_per_key,
    ),
    rule(
        "post.once_at_once",
        "Many copies at once act once: one answer, or 409 still_running.",
        "同时到达的相同报文只生效一次。",
        "parameters, Idempotency-Key; reliability §2.4",
        judges.once_at_once,
    ),
    rule(
        "post.key_reused",
        "A key that was used is a 422 for another message.",
        "已用过的幂等键用于其他报文时返回 422。",
        "422 idempotency_key_reused; reliability §2.4",
        judges.key_reused,
    ),
    rule(
        "post.key_required",
        "A POST without a key is a 400.",
        "没有幂等键的 POST 返回 400。",
        "400 idempotency_key_missing; reliability §2.4",
        refused("key:none", (400,), fit=fit),
    ),
)
_REPORTS = (
    rule(
        "reports.heard",
        "A report that contradicts nothing is heard, early or late.",
        "不矛盾的报告无论先后均予接收。",
        "reportPreReview, reportSigning, reportHandling",
        judges.heard,
    ),
    rule(
        "reports.any_order",
        "In every order and however often, the reports lead to the same state.",
        "无论顺序和次数，报告导致相同的状态。",
        "law 1, convergence; reportPreReview",
        judges.any_order,
    ),
    rule(
        "reports.no_news_twice",
        "A report heard before is no news.",
        "重复的报告不是新信息。",
        "report-answer.json",
        judges.no_news_twice,
    ),
    rule(
        "reports.contradiction",
        "A report that contradicts the end is a 409 contradicts.",
        "与结果矛盾的报告返回 409。",
        "law 2; 409 contradicts",
        judges.contradictions,
    ),
    rule(
        "reports.end_absorbs",
        "After the end nothing moves the transfer.",
        "业务结束后状态不再改变。",
        "law 2, the end absorbs",
        judges.end_absorbs,
    ),
    rule(
        "reports.unknown_transfer",
        "A report on a transfer that is not there is a 404.",
        "对不存在业务的报告返回 404。",
        "404 unknown_transfer",
        refused("transfer:unknown", (404,)),
    ),
    rule(
        "certificate.shown",
        "The certificate's status is shown while the transfer is open, and not after.",
        "证书状态仅在业务办理期间提供。",
        "showCertificateStatus; steps 6, 8",
        judges.shown_while_open("certificate"),
    ),
    rule(
        "identity.shown",
        "Who signs is shown while the transfer is open, and not after.",
        "签署人身份信息仅在业务办理期间提供。",
        "showIdentity; step 7",
        judges.shown_while_open("identity"),
    ),
)
_ROLES = (
    rule(
        "roles.platform",
        "The platform cannot do what is a utility's.",
        "平台不得进行公用企业的操作。",
        "403 forbidden, insufficient_scope",
        judges.other_party("as:platform", (403,)),
    ),
    rule(
        "roles.utility",
        "A utility cannot do what is the platform's.",
        "公用企业不得进行平台的操作。",
        "403 forbidden, insufficient_scope",
        judges.other_party("as:utility", (403,)),
    ),
    rule(
        "roles.other_utility",
        "To a utility another one's transfer does not exist.",
        "公用企业看不到其他企业的业务。",
        "404 unknown_transfer",
        judges.other_party("as:other", (404,)),
        needs=_OTHER,
    ),
)
_bearer, _signed = "securitySchemes, accessToken", "docs/trust/signing.md"
_ACCESS = (
    rule(
        "access.token_required",
        "A call without a token is a 401.",
        "没有令牌的调用返回 401。",
        _bearer,
        refused("token:none", (401,)),
    ),
    rule(
        "access.token_checked",
        "A call with a wrong token is a 401.",
        "令牌错误的调用返回 401。",
        _bearer,
        refused("token:wrong", (401,)),
    ),
    rule(
        "access.signature_required",
        "A report without a signature is refused.",
        "未签名的报告予以拒绝。",
        _signed,
        refused("signature:none", (401, 403)),
        needs=_SIGNING,
    ),
    rule(
        "access.signature_checked",
        "A signature with another key is refused.",
        "以其他密钥签名的报告予以拒绝。",
        _signed,
        refused("signature:wrong", (401, 403)),
        needs=_SIGNING,
    ),
    rule(
        "access.signature_of_the_body",
        "A signature of another body is refused.",
        "签名与报文不符的予以拒绝。",
        _signed,
        refused("signature:body", (401, 403)),
        needs=_SIGNING,
    ),
    rule(
        "access.signature_bound",
        "A signature for another address is refused.",
        "为其他地址签名的报告予以拒绝。",
        _signed,
        refused("signature:moved", (401, 403)),
        needs=_SIGNING,
    ),
    rule(
        "access.timestamp_checked",
        "A message signed an hour ago is refused.",
        "一小时前签名的报告予以拒绝。",
        _signed,
        refused("signature:old", (401, 403)),
        needs=_SIGNING,
    ),
    rule(
        "token.given",
        "A client that proves itself gets a token.",
        "证明身份的客户端获得令牌。",
        "fetchToken; RFC 6749 §5.1",
        answered("fetch_token", 200),
        needs=_DESK,
    ),
    rule(
        "token.refused",
        "A wrong secret gets none.",
        "密钥错误不予签发。",
        "fetchToken, 401; RFC 6749 §5.2",
        refused("secret:", (401,)),
        needs=_DESK,
    ),
    rule(
        "open.shown",
        "Health, keys and metadata are shown to everybody.",
        "存活检查、公钥和元数据对所有人开放。",
        "showHealth, showReadiness, showKeys, showServerMetadata",
        lambda trace: (seen for word in ("health", "ready", "keys", "metadata") for seen in answered(word, 200)(trace)),
    ),
)

RULES: tuple[Rule, ...] = (*_PLATFORM, *_KEYS, *_REPORTS, *_ROLES, *_ACCESS, *common_rules("gateway", fit))
"""In the order of the report."""
