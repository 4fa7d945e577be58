"""`cotransfer demo` as a process: what `--keep` leaves running and tells, and what a story that fails comes to."""

import json
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

SECONDS = 60

FALLING_SHORT = """
import sys
from cotransfer.cli import demo, main
from cotransfer.demo import Story

async def falls_short(scene):
    scene.expect("something that is", True)
    scene.expect("something that never was", False)

demo.STORIES = (Story(code="short", title="Falls short", zh="未达", kind="plain", play=falls_short),)
sys.argv = ["cotransfer", "demo", "--json"]
main()
"""


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A demo of one short story that goes on running."""
    process = subprocess.Popen(
        [sys.executable, "-m", "cotransfer", "demo", "--story", "by_sms", "--pace", "0.05", "--keep"],
        cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    hurry = threading.Timer(SECONDS, process.kill)
    hurry.start()
    yield process
    hurry.cancel()
    process.kill()
    process.wait()
    assert process.stderr is not None
    process.stderr.close()


def told_by(process: subprocess.Popen[str]) -> list[str]:
    """Everything it says before it falls silent."""
    assert process.stderr is not None
    told: list[str] = []
    for line in process.stderr:
        told.append(line.strip())
        if line.startswith("More people"):
            return told
    raise AssertionError(f"it ended after saying {told}")


def called(line: str) -> httpx.Response:
    """The call that a line of curl makes."""
    curl, silent, address, *words = shlex.split(line)
    assert (curl, silent) == ("curl", "-s")
    said = list(zip(words[::2], words[1::2], strict=True))
    headers = dict(value.split(": ", 1) for name, value in said if name == "-H")
    body = dict(said).get("-d")
    with httpx.Client(trust_env=False, timeout=20) as client:
        return client.request("GET" if body is None else "POST", address, headers=headers, content=body)


@pytest.mark.slow
def test_somebody_can_apply_at_a_demo_that_is_kept(kept: subprocess.Popen[str], tmp_path: Path) -> None:
    """The printed person applies by the printed call, and sees it completed; Ctrl-C then leaves nothing behind."""
    told = told_by(kept)
    apply, look, show = (line for line in told if line.startswith(("curl", "cotransfer")))
    answer = called(apply)
    assert answer.status_code == 201, answer.text
    transfer = answer.json()["transfer"]
    patience = time.monotonic() + SECONDS
    while not (seen := called(look.replace("TRANSFER", transfer)).json())["closed"]:
        assert time.monotonic() < patience
        time.sleep(0.05)
    assert seen["state"] == "completed"
    shown = subprocess.run(
        [sys.executable, "-m", *shlex.split(show.replace("TRANSFER", transfer))],
        cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert "closed: nothing is left to do\n" in shown.stdout, shown.stderr
    assert "turn:" not in shown.stdout
    kept.send_signal(signal.SIGINT)
    assert kept.wait() == 0
    addresses = [line.split()[1] for line in told if line.split()[1:] and line.split()[1].startswith("http://")]
    assert len(addresses) == 6
    for address in addresses:
        with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
            probe.connect(("127.0.0.1", urlsplit(address).port))
    assert not Path(show.split()[-1]).parent.exists()


def test_a_story_that_falls_short_fails_the_demo(tmp_path: Path) -> None:
    """Exit 1 when a story does not end as it should, and the rest is told all the same."""
    result = subprocess.run(
        [sys.executable, "-c", FALLING_SHORT],
        cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert result.returncode == 1, result.stderr
    told = json.loads(result.stdout)
    assert told["ok"] is False
    assert [check["held"] for check in told["stories"][0]["checks"]] == [True, False]
