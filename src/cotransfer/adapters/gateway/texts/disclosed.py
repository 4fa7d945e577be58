"""Who saw which data, for what: the words for datasets, fields and purposes, in Chinese and English.

A purpose is whatever a grant says; one without words here is shown by its code.
"""

from collections.abc import Mapping
from types import MappingProxyType

from cotransfer.adapters.gateway.language import Language

Words = tuple[str, str]
_PLACES = {Language.ZH: 0, Language.EN: 1}

DATASETS: Mapping[str, Words] = MappingProxyType(
    {
        "properties": ("名下不动产信息", "Properties in your name"),
        "account": ("原户号信息", "The original account"),
        "application": ("过户申请数据", "The application"),
        "certificate_status": ("不动产权证状态", "The certificate's status"),
        "pre_review": ("预审结果", "The pre-review result"),
        "signing": ("签章结果", "The signing"),
        "identity": ("签章身份信息", "Your identity, for the contract"),
        "handling": ("办理结果", "The handling result"),
        "holder_query": ("名下不动产查询条件", "Your identity, to find your properties"),
        "certificate_query": ("不动产权证查询条件", "The certificate number, to look it up"),
        "account_query": ("户号查询条件", "The account number, to look it up"),
        "notice": ("通知内容", "A notice to you"),
        "sms_notice": ("短信通知内容", "A notice to you by SMS"),
    }
)

FIELDS: Mapping[str, Words] = MappingProxyType(
    {
        "certificate_number": ("不动产权证号", "property certificate number"),
        "location": ("房地坐落", "location of the home"),
        "unit_numbers": ("不动产单元号", "property unit numbers"),
        "registry_status": ("登记簿状态", "status in the registry"),
        "account_holder": ("原户号用户名（遮蔽）", "original account holder, masked"),
        "in_arrears": ("是否欠费", "whether in arrears"),
        "right_holder_name": ("权利人名称", "right holder's name"),
        "identity_number": ("证件种类及证件号", "identity document and its number"),
        "mobile_number": ("手机号码", "mobile number"),
        "result": ("结果", "result"),
        "reason": ("不通过原因", "reason"),
        "signing_address": ("电子合同签章地址", "signing address"),
        "outcome": ("办理进度及结果", "progress and result"),
        "channel": ("签章渠道", "signing channel"),
        "account_number": ("原户号", "original account number"),
        "recipient": ("微信用户标识", "WeChat identifier"),
    }
)

PURPOSES: Mapping[str, Words] = MappingProxyType(
    {
        "joint-transfer": ("联动办理过户", "the joint transfer"),
        "water-account-transfer": ("用水过户", "transfer of the water account"),
        "electricity-account-transfer": ("用电过户", "transfer of the electricity account"),
        "gas-account-transfer": ("用气过户", "transfer of the gas account"),
        "heat-account-transfer": ("用热过户", "transfer of the heat account"),
        "certificate-verification": ("不动产权证核验", "verification of the certificate"),
        "citizen-notices": ("办理进度通知", "notices on the progress"),
    }
)


def word(words: Mapping[str, Words], code: str, language: Language) -> dict[str, str]:
    """A code, and how people call it."""
    return {"code": code, "text": words[code][_PLACES[language]] if code in words else code}
