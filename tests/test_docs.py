"""The documentation says what is so: examples run, links lead somewhere, tables agree with the code."""

import importlib
import json
import pkgutil
import re
import runpy
import tomllib
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cotransfer import ports
from cotransfer.adapters.gateway.language import Language
from cotransfer.adapters.gateway.texts import texts_in
from cotransfer.adapters.gateway.texts.faults_zh import WRONG
from cotransfer.cli.entry import COMMANDS
from cotransfer.domain.parties import NextAction, Party
from cotransfer.domain.refusals import Why

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
EXAMPLE = ROOT / "examples" / "whole_transfer.py"
READMES = (ROOT / "README.md", ROOT / "README.zh.md")
PAGES = (*READMES, ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md")))
DECISIONS = sorted(set((DOCS / "decisions").glob("*.md")) - {DOCS / "decisions" / "README.md"})

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def blocks(page: Path, language: str) -> list[str]:
    """What stands in a page's code blocks of one language."""
    return [body for named, body in _FENCE.findall(page.read_text(encoding="utf-8")) if named == language]


def prose(page: Path) -> str:
    """A page without its code blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def headings(page: Path) -> list[str]:
    """The lines that begin a part of a page."""
    return re.findall(r"^#+ .*$", prose(page), re.MULTILINE)


def anchor(heading: str) -> str:
    """As the usual hosts make anchors: lower case, no punctuation, spaces to hyphens."""
    return re.sub(r"[^\w\- ]", "", heading.lstrip("#").strip().lower()).replace(" ", "-")


def named(page: Path) -> str:
    """A page as it is called in messages."""
    return str(page.relative_to(ROOT))


class TestExamples:
    def test_the_whole_transfer_goes_through(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The library way: the example reaches step 9 as it stands."""
        runpy.run_path(str(EXAMPLE), run_name="__main__")
        assert capsys.readouterr().out.splitlines() == [
            "step 4  match, in arrears: False",
            "step 5  submitted",
            "step 5  taken_by_utility",
            "step 6  pre_review_passed",
            "step 7  signed",
            "step 8  handled",
            "step 9  result_sent",
        ]

    def test_behind_the_gate(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Every disclosure of the transfer is noted, and a suspended grant lets nothing out."""
        runpy.run_path(str(ROOT / "examples" / "behind_the_gate.py"), run_name="__main__")
        logged, suspended, *told = capsys.readouterr().out.splitlines()
        assert "grant_suspended" in logged
        assert suspended == "suspended: grant_suspended"
        assert [line.partition(":")[0] for line in told] == ["kunming-water", "kunming-water"]
        assert "identity_number" in told[0]

    def test_about_fifteen_lines(self) -> None:
        """The example is short: no more than twenty lines do something, laid out as they are."""
        _, body = EXAMPLE.read_text(encoding="utf-8").split('order."""\n')
        doing = [line for line in body.split("\n\n\n")[0].splitlines() if line.strip()]
        assert len(doing) <= 20

    @pytest.mark.parametrize("readme", READMES, ids=named)
    def test_the_readme_shows_the_example(self, readme: Path) -> None:
        """What the README shows is what the tests run."""
        assert blocks(readme, "python") == [EXAMPLE.read_text(encoding="utf-8")]

    @pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=named)
    def test_python_in_the_docs_runs(self, page: Path) -> None:
        """Every block of Python can be copied and run by itself."""
        for block in blocks(page, "python"):
            exec(compile(block, named(page), "exec"), {"__name__": "__docs__"})

    @pytest.mark.parametrize("page", PAGES, ids=named)
    def test_toml_and_json_in_the_docs_can_be_read(self, page: Path) -> None:
        """An example of settings or of an answer is well formed."""
        for block in blocks(page, "toml"):
            tomllib.loads(block)
        for block in blocks(page, "json"):
            json.loads(block)


class TestReadme:
    def test_both_languages_have_the_same_parts(self) -> None:
        """README.zh.md is equal to README.md: the same headings in the same order."""
        levels = [[len(heading.split(" ")[0]) for heading in headings(readme)] for readme in READMES]
        assert levels[0] == levels[1]

    def test_both_languages_show_the_same_commands(self) -> None:
        """The commands are the same in either language."""
        assert blocks(READMES[0], "sh") == blocks(READMES[1], "sh")

    def test_both_languages_link_to_the_same_pages(self) -> None:
        """Nothing is missing from either; only the link to the other language differs."""
        links = [sorted(set(_LINK.findall(prose(readme))) - {"README.md", "README.zh.md"}) for readme in READMES]
        assert links[0] == links[1]

    def test_the_commands_are_there(self) -> None:
        """Every command that the README shows exists, and every command that exists is shown or has its page."""
        shown = "".join(blocks(READMES[0], "sh"))
        commands = set(COMMANDS)
        assert set(re.findall(r"^cotransfer (\w+)", shown, re.MULTILINE)) <= commands
        told = "".join(page.read_text(encoding="utf-8") for page in PAGES)
        assert [name for name in sorted(commands) if f"cotransfer {name}" not in told] == []
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        assert set(re.findall(r"^make (\S+)", shown, re.MULTILINE)) <= set(targets)

    def test_the_picture_can_be_drawn(self) -> None:
        """The picture of the parts is well-formed SVG, named for those who cannot see it, in both languages."""
        picture = ElementTree.parse(DOCS / "pictures" / "parts.svg").getroot()
        told = " ".join(picture.findtext(f"{{http://www.w3.org/2000/svg}}{name}") or "" for name in ("title", "desc"))
        assert picture.get("viewBox")
        assert "gateway" in told
        assert "网关" in told


class TestLinks:
    @pytest.mark.parametrize("page", PAGES, ids=named)
    def test_links_lead_somewhere(self, page: Path) -> None:
        """Every link inside the repository names a file that is there, and a heading that is in it."""
        broken = [
            link for link in _LINK.findall(prose(page)) if not link.startswith("https://") and not leads(page, link)
        ]
        assert broken == []

    def test_every_page_is_on_the_index(self) -> None:
        """Who begins at docs/index.md finds everything, and every decision is on the list of decisions."""
        pages = {*DOCS.glob("*.md"), *(DOCS / "trust").glob("*.md")} - {DOCS / "index.md"}
        assert missing_from(DOCS / "index.md", sorted(pages)) == []
        assert missing_from(DOCS / "decisions" / "README.md", DECISIONS) == []

    @pytest.mark.parametrize("page", DECISIONS, ids=named)
    def test_a_decision_fits_one_screen(self, page: Path) -> None:
        """A decision that needs scrolling has not been thought through."""
        assert len(page.read_text(encoding="utf-8").splitlines()) <= 40


class TestErrorsPage:
    PAGE = DOCS / "errors.md"

    def test_every_problem_is_told(self) -> None:
        """Code, status, party, step, next action and both texts stand as the contract and the code have them."""
        shown = dict(rows(self.PAGE, "## Problems"))
        assert list(shown) == contract_codes()
        statuses = contract_statuses()
        for code, (status, party, step, next_action, english, chinese) in shown.items():
            assert status == statuses.get(code, status), code
            assert next_action.strip("`") in {action.value for action in NextAction}, code
            assert [english, chinese] == [wording(code, language) for language in (Language.EN, Language.ZH)]
            for why in (why for why in Why if why.code == code):
                told_party = "caller" if why.party is Party.PLATFORM else why.party.value
                told_step = "–" if why.step is None else str(int(why.step))
                assert (party, step, next_action) == (told_party, told_step, f"`{why.next_action.value}`"), code

    def test_no_refusal_is_missing(self) -> None:
        """Every reason to refuse is a problem code of the contract."""
        assert {why.code for why in Why} <= set(contract_codes())

    def test_every_field_fault_is_told(self) -> None:
        """Every code that a field can bear, with its Chinese text."""
        assert {code: chinese for code, (_, chinese) in rows(self.PAGE, "## Fields")} == dict(WRONG)


def test_every_port_has_its_suite() -> None:
    """Each protocol of `cotransfer.ports` stands in docs/adapters.md beside a suite of laws that can be imported."""
    modules = [importlib.import_module(f"cotransfer.ports.{one.name}") for one in pkgutil.iter_modules(ports.__path__)]
    named = {name for module in modules for name, kind in vars(module).items() if getattr(kind, "_is_protocol", False)}
    table = dict(re.findall(r"^\| `(\w+)` \| `([\w.]+)` \|$", (DOCS / "adapters.md").read_text("utf-8"), re.MULTILINE))
    assert set(table) == named - {"Protocol"}
    for suite in table.values():
        module, _, laws = suite.rpartition(".")
        assert hasattr(importlib.import_module(module), laws), suite


def test_the_changelog_is_kept() -> None:
    """What is new for the user stands under Unreleased, from the first day."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    unreleased = text.split("## [Unreleased]", 1)[1].split("\n## [", 1)[0]
    assert "### Added" in unreleased
    assert re.search(r"^- \S", unreleased, re.MULTILINE)


def leads(page: Path, link: str) -> bool:
    """Whether a link on a page leads to a file of the repository, and to a heading in it where it names one."""
    path, _, fragment = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.is_relative_to(ROOT) or not target.exists():
        return False
    return not fragment or fragment in map(anchor, headings(target))


def missing_from(page: Path, pages: list[Path]) -> list[str]:
    """Those of `pages` that `page` does not link to."""
    linked = {(page.parent / link.partition("#")[0]).resolve() for link in _LINK.findall(prose(page))}
    return [named(each) for each in pages if each.resolve() not in linked]


def rows(page: Path, heading: str) -> Iterator[tuple[str, list[str]]]:
    """The rows of the first table under a heading: the code, and the other cells."""
    under = page.read_text(encoding="utf-8").split(f"\n{heading}", 1)[1].split("\n## ", 1)[0]
    for line in under.splitlines():
        if line.startswith("| `"):
            code, *cells = (cell.strip() for cell in line.strip("|").split("|"))
            yield code.strip("`"), cells


def contract_codes() -> list[str]:
    """Every problem code that the contract knows, in its order."""
    schema = json.loads((ROOT / "contracts/v1/schemas/problem.json").read_text(encoding="utf-8"))
    return list(schema["properties"]["code"]["enum"])


def contract_statuses() -> dict[str, str]:
    """The status that each code comes with, in every operation that lists it."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "contracts/v1/gateway.openapi.yaml").read_text(encoding="utf-8"))
    operations = [each for path in document["paths"].values() for each in path.values() if isinstance(each, dict)]
    listed = [each.get("x-problem-codes", {}) for each in operations]
    return {code: status for codes in listed for status, some in codes.items() for code in some}


def wording(code: str, language: Language) -> str:
    """What the gateway says of a problem; the party it would name is left open."""
    return texts_in(language).problems[code].detail.replace("{party}", "…")
