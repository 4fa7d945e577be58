"""The page of transitions is what the decider does, not what somebody remembers of it."""

from pathlib import Path

from cotransfer.testing.transitions import REPORTS, STATES, page, title

PAGE = Path(__file__).parents[2] / "docs" / "transitions.md"


def test_the_page_is_up_to_date() -> None:
    """docs/transitions.md is printed from the decider; write it anew with `transitions.page()`."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_page_is_whole() -> None:
    """Every state has its column and every report its row; the picture shows every state, too."""
    text = page()
    for state in STATES:
        assert f"| {title(state)} " in text
        assert f" {state.code}" in text.partition("```mermaid")[2]
    for report in REPORTS:
        assert f"| {report} |" in text
