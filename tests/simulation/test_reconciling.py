"""Reconciliation in the simulated city, every night and under faults: it mends what was lost and breaks no rule."""

from collections import Counter

import attrs
import pytest

from cotransfer.simulation.dice import Dice
from cotransfer.simulation.plan import drawn
from cotransfer.simulation.schedule import play

SEEDS = 50


@pytest.mark.slow
def test_every_night_under_faults() -> None:
    """Whatever is lost at lines, stores and processes: no rule is broken, and reports that were lost are taken."""
    found: Counter[str] = Counter()
    for seed in range(SEEDS):
        outcome = play(seed, plan=attrs.evolve(drawn(seed, Dice(seed)), reconciles=True))
        assert outcome.violations == (), f"seed {seed}: {outcome.violations}"
        told = [line for line in outcome.trace if "found " in line]
        found.update(line.rpartition(" ")[2] for line in told)
        nights = [line for line in outcome.trace if "reconcile 2026-" in line]
        assert nights or outcome.virtual_s < 24 * 3600
    assert found["reports_taken"] > 0
    assert set(found) <= {"reports_taken", "handed_in_again", "nothing"}, "a person was called where nobody is at fault"
