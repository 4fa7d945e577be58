"""The command line as somebody types it: real processes, real exit codes, one clear sentence for what went wrong."""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cotransfer.adapters.sql import open_store, upgrade
from cotransfer.adapters.sql.sqlite import FIXED_LOG, MODULE
from cotransfer.adapters.wire.contract_files import contracts_folder
from cotransfer.domain.agenda import Duty
from cotransfer.domain.values import TransferId
from cotransfer.ports.agenda import Due
from cotransfer.ports.transfers import Change
from cotransfer.sandbox import Agreed, Beginning, Memory, settings_text
from cotransfer.sandbox.server import COUNTERPARTIES
from cotransfer.testing.histories import AT
from cotransfer.testing.keys import SEALING

UNKNOWN = "01997c5e-8000-7000-8000-000000000001"
MENDED = ("--who", "li-na", "--why", "mended")


def run(*arguments: str, cwd: Path, seconds: float = 90, **environment: str) -> subprocess.CompletedProcess[str]:
    """Type `cotransfer …` in a folder."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("COTRANSFER_")}
    return subprocess.run(
        [sys.executable, "-m", "cotransfer", *arguments],
        cwd=cwd,
        env={**own, **environment},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def started(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Type `cotransfer serve`, and end it as soon as it serves."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("COTRANSFER_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "cotransfer", "serve"],
        cwd=folder, env={**own, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    hurry = threading.Timer(60, process.kill)
    hurry.start()
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("serving on"):
            break
    process.send_signal(signal.SIGINT)
    rest, complaints = process.communicate()
    hurry.cancel()
    return subprocess.CompletedProcess(process.args, process.returncode, said + rest, complaints)


def complaint(result: subprocess.CompletedProcess[str], code: int = 2) -> str:
    """What a failed command said; never a traceback, and nothing on standard output."""
    assert result.returncode == code, result
    assert "Traceback" not in result.stderr
    assert result.stderr.startswith("cotransfer: ")
    return result.stderr


class TestSettingsThatCannotBeUsed:
    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        """The file is named, with the system's reason and a remedy."""
        said = complaint(run("db", "upgrade", "--config", "nowhere.toml", cwd=tmp_path))
        assert "nowhere.toml" in said
        assert "No such file" in said

    def test_a_file_with_a_hole(self, tmp_path: Path) -> None:
        """All faults at once, each with its option and what a right one looks like; nothing is made."""
        (tmp_path / "cotransfer.toml").write_text('[gateway]\nport = "many"\n[[utilities]]\nid = "kunming-water"\n')
        said = complaint(run("serve", cwd=tmp_path))
        assert "gateway.port" in said
        assert "utilities[0].url" in said
        assert not (tmp_path / "cotransfer.db").exists()

    def test_an_unknown_option(self, tmp_path: Path) -> None:
        """Refused by name, with the nearest one known."""
        (tmp_path / "cotransfer.toml").write_text("[gateway]\nprot = 8080\n")
        said = complaint(run("serve", cwd=tmp_path))
        assert "gateway.prot" in said
        assert '"port"' in said

    def test_an_unknown_environment_variable(self, tmp_path: Path) -> None:
        """A variable that begins as ours and is none of ours is a mistake, not a detail."""
        said = complaint(run("serve", cwd=tmp_path, COTRANSFER_GATEWAY__PROT="1"))
        assert "COTRANSFER_GATEWAY__PROT" in said

    def test_an_unknown_kind_of_utility(self, tmp_path: Path) -> None:
        """A utility that no adapter speaks to is named, with the kinds there are."""
        (tmp_path / "cotransfer.toml").write_text(
            '[[utilities]]\nid = "kunming-water"\nkind = "steam"\nservice = "water"\n'
            'url = "http://127.0.0.1:9"\ntoken = "0123456789abcdef"\n'
        )
        said = complaint(run("serve", cwd=tmp_path))
        assert "steam" in said
        assert "standard" in said


