"""中文文本: every text in Chinese, the language of the scheme. Never holds a value."""

from cotransfer.adapters.gateway.language import Language
from cotransfer.adapters.gateway.texts.faults_zh import fault_in_chinese
from cotransfer.adapters.gateway.texts.tables import Texts, Wording
from cotransfer.domain.reasons import REASONS

_PROBLEMS = {
    "malformed": Wording("报文无法读取", "请求体不是符合要求的 JSON。"),
    "idempotency_key_missing": Wording("缺少幂等键", "每个 POST 请求都须带有 Idempotency-Key 请求头。"),
    "header_invalid": Wording(
        "请求头有误", "Idempotency-Key 只能出现一次，由 1 至 64 位字母、数字、下划线或连字符组成。"
    ),
    "not_authorised": Wording("未通过身份验证", "请求缺少令牌，或令牌无效。"),
    "signature_invalid": Wording("签名无效", "报文未按约定签名。"),
    "forbidden": Wording("无权调用", "该接口属于其他角色。"),
    "insufficient_scope": Wording("令牌范围不足", "该令牌不含此操作的权限，请重新申请令牌。"),
    "sign_in_required": Wording("请先登录", "尚未登录，或登录已失效。"),
    "sign_in_failed": Wording("登录未成功", "身份认证结果无法确认登录人身份，请重新登录。"),
    "cross_site": Wording("请求来源不符", "请求缺少表单校验码，或来自其他网站。"),
    "not_your_own": Wording("非本人业务", "请求所涉人员与登录人不一致。"),
    "not_found": Wording("地址不存在", "没有这个接口地址。"),
    "method_not_allowed": Wording("请求方法不符", "该地址不支持此请求方法。"),
    "unknown_transfer": Wording("业务不存在", "没有此业务编号，或无权查看。"),
    "account_unknown": Wording("户号不存在", "公用企业没有属于该房屋的这个户号，请核对后重新填写。"),
    "too_many_lookups": Wording("查询次数过多", "每天可查询的不同户号数有限，请稍后再试。"),
    "home_unknown": Wording("房屋不存在", "登记簿中没有此不动产。"),
    "not_right_holder": Wording("非权利人", "在申请人名下未找到此不动产，或姓名与登记簿不一致。"),
    "certificate_not_current": Wording("证书非现势状态", "该不动产权证在登记簿中不是现势状态，不能在线办理。"),
    "restricted": Wording("不动产受限制", "该不动产存在限制，不能在线办理。"),
    "not_a_home": Wording("不是房屋", "该不动产单元不是房屋，没有可过户的户号。"),
    "service_not_offered": Wording("暂未开通", "该房屋所在区域暂未开通此项业务的在线办理。"),
    "in_arrears": Wording("户号欠费", "该户号存在欠费，结清后方可办理。"),
    "wrong_account": Wording("户号与房屋不一致", "该户号不属于所选房屋，请核对户号。"),
    "match_unconfirmed": Wording("户号待确认", "户号与房屋可能一致，须由申请人确认后提交。"),
    "consent_missing": Wording("缺少同意", "须由申请人同意向每一接收方提供信息后方可提交。"),
    "consent_outdated": Wording("同意内容已更新", "所同意的文本不是现行版本，请向申请人展示现行文本并重新取得同意。"),
    "consent_withdrawn": Wording("同意已撤回", "申请人已撤回同意，不再提供信息。"),
    "already_under_way": Wording("已有在办业务", "该房屋或户号已有一笔在办业务，办结后方可再次提交。"),
    "already_submitted": Wording("重复提交", "此业务已经提交。"),
    "not_ready_to_sign": Wording("尚不能签章", "预审尚未通过，暂不能签署电子合同。"),
    "contradicts": Wording("报告与已知结果矛盾", "该报告与已有结果矛盾；已保存，将由工作人员核实。"),
    "closed": Wording("业务已结束", "该业务已结束，不再提供查询。"),
    "not_closed": Wording("业务在办", "该业务尚在办理，办结后方可删除个人信息。"),
    "erased": Wording("信息已删除", "该业务办结后，其个人信息已按规定删除。"),
    "not_granted": Wording("未获授权", "现行数据共享授权不包括此项操作。"),
    "grant_suspended": Wording("授权已暂停", "数据共享授权已暂停，恢复前不提供数据；结果报告仍可提交。"),
    "grant_quota_spent": Wording("授权额度已用完", "数据共享授权的当日额度已用完，次日零时（北京时间）恢复。"),
    "still_running": Wording("正在处理", "同一幂等键的请求仍在处理中，请稍后以同一幂等键重试。"),
    "too_many_requests": Wording("并发请求过多", "该调用方正在处理的请求已达上限；请减少并发，稍后重试。"),
    "too_large": Wording("请求体过大", "请求体超过允许的大小。"),
    "wrong_media_type": Wording("内容类型不符", "请求体须为 application/json，UTF-8 编码，不得压缩。"),
    "invalid_fields": Wording("字段有误", "部分字段缺失或有误，已全部列出。"),
    "idempotency_key_reused": Wording("幂等键重复使用", "该幂等键已用于其他内容；新的请求须使用新的幂等键。"),
    "message_reused": Wording("报文内容不一致", "该报文标识此前已用于其他内容；以首次收到的为准，本次不予接收。"),
    "internal": Wording("系统内部错误", "网关出现内部错误；请将关联编号告知运行维护人员。"),
    "unintelligible": Wording("对接方答复有误", "{party}的答复不符合接口约定；请联系运行维护人员。"),
    "unavailable": Wording("暂时无法办理", "{party}暂时无法响应，请稍后重试。"),
}

