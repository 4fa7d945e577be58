"""不动产单元号 (GB/T 37346): 28 characters in seven parts, none of them a check."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotransfer.domain.faults import Invalid
from cotransfer.domain.values import UnitNumber

from .support import fault_of, sample_in

HOME = "530102001002GB00003F00040005"
LAND = "530102001002GB00003W00000000"
TREES = "530102001002GE00003L00010001"
OTHER = "530102001002GB00003Q00010001"
SPELLINGS = [
    HOME,
    HOME.lower(),
    "530102 001002 GB00003 F00040005",
    "530102-001002-GB00003-F00040005",
    "530102–001002–GB00003–F00040005",
    " ５３０１０２００１００２ＧＢ００００３Ｆ０００４０００５\n",
]
REFUSED = [
    (HOME[:-1], ["length"]),
    (HOME + "1", ["length"]),
    (HOME + "," + HOME, ["length"]),
    ("53O102001002GB00003F00040005", ["land"]),
    ("X" + HOME[1:], ["land"]),
    ("530102001002AB00003F00040005", ["parcel_kind"]),
    ("530102001002GO00003F00040005", ["parcel_kind"]),
    ("530102001002BG00003F00040005", ["parcel_kind"]),
    ("530102001002GB0000AF00040005", ["parcel"]),
    ("530102001002GB00003X00040005", ["thing_kind"]),
    ("530102001002GB00003000040005", ["thing_kind"]),
    ("530102001002GB00003F0004000F", ["thing"]),
    ("530102001002GB00003F٠٠٠٤٠٠٠٥", ["thing"]),
    ("5301O2001002XB0000ZXO0040005", ["land", "parcel_kind", "parcel", "thing_kind", "thing"]),
    ("云(2021)五华区不动产权第0123456号", ["length"]),
    (HOME[:-1] + "\x00", ["control_characters"]),
    ("5" * 5000, ["too_long"]),
]

units = st.from_regex(r"[0-9]{12}[GJZ][ABSXCDEFGHLNWY][0-9]{5}[FLQW][0-9]{8}", fullmatch=True)


class TestUnitNumber:
    @pytest.mark.parametrize("text", SPELLINGS)
    def test_one_unit_has_one_form(self, text):
        """The printed groups 6-6-7-9, small letters and full width are understood."""
        assert UnitNumber.parse(text) == UnitNumber(HOME)

    @pytest.mark.parametrize(
        "text", [LAND, TREES, OTHER, "320684100003GB00207F48110028", "530102001002ZW00003F99990001"]
    )
    def test_every_kind_of_unit_is_a_unit(self, text):
        """The register names land, trees and others as well."""
        assert UnitNumber.parse(text).text == text

    @pytest.mark.parametrize(("text", "codes"), REFUSED)
    def test_each_wrong_part_is_named(self, text, codes):
        """All wrong parts are told at once, each by its place in the number."""
        with pytest.raises(Invalid) as caught:
            UnitNumber.parse(text)
        assert [fault.code for fault in caught.value.faults] == codes
        assert {fault.field for fault in caught.value.faults} == {"unit_number"}

    @given(units)
    def test_every_number_of_the_right_shape_is_accepted(self, text):
        """No check character, no table of counties: only the shape can be wrong."""
        assert UnitNumber.parse(text).text == text

    def test_the_county_is_in_front(self):
        """The first six digits are the county's (GB/T 2260)."""
        assert UnitNumber.parse(HOME).county == "530102"


class TestHomes:
    def test_a_building_is_a_home(self):
        """F as the 20th character."""
        assert UnitNumber.parse_home(HOME).is_home

    @pytest.mark.parametrize("text", [LAND, TREES, OTHER])
    def test_land_trees_and_others_are_none(self, text):
        """Nobody uses water there: nothing to transfer."""
        assert not UnitNumber.parse(text).is_home
        fault = fault_of(lambda: UnitNumber.parse_home(text, field="unit_numbers.0"))
        assert (fault.field, fault.code) == ("unit_numbers.0", "not_a_home")
        assert UnitNumber.parse_home(sample_in(fault)).is_home

    def test_a_wrong_number_is_refused_for_what_is_wrong(self):
        """What is no unit at all is not called land."""
        assert fault_of(lambda: UnitNumber.parse_home(HOME[:-1])).code == "length"
