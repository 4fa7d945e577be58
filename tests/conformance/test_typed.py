"""docs/conformance.md against the sandbox, in processes of their own: two terminals, and the kit in a third."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.processes.page import free_ports

SECONDS = 120
"""Far more than it takes, for a machine that has other things to do."""


@contextlib.contextmanager
def running(*arguments: object, until: str, folder: Path) -> Iterator[None]:
    """A command that goes on running, once it has said that it is there; interrupted at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "cotransfer", *map(str, arguments)],
        cwd=folder, env=own_environment(), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    hurry = threading.Timer(SECONDS, process.kill)
    hurry.start()
    try:
        assert process.stdout is not None
        assert any(until in line for line in process.stdout), f"{arguments} ended before it had begun"
        yield
        process.send_signal(signal.SIGINT)
        process.wait()
    finally:
        hurry.cancel()
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def own_environment() -> dict[str, str]:
    """Without settings of whoever runs the tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COTRANSFER_")}


def judged(kind: str, *arguments: object, folder: Path) -> dict[str, Any]:
    """The report for machines of one rule, which has to pass."""
    done = subprocess.run(
        [sys.executable, "-m", "cotransfer", "conformance", kind, "--settings", "cotransfer.toml", "--json", "-"]
        + [str(each) for each in arguments],
        cwd=folder, env=own_environment(), capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.mark.slow
def test_both_sides_are_judged_by_the_settings_of_a_sandbox(tmp_path: Path) -> None:
    """Whom to play, and with which tokens, keys and people, is all found from one settings file."""
    gateway, *others = free_ports(5)
    names = ("--registry-port", "--water-port", "--wechat-port", "--identity-port")
    ports = [each for pair in zip(names, others, strict=True) for each in pair]
    sandbox = ("sandbox", "--settings", "cotransfer.toml", "--gateway", f"http://127.0.0.1:{gateway}", *ports)
    with running(*sandbox, until="http://", folder=tmp_path):
        ledger = f"http://127.0.0.1:{others[1]}/sandbox/ledger"
        utility = judged("utility", "--rule", "submit.one_effect", "--ledger", ledger, folder=tmp_path)
        with running("serve", "--config", "cotransfer.toml", until="serving on", folder=tmp_path):
            served = judged("gateway", "--rule", "consents.withdrawn", folder=tmp_path)
    assert [(each["rule"], each["verdict"]) for each in utility["verdicts"]] == [("submit.one_effect", "passed")]
    assert [(each["rule"], each["verdict"]) for each in served["verdicts"]] == [("consents.withdrawn", "passed")]