class TestTheDatabase:
    def test_upgrade_makes_a_new_file(self, tmp_path: Path) -> None:
        """A database that is not there yet is made, and a second time nothing is left to do."""
        first, second = run("db", "upgrade", cwd=tmp_path), run("db", "upgrade", cwd=tmp_path)
        assert (first.returncode, second.returncode) == (0, 0)
        assert "revision" in first.stdout
        assert (tmp_path / "cotransfer.db").exists()

    def test_the_file_is_its_owners_alone(self, tmp_path: Path) -> None:
        """It holds names and numbers: nobody else on the machine may read it."""
        run("db", "upgrade", cwd=tmp_path)
        made = [file for file in tmp_path.iterdir() if file.name.startswith("cotransfer.db")]
        assert {file.stat().st_mode & 0o077 for file in made} == {0}

    def test_a_database_of_a_newer_version(self, tmp_path: Path) -> None:
        """The cause and the remedy, and not a byte is changed."""
        file = tmp_path / "cotransfer.db"
        upgrade(f"sqlite:///{file}")
        with sqlite3.connect(file) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.close()
        for command in (("serve",), ("db", "upgrade"), ("transfers", "show", UNKNOWN)):
            said = complaint(run(*command, cwd=tmp_path))
            assert "9999" in said
            assert "newer" in said

    def test_a_file_that_is_no_database(self, tmp_path: Path) -> None:
        """Some other file under that name stays what it is."""
        file = tmp_path / "cotransfer.db"
        file.write_text("not a database at all, but somebody's letter" * 50)
        assert "cotransfer.db is not a database of ours" in complaint(run("serve", cwd=tmp_path))
        assert file.read_text().startswith("not a database")

    def test_a_full_disk(self, tmp_path: Path) -> None:
        """No room for the database: a sentence that says so, and no half of one is left."""
        script = (
            f"mount -t tmpfs -o size=48k none {tmp_path} && cd {tmp_path} || exit 77; "
            f"{sys.executable} -m cotransfer db upgrade; status=$?; ls {tmp_path}; exit $status"
        )
        result = subprocess.run(
            ["unshare", "--mount", "sh", "-c", script],
            cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        if result.returncode in (1, 77):
            pytest.skip("only an administrator may make a disk that is small enough")
        assert result.returncode == 2, result
        assert "is full" in result.stderr
        assert "free some space" in result.stderr
        assert "cotransfer.db" not in result.stdout.split()

    def test_an_address_of_another_engine(self, tmp_path: Path) -> None:
        """What is not one of the two engines is refused with the addresses that are; the password is not repeated."""
        said = complaint(run("serve", cwd=tmp_path, COTRANSFER_DATABASE__URL="mysql://me:hush@here/db"))
        assert "sqlite:///" in said
        assert "hush" not in said


class TestServing:
    def test_a_port_in_use(self, tmp_path: Path) -> None:
        """The port is named, with what to do about it; no new database is left behind."""
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = str(other.getsockname()[1])
            said = complaint(run("serve", cwd=tmp_path, COTRANSFER_GATEWAY__PORT=port))
        assert f"Port {port}" in said
        assert "in use" in said
        assert list(tmp_path.iterdir()) == []

    def test_a_sandbox_port_in_use(self, tmp_path: Path) -> None:
        """The same for the simulated counterparties."""
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = str(other.getsockname()[1])
            said = complaint(run("sandbox", "--registry-port", port, cwd=tmp_path))
        assert port in said

    def test_a_sandbox_writes_over_nothing(self, tmp_path: Path) -> None:
        """A settings file that is there stays as it is, and the sandbox does not begin."""
        file = tmp_path / "cotransfer.toml"
        file.write_text("# mine\n")
        said = complaint(run("sandbox", "--settings", file.name, cwd=tmp_path))
        assert "cotransfer.toml is there already" in said
        assert file.read_text() == "# mine\n"

    def test_a_sandbox_without_its_ports_writes_nothing(self, tmp_path: Path) -> None:
        """No settings for counterparties that are not there."""
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = str(other.getsockname()[1])
            complaint(run("sandbox", "--settings", "cotransfer.toml", "--water-port", port, cwd=tmp_path))
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        "options",
        [
            ("--gateway", "https://elsewhere.example"),
            ("--water-token", "0123456789abcdef"),
            ("--gateway-secret", "0123456789abcdef"),
            ("--platform-secret", "0123456789abcdef"),
        ],
    )
    def test_a_sandbox_whose_settings_would_not_do(self, tmp_path: Path, options: tuple[str, str]) -> None:
        """The written settings are of this machine, and with secrets that nobody has chosen."""
        result = run("sandbox", "--settings", "cotransfer.toml", *options, cwd=tmp_path)
        assert result.returncode == 2
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("options", "named"),
        [
            (("--gateway", "http://127.0.0.1:8080"), "--gateway-secret"),
            (("--gateway-secret", "0123456789abcdef"), "--gateway"),
            (("--gateway", "http://elsewhere.example", "--gateway-secret", "0123456789abcdef"), "https"),
        ],
    )
    def test_a_sandbox_that_could_not_report(self, tmp_path: Path, options: tuple[str, ...], named: str) -> None:
        """A gateway without a secret, a secret without a gateway, and a secret that would travel in clear."""
        result = run("sandbox", *options, cwd=tmp_path)
        assert result.returncode == 2
        assert named in result.stderr
        assert "Traceback" not in result.stderr

    def test_a_sandbox_writes_all_files_or_none(self, tmp_path: Path) -> None:
        """A key file of that name is there already: it stays as it is, and nothing is written beside it."""
        file = tmp_path / "cotransfer-city-gateway.pem"
        file.write_text("mine")
        said = complaint(run("sandbox", "--settings", "cotransfer.toml", cwd=tmp_path))
        assert f"{file.name} is there already" in said
        assert [one.read_text() for one in tmp_path.iterdir()] == ["mine"]

    def test_a_sandbox_is_not_mixed_with_what_another_remembers(self, tmp_path: Path) -> None:
        """A memory of another city is left alone, and the command says how that one was begun."""
        Memory.of(tmp_path / "kept", Beginning(seed=7, times=3)).keep({})
        said = complaint(run("sandbox", "--memory", "kept", cwd=tmp_path))
        assert "--seed 7 --times 3" in said
        assert [one.name for one in (tmp_path / "kept").iterdir()] == ["beginning.json"]

    def test_a_trial_begins_with_grants(self, tmp_path: Path) -> None:
        """A new database of a trial is given the scheme's grants, and says so; one without any is complained of."""
        file, agreed = tmp_path / "cotransfer.toml", Agreed()
        addresses = {name: f"http://127.0.0.1:{nth}" for nth, name in enumerate(COUNTERPARTIES, 1)}
        file.write_text(settings_text(addresses, agreed, gateway_port=8080), encoding="utf-8")
        for name, content in agreed.files(file.stem).items():
            (tmp_path / name).write_bytes(content)
        first = started(tmp_path, COTRANSFER_GATEWAY__PORT="0")
        assert "granted for this trial what the scheme says: platform.transfers, " in first.stdout
        assert "Nothing is granted" not in first.stderr
        again = started(tmp_path, COTRANSFER_GATEWAY__PORT="0")
        assert "granted" not in again.stdout + again.stderr
        run("db", "upgrade", cwd=tmp_path, COTRANSFER_DATABASE__URL="sqlite:///bare.db")
        shutil.copytree(tmp_path / "cotransfer.db.keys", tmp_path / "bare.db.keys")
        bare = started(tmp_path, COTRANSFER_GATEWAY__PORT="0", COTRANSFER_DATABASE__URL="sqlite:///bare.db")
        assert "granted for this trial" not in bare.stdout
        assert "`cotransfer grants standard`" in bare.stderr

    def test_workers_want_postgresql(self, tmp_path: Path) -> None:
        """A SQLite file has one owner: `work` says so, and what to use instead."""
        assert "PostgreSQL" in complaint(run("work", cwd=tmp_path))


