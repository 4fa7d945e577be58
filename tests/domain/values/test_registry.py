"""登记簿状态: the register's codes become words of ours, and what is not understood is never taken for good news."""

import pytest

from cotransfer.domain.values import RegistryState, RegistryStatus, Restriction

CODES = [
    (RegistryStatus.PROVISIONAL, ["0", "临时", "provisional", 0]),
    (RegistryStatus.CURRENT, ["1", "现势", "current", 1, "１", " 1 "]),
    (RegistryStatus.HISTORICAL, ["2", "历史", "historical", 2]),
    (RegistryStatus.TERMINATED, ["3", "终止", "terminated", 3]),
    (
        RegistryStatus.UNKNOWN,
        [
            "unknown",
            "未知",
            "4",
            "01",
            "",
            "CURRENT",
            "现势 历史",
            4,
            -1,
            10**30,
            1.0,
            True,
            None,
            b"1",
            ["1"],
            "1" * 99,
        ],
    ),
]
RESTRICTIONS = {
    "在建工程抵押": Restriction.CONSTRUCTION_MORTGAGE,
    "预告": Restriction.ADVANCE_NOTICE,
    "预抵押": Restriction.ADVANCE_MORTGAGE,
    "预查封": Restriction.ADVANCE_SEIZURE,
    "抵押": Restriction.MORTGAGE,
    "查封": Restriction.SEIZURE,
    "异议": Restriction.OBJECTION,
    "地役": Restriction.EASEMENT,
    "锁定": Restriction.LOCKED,
    "居住权": Restriction.RIGHT_OF_RESIDENCE,
    "注销": Restriction.CANCELLED,
}


class TestStatus:
    @pytest.mark.parametrize(("status", "code"), [(status, code) for status, codes in CODES for code in codes])
    def test_codes_and_words_are_understood_and_the_rest_is_unknown(self, status, code):
        """Digit, Chinese word or ours; never a refusal, because a registry's surprise must not stop the message."""
        assert RegistryStatus.from_code(code) is status

    def test_each_has_its_chinese_word(self):
        """The word that a citizen reads."""
        assert [status.zh for status in RegistryStatus] == ["现势", "临时", "历史", "终止", "未知"]


class TestRestriction:
    @pytest.mark.parametrize(("word", "restriction"), RESTRICTIONS.items())
    def test_the_registers_words_are_understood(self, word, restriction):
        """With or without 现势 before them, and by our own word."""
        assert Restriction.from_code(word) is restriction
        assert Restriction.from_code(f"现势{word}") is restriction
        assert Restriction.from_code(restriction.value) is restriction
        assert restriction.zh == word

    @pytest.mark.parametrize("code", ["", "现势", "抵押查封", "MORTGAGE", None, 1, True, {}])
    def test_what_is_not_understood_is_another_restriction(self, code):
        """Never dropped: an unknown restriction is still one."""
        assert Restriction.from_code(code) is Restriction.OTHER

    def test_every_member_has_a_chinese_word_of_its_own(self):
        """Two restrictions never read alike."""
        assert len({restriction.zh for restriction in Restriction}) == len(Restriction)


class TestState:
    def test_the_order_of_restrictions_makes_no_difference(self):
        """A state is compared by what holds, not by how it was told."""
        one = RegistryState(RegistryStatus.CURRENT, frozenset([Restriction.MORTGAGE, Restriction.SEIZURE]))
        other = RegistryState(RegistryStatus.CURRENT, frozenset([Restriction.SEIZURE, Restriction.MORTGAGE]))
        assert one == other
        assert hash(one) == hash(other)

    def test_no_restriction_is_the_usual_case(self):
        """A status alone is a state."""
        assert RegistryState(RegistryStatus.CURRENT).restrictions == frozenset()
