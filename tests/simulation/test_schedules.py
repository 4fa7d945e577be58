"""Schedules of the whole gateway and everybody it talks to, each from a seed: no rule is ever broken."""

from collections.abc import Callable

import pytest

from cotransfer.simulation.campaign import Tally, campaign
from cotransfer.simulation.schedule import Player, play, player
from cotransfer.simulation.shrinking import replay_command, shrunk
from cotransfer.simulation.sqlite_disk import sqlite_disks
from cotransfer.simulation.stories import STORIES
from cotransfer.simulation.weather import Kind
from cotransfer.simulation.wires import over_http

Count = Callable[[str], None]

IN_MEMORY, PARTS = 5_000, 10
ON_SQLITE, SQL_PARTS = 300, 5
OVER_HTTP, HTTP_PARTS = 300, 2


def run(first: int, seeds: int, play_one: Player, *options: str) -> Tally:
    """Play them; the first that fails is told in its shortest form."""
    tally = Tally()
    for outcome in campaign(first, tally, seeds=seeds, player=play_one):
        if outcome.violations:
            shortest = shrunk(outcome, player=play_one)
            told = "\n".join(f"{one.rule}: {one.how}" for one in shortest.violations)
            pytest.fail(f"{replay_command(shortest, *options)}\n{told}")
    return tally


class TestInMemory:
    @pytest.mark.slow
    @pytest.mark.parametrize("part", range(PARTS))
    def test_no_schedule_breaks_a_rule(self, part: int, count: Count) -> None:
        """Nothing lost, nothing doubled, never stuck: whatever goes wrong at lines, stores and processes."""
        share = IN_MEMORY // PARTS
        tally = run(part * share, share, play)
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
            tally = run(100_000 + part * share, share, player(make_disk), "--store sqlite")
        count(f"simulation on SQLite {part}: {tally.schedules} schedules, {tally.faults} faults, 0 violations")
        assert tally.schedules == share
        assert {"crash", "rotated", "lost_commit", "full"} <= set(tally.kinds)


class TestOverHttp:
    @pytest.mark.slow
    @pytest.mark.parametrize("part", range(HTTP_PARTS))
    def test_no_answer_of_any_kind_becomes_a_state(self, part: int, count: Count) -> None:
        """The real HTTP adapters in between: HTML, empty, cut and huge bodies, success inside a 500, failure inside a
        200, unknown codes, wrong types: unknown or unintelligible, never an end, and nothing lost.
        """
        share = OVER_HTTP // HTTP_PARTS
        tally = run(200_000 + part * share, share, player(make_ports=over_http), "--lines http")
        count(f"simulation over HTTP {part}: {tally.schedules} schedules, {tally.faults} faults, 0 violations")
        assert {"garbage", "nonsense", "answer_lost", "broke_after", "too_many"} <= set(tally.kinds)
