"""What a page of the documentation tells its reader to type, made ready to be typed on ports that are free here.

Never changes a command otherwise.
"""

import re
import shutil
import socket
import sys
from contextlib import ExitStack
from pathlib import Path

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    """The page's code blocks of one language, in their order."""
    return [body for named, body in _FENCE.findall(page.read_text(encoding="utf-8")) if named == language]


def free_ports(count: int) -> list[int]:
    """So many at once, so that none is named twice."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def moved(text: str, ports: dict[int, int]) -> str:
    """The same text with other ports."""
    return re.sub(r"(?<=127\.0\.0\.1:)\d+", lambda found: str(ports[int(found[0])]), text)


def tools(folder: Path) -> str:
    """A PATH on which `cotransfer` is the one under test, and `curl` is there in any case."""
    folder.mkdir()
    _script(folder / "cotransfer", f'exec "{sys.executable}" -m cotransfer "$@"')
    if shutil.which("curl") is None:
        _script(folder / "curl", f'exec "{sys.executable}" "{Path(__file__).with_name("curl.py")}" "$@"')
    return str(folder)


def _script(file: Path, line: str) -> None:
    file.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
    file.chmod(0o755)
