"""docs/reversal.md says what the decider does."""

from pathlib import Path

from cotransfer.domain.reversals.case import DOCUMENTS_LIMIT, REVERSALS_LIMIT, Ground
from cotransfer.testing.reversal_transitions import table

PAGE = (Path(__file__).parents[3] / "docs" / "reversal.md").read_text(encoding="utf-8")


def test_its_table_is_the_deciders() -> None:
    """`cotransfer.testing.reversal_transitions.table` prints it; print it again when this fails."""
    assert table() in PAGE


def test_its_grounds_and_limits_are_the_domains() -> None:
    """Each ground by its code; how many reversals, how many documents."""
    assert all(f"`{ground.value}`" in PAGE for ground in Ground)
    assert f"at most {REVERSALS_LIMIT} times" in PAGE
    assert f"{DOCUMENTS_LIMIT} documents" in PAGE
