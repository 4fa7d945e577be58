"""`cotransfer reconcile`: compared now or before, from a list or a file; wrong input changes nothing."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cotransfer.adapters.keys.folder import KeyFolder
from cotransfer.adapters.sql import open_store, upgrade
from cotransfer.adapters.sql.ownership import Ownership
from cotransfer.adapters.sql.reconciliations import SqlReconciliations
from cotransfer.cli.reconcile import FAULTS_SHOWN, app
from cotransfer.cli.reconcile_words import CLASSES, DONE, REMEDIES, round_told
from cotransfer.domain.reconciliation import Divergence, Remedy
from cotransfer.ports.reconciliations import Done, Round
from cotransfer.settings import load
from cotransfer.testing.histories import AT
from cotransfer.testing.reconciliations import WATER
from cotransfer.wiring import assembled, scheme_grants

ONE = "01997c5e-8000-7000-8000-000000000001"
TWO = "01997c5e-8000-7000-8000-000000000002"
STATED = f'{{"transfer": "{ONE}", "stage": "in_handling", "since": "2026-11-23T10:15:00+08:00"}}\n'
NOBODY = "http://127.0.0.1:9"

Typed = Callable[..., Result]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A gateway with tables and keys, whose water company answers nobody."""
    file = tmp_path / "cotransfer.toml"
    file.write_text(
        f"""
[database]
url = "sqlite:///{tmp_path}/trial.db"
[keys]
folder = "{tmp_path}/keys"
[[utilities]]
id = "kunming-water"
service = "water"
url = "{NOBODY}"
token = "sixteen-characters-at-least"
can = ["lists"]
"""
    )
    upgrade(f"sqlite:///{tmp_path}/trial.db")
    KeyFolder(tmp_path / "keys").make_missing(datetime.now(UTC))
    return file


@pytest.fixture
def typed(config: Path) -> Typed:
    """Type `cotransfer reconcile …`."""
    return lambda *words: CliRunner().invoke(app, [*words, "-c", str(config)])


def rounds_of(config: Path) -> tuple[Round, ...]:
    """What stands in the store."""

    async def look() -> tuple[Round, ...]:
        async with open_store(load(config, {}).database.url.text, read_only=True) as store:
            return await SqlReconciliations(store).rounds()

    return asyncio.run(look())


def grant(config: Path) -> None:
    """What the scheme says."""

    async def add() -> None:
        settings = load(config, {})
        async with assembled(settings) as assembly:
            await assembly.granting.add(*scheme_grants(settings, datetime.now(UTC)), who="tests")

    asyncio.run(add())


def last_line(result: Result) -> str:
    """Behind the log, which the entry point sends elsewhere."""
    return result.stdout.splitlines()[-1]


class TestRun:
    def test_a_statement_from_a_file(self, typed: Typed, tmp_path: Path) -> None:
        """What it states and nobody handed in is missing here; the exit code says that something is at odds."""
        file = tmp_path / "stated.jsonl"
        file.write_text(STATED)
        told = typed("run", "kunming-water", "--file", str(file), "--as-of", "2026-11-24T00:00+08:00")
        assert told.exit_code == 1, told.output
        assert "kunming-water: 1 transfer compared" in told.stdout
        assert f"missing here  {ONE}  kunming-water" in told.stdout
        assert "here nothing, there in_handling; turn: utility" in told.stdout
        again = typed("run", "kunming-water", "--file", str(file), "--json")
        (found,) = json.loads(last_line(again))["findings"]
        assert (found["class"], found["remedy"], found["done"]) == ("missing_here", "call_utility", "operator_told")
        assert found["first_seen"] < found["last_seen"]

    def test_where_nothing_is_at_odds(self, typed: Typed, tmp_path: Path) -> None:
        """Exit code 0; and a finding that is no longer stated is over."""
        file = tmp_path / "stated.csv"
        file.write_text(f"transfer,stage,since\n{ONE},declined,\n")
        assert typed("run", "kunming-water", "--file", str(file)).exit_code == 1
        file.write_text("transfer,stage,since\n")
        told = typed("run", "kunming-water", "--file", str(file))
        assert (told.exit_code, told.stdout.splitlines()[-1]) == (0, "nothing is at odds")

    def test_beside_a_running_gateway(self, typed: Typed, tmp_path: Path) -> None:
        """Whoever owns the file keeps it."""
        file = tmp_path / "stated.jsonl"
        file.write_text("")
        owner = Ownership(tmp_path / "trial.db")
        try:
            assert typed("run", "kunming-water", "--file", str(file)).exit_code == 0
        finally:
            owner.release()

    def test_a_utility_that_cannot_be_reached(self, typed: Typed, config: Path) -> None:
        """All of them are tried; the fault is named, and that nothing was compared is not that nothing is at odds."""
        grant(config)
        told = typed("run")
        assert told.exit_code == 1, told.output
        assert "kunming-water: not finished, 0 transfers compared" in told.stdout
        assert "network: " in told.stdout
        ((kept),) = rounds_of(config)
        assert kept.failure is not None

    def test_without_a_grant_nothing_is_asked(self, typed: Typed) -> None:
        """That is ours to decide, and told as such."""
        said = json.loads(last_line(typed("run", "kunming-water", "--json")))
        (told,) = said["rounds"]
        assert told["failure"]["party"] == "us"
        assert told["failure"]["what"].startswith("refused as ")


