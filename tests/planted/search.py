"""Looks for a planted defect with the simulator, seed by seed. Plants in this process, and takes it out again."""

import attrs
import pytest
from tests.planted.mutants import Planted

from cotransfer.simulation.schedule import play

MOST_SEEDS = 1_000


@attrs.frozen
class Found:
    """The first seed that showed it, and the rule that was broken."""

    seed: int
    rule: str
    how: str


def search(mutant: Planted, *, most: int = MOST_SEEDS) -> Found | None:
    """None when no schedule of the first `most` broke one of its rules."""
    with pytest.MonkeyPatch.context() as patch:
        mutant.plant(patch)
        for seed in range(most):
            for violation in play(seed).violations:
                if violation.rule in mutant.rules:
                    return Found(seed, violation.rule, violation.how)
    return None
