"""`cotransfer reversals`: an operator questions a transfer, enters what the utility finds, and shows how it stands."""

import asyncio
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest
from tests.test_cli_agenda import Run
from typer.testing import CliRunner, Result

from cotransfer.adapters.keys.folder import KeyFolder
from cotransfer.adapters.sql import Sealing, SqlStore, open_store, upgrade
from cotransfer.adapters.sql.trust.audit import SqlAudit
from cotransfer.cli import entry
from cotransfer.domain import events as e
from cotransfer.domain import trails
from cotransfer.domain.agenda import Duty
from cotransfer.domain.notes import Decision
from cotransfer.ports.keys import KeyUse
from cotransfer.ports.standing import Wanted
from cotransfer.testing.histories import history

WHO = ("--who", "li-na", "--why", "letter-77")
DAY = timedelta(days=1)
STATEMENT = "过户到了邻居的户号"


@attrs.frozen
class Town:
    """A database with transfers that were completed yesterday, long ago and never."""

    folder: Path
    done: str
    old: str
    running: str

    def store(self, *, read_only: bool = True) -> SqlStore:
        """As the commands open it."""
        sealing = Sealing(KeyFolder(self.folder / "cotransfer.db.keys"))
        return open_store(f"sqlite:///{self.folder / 'cotransfer.db'}", sealing=sealing, read_only=read_only)

    def decisions(self, transfer: str) -> list[Decision]:
        """What the audit trail has of reversals."""

        async def look() -> list[Decision]:
            async with self.store() as store:
                told = [trails.read(link.body).what for link in await SqlAudit(store).chain(transfer)]
            return [what for what in told if isinstance(what, Decision) and what.what.startswith("reversal.")]

        return asyncio.run(look())

    def duties(self, transfer: str) -> set[Duty]:
        """What is owed."""

        async def look() -> set[Duty]:
            async with self.store() as store:
                found = await store.items(Wanted(), at=datetime.now(UTC))
            return {item.due.duty for item in found if item.due.transfer.text == transfer}

        return asyncio.run(look())


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """In a folder of its own, with keys."""
    monkeypatch.chdir(tmp_path)
    upgrade(f"sqlite:///{tmp_path / 'cotransfer.db'}")
    for use in (KeyUse.WRAPPING, KeyUse.INDEX):
        KeyFolder(tmp_path / "cotransfer.db.keys").make(use, "1")
    one, old, running = history(), history(), history()
    town = Town(tmp_path, one.transfer.text, old.transfer.text, running.transfer.text)

    async def fill() -> None:
        now = datetime.now(UTC)
        async with town.store(read_only=False) as store:
            await store.commit([one.submit(), old.submit(), running.submit()])
            await store.commit([one.move(e.HandlingDone(), at=now - DAY, owed=(Duty.ERASE,))])
            await store.commit([old.move(e.HandlingDone(), at=now - 31 * DAY)])

    asyncio.run(fill())
    return town


@pytest.fixture
def run(town: Town) -> Run:
    """Type `cotransfer reversals …` in the folder of the database."""
    return lambda *arguments: CliRunner().invoke(entry.app, ("reversals", *arguments))


