"""Figures from samples: medians with their extremes, and percentiles. Never an average: one pause would colour it."""

import statistics
from collections.abc import Sequence

import attrs


@attrs.frozen(kw_only=True)
class Spread:
    """What repetitions came to."""

    median: float
    min: float
    max: float

    @classmethod
    def of(cls, samples: Sequence[float]) -> "Spread":
        """Raises `ValueError` when there are none."""
        return cls(median=statistics.median(samples), min=min(samples), max=max(samples))

    def line(self) -> dict[str, float]:
        """As it is printed: four significant digits say more than the machine knows."""
        return {name: float(f"{value:.4g}") for name, value in attrs.asdict(self).items()}


def percentile(samples: Sequence[float], percent: int) -> float:
    """The smallest sample that at least `percent` of a hundred are not above (the nearest rank)."""
    rank = -(-len(samples) * percent // 100)
    return sorted(samples)[max(rank, 1) - 1]
