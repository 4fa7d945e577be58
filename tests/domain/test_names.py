"""Names on accounts and on the register: spelling, masks, several holders in one field."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotransfer.domain.names import NameFit, compare_names

PEOPLE = st.text(alphabet="张王李赵伟明丽华国栋秀英", min_size=2, max_size=4)


class TestSpelling:
    @pytest.mark.parametrize(
        ("shown", "known"),
        [
            ("张 伟", "张伟"),
            ("张　伟", "张伟"),
            ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
            ("JOHN SMITH", "John Smith"),
            ("滇云商贸(昆明)有限责任公司", "滇云商贸（昆明）有限公司"),
            ("杨丽华；张伟明", "张伟明"),
            ("张伟明", "张伟明,杨丽华"),
        ],
    )
    def test_spelling_is_no_difference(self, shown: str, known: str):
        """Width, case, spaces, dots, brackets, and the long form of a company's kind say nothing about who it is."""
        assert compare_names(shown, known) is NameFit.SAME

    @pytest.mark.parametrize(("shown", "known"), [("张伟", "张伟明"), ("张炜", "张伟"), ("·", "张伟"), ("张伟", "、")])
    def test_another_name_is_another_name(self, shown: str, known: str):
        """Near is not the same, and a field without a name fits nobody."""
        assert compare_names(shown, known) is NameFit.DIFFERENT


class TestMasks:
    @pytest.mark.parametrize(
        ("shown", "known"),
        [
            ("张*", "张伟"),
            ("张*", "张伟明"),  # one asterisk for all that is hidden
            ("*伟", "张伟"),
            ("张**", "张伟明"),
            ("张＊明", "张伟明"),
            ("张某", "张伟"),
            ("张某某", "张伟明"),
            ("张●", "张伟"),
            ("昆明**有限公司", "昆明滇云商贸有限公司"),
            ("昆*滇*公司", "昆明滇云商贸有限公司"),
            ("****商贸****", "昆明滇云商贸有限公司"),
        ],
    )
    def test_what_is_shown_fits(self, shown: str, known: str):
        """Only visible characters count, and the length where it means something."""
        assert compare_names(shown, known) is NameFit.SIMILAR

    @pytest.mark.parametrize(
        ("shown", "known"),
        [
            ("李*", "张伟"),
            ("*明", "张伟"),
            ("张**", "张伟"),
            ("张*", "张"),
            ("张*张", "张"),
            ("昆明**物业有限公司", "昆明滇云商贸有限公司"),
            ("昆*滇*商*", "昆明滇云商"),
            ("昆*彩*公司", "昆明滇云商贸有限公司"),
            ("昆明滇云*云商贸有限公司", "昆明滇云商贸有限公司"),
        ],
    )
    def test_what_is_shown_contradicts(self, shown: str, known: str):
        """A visible character that is not there, or a mask with nothing behind it."""
        assert compare_names(shown, known) is NameFit.DIFFERENT

    def test_a_mask_over_everything_shows_nothing(self):
        """*** is neither for nor against anybody."""
        assert compare_names("***", "张伟") is NameFit.HIDDEN

    @given(PEOPLE, st.data())
    def test_any_mask_of_a_name_fits_it(self, name: str, data: st.DataObject):
        """Whichever characters an office hides, the name still fits, unless all are hidden."""
        hidden = data.draw(st.lists(st.booleans(), min_size=len(name), max_size=len(name)))
        shown = "".join("*" if hide else char for char, hide in zip(name, hidden, strict=True))

        expected = NameFit.HIDDEN if all(hidden) else NameFit.SIMILAR if any(hidden) else NameFit.SAME
        assert compare_names(shown, name) is expected

    @given(st.text(max_size=60), st.text(max_size=60))
    def test_any_two_texts_can_be_compared(self, shown: str, known: str):
        """The utility's text is a stranger's: it may be wrong, it never stops us."""
        assert compare_names(shown, known) in NameFit

    def test_a_hostile_mask_costs_nothing(self):
        """Many asterisks must not multiply the work."""
        began = time.process_time()
        compare_names("*a" * 30 + "b", "a" * 60)

        assert time.process_time() - began < 0.5
