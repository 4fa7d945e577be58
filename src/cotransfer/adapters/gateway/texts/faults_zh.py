"""字段错误的中文说明: what is wrong with a field by its code, what is right by the sentence that the fault brings.

Never shows a value. The English of both comes with the fault; a test proves that nothing here is left untranslated.
"""

import re

from cotransfer.domain.faults import Fault
from cotransfer.domain.values import account, certificate, contact, document_numbers, ids, location, signing, text, unit

WRONG = {
    "missing": "缺少该字段，或内容为空。",
    "not_text": "不是文本。",
    "too_long": "内容过长。",
    "too_short": "内容过短。",
    "control_characters": "含有不可见字符或控制字符。",
    "unknown_word": "不在可选值之内。",
    "unknown_field": "报文中没有此字段。",
    "not_an_object": "不是 JSON 对象。",
    "not_a_list": "不是列表。",
    "too_many": "列表项过多。",
    "too_few": "列表项过少。",
    "repeated": "列表中有重复项。",
    "not_a_boolean": "不是 true 或 false。",
    "not_a_time": "不是带时区偏移的时间。",
    "shape": "格式不符。",
    "characters": "含有不允许的字符。",
    "length": "位数不对。",
    "check_digit": "校验位与其余各位不符。",
    "not_a_date": "第 7 至 14 位不是有效日期。",
    "birth_out_of_range": "第 7 至 14 位的出生日期早于 1900 年或晚于今日。",
    "not_a_residence_permit": "不是居住证号码；内地居民身份证号码请选择证件种类 identity_card。",
    "foreign_number": "是其他国家或地区的号码。",
    "fixed_line": "是固定电话，无法接收短信。",
    "not_a_mobile": "号段不是手机号码。",
    "cancelled": "带有注销标记，是已注销的证书。",
    "proof_not_certificate": "是不动产登记证明（预告、抵押等），不是不动产权证书。",
    "land": "第 1 至 12 位（县区、地籍区）须为数字。",
    "parcel_kind": "第 13、14 位不是有效的宗地特征码。",
    "parcel": "第 15 至 19 位（宗地顺序号）须为数字。",
    "thing_kind": "第 20 位须为 F、L、Q 或 W。",
    "thing": "第 21 至 28 位（幢号、户号）须为数字。",
    "not_a_home": "是土地或其他定着物，不是房屋。",
    "not_a_uuid7": "不是第 7 版 UUID。",
    "not_a_slug": "不是公用企业简称。",
    "grammar": "不是由协议、主机名、路径和参数组成的普通网址。",
    "not_https": "不是 https 地址。",
    "unknown_host": "主机名不在该公用企业的约定名单内。",
    "not_a_word": "不是系统内名称。",
    "not_a_digest": "不是 SHA-256 摘要。",
    "not_a_reversal": "不是更正编号。",
    "not_a_number": "不是更正序号。",
}

