"""How many simulated schedules a second of computing: of the whole gateway in memory, and over real SQLite files."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cotransfer.bench.figures import Spread
from cotransfer.simulation.campaign import Tally, campaign
from cotransfer.simulation.schedule import Player, play, player
from cotransfer.simulation.sqlite_disk import sqlite_disks

IN_MEMORY, ON_SQLITE = 300, 30
"""Schedules in a sample; each sample plays the same ones."""


def measure(repeat: int) -> Iterator[dict[str, Any]]:
    """The lines of this part."""
    yield _line("memory", IN_MEMORY, repeat, play)
    with sqlite_disks() as make_disk:
        yield _line("sqlite", ON_SQLITE, repeat, player(make_disk))


def _line(store: str, schedules: int, repeat: int, play_one: Player) -> dict[str, Any]:
    # On a thread of its own: a simulation has its own loop, and this one's is running.
    with ThreadPoolExecutor(max_workers=1) as thread:
        tallies = [thread.submit(_played, schedules, play_one).result() for _ in range(repeat)]
    return {
        "measure": "simulation",
        "store": store,
        "schedules": schedules,
        "faults_per_schedule": round(tallies[0].faults / schedules, 1),
        "per_cpu_s": Spread.of([tally.per_s for tally in tallies]).line(),
    }


def _played(schedules: int, play_one: Player) -> Tally:
    tally = Tally()
    for _ in campaign(0, tally, seeds=schedules, player=play_one):
        pass
    return tally
