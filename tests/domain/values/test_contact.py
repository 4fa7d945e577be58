"""手机号码, 权利人名称 and WeChat's openid: one form each, whatever keyboard they were typed on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotransfer.domain.values import MobileNumber, Name, OpenId

from .support import fault_of

MOBILES = [
    "13900001234",
    "139 0000 1234",
    "139-0000-1234",
    "139–0000–1234",
    "１３９００００１２３４",
    "+8613900001234",
    "+86 139-0000-1234",
    "＋８６ 13900001234",
    "008613900001234",
    "0086-139-0000-1234",
    "\t13900001234\n",
]
NO_MOBILES = [
    ("0871-65123456", "fixed_line"),
    ("087165123456", "fixed_line"),
    ("010-62345678", "fixed_line"),
    ("65123456", "fixed_line"),
    ("6512345", "fixed_line"),
    ("+85291234567", "foreign_number"),
    ("00852 9123 4567", "foreign_number"),
    ("+1 212 555 0100", "foreign_number"),
    ("1390000123", "length"),
    ("139000012345", "length"),
    ("10086", "length"),
    ("12345", "length"),
    ("8613900001234", "length"),
    ("+86", "length"),
    ("12800001234", "not_a_mobile"),
    ("10000001234", "not_a_mobile"),
    ("23900001234", "not_a_mobile"),
    ("1390000123x", "characters"),
    ("139.0000.1234", "characters"),
    ("(139)00001234", "characters"),
    ("١٣٩٠٠٠٠١٢٣٤", "characters"),
    ("一三九", "characters"),
    ("139\u200b00001234", "control_characters"),
    ("139\x0000001234", "control_characters"),
    ("1" * 3000, "too_long"),
]
NAMES = [
    ("张三", "张三"),
    (" 张三 ", "张三"),
    ("张　三", "张三"),
    ("张 三", "张三"),
    ("欧阳 修", "欧阳修"),
    ("张*", "张*"),
    ("阿依古丽·买买提", "阿依古丽·买买提"),
    ("阿依古丽•买买提", "阿依古丽·买买提"),
    ("阿依古丽・买买提", "阿依古丽·买买提"),
    ("阿依古丽･买买提", "阿依古丽·买买提"),
    ("阿依古丽‧买买提", "阿依古丽·买买提"),
    ("阿依古丽∙买买提", "阿依古丽·买买提"),
    ("阿依古丽⋅买买提", "阿依古丽·买买提"),
    ("阿依古丽●买买提", "阿依古丽·买买提"),
    ("阿依古丽 · 买买提", "阿依古丽·买买提"),
    ("Ｊｏｈｎ  Smith", "John Smith"),
    ("昆明春城（集团）有限公司", "昆明春城(集团)有限公司"),
    ("𠮷田", "𠮷田"),
    ("王\ue0d2", "王\ue0d2"),
    ("王\U000323b0", "王\U000323b0"),
    ("李", "李"),
    ("李" * 60, "李" * 60),
]
NO_NAMES = [
    ("李" * 61, "too_long"),
    ("李" * 2049, "too_long"),
    ("张\x00三", "control_characters"),
    ("张\n三", "control_characters"),
    ("张\x1b[31m三", "control_characters"),
    ("张\ud800三", "control_characters"),
    ("张\u202e三", "control_characters"),
    ("\ufeff张三", "control_characters"),
    ("张\u2028三", "control_characters"),
    ("张\uffff三", "control_characters"),
    ("张\ufdd0三", "control_characters"),
    ("张\U0001ffff三", "control_characters"),
]
OPENIDS = ["o6_bmjrPTlm6_2sgVt7hMZOPfL2M", "a", "-_-", "A" * 64, " o6_bmjr "]
NO_OPENIDS = [
    ("A" * 65, "too_long"),
    ("o6 bmjr", "characters"),
    ("o6/bmjr", "characters"),
    ("o6.bmjr", "characters"),
    ("张三", "characters"),
    ("o6\nbmjr", "control_characters"),
]


class TestMobileNumber:
    @pytest.mark.parametrize("text", MOBILES)
    def test_one_number_has_one_form(self, text):
        """NFKC, no blanks, no hyphens, no prefix of mainland China."""
        assert MobileNumber.parse(text) == MobileNumber("13900001234")

    @pytest.mark.parametrize(("text", "code"), NO_MOBILES)
    def test_what_no_sms_reaches_is_refused(self, text, code):
        """The fault tells a fixed line, another country and a slip of the finger apart."""
        fault = fault_of(lambda: MobileNumber.parse(text))
        assert (fault.field, fault.code) == ("mobile_number", code)

    def test_a_fixed_line_is_called_one(self):
        """Somebody who gives the home's telephone is told why it will not do."""
        assert "fixed line" in fault_of(lambda: MobileNumber.parse("0871-65123456")).wrong

    @given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
    def test_every_number_from_13_to_19_is_accepted(self, text):
        """New ranges are opened every few years: no list of them is kept here."""
        assert MobileNumber.parse(text).text == text


class TestName:
    @pytest.mark.parametrize(("text", "kept"), NAMES)
    def test_names_are_kept_in_one_form(self, text, kept):
        """NFKC, one kind of middle dot, no padding; rare, private and unassigned characters stay; twice is once."""
        assert Name.parse(text) == Name(kept) == Name.parse(kept)

    @pytest.mark.parametrize(("text", "code"), NO_NAMES, ids=ascii)
    def test_what_cannot_be_a_name_is_refused(self, text, code):
        """Nothing invisible, nothing that turns a line around, nothing that breaks a database."""
        fault = fault_of(lambda: Name.parse(text, field="right_holder_name"))
        assert (fault.field, fault.code) == ("right_holder_name", code)

    @given(st.text(max_size=80))
    def test_parsing_twice_is_parsing_once(self, text):
        """Whatever came in, what is kept is stable."""
        try:
            name = Name.parse(text)
        except ValueError:
            return
        assert Name.parse(name.text) == name


class TestOpenId:
    @pytest.mark.parametrize("text", OPENIDS)
    def test_an_openid_is_kept_as_it_is(self, text):
        """Upper and lower case differ in WeChat."""
        assert OpenId.parse(text) == OpenId(text.strip())

    @pytest.mark.parametrize(("text", "code"), NO_OPENIDS)
    def test_other_characters_are_refused(self, text, code):
        """The grammar of an openid is closed."""
        fault = fault_of(lambda: OpenId.parse(text))
        assert (fault.field, fault.code) == ("wechat_openid", code)