class TestWrongInput:
    def refused(self, result: Result, *said: str) -> None:
        """With a sentence, before anything is begun."""
        assert result.exit_code == 2, result.output
        for each in said:
            assert each in result.output

    def test_a_file_that_cannot_be_read(self, typed: Typed, config: Path, tmp_path: Path) -> None:
        """Every fault of every line, with what is right; nothing is compared by what is left of it."""
        file = tmp_path / "stated.jsonl"
        file.write_text(STATED + '{"transfer": "x", "stage": "lost"}\n')
        self.refused(
            typed("run", "kunming-water", "--file", str(file)),
            "line 2: transfer:",
            "line 2: stage: It is none of the known words.",
            "Nothing was compared.",
        )
        assert rounds_of(config) == ()

    def test_only_so_many_faults_are_told(self, typed: Typed, tmp_path: Path) -> None:
        """A file of another kind altogether does not fill the screen."""
        file = tmp_path / "stated.csv"
        file.write_text("a;b\n" * 1000)
        result = typed("run", "kunming-water", "--file", str(file))
        self.refused(result, "and more")
        assert len(result.output.splitlines()) == FAULTS_SHOWN + 2

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("run", "kunming-gas"), "Those there are: kunming-water."),
            (("report", "kunming-gas"), "Those there are: kunming-water."),
            (("run", "--file", "{folder}/s.jsonl"), "name it before --file"),
            (("run", "kunming-water", "--file", "{folder}/s.xlsx"), ".jsonl or .csv"),
            (("run", "kunming-water", "--as-of", "2026-11-24"), "give --file as well"),
            (("run", "kunming-water", "--file", "{folder}/s.jsonl", "--as-of", "noon"), "Give a time"),
        ],
    )
    def test_words_that_do_not_fit(
        self, typed: Typed, config: Path, tmp_path: Path, words: tuple[str, ...], said: str
    ) -> None:
        """Each is told what is right."""
        for name in ("s.jsonl", "s.xlsx"):
            (tmp_path / name).write_text(STATED)
        self.refused(typed(*(word.format(folder=tmp_path) for word in words)), said)
        assert rounds_of(config) == ()

    def test_a_file_that_is_not_there(self, typed: Typed, tmp_path: Path) -> None:
        """The system's own word goes through, for the entry point to tell."""
        result = typed("run", "kunming-water", "--file", str(tmp_path / "none.jsonl"))
        assert isinstance(result.exception, FileNotFoundError)


class TestReport:
    def test_before_the_first_round(self, typed: Typed) -> None:
        """Nobody takes it for agreement."""
        told = typed("report")
        assert (told.exit_code, told.stdout.strip()) == (0, "nothing has been compared yet")

    def test_what_lasts_and_what_is_over(self, typed: Typed, tmp_path: Path) -> None:
        """Of one utility, or of all; what is over only when asked for."""
        file = tmp_path / "stated.csv"
        for keys in ((ONE, TWO), (TWO,)):
            file.write_text("transfer,stage,since\n" + "".join(f"{key},declined,\n" for key in keys))
            typed("run", "kunming-water", "--file", str(file))
        told = typed("report", "kunming-water")
        assert told.exit_code == 1
        assert TWO in told.stdout
        assert ONE not in told.stdout
        everything = json.loads(typed("report", "--all", "--json").stdout)
        assert [one["transfer"] for one in everything["findings"]] == [TWO, ONE]
        assert everything["findings"][1]["closed_at"] is not None
        assert len(everything["rounds"]) == 2
        assert f"missing here  {ONE}" in typed("report", "--all").stdout


def test_there_is_a_word_for_each() -> None:
    """Every class, remedy and deed."""
    assert set(CLASSES) == set(Divergence)
    assert set(REMEDIES) == set(Remedy)
    assert set(DONE) == set(Done)


def test_a_round_under_way_is_told_as_such() -> None:
    """Neither finished nor failed."""
    (told,) = round_told(Round(utility=WATER, name="2026-03-03", began_at=AT))
    assert told == f"kunming-water: under way since {AT.isoformat()} (2026-03-03)"