@pytest.fixture
def opened(run: Run, town: Town) -> str:
    """A reversal that the citizen has opened at the counter."""
    (town.folder / "合同.pdf").write_bytes(b"%PDF contract")
    result = run(
        "open", town.done, "--ground", "wrong_account", "--by", "citizen", "--statement", STATEMENT,
        "--document", "合同.pdf", "--kept-at", "档案 7", *WHO,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{town.done}-1: opened\n"
    return f"{town.done}-1"


def shown(result: Result) -> dict[str, object]:
    """What a command printed for machines."""
    assert result.exit_code == 0, result.output
    said: dict[str, object] = json.loads(result.stdout)
    return said


def refused(result: Result, code: int = 1) -> str:
    """What a command complained of, with nothing on standard output."""
    assert (result.exit_code, result.stdout) == (code, "")
    return result.stderr


class TestTheWay:
    def test_from_the_opening_to_the_end(self, run: Run, town: Town, opened: str) -> None:
        """Taken up, upheld, carried out: each entered by the operator, each in the audit trail with who and why."""
        for words in (("taken-up", "--reference", "R-1"), ("upheld", "--grounds", "户号有误"), ("carried-out",)):
            assert run("decide", opened, *words, *WHO).exit_code == 0
        assert shown(run("show", opened, "--json"))["state"] == "reversed"
        told = [(one.what, one.who, one.why, one.about) for one in town.decisions(town.done)]
        assert told == [
            (f"reversal.{what}", "li-na", "letter-77", "reversal-1")
            for what in ("opened", "taken_up", "upheld", "carried_out")
        ]
        assert town.duties(town.done) == {Duty.ANNOUNCE_REVERSAL, Duty.ERASE}

    @pytest.mark.parametrize(
        ("words", "state"),
        [
            ((("rejected", "--grounds", "户号无误"),), "rejected"),
            ((("upheld", "--grounds", "有误"), ("not-carried-out", "--grounds", "已销户")), "not_reversed"),
        ],
    )
    def test_the_other_ends(self, run: Run, opened: str, words: tuple[tuple[str, ...], ...], state: str) -> None:
        """With the utility's grounds."""
        for one in words:
            assert run("decide", opened, *one, *WHO).exit_code == 0
        assert shown(run("show", opened, "--json"))["state"] == state

    def test_taken_back(self, run: Run, opened: str) -> None:
        """In the name of whoever opened it, and of nobody else."""
        assert "Somebody else has opened it" in refused(run("withdraw", opened, *WHO))
        assert run("withdraw", opened, "--by", "citizen", *WHO).stdout == f"{opened}: withdrawn\n"

    def test_evidence(self, run: Run, town: Town, opened: str) -> None:
        """Name and digest are kept, not the file; the same again was known."""
        path = town.folder / "水表.jpg"
        path.write_bytes(b"meter")
        adding = ("add", opened, "--by", "utility", "--document", str(path), "--kept-at", "水司档案", *WHO)
        assert run(*adding).stdout == f"{opened}: opened\n"
        assert run(*adding).stdout == f"{opened}: that was known\n"
        documents = shown(run("show", opened, "--json"))["documents"]
        assert documents == [
            {"by": "citizen", "sha256": hashlib.sha256(b"%PDF contract").hexdigest()},
            {"by": "utility", "sha256": hashlib.sha256(b"meter").hexdigest()},
        ]

    def test_what_is_at_odds_is_kept(self, run: Run, opened: str) -> None:
        """And said so: somebody has to ask the utility."""
        assert run("decide", opened, "rejected", "--grounds", "无误", *WHO).exit_code == 0
        result = run("decide", opened, "carried-out", *WHO)
        assert result.exit_code == 1
        assert result.stdout.endswith(f"{opened}: rejected\n")
        assert "at odds with what is known" in result.stderr


class TestLooking:
    def test_the_list(self, run: Run, town: Town, opened: str) -> None:
        """The open ones, or all."""
        assert run("list").stdout.startswith(f"{opened}  opened  kunming-water, opened ")
        run("withdraw", opened, "--by", "citizen", *WHO)
        assert run("list").stdout == "none is open\n"
        (line,) = json.loads(run("list", "--all", "--json").stdout)["reversals"]
        assert (line["reversal"], line["state"], line["open"]) == (opened, "withdrawn", False)

    def test_an_empty_list(self, run: Run) -> None:
        """There has been none."""
        assert run("list", "--all").stdout == "there is none\n"

    def test_nothing_personal_is_shown(self, run: Run, opened: str) -> None:
        """Neither for people nor for machines: not the statement, not a document's name or place."""
        for result in (run("show", opened), run("show", opened, "--json"), run("list"), run("list", "--json")):
            assert result.exit_code == 0
            for words in (STATEMENT, "合同", "档案"):
                assert words not in result.output

    def test_reading_is_written_down(self, run: Run, town: Town, opened: str) -> None:
        """What people wrote is shown to who says why, and the audit trail has it."""
        run("decide", opened, "rejected", "--grounds", "户号无误", *WHO)
        said = run("read", opened, *WHO).stdout
        digest = hashlib.sha256(b"%PDF contract").hexdigest()[:12]
        for words in (f"statement: {STATEMENT}", f"document {digest}: 合同.pdf, kept at 档案 7", "grounds: 户号无误"):
            assert words in said
        assert shown(run("read", opened, *WHO, "--json"))["written"]
        assert [one.what for one in town.decisions(town.done)][-2:] == ["reversal.read"] * 2

    def test_the_transfer_says_that_it_is_questioned(self, run: Run, town: Town, opened: str) -> None:
        """It stays completed."""
        said = CliRunner().invoke(entry.app, ("transfers", "show", town.done, "--json"))
        transfer = shown(said)
        assert (transfer["state"], transfer["reversals"]) == (
            "completed",
            [{"reversal": opened, "state": "opened"}],
        )
        assert (
            f"questioned: {opened} is opened" in CliRunner().invoke(entry.app, ("transfers", "show", town.done)).stdout
        )


class TestRefusals:
    def test_each_says_what_to_do(self, run: Run, town: Town) -> None:
        """Too late, under way, unknown."""
        asked = ("--ground", "wrong_home", *WHO)
        assert "go to the utility's counter" in refused(run("open", town.old, *asked))
        assert "is under way" in refused(run("open", town.running, *asked))
        assert "no such transfer" in refused(run("open", "01997c5e-8000-7000-8000-ffffffffffff", *asked))
        assert "no such reversal" in refused(run("show", f"{town.done}-1"))

    def test_one_at_a_time(self, run: Run, town: Town, opened: str) -> None:
        """The open one is to be followed; until it has ended nothing is erased."""
        assert "follow that one" in refused(run("open", town.done, "--ground", "wrong_home", *WHO))
        erasing = CliRunner().invoke(entry.app, ("erase", town.done, "--yes"))
        assert "A reversal of the transfer is open" in refused(erasing)

    def test_the_citizen_is_heard_first(self, run: Run, town: Town) -> None:
        """Where the operator has opened it for somebody else."""
        run("open", town.done, "--ground", "not_the_applicant", *WHO)
        deciding = ("decide", f"{town.done}-1", "upheld", "--grounds", "有误", *WHO)
        assert "has yet to be heard" in refused(run(*deciding))

    def test_words_for_the_trail(self, run: Run, town: Town) -> None:
        """Looked at before anything is done."""
        said = refused(run("open", town.done, "--ground", "wrong_home", "--who", "li na", "--why", "x"), code=2)
        assert "each a short word" in said

    @pytest.mark.parametrize(
        "arguments",
        [
            ("open", "{}", "--ground", "other"),
            ("open", "{}", "--ground", "wrong_home", "--document", "letter"),
            ("decide", "{}-1", "upheld"),
            ("decide", "{}-1", "taken-up"),
            ("decide", "{}", "carried-out"),
        ],
    )
    def test_what_is_missing_is_named(self, run: Run, town: Town, arguments: tuple[str, ...]) -> None:
        """A statement, a place, grounds, a reference, a number: nothing is stored without it."""
        (town.folder / "letter").write_bytes(b"1")
        result = run(*(one.format(town.done) for one in arguments), *WHO)
        assert result.exit_code != 0
        assert town.decisions(town.done) == []
