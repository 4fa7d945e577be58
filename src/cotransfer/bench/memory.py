"""Whether memory stays flat: one process, one SQLite file, and a great many transfers, looked at ten times on the way.

Never keeps anything of a transfer itself that grows with their number.
"""

import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cotransfer.bench.contender import contending
from cotransfer.bench.plan import Mode

UNDER_WAY = 64
LOOKS = 10
WARM_UP = 200
"""Transfers before the first look: what is loaded and compiled once is no growth."""

_STATUS = Path("/proc/self/status")
TELLS_RESIDENT = _STATUS.exists()


async def measure(address: str, transfers: int, *, passed: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """The line of this part; `passed` is called after each transfer."""
    async with contending(address, Mode.GROUP) as contender:
        await contender.play(WARM_UP, under_way=UNDER_WAY)
        seconds, memory = 0.0, [resident_mib()]
        for look in range(LOOKS):
            share = transfers * (look + 1) // LOOKS - transfers * look // LOOKS
            seconds += (await contender.play(share, under_way=min(share, UNDER_WAY), passed=passed)).seconds
            memory.append(resident_mib())
    return {
        "measure": "memory",
        "engine": "sqlite",
        "transfers": transfers,
        "under_way": UNDER_WAY,
        "transfers_per_s": round(transfers / seconds, 1),
        "before_mib": memory[0],
        "after_mib": memory[-1],
        "grown_mib": round(memory[-1] - memory[0], 1),
        "on_the_way_mib": memory[1:],
        "is": "resident" if TELLS_RESIDENT else "peak",
    }


def resident_mib() -> float:
    """What the process holds now; its peak where the system tells no more."""
    if TELLS_RESIDENT:
        (line,) = [line for line in _STATUS.read_text().splitlines() if line.startswith("VmRSS:")]
        return round(int(line.split()[1]) / 1024, 1)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, 1)
