"""docs/security.md answers every requirement, and everything that it names as an answer is there."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "security.md"
STATES = ("met", "deployment", "not applicable", "not yet")

NUMBERS: dict[str, str] = {
    "1.1": "1:2 2:2",
    "1.2": "1:1 2:1 3:1 4:1 5:1 6:2 7:2 8:2 9:2",
    "1.3": "1:1 2:1 3:2 4:2 5:2 6:2 7:2 8:2 9:2 10:2 11:2",
    "1.4": "1:2 2:2 3:2",
    "1.5": "1:1 2:2",
    "2.1": "1:1 2:2 3:2",
    "2.2": "1:1 2:1 3:2",
    "2.3": "1:1 2:2 3:2 4:2",
    "2.4": "1:2",
    "3.2": "1:1 2:1",
    "3.3": "1:1 2:2 3:2 4:2",
    "3.4": "1:1 2:1 3:2 4:2 5:2 6:2",
    "3.5": "1:1 2:1 3:1 4:2 5:2",
    "3.7": "1:2 2:2",
    "4.1": "1:1 2:2 3:2",
    "4.2": "1:2",
    "4.3": "1:2 2:2",
    "4.4": "1:1 2:2 3:2 4:2",
    "5.1": "1:2",
    "5.2": "1:1 2:1 3:2",
    "5.3": "1:1 2:1",
    "5.4": "1:2 2:2 3:2",
    "6.1": "1:1 2:2 3:2",
    "6.2": "1:1 2:1 3:1 4:1 5:1 6:1 7:1 8:1 9:2 10:2 11:2 12:2",
    "6.3": "1:1 2:1 3:2 4:2",
    "6.4": "1:1 2:1 3:2 4:2",
    "6.5": "1:2 2:2 3:2 4:2 5:2",
    "6.6": "1:2 2:2 3:2",
    "6.8": "1:2 2:2 3:2 4:2",
    "7.1": "1:2 2:2 3:2",
    "7.2": "1:1 2:1 3:1 4:1",
    "7.3": "1:2 2:2",
    "7.4": "1:1 2:1 3:2 4:2 5:2",
    "7.5": "1:2 2:2",
    "7.6": "1:2 2:2",
    "8.1": "1:1 2:2",
    "8.2": "1:1 2:1 3:2",
    "8.3": "1:1",
    "8.4": "1:2",
    "9.1": "1:1 2:1 3:1",
    "9.2": "1:1 2:2 3:2 4:2",
    "10.1": "1:2 2:2",
    "10.2": "1:2 2:2",
    "10.3": "1:2 2:2 3:2 4:2",
    "10.4": "1:1 2:1 3:1 4:1 5:1 6:2 7:2 8:2 9:2 10:2 11:2",
    "10.5": "1:2 2:2 3:2 4:2 5:2",
    "10.6": "1:2 2:2",
    "10.7": "1:2 2:2 3:2",
    "11.1": "1:2 2:2",
    "11.2": "1:2 2:2 3:2",
    "11.3": "1:1 2:1 3:2",
    "11.4": "1:1 2:2 3:2 4:2",
    "11.5": "1:2",
    "11.6": "1:2",
    "12.1": "1:1 2:2 3:2",
    "12.2": "1:1 2:1",
    "12.3": "1:2 2:2 3:2 4:2",
    "13.1": "1:2",
    "13.2": "1:2 2:2 3:2 4:2 5:2",
    "13.3": "1:2 2:2",
    "13.4": "1:1 2:2 3:2 4:2 5:2",
    "14.1": "1:2 2:2",
    "14.2": "1:1 2:2 3:2 4:2",
    "14.3": "1:1 2:2 3:2",
    "15.1": "1:1 2:2 3:2",
    "15.2": "1:1 2:2 3:2",
    "15.3": "1:1 2:2 3:2 4:2 5:2 6:2 7:2",
    "16.1": "1:2",
    "16.2": "1:2 2:2 3:2 4:2 5:2",
    "16.3": "1:2 2:2 3:2 4:2",
    "16.4": "1:2 2:2 3:2",
    "16.5": "1:2 2:2 3:2",
    "17.1": "1:2",
    "17.2": "1:2 2:2 3:2 4:2",
    "17.3": "1:2 2:2",
}
"""ASVS 5.0.0: the requirements of levels 1 and 2, section by section, each with its level."""

LEVEL_3 = "1.5.3 2.3.5 4.1.4 4.1.5 8.3.2 11.2.4 11.2.5 13.1.3 13.3.4 14.2.6 14.2.7 15.4.2 16.5.4"


@attrs.frozen(kw_only=True)
class Row:
    """One line of the table."""

    number: str
    level: str
    asks: str
    state: str
    answer: str


def known() -> dict[str, str]:
    """Every number of levels 1 and 2 with its level."""
    return {
        f"{section}.{number}": level
        for section, listed in NUMBERS.items()
        for number, level in (one.split(":") for one in listed.split())
    }


def rows() -> list[Row]:
    """The table of levels 1 and 2."""
    found = re.findall(
        r"^\| ([0-9]+\.[0-9]+\.[0-9]+) \| ([123]) \| (.+?) \| ([a-z ]+) \| (.+) \|$", text(), re.MULTILINE
    )
    return [
        Row(number=number, level=level, asks=asks, state=state, answer=answer)
        for number, level, asks, state, answer in found
    ]


def text() -> str:
    """The page."""
    return PAGE.read_text(encoding="utf-8")


def named(answer: str) -> Iterator[str]:
    """The files of ours that stand in an answer."""
    yield from re.findall(r"`((?:tests|src|docs|contracts|requirements)/[^`]*|pyproject\.toml)`", answer)


def symbols(file: Path) -> set[str]:
    """What may stand behind `::`."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            inner = [one for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
            found |= {f"{node.name}::{one.name}" for one in inner}
    return found