_NEXT_ACTIONS = {
    "none": "无需其他操作。",
    "wait": "请等待，状态有变化时会更新。",
    "sign": "请签署电子合同。",
    "sign_by_sms": "请通过公用企业发送的短信签署电子合同。",
    "submit": "请核对后提交。",
    "confirm_match": "请确认该户号属于所选房屋。",
    "give_consent": "请阅读并同意信息提供说明后提交。",
    "sign_in": "请登录后重试。",
    "check_account_number": "请核对户号后重新填写。",
    "pay_arrears": "请先结清欠费。",
    "apply_at_counter": "建议到营业厅线下办理。",
    "follow_other_transfer": "请查看在办业务。",
    "apply_again": "可按原因处理后重新申请。",
    "correct_fields": "请更正有误的字段后重新提交。",
    "correct_message": "请按接口约定更正请求。",
    "try_later": "请稍后重试。",
    "call_operator": "请联系运行维护人员，并提供关联编号。",
}

_STATES = {
    "not_submitted": "未提交",
    "submitted": "已提交",
    "in_pre_review": "预审中",
    "awaiting_signing": "待签章",
    "awaiting_sms_signing": "待短信签章",
    "in_handling": "办理中",
    "completed": "已办结",
    "pre_review_failed": "预审不通过",
    "handling_failed": "办理不通过",
    "signing_lapsed": "签章未完成",
}

_MILESTONES = {
    "submitted": "申请已提交。",
    "taken_by_utility": "公用企业已受理。",
    "pre_review_passed": "预审通过。",
    "signing_address_came": "已可在线签署电子合同。",
    "signing_address_replaced": "电子合同签章地址已更新。",
    "pre_review_not_passed": "预审不通过。",
    "signing_opened": "申请人已打开电子合同。",
    "signed": "电子合同已签署。",
    "declined": "申请人已拒绝签署。",
    "expired": "电子合同逾期未签署。",
    "handled": "过户已办结。",
    "not_handled": "办理不通过。",
    "report_kept_late": "收到一份迟到的报告，已保存。",
    "report_contradicts": "收到一份与已知结果矛盾的报告，已保存待核实。",
    "deadline_passed": "该环节已超过规定时限。",
    "invitation_sent": "签章通知已发送。",
    "invitation_undeliverable": "签章通知无法送达。",
    "invitation_in_doubt": "签章通知是否送达无法确认；为免重复，未再发送。",
    "result_sent": "结果通知已发送。",
    "result_undeliverable": "结果通知无法送达。",
    "result_in_doubt": "结果通知是否送达无法确认；为免重复，未再发送。",
}

_SIGNING_WAYS = {
    "in_handling": "办理中",
    "sign_by_sms": "请通过公用企业发送的短信签署电子合同。",
    "closed": "业务已结束，无需签署。",
}

_PARTIES = {
    "citizen": "申请人",
    "platform": "不动产平台",
    "us": "本网关",
    "registry": "不动产登记系统",
    "utility": "公用企业系统",
    "signer": "签章服务",
    "notifier": "通知服务",
    "network": "通信网络",
}

_UNREADABLE = {
    "too_large": "请求体超过允许的大小。",
    "not_utf8": "请求体不是 UTF-8 编码。",
    "not_json": "请求体不是 JSON。",
    "too_deep": "请求体嵌套过深。",
    "number": "请求体中有不允许的数字。",
    "null_character": "请求体的文本中含有 U+0000 字符。",
    "lone_surrogate": "请求体的文本中含有不成对的代理字符。",
    "duplicate_key": "请求体的对象中有重复的键。",
    "not_an_object": "请求体不是 JSON 对象。",
    "incomplete": "请求体未在规定时间内传完。",
}

ZH = Texts(
    language=Language.ZH,
    problems=_PROBLEMS,
    next_actions=_NEXT_ACTIONS,
    states=_STATES,
    milestones=_MILESTONES,
    signing_ways=_SIGNING_WAYS,
    parties=_PARTIES,
    unreadable=_UNREADABLE,
    nothing_linked="未能关联到名下不动产，建议到营业厅线下办理。",
    reason=lambda reason: REASONS[reason.code][0],
    fault=fault_in_chinese,
)
