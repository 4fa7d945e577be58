"""Where a person can be reached, and what they are called. Never says whether the person exists or may be called."""

import re

import attrs

from cotransfer.domain.faults import Fault, Invalid
from cotransfer.domain.values.text import Personal, check_length, clean_text, plain_text

NAME_RIGHT = "A name has 1 to 60 characters, such as 张三 or 阿依古丽·买买提."
MOBILE_RIGHT = "A mobile number of mainland China has 11 digits and begins with 13 to 19, such as 13900001234."
OPENID_RIGHT = "A WeChat openid has 1 to 64 letters, digits, - and _, such as o6_bmjrPTlm6_2sgVt7hMZOPfL2M."

ONE_DOT = str.maketrans(dict.fromkeys("•‧∙⋅・●⸱ᐧ", "·"))
AROUND_DOT = re.compile(r"\s*·\s*")
BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff\U00020000-\U0003ffff])\s+(?=[\u3400-\u9fff\U00020000-\U0003ffff])")

MOBILE = re.compile(r"1[3-9][0-9]{9}")
FIXED_LINE = re.compile(r"0[1-9][0-9]{8,10}|[2-8][0-9]{6,7}")
HOME_PREFIX = re.compile(r"\A(?:\+86|0086)")
ABROAD = ("+", "00")
OPENID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@attrs.frozen(repr=False)
class Name(Personal):
    """权利人名称, 原户号用户名: a person or an organisation, or the masked form of one (张*)."""

    text: str

    @classmethod
    def parse(cls, text: object, *, field: str = "name") -> "Name":
        """NFKC; every kind of middle dot is ·; the padding of 张　三 is dropped, other white space is one blank."""
        dotted = AROUND_DOT.sub("·", clean_text(field, text, NAME_RIGHT, form="NFKC").translate(ONE_DOT))
        name = " ".join(BETWEEN_HAN.sub("", dotted).split())
        check_length(field, name, NAME_RIGHT, least=1, most=60)
        return cls(name)


@attrs.frozen(repr=False)
class MobileNumber(Personal):
    """手机号码: 11 digits of mainland China, where an SMS arrives."""

    text: str

    @classmethod
    def parse(cls, text: object, *, field: str = "mobile_number") -> "MobileNumber":
        """Blanks, hyphens and the country's own prefix (+86, 0086) are dropped."""
        number = HOME_PREFIX.sub("", plain_text(field, text, MOBILE_RIGHT).replace("-", ""))
        if MOBILE.fullmatch(number):
            return cls(number)
        raise Invalid(Fault(field, *_why_no_mobile(number), MOBILE_RIGHT))


@attrs.frozen(repr=False)
class OpenId(Personal):
    """Who somebody is to one WeChat service account."""

    text: str

    @classmethod
    def parse(cls, text: object, *, field: str = "wechat_openid") -> "OpenId":
        """Upper and lower case differ."""
        openid = clean_text(field, text, OPENID_RIGHT, form="NFKC")
        check_length(field, openid, OPENID_RIGHT, least=1, most=64)
        if not OPENID.fullmatch(openid):
            raise Invalid(Fault(field, "characters", "It holds characters that no openid has.", OPENID_RIGHT))
        return cls(openid)


def _why_no_mobile(number: str) -> tuple[str, str]:
    """The code and the sentence for what was sent instead of a mobile number."""
    if number.startswith(ABROAD):
        return "foreign_number", "It is a number of another country or region."
    if not re.fullmatch(r"[0-9]*", number):
        return "characters", "It holds other characters than digits."
    if FIXED_LINE.fullmatch(number):
        return "fixed_line", "It is a fixed line, which receives no SMS."
    if len(number) != 11:
        return "length", "It does not have 11 digits."
    return "not_a_mobile", "No mobile number begins with these digits."