class TestTransfers:
    def test_an_identifier_that_is_none(self, tmp_path: Path) -> None:
        """What is wrong with it, and what a right one looks like."""
        assert "transfer" in complaint(run("transfers", "show", "five", cwd=tmp_path))

    def test_a_transfer_that_there_is_not(self, tmp_path: Path) -> None:
        """Not there: exit 1, and a sentence."""
        upgrade(f"sqlite:///{tmp_path / 'cotransfer.db'}")
        assert "no such transfer" in complaint(run("transfers", "show", UNKNOWN, cwd=tmp_path), code=1)


class TestAgenda:
    @pytest.fixture
    def address(self, tmp_path: Path) -> str:
        """A database in which one application could not be sent, and was given up."""
        address = f"sqlite:///{tmp_path / 'cotransfer.db'}"
        upgrade(address)
        asyncio.run(self.bury_one(address))
        return address

    @staticmethod
    async def bury_one(address: str) -> None:
        """Owed, claimed, given up."""
        async with open_store(address, sealing=SEALING) as store:
            due = Due(TransferId(UNKNOWN), Duty.SEND_APPLICATION, "kunming-water", AT)
            await store.commit([Change(owed=(due,))])
            (claimed,) = await store.claim(at=AT, limit=1, lease_s=60, token="t")
            await store.bury(claimed.lease, why="utility: It is away.", at=AT)

    def test_what_is_buried_is_listed(self, tmp_path: Path, address: str) -> None:
        """What nobody tries any more, towards whom, how often it was tried, and why it was given up."""
        listed = run("agenda", "buried", cwd=tmp_path).stdout
        for told in (f"{UNKNOWN}.send_application", "kunming-water", "1 attempt", "utility: It is away."):
            assert told in listed
        assert json.loads(run("agenda", "buried", "--json", cwd=tmp_path).stdout) == {
            "buried": [
                {
                    "key": f"{UNKNOWN}.send_application",
                    "transfer": UNKNOWN,
                    "duty": "send_application",
                    "counterparty": "kunming-water",
                    "attempts": 1,
                    "why": "utility: It is away.",
                    "at": AT.isoformat(),
                    "fault": None,
                }
            ]
        }

    def test_what_is_revived_is_buried_no_more(self, tmp_path: Path, address: str) -> None:
        """Back on the agenda, due at once; a second time there is nothing to revive."""
        revived = run("agenda", "revive", UNKNOWN, "send_application", *MENDED, cwd=tmp_path)
        assert (revived.returncode, revived.stderr) == (0, "")
        assert "due now" in revived.stdout
        assert "nothing is buried" in run("agenda", "buried", cwd=tmp_path).stdout
        said = complaint(run("agenda", "revive", UNKNOWN, "send_application", *MENDED, cwd=tmp_path), code=1)
        assert "cotransfer agenda buried" in said

    @pytest.mark.skipif(MODULE.sqlite_version_info < FIXED_LOG, reason="An older SQLite must not.")
    def test_it_is_revived_beside_whoever_serves(self, tmp_path: Path, address: str) -> None:
        """The gateway need not be stopped for it: it finds the task due."""
        owner = open_store(address, sealing=SEALING)
        try:
            revived = run("agenda", "revive", UNKNOWN, "send_application", *MENDED, cwd=tmp_path)
        finally:
            asyncio.run(owner.close())
        assert (revived.returncode, revived.stderr) == (0, "")

    def test_a_duty_that_is_none(self, tmp_path: Path) -> None:
        """The duties there are."""
        result = run("agenda", "revive", UNKNOWN, "sing", *MENDED, cwd=tmp_path)
        assert result.returncode == 2
        assert "send_application" in result.stderr


