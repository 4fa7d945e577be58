"""One transfer of each story, killed between every two steps of the gateway, and of the water company."""

from collections.abc import Callable, Iterable

import pytest

from cotransfer.simulation.crash_points import killed_once, killed_twice, points
from cotransfer.simulation.schedule import Outcome
from cotransfer.simulation.sqlite_disk import sqlite_disks
from cotransfer.simulation.stories import BY_CODE, STORIES, Story

Count = Callable[[str], None]

PAIRS = 40
CODES = [
    pytest.param(story.code, marks=() if story.code == "by-sms" else pytest.mark.campaign) for story in STORIES
]  # fmt: skip
"""One of them wherever the tests run, all in a campaign."""


def died(outcomes: Iterable[Outcome]) -> int:
    """How many were played; none broke a rule, and something was killed in each."""
    played = 0
    for outcome in outcomes:
        assert not outcome.violations, (outcome.plan.crashes, outcome.violations)
        assert outcome.struck, "nobody was killed"
        played += 1
    return played


class TestEveryPoint:
    @pytest.mark.slow
    @pytest.mark.parametrize("code", CODES)
    def test_a_death_at_any_step_loses_and_doubles_nothing(self, code: str, count: Count) -> None:
        """Every single step of the undisturbed run, one after the other, is the last of a process once."""
        found = points(BY_CODE[code])
        once = died(killed_once(found))
        assert once == len(found.gateway) + len(found.water)
        twice = died(killed_twice(found, PAIRS))
        gateway, water = len(found.gateway), len(found.water)
        count(f"crash points {code}: {gateway} of the gateway, {water} of the utility, {twice} pairs")

    def test_there_are_points_of_every_kind(self) -> None:
        """The watch sees both sides: else a renamed process would leave nothing to kill."""
        found = points(BY_CODE["by-wechat"])
        assert len(found.gateway) > 150
        assert len(found.water) > 5

    @pytest.mark.campaign
    def test_on_sqlite_each_tenth_point(self, count: Count) -> None:
        """The real store is closed in the middle of everything and opened again."""
        story: Story = BY_CODE["by-wechat"]
        with sqlite_disks() as disks:
            found = points(story, make_disk=disks)
            thinned = type(found)(story, found.gateway[::10], found.water[::10])
            played = died(killed_once(thinned, make_disk=disks))
        count(f"crash points on SQLite: {played}")
        assert played > 20
