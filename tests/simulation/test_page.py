"""The page on simulation says what is so: its rules and stories are the code's, word for word."""

import re
from pathlib import Path

from cotransfer.simulation.invariants import ELSEWHERE, RULES
from cotransfer.simulation.stories import STORIES
from cotransfer.simulation.weather import Kind

PAGE = (Path(__file__).parents[2] / "docs" / "simulation.md").read_text(encoding="utf-8")


class TestPage:
    def test_every_rule_stands_there(self) -> None:
        """The table is the code's; I1 to I16 are all accounted for, here or elsewhere."""
        assert dict(re.findall(r"^\| (I\d+) \| (.+) \|$", PAGE, re.MULTILINE)) == dict(RULES)
        assert {*RULES, *ELSEWHERE} == {f"I{nth}" for nth in range(1, 17)}

    def test_every_story_and_every_fault_stands_there(self) -> None:
        """Whoever reads a trace finds its words."""
        assert [story.code for story in STORIES if f"`{story.code}`" not in PAGE] == []
        assert [kind.value for kind in Kind if f"`{kind.value}`" not in PAGE] == []