class TestContracts:
    def test_the_contracts_are_as_they_say(self, tmp_path: Path) -> None:
        """Every document opens and every example is what it claims to be."""
        result = run("contracts", cwd=tmp_path)
        assert result.returncode == 0, result.stderr
        assert re.search(r"5 contracts, \d+ operations, \d+ good and \d+ bad examples", result.stdout)

    def test_a_broken_example(self, tmp_path: Path) -> None:
        """A good example that breaks its schema is named by file, with what is wrong and the remedy."""
        folder = tmp_path / "v1"
        shutil.copytree(contracts_folder(), folder)
        file = folder / "examples" / "good" / "account.json"
        broken = json.loads(file.read_text())
        broken["examples"][0]["instance"]["in_arrears"] = "perhaps"
        file.write_text(json.dumps(broken))
        said = complaint(run("contracts", "--folder", str(folder), cwd=tmp_path), code=1)
        assert "account.json" in said
        assert "in_arrears" in said
        assert "perhaps" not in said

    def test_a_document_that_is_not_yaml(self, tmp_path: Path) -> None:
        """File and line."""
        folder = tmp_path / "v1"
        shutil.copytree(contracts_folder(), folder)
        (folder / "gateway.openapi.yaml").write_text("openapi: [3.1\n")
        said = complaint(run("contracts", "--folder", str(folder), cwd=tmp_path))
        assert "gateway.openapi.yaml, line" in said


class TestDemo:
    def test_an_unknown_story(self, tmp_path: Path) -> None:
        """The stories there are."""
        result = run("demo", "--story", "hamlet", cwd=tmp_path)
        assert result.returncode == 2
        assert "by_wechat" in result.stderr

    def test_for_machines(self, tmp_path: Path) -> None:
        """`--json` prints one object and nothing else, and leaves nothing behind."""
        result = run("demo", "--json", "--story", "by_sms", "--story", "no_property", "--pace", "0.05", cwd=tmp_path)
        assert result.returncode == 0, result.stderr
        told = json.loads(result.stdout)
        assert told["ok"] is True
        assert [story["story"] for story in told["stories"]] == ["by_sms", "no_property"]
        assert list(tmp_path.iterdir()) == []


def test_help_names_every_command(tmp_path: Path) -> None:
    """A newcomer finds all of it."""
    result = run("--help", cwd=tmp_path)
    assert result.returncode == 0
    for command in ("demo", "serve", "work", "sandbox", "bench", "db", "transfers", "agenda", "contracts"):
        assert command in result.stdout


@pytest.mark.parametrize("command", ["db", "transfers", "agenda"])
def test_help_of_a_group_is_about_the_group(tmp_path: Path, command: str) -> None:
    """What there is to do, and nothing about installing completions into a shell."""
    result = run(command, "--help", cwd=tmp_path)
    assert result.returncode == 0
    assert "completion" not in result.stdout


def test_which_version_this_is(tmp_path: Path) -> None:
    """Whoever reports a fault can say of which version."""
    said = run("--version", cwd=tmp_path)
    assert (said.returncode, bool(re.fullmatch(r"cotransfer [0-9]+\.[0-9]+\.[0-9]+\n", said.stdout))) == (0, True)
