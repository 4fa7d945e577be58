"""A program under strace, one of whose system calls is answered by a fault, or by its death, in round after round.

Never where the machine forbids it: `why_not` says what is missing, and how to get it.
"""

import asyncio
import functools
import json
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import attrs

PROGRAM = Path(__file__).with_name("committing.py")
WRITES, SYNCS = "pwrite64", "fsync,fdatasync"
TRACED = f"{WRITES},{SYNCS},write"
KILLED = -9
LONGEST_S = 300.0


@attrs.frozen(kw_only=True)
class Fault:
    """Of these system calls each thread's calls from number `at` on, `width` of them, are answered so."""

    calls: str
    answer: str
    at: int
    width: int = 1

    @property
    def words(self) -> str:
        """As strace takes it."""
        return f"inject={self.calls}:{self.answer}:when={self.at}..{self.at + self.width - 1}"


@attrs.define
class Round:
    """What became of one: how it ended, which transfers were acknowledged up to which version, what it was told."""

    status: int | None = None
    acknowledged: dict[str, int] = attrs.field(factory=dict)
    away: list[str] = attrs.field(factory=list)

    def hear(self, said: dict[str, Any]) -> None:
        """One line of the program's."""
        match said:
            case {"transfer": transfer, "version": version}:
                self.acknowledged[transfer] = version
            case {"away": sentence}:
                self.away.append(sentence)
            case {"status": status}:
                self.status = status


@attrs.frozen(kw_only=True)
class Run:
    """All rounds by their numbers, the traced calls in their order, and whatever was complained of."""

    rounds: dict[int, Round]
    calls: tuple[str, ...]
    complaints: str


@functools.cache
def why_not() -> str | None:
    """None where strace is there and may do its work."""
    if shutil.which("strace") is None:
        return "no strace on this machine; `apt-get install strace` (or your system's package of that name) brings it"
    trying = [*_strace("/dev/null", Fault(calls=WRITES, answer="error=EIO", at=1, width=2)), "true"]
    tried = subprocess.run(trying, capture_output=True, text=True, check=False)
    if tried.returncode == 0:
        return None
    said = " ".join(tried.stderr.split())[:200]
    return f"strace may not trace here, or is too old ({said}); in a container it needs --cap-add=SYS_PTRACE"


async def committing(
    folder: Path, *, transfers: int, places: tuple[int, int, int] = (0, 0, 1), fault: Fault | None = None
) -> Run:
    """Let the program commit so many transfers in each of the rounds `places` (first, last, step); the fault meets the
    N-th call in the round N. Round 0 of no fault is undisturbed.
    """
    trace, calls, at = folder / "trace", fault.calls if fault else "none", fault.at if fault else 0
    process = await asyncio.create_subprocess_exec(
        *_strace(str(trace), fault),
        *(sys.executable, str(PROGRAM), str(folder), str(transfers), calls, str(at), *map(str, places)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(LONGEST_S):
            said, complaints = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    rounds: dict[int, Round] = defaultdict(Round)
    for line in said.splitlines():
        told = json.loads(line)
        rounds[told["round"]].hear(told)
    traced = await asyncio.to_thread(trace.read_text, errors="replace")
    return Run(rounds=dict(rounds), calls=tuple(traced.splitlines()), complaints=complaints.decode())


def suffering(fault: Fault) -> tuple[str, ...]:
    """A command to run another by, which stays the process that was started: its disk fails, with an error."""
    return ("strace", "-D", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", f"trace={WRITES}", "-e", fault.words)


def _strace(trace: str, fault: Fault | None) -> list[str]:
    """Without --seccomp-bpf, which is quicker: strace 6.1 then swallows the signal that it should send."""
    injected = [] if fault is None else ["-e", fault.words]
    return ["strace", "-f", "-qq", "-o", trace, "-e", f"trace={TRACED}", *injected]
