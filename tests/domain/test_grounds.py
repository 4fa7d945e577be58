"""A utility's reasons, as they come in."""

import pytest

from cotransfer.domain.faults import Invalid
from cotransfer.domain.reports import GROUNDS_LIMIT, Grounds


def test_grounds_are_kept_in_the_utilitys_words() -> None:
    """预审不通过原因, 办理不通过原因: trimmed, otherwise as they were sent."""
    assert Grounds.parse("  户名不符，请核对。 ").text == "户名不符，请核对。"
    assert len(Grounds.parse("因" * GROUNDS_LIMIT).text) == GROUNDS_LIMIT


@pytest.mark.parametrize(("text", "code"), [("", "missing"), (7, "not_text"), ("因" * (GROUNDS_LIMIT + 1), "too_long")])
def test_what_is_no_reason(text: object, code: str) -> None:
    """A refusal without a reason, or with a whole letter as one, is told back to the utility by its field."""
    with pytest.raises(Invalid) as invalid:
        Grounds.parse(text)
    (fault,) = invalid.value.faults
    assert (fault.field, fault.code) == ("reason", code)


def test_grounds_keep_silent() -> None:
    """Reasons may name people: they are never printed."""
    assert "户名" not in f"{Grounds('户名不符')} {Grounds('户名不符')!r}"
