"""Many schedules, one after another: as many seeds, or as many seconds, as were asked for. Never stops at a failure."""

import time
from collections import Counter
from collections.abc import Callable, Iterator

import attrs

from cotransfer.simulation.schedule import Outcome, Player, play


@attrs.define
class Tally:
    """What a campaign has come to so far; `cpu_s` is this process's computing time."""

    schedules: int = 0
    faults: int = 0
    violations: int = 0
    steps: int = 0
    virtual_s: float = 0.0
    cpu_s: float = 0.0
    kinds: Counter[str] = attrs.field(factory=Counter)
    stories: Counter[str] = attrs.field(factory=Counter)
    failing: list[int] = attrs.field(factory=list)

    def add(self, outcome: Outcome, cpu_s: float) -> None:
        self.schedules += 1
        self.faults += len(outcome.struck)
        self.violations += len(outcome.violations)
        self.steps += outcome.steps
        self.virtual_s += outcome.virtual_s
        self.cpu_s += cpu_s
        self.kinds.update(one.kind.value for one in outcome.struck)
        self.stories.update(story.code for _, story in outcome.plan.stories)
        if outcome.violations:
            self.failing.append(outcome.seed)

    @property
    def per_s(self) -> float:
        """Schedules for each second of computing."""
        return self.schedules / self.cpu_s if self.cpu_s else 0.0

    def line(self) -> str:
        """The closing line."""
        return (
            f"simulated {self.schedules} schedules, {self.faults:,} faults, {self.violations} violations, "
            f"{self.per_s:.0f} a second"
        )


def campaign(
    first_seed: int,
    tally: Tally,
    *,
    seeds: int | None = None,
    seconds: float | None = None,
    player: Player = play,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Outcome]:
    """Each outcome as it comes, added to `tally`; until `seeds` are played or `seconds` are over."""
    ends, seed = None if seconds is None else clock() + seconds, first_seed
    while (seeds is None or seed < first_seed + seeds) and (ends is None or clock() < ends):
        began = time.process_time()
        outcome = player(seed)
        tally.add(outcome, time.process_time() - began)
        yield outcome
        seed += 1
