"""What a page of the documentation tells its reader to type, made ready to be typed on ports that are free here.

Never changes a command otherwise.
"""

import random
import re
import shutil
import socket
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

PORTS = range(20_000, 32_000)
"""None of those that a system gives to whoever asks for any port, from 32,768 on at the earliest: between two lives of
a server no other server could get its port, nor a client's end of a connection."""

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    """The page's code blocks of one language, in their order."""
    return [body for named, body in _FENCE.findall(page.read_text(encoding="utf-8")) if named == language]


def free_ports(count: int) -> list[int]:
    """So many at once, so that none is named twice."""
    chance = random.SystemRandom()  # The plain one is made to say the same in each of several test processes.
    free: list[int] = []
    with ExitStack() as held:
        while len(free) < count:
            probe, port = held.enter_context(socket.socket()), chance.choice(PORTS)
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                free.append(port)
    return free


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
