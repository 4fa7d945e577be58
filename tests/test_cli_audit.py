"""`cotransfer audit` as somebody types it: out of a database, into a file, and verified by that file alone."""

import asyncio
import base64
import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from cotransfer.adapters.keys.folder import KeyFolder
from cotransfer.adapters.keys.signing import KeySigner
from cotransfer.adapters.machine import SystemClock
from cotransfer.adapters.sql import open_store, upgrade
from cotransfer.adapters.sql.trust.audit import SqlAudit
from cotransfer.app.sequencing import Sequencer, Trail, told
from cotransfer.cli.audit import app
from cotransfer.domain.trees import is_included, leaf_hash
from cotransfer.settings import load
from cotransfer.testing.audit import decided, noting
from cotransfer.testing.samples import OTHER_TRANSFER, TRANSFER
from cotransfer.wiring import key_folder, sealing_of


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """With settings, keys, and a database whose trail has two checkpoints and an entry that waits."""
    (tmp_path / "cotransfer.toml").write_text(f'[database]\nurl = "sqlite:///{tmp_path}/cotransfer.db"\n')
    asyncio.run(_trail(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def _trail(folder):
    settings = load(folder / "cotransfer.toml", {})
    keys = key_folder(settings)
    assert isinstance(keys, KeyFolder)
    keys.make_missing(SystemClock().now())
    upgrade(settings.database.url.text)
    async with open_store(settings.database.url.text, sealing=sealing_of(settings)) as store:
        trail = Trail(audit=SqlAudit(store), signer=KeySigner(keys))
        sequencer = Sequencer(trail, SystemClock())
        for _ in range(2):
            await store.commit([noting(decided(TRANSFER.text), decided("grants"), decided(TRANSFER.text))])
            await sequencer.gather()
            assert trail.shown.checkpoint is not None
            (folder / "held.txt").write_text(told(trail.shown.checkpoint) + "\n")
        await store.commit([noting(decided("waits"))])


def run(*arguments):
    """The command under `cotransfer audit`, here; that the whole program finds it is `test_cli`'s to say."""
    return CliRunner().invoke(app, arguments)


def test_an_export_is_verified_by_the_printed_file(folder):
    """Export, keys and verifier go out by command; the verifier, run alone, holds the export good."""
    assert run("export", "-o", "trail.jsonl").exit_code == 0
    assert run("export").stdout == (folder / "trail.jsonl").read_text()
    for command, name in (("keys", "keys.json"), ("verifier", "verifier.py")):
        printed = run(command)
        assert printed.exit_code == 0, printed.stderr
        (folder / name).write_text(printed.stdout)
    given = ("trail.jsonl", "--keys", "keys.json", "--checkpoints", "held.txt")
    alone = subprocess.run(
        [sys.executable, "-I", "-S", "verifier.py", *given], capture_output=True, text=True, check=False
    )
    ours = run("verify", *given)
    assert (ours.exit_code, alone.returncode, alone.stdout) == (0, 0, ours.stdout), ours.stderr
    assert "entries: 6 in 2 chains" in ours.stdout


def test_a_tampered_export_is_a_fault(folder):
    """Exit code 1, and the line; what cannot be read at all is exit code 2."""
    lines = run("export").stdout.splitlines(keepends=True)
    (folder / "trail.jsonl").write_text("".join(lines[:4]))
    cut = run("verify", "trail.jsonl", "--checkpoint", (folder / "held.txt").read_text())
    assert (cut.exit_code, "cut off" in cut.stdout) == (1, True)
    (folder / "trail.jsonl").write_text("".join(lines[1:]))
    assert run("verify", "trail.jsonl").exit_code == 1
    assert run("verify", "nothing.jsonl").exit_code == 2


def test_a_transfer_is_proved(folder):
    """Its entries with proofs under the latest checkpoint; a transfer without any is told so."""
    proved = run("prove", TRANSFER.text)
    said = json.loads(proved.stdout)
    size, root, *_ = said["checkpoint"].split()
    assert len(said["entries"]) == 4
    for one in said["entries"]:
        assert is_included(
            leaf=leaf_hash(one["entry"].encode()),
            place=one["leaf"],
            size=int(size),
            root=base64.b64decode(root),
            proof=[base64.b64decode(step) for step in one["proof"]],
        )
    unknown = run("prove", OTHER_TRANSFER.text)
    assert (unknown.exit_code, "under a checkpoint" in unknown.stderr) == (1, True)
