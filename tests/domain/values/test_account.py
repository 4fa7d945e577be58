"""坐落 and 原户号: kept as their offices write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotransfer.domain.values import Account, AccountNumber, Location, Name

from .support import fault_of

LOCATIONS = [
    ("五华区翠湖路1号2幢3单元401室", "五华区翠湖路1号2幢3单元401室"),
    ("  昆明市 五华区 翠湖路１号\n", "昆明市 五华区 翠湖路１号"),
    ("翠湖1号", "翠湖1号"),
    ("é湖路1号", "é湖路1号"),
    ("路" * 200, "路" * 200),
]
NO_LOCATIONS = [
    ("翠湖路", "too_short"),
    ("路" * 201, "too_long"),
    ("翠湖路\x001号", "control_characters"),
    ("翠湖路\n1号", "control_characters"),
    ("翠湖路\ud83d1号", "control_characters"),
    ("翠湖路\u202e1号", "control_characters"),
]
ACCOUNT_NUMBERS = [
    ("0530112233", "0530112233"),
    ("０５３０ １１２２ ３３", "0530112233"),
    ("km-0012a", "KM-0012A"),
    ("km—0012a", "KM-0012A"),
    ("0001", "0001"),
    ("1" * 20, "1" * 20),
]
NO_ACCOUNT_NUMBERS = ["001", "1" * 21, "0530_1122", "户号0012", "0530;1122", "٠٠١٢٣", "0530/1122"]


class TestLocation:
    @pytest.mark.parametrize(("text", "kept"), LOCATIONS)
    def test_a_location_is_kept_verbatim(self, text, kept):
        """Only trimmed and NFC: full-width digits and inner blanks stay as the office wrote them."""
        assert Location.parse(text) == Location(kept) == Location.parse(kept)

    @pytest.mark.parametrize(("text", "code"), NO_LOCATIONS, ids=ascii)
    def test_what_cannot_be_a_location_is_refused(self, text, code):
        """4 to 200 visible characters."""
        fault = fault_of(lambda: Location.parse(text))
        assert (fault.field, fault.code) == ("location", code)

    @given(st.text(max_size=250))
    def test_parsing_twice_is_parsing_once(self, text):
        """Whatever came in, what is kept is stable."""
        try:
            location = Location.parse(text)
        except ValueError:
            return
        assert Location.parse(location.text) == location


class TestAccountNumber:
    @pytest.mark.parametrize(("text", "kept"), ACCOUNT_NUMBERS)
    def test_one_number_has_one_form(self, text, kept):
        """Capitals without white space; leading zeros stay."""
        assert AccountNumber.parse(text) == AccountNumber(kept) == AccountNumber.parse(kept)

    @pytest.mark.parametrize("text", NO_ACCOUNT_NUMBERS)
    def test_what_no_utility_prints_is_refused(self, text):
        """Without a utility's own form, 4 to 20 digits, capitals and hyphens."""
        fault = fault_of(lambda: AccountNumber.parse(text))
        assert (fault.field, fault.code) == ("account_number", "shape")

    def test_a_utility_may_have_a_form_of_its_own(self):
        """The form is configuration; it must fit the whole number."""
        assert AccountNumber.parse("1234567890123456", pattern="[0-9]{16}").text == "1234567890123456"
        assert fault_of(lambda: AccountNumber.parse("12345678901234567", pattern="[0-9]{16}")).code == "shape"

    def test_an_account_is_what_the_utility_answers(self):
        """The scheme's table: holder, location, in arrears; and the number it was asked by."""
        account = Account(
            number=AccountNumber("0530112233"), holder=Name("李四"), location=Location("翠湖路1号"), in_arrears=True
        )
        assert account.in_arrears
        assert "李四" not in repr(account)
