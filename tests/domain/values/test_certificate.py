"""不动产权证号: every bracket is the same bracket, a proof is no certificate, an old one is free text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotransfer.domain.values import CertificateNumber

from .support import fault_of, sample_in

PLAIN = "云(2021)五华区不动产权第0123456号"
BRACKETS = [
    "()",
    "（）",
    "〔〕",
    "﹝﹞",
    "[]",
    "［］",
    "【】",
    "{}",
    "｛｝",
    "〖〗",
    "「」",
    "『』",
    "《》",
    "〈〉",
    "﹙﹚",
    "❲❳",
    "<>",
]
CURRENT = [
    ("苏（2020）泰州市不动产权第0096403号", "苏(2020)泰州市不动产权第0096403号"),
    ("皖(2018)合肥市不动产权第0000012号", "皖(2018)合肥市不动产权第0000012号"),
    ("粤（2019）东莞不动产权第0000906号", "粤(2019)东莞不动产权第0000906号"),
    ("赣(2018)新余市不动产权第0001234号", "赣(2018)新余市不动产权第0001234号"),
    (" 云 (2021) 五华区 不动产权 第0123456号 ", PLAIN),
    ("云（２０２１）五华区不动产权第０１２３４５６号", PLAIN),
    ("云(2021)昆明市不动产权第012345号", "云(2021)昆明市不动产权第012345号"),
    ("云(2021)昆明市不动产权第01234567号", "云(2021)昆明市不动产权第01234567号"),
]
LEGACY = [
    ("昆明市房权证字第200512345号", "昆明市房权证字第200512345号"),
    ("昆房权证（五华）字第 0512345 号", "昆房权证(五华)字第0512345号"),
    ("昆房权证明字第2001号", "昆房权证明字第2001号"),
    ("昆房字第 200512345 号", "昆房字第200512345号"),
    ("五房字第０５１２３４５号", "五房字第0512345号"),
    ("房产证字第0512345号", "房产证字第0512345号"),
    ("昆房证字第0512345号", "昆房证字第0512345号"),
    ("官房产字第0512345号", "官房产字第0512345号"),
    ("昆房地字〔1998〕第0512345号", "昆房地字(1998)第0512345号"),
    ("昆房地产证第0512345号", "昆房地产证第0512345号"),
    ("房权证1", "房权证1"),
    ("权证" + "1" * 48, "权证" + "1" * 48),
]
REFUSED = [
    ("闽(2017)福州市不动产证明第000001号", "proof_not_certificate"),
    ("云（2021）五华区不动产证明第0123456号", "proof_not_certificate"),
    ("云(2021)五华区不动产登记证明第0123456号", "proof_not_certificate"),
    ("云(2021)五华区不动产权证明第0123456号", "proof_not_certificate"),
    ("昆房预告登记证明第001号", "proof_not_certificate"),
    ("昆房他项权证字第2005001号", "proof_not_certificate"),
    ("昆房他证字第2005001号", "proof_not_certificate"),
    ("昆房他字第2005001号", "proof_not_certificate"),
    ("昆房预售字第2005001号", "shape"),
    ("五华区翠湖路1号房产证明", "shape"),
    ("昆国用(2003)第00123号", "shape"),
    ("房字1", "too_short"),
    (PLAIN + "(销)", "cancelled"),
    (PLAIN + "（销）", "cancelled"),
    (PLAIN + "〔销〕1", "cancelled"),
    (PLAIN + " (注销) ", "cancelled"),
    (PLAIN + "(已注销)", "cancelled"),
    ("昆明市房权证字第200512345号(销)", "cancelled"),
    ("闽(2017)福州市不动产证明第000001号(销)", "cancelled"),
    (PLAIN + PLAIN, "shape"),
    (PLAIN[:-1], "shape"),
    (PLAIN[1:], "shape"),
    ("云2021五华区不动产权第0123456号", "shape"),
    ("云(21)五华区不动产权第0123456号", "shape"),
    ("云(2021)不动产权第0123456号", "shape"),
    ("云(2021)五华区不动产权第12345号", "shape"),
    ("云(2021)五华区不动产权第123456789号", "shape"),
    ("云(2021)五华区不动产权第O123456号", "shape"),
    ("云)2021(五华区不动产权第0123456号", "shape"),
    ("云(2021)五华区不动产权证第0123456号", "shape"),
    ("Y(2021)五华区不动产权第0123456号", "shape"),
    ("云(2021)五华区不动产权第0123456号,云(2021)五华区不动产权第0123457号", "shape"),
    ("0123456", "shape"),
    ("530102001002GB00003F00040005", "shape"),
    ("'; drop table certificates; --", "shape"),
    ("权证1", "too_short"),
    ("权证" + "1" * 49, "too_long"),
    ("云(2021)五华区不动产权第0123456号\x00", "control_characters"),
    ("云(2021)五华\u200b区不动产权第0123456号", "control_characters"),
    ("房权证" * 1000, "too_long"),
]


class TestTables:
    @pytest.mark.parametrize(("text", "canonical"), CURRENT)
    def test_todays_form_is_understood_in_every_spelling(self, text, canonical):
        """Province, year, office and number; the spelling that came in is kept beside the canonical one."""
        number = CertificateNumber.parse(text)
        assert (number.canonical, number.text, number.legacy) == (canonical, text.strip(), False)

    @pytest.mark.parametrize("pair", BRACKETS)
    def test_every_kind_of_bracket_is_the_same(self, pair):
        """Offices print the year in round, square, tortoise-shell and other brackets."""
        opening, closing = pair
        assert CertificateNumber.parse(f"云{opening}2021{closing}五华区不动产权第0123456号") == CertificateNumber.parse(
            PLAIN
        )

    @pytest.mark.parametrize(("text", "canonical"), LEGACY)
    def test_an_old_certificate_is_kept_as_free_text(self, text, canonical):
        """房权证, 房字 and their like have no published grammar: nothing is derived, not even a 证明 from 证明字."""
        number = CertificateNumber.parse(text)
        assert (number.canonical, number.legacy) == (canonical, True)

    @pytest.mark.parametrize(("text", "code"), REFUSED)
    def test_what_is_no_valid_certificate_is_refused(self, text, code):
        """A proof is not ownership, (销) is cancelled, and everything else must read like a certificate."""
        fault = fault_of(lambda: CertificateNumber.parse(text))
        assert (fault.field, fault.code) == ("certificate_number", code)

    def test_the_sample_in_the_explanation_is_itself_right(self):
        """Whoever copies the form of our sample gets it right."""
        assert not CertificateNumber.parse(sample_in(fault_of(lambda: CertificateNumber.parse("")))).legacy


class TestEquality:
    def test_two_spellings_are_one_certificate(self):
        """Equality and hash look at the canonical spelling only."""
        spaced = CertificateNumber.parse("云〔2021〕 五华区不动产权第0123456号")
        assert spaced == CertificateNumber.parse(PLAIN)
        assert len({spaced, CertificateNumber.parse(PLAIN)}) == 1
        assert spaced.text != PLAIN

    def test_a_leading_zero_makes_a_difference(self):
        """Numbers are compared as texts: 0123456 and 123456 are two certificates."""
        assert CertificateNumber.parse(PLAIN) != CertificateNumber.parse(PLAIN.replace("0123456", "123456"))

    @given(
        st.sampled_from(BRACKETS),
        st.sampled_from("云苏皖粤赣京沪"),
        st.integers(2015, 2026),
        st.sampled_from(["五华区", "昆明市", "东莞", "安宁市"]),
        st.from_regex(r"[0-9]{6,8}", fullmatch=True),
    )
    def test_parsing_twice_is_parsing_once(self, pair, province, year, office, serial):
        """Both the kept spelling and the canonical one lead to the same certificate."""
        number = CertificateNumber.parse(f"{province}{pair[0]}{year}{pair[1]}{office}不动产权第{serial}号")
        assert CertificateNumber.parse(number.text) == number == CertificateNumber.parse(number.canonical)
