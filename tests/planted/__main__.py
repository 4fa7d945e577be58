"""`python -m tests.planted`: every planted defect, and the first seed that finds it."""

import sys

from tests.planted.mutants import MUTANTS
from tests.planted.search import MOST_SEEDS, search


def main() -> int:
    """0 when every one is found."""
    missed = 0
    for mutant in MUTANTS:
        found = search(mutant)
        missed += found is None
        told = f"not found by {MOST_SEEDS} seeds" if found is None else f"seed {found.seed}: {found.rule} {found.how}"
        print(f"{mutant.name}: {told}", flush=True)
    print(f"{len(MUTANTS) - missed} of {len(MUTANTS)} planted defects found, each within {MOST_SEEDS} seeds")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
