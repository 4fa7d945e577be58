"""docs/sandbox.md, typed as it stands: both terminals, the three examples, and the settings that it shows."""

import contextlib
import json
import os
import signal
import subprocess
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.processes.page import blocks, free_ports, moved, tools

from cotransfer.settings import load

PAGE = Path(__file__).parents[2] / "docs" / "sandbox.md"
SECONDS = 60
"""Far more than it takes (about ten), for a machine that has other things to do."""


DRAWN = {"token", "client_secret", "key"}


@pytest.fixture
def ports() -> dict[int, int]:
    """Each port of the page, and the one that stands for it here."""
    return dict(zip((8080, 8081, 8082, 8083, 8084, 8085), free_ports(6), strict=True))


@pytest.fixture
def terminal(tmp_path: Path) -> dict[str, str]:
    """The environment of all three terminals; no proxy, and no patience wanted with a lost answer."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("COTRANSFER_")}
    path = os.pathsep.join((tools(tmp_path / "tools"), own.get("PATH", "")))
    return {**own, "PATH": path, "no_proxy": "127.0.0.1", "COTRANSFER_WORKER__RETRY_SCHEDULE_S": "[0, 0.5, 1, 1, 1]"}


@contextlib.contextmanager
def typed(command: str, until: str, folder: Path, terminal: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A command that goes on running, once it has said that it is there; interrupted at the end."""
    process = subprocess.Popen(
        ["sh", "-c", f"exec {command.strip()}"],
        cwd=folder, env=terminal, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    hurry = threading.Timer(SECONDS, process.kill)
    hurry.start()
    try:
        assert process.stdout is not None
        assert any(until in line for line in process.stdout), f"{command.strip()} ended before it had begun"
        yield process
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
    finally:
        hurry.cancel()
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def shape(value: Any) -> Any:
    """Settings with everything drawn or of this machine taken out."""
    match value:
        case dict():
            return {key: "drawn" if key in DRAWN else shape(inner) for key, inner in value.items()}
        case list():
            return [shape(inner) for inner in value]
        case _:
            return value


@pytest.mark.slow
def test_the_page_works_as_written(tmp_path: Path, ports: dict[int, int], terminal: dict[str, str]) -> None:
    """Who follows the page, and nothing else, sees a transfer completed, signs one, and sees an answer lost."""
    folder = tmp_path / "empty"
    folder.mkdir()
    first, second, *examples = (moved(block, ports) for block in blocks(PAGE, "sh"))
    (shown,) = blocks(PAGE, "toml")
    elsewhere = (
        f"--registry-port {ports[8081]} --water-port {ports[8082]} "
        f"--wechat-port {ports[8083]} --identity-port {ports[8084]} --sms-port {ports[8085]}"
    )
    begin = f"{first.strip()} {elsewhere} --gateway http://127.0.0.1:{ports[8080]} --pace 0.2"
    with (
        typed(begin, "registry", folder, terminal),
        typed(second, "serving on", folder, terminal),
    ):
        written = (folder / "cotransfer.toml").read_text(encoding="utf-8")
        result = subprocess.run(
            ["sh", "-eu", "-c", "\n".join(examples)],
            cwd=folder, env=terminal, capture_output=True, text=True, timeout=SECONDS, check=False,
        )  # fmt: skip
    assert result.returncode == 0, result.stderr
    seen = {name: json.loads((folder / f"{name}.json").read_text()) for name in ("first", "second", "third", "ledger")}
    ends = [seen[name]["state"] for name in ("first", "second", "third")]
    assert ends == ["completed", "completed", "completed"]
    received = {one["transfer"]: one["received"] for one in seen["ledger"]["applications"]}
    assert received[seen["third"]["transfer"]] == 1
    told = json.loads((folder / "disclosures.json").read_text())["disclosures"]
    assert "kunming-water" in {one["to"] for one in told}
    here = moved(shown, ports).replace("port = 8080", f"port = {ports[8080]}")
    assert shape(tomllib.loads(written)) == shape(tomllib.loads(here))


def test_the_settings_of_the_page_can_be_used(tmp_path: Path) -> None:
    """The example is one that `serve` takes, not only well-formed TOML."""
    file = tmp_path / "cotransfer.toml"
    file.write_text(blocks(PAGE, "toml")[0], encoding="utf-8")
    assert [client.id for client in load(file, {}).clients] == ["platform", "kunming-water"]