RIGHT = {
    text.ANY_TEXT: "请填写由可见字符组成的文本。",
    "Give a path on this site, such as /transfers.": "请给出本站内的路径，例如 /transfers。",
    contact.NAME_RIGHT: "名称为 1 至 60 个字符，例如 张三、阿依古丽·买买提。",
    contact.MOBILE_RIGHT: "中国大陆手机号码为 11 位，以 13 至 19 开头，例如 13900001234。",
    contact.OPENID_RIGHT: "微信 openid 为 1 至 64 位字母、数字、- 或 _，例如 o6_bmjrPTlm6_2sgVt7hMZOPfL2M。",
    document_numbers.CITIZEN_RIGHT: "身份证号码为 17 位数字加 1 位校验码，例如 11010519491231002X。",
    document_numbers.PERMIT_RIGHT: "居住证号码为 18 位，以 81、82 或 83 开头，例如 810000199408230021。",
    document_numbers.CREDIT_RIGHT: "统一社会信用代码为 18 位，不含 I、O、S、V、Z，例如 91530100MA0000007F。",
    document_numbers.ORGANISATION_RIGHT: "组织机构代码为 8 位加 1 位校验码，例如 MA000000-7。",
    document_numbers.LICENCE_RIGHT: "营业执照填写统一社会信用代码或原 15 位注册号，例如 91530100MA0000007F。",
    document_numbers.PASSPORT_RIGHT: "护照号为 5 至 20 位大写字母、数字、( ) 或 -，例如 E12345678。",
    document_numbers.OFFICER_RIGHT: (
        "军官证（士兵证）号为 5 至 20 个汉字、大写字母、数字、( ) 或 -，例如 南字第01234567号。"
    ),
    document_numbers.HOUSEHOLD_RIGHT: (
        "户口簿填写持有人的身份证号码，或 5 至 20 个字符的户口簿编号，例如 昆户字第012345号。"
    ),
    document_numbers.OTHER_RIGHT: "证件号为 5 至 20 个汉字、大写字母、数字、( )、- 或 .，例如 事证第153010000123号。",
    certificate.CERTIFICATE_RIGHT: (
        "证号形如 云(2021)五华区不动产权第0123456号；旧房产证号为 4 至 50 个字符，其中含“权证”“房字”或“房产证”等字样。"
    ),
    account.ACCOUNT_NUMBER_RIGHT: "请照账单填写，一般为 4 至 20 位数字、大写字母或连字符，例如 0530112233。",
    location.LOCATION_RIGHT: "坐落为 4 至 200 个字符，例如 五华区翠湖路1号2幢3单元401室。",
    unit.UNIT_RIGHT: "不动产单元号为 28 位，例如 530102001002GB00003F00040005。",
    unit.HOME_RIGHT: "房屋的不动产单元号第 20 位为 F，例如 530102001002GB00003F00040005。",
    signing.SIGNING_RIGHT: "签章地址为约定域名上的 https 地址，例如 https://sign.example.cn/c/7f3a。",
    ids.TRANSFER_RIGHT: "业务编号为第 7 版 UUID，例如 019aaf3e-6b00-7c21-9d5e-0123456789ab。",
    ids.UTILITY_RIGHT: "公用企业简称为 2 至 41 位小写字母、数字或连字符，例如 kunming-water。",
    "Send the word as the answer to the account's search gave it, such as kunming-water or 2026-11.": (
        "请照户号查询结果原样填写，例如 kunming-water、2026-11。"
    ),
    "Send the text_digest as it was shown.": "请照户号查询结果中的 text_digest 原样填写。",
    "Send less.": "请缩短内容。",
    "Say in a sentence or two what is wrong.": "请用一两句话说明有何错误。",
    "Send the SHA-256 of the document in 64 hexadecimal digits.": "请填写材料的 SHA-256 摘要（64 位十六进制数字）。",
    "Send the SHA-256 of the document in 64 small hexadecimal digits.": (
        "请填写材料的 SHA-256 摘要（64 位小写十六进制数字）。"
    ),
    "A whole number from 1 to 5.": "1 至 5 的整数。",
    "Say with --kept-at where the documents are kept, such as an archive's number.": (
        "请用 --kept-at 注明材料保存位置。"
    ),
    "A sentence or two.": "一两句话即可。",
    "Every field that the message needs is there.": "报文须包含全部必填字段。",
    "true or false, without quotation marks.": "true 或 false，不加引号。",
    "A list, empty when there is nothing to tell.": "列表；没有内容时为空列表。",
    "A shorter list.": "请减少列表项。",
    "A longer list.": "请补充列表项。",
    "Each item once.": "每项只出现一次。",
    "An object with named fields.": "由命名字段组成的对象。",
    "A time of RFC 3339 with its offset, such as 2026-11-23T10:15:00+08:00.": (
        "时间须为 RFC 3339 格式并带时区偏移，例如 2026-11-23T10:15:00+08:00。"
    ),
    "A cursor has 1 to 200 letters, digits and . _ ~ = + / -.": "游标为 1 至 200 位字母、数字或 . _ ~ = + / -。",
    "A reference has 1 to 64 letters, digits and . _ / -, such as W20261123-0001.": (
        "受理编号为 1 至 64 位字母、数字或 . _ / -，例如 W20261123-0001。"
    ),
}

_LISTS = (
    (re.compile(r"(?:Send one|One) of: (.*)\."), "可选值：{}。"),
    (re.compile(r"Only these fields: (.*)\."), "只能有以下字段：{}。"),
)


def fault_in_chinese(fault: Fault) -> tuple[str, str]:
    """What is wrong, and what is right; the fault's own sentence stands in for one that nobody has translated."""
    return WRONG.get(fault.code, fault.wrong), RIGHT.get(fault.right) or _list_in_chinese(fault.right)


def _list_in_chinese(right: str) -> str:
    for english, chinese in _LISTS:
        found = english.fullmatch(right)
        if found is not None:
            return chinese.format(found[1])
    return right
