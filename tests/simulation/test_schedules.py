"""Schedules of the whole gateway and everybody it talks to, each from a seed: no rule is ever broken."""

from collections.abc import Callable

import pytest

from cotransfer.simulation.campaign import Tally, campaign
from cotransfer.simulation.disks import MakeDisk, MemoryDisk
from cotransfer.simulation.shrinking import replay_command, shrunk
from cotransfer.simulation.sqlite_disk import sqlite_disks
from cotransfer.simulation.stories import STORIES
from cotransfer.simulation.weather import Kind

Count = Callable[[str], None]

IN_MEMORY, PARTS = 5_000, 10
ON_SQLITE, SQL_PARTS = 300, 5


def run(first: int, seeds: int, make_disk: MakeDisk, store: str) -> Tally:
    """Play them; the first that fails is told in its shortest form."""
    tally = Tally()
    for outcome in campaign(first, tally, seeds=seeds, make_disk=make_disk):
        if outcome.violations:
            shortest = shrunk(outcome, make_disk=make_disk)
            told = "\n".join(f"{one.rule}: {one.how}" for one in shortest.violations)
            pytest.fail(f"{replay_command(shortest, store)}\n{told}")
    return tally


class TestInMemory:
    @pytest.mark.slow
    @pytest.mark.parametrize("part", range(PARTS))
    def test_no_schedule_breaks_a_rule(self, part: int, count: Count) -> None:
        """Nothing lost, nothing doubled, never stuck: whatever goes wrong at lines, stores and processes."""
        share = IN_MEMORY // PARTS
        tally = run(part * share, share, MemoryDisk, "memory")
        count(f"simulation in memory {part}: {tally.schedules} schedules, {tally.faults} faults, 0 violations")
        assert tally.schedules == share
        assert set(tally.stories) == {story.code for story in STORIES}, "a story was never played"
        assert set(tally.kinds) == {kind.value for kind in Kind} - {"rotated"}, "something never went wrong"


class TestOnSqlite:
    @pytest.mark.slow
    @pytest.mark.parametrize("part", range(SQL_PARTS))
    def test_no_schedule_breaks_a_rule_on_the_real_store(self, part: int, count: Count) -> None:
        """The same over the real SQL store and a real file, with keys rotated on the way."""
        share = ON_SQLITE // SQL_PARTS
        with sqlite_disks() as make_disk:
            tally = run(100_000 + part * share, share, make_disk, "sqlite")
        count(f"simulation on SQLite {part}: {tally.schedules} schedules, {tally.faults} faults, 0 violations")
        assert tally.schedules == share
        assert {"crash", "rotated", "lost_commit", "full"} <= set(tally.kinds)