def anchors(page: Path) -> set[str]:
    """As the usual hosts make them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def missing(reference: str) -> bool:
    """Whether what is named is not there."""
    path, _, symbol = reference.partition("::")
    path, _, anchor = path.partition("#")
    file = ROOT / path
    if not file.exists():
        return True
    return (bool(symbol) and symbol not in symbols(file)) or (bool(anchor) and anchor not in anchors(file))


class TestVerificationStandard:
    def test_the_list_is_whole(self) -> None:
        """70 requirements of level 1 and 183 of level 2."""
        levels = list(known().values())
        assert (levels.count("1"), levels.count("2")) == (70, 183)

    def test_every_number_has_one_row(self, count: Callable[[str], None]) -> None:
        """None is left out, none stands there twice, none is made up, and the level is the standard's."""
        found = [(row.number, row.level) for row in rows()]
        assert sorted(found) == sorted(known().items())
        states = [row.state for row in rows()]
        count(f"ASVS 5.0.0      {len(found)} rows: " + ", ".join(f"{states.count(one)} {one}" for one in STATES))

    def test_the_page_counts_itself(self) -> None:
        """The sum above the table is that of the table."""
        states = [row.state for row in rows()]
        assert set(states) <= set(STATES)
        said = f"{len(states)} requirements: " + ", ".join(f"{states.count(one)} {one}" for one in STATES)
        assert said in " ".join(text().split())

    def test_what_is_met_names_its_proof(self) -> None:
        """A test, a module or a page; what is not yet there names the issue that brings it."""
        bare = [row.number for row in rows() if row.state == "met" and not _proof(row.answer)]
        assert bare == []
        assert [row.number for row in rows() if row.state == "not yet" and not re.search(r"issue \d", row.answer)] == []
        assert [row.number for row in rows() if row.state == "deployment" and not _proof(row.answer)] == []

    def test_the_rows_of_level_3(self) -> None:
        """Thirteen that go further."""
        found = re.findall(r"^\| ([0-9.]+) \| [^|]+ \| [^|]+ \|$", text(), re.MULTILINE)
        assert " ".join(found) == LEVEL_3


def test_the_ten_risks_of_interfaces() -> None:
    """API1 to API10, each with a control and a proof."""
    found = re.findall(r"^\| (API\d+) \| [^|]+ \| [^|]+ \| (.+) \|$", text(), re.MULTILINE)
    assert [number for number, _ in found] == [f"API{nth}" for nth in range(1, 11)]
    assert all(_proof(proof) for _, proof in found)


def test_everything_that_is_named_is_there() -> None:
    """Files, classes, tests and headings: whoever renames one mends the page."""
    assert [reference for reference in named(text()) if missing(reference)] == []


@pytest.mark.parametrize(
    "reference", ["tests/test_nowhere.py", "tests/test_security_page.py::test_nothing", "docs/security.md#no-such-part"]
)
def test_what_is_not_there_is_found(reference: str) -> None:
    """The search itself works."""
    assert missing(reference)


def _proof(answer: str) -> bool:
    return bool(list(named(answer))) or bool(re.search(r"\]\([a-z#][^)]*\)", answer))
