"""This tests the tests: every defect planted in our own code is found by the simulator within a thousand seeds."""

from collections.abc import Callable

import pytest
from tests.planted.mutants import MUTANTS, Planted
from tests.planted.search import MOST_SEEDS, search

Count = Callable[[str], None]


class TestPlanted:
    @pytest.mark.campaign
    @pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
    def test_it_is_found(self, mutant: Planted, count: Count) -> None:
        """A rule of the simulator breaks, and it is one that this defect is about."""
        found = search(mutant)
        assert found is not None, f"{mutant.what} {MOST_SEEDS} schedules did not notice."
        count(f"planted {mutant.name}: found by seed {found.seed} ({found.rule})")

    def test_there_are_enough(self) -> None:
        """At least twenty, each with a name of its own."""
        assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 20
