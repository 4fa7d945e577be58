"""Every point at which a process can die: one transfer of each story, killed between every two steps, and by pairs.

Steps are those of the process itself, so before and after each look and write, each call out and each answer in, each
hand-over inside. Never tears a step: what a kill does within the store's own write is for the tests of real processes.
"""

from collections.abc import Iterator, Sequence

import attrs

from cotransfer.simulation.dice import Dice
from cotransfer.simulation.disks import MakeDisk, MemoryDisk
from cotransfer.simulation.plan import DAY_S, Crash, Plan
from cotransfer.simulation.processes import GATEWAY
from cotransfer.simulation.schedule import Outcome, play
from cotransfer.simulation.stories import Story
from cotransfer.simulation.utility_reporting import OWNER as WATER

DOWN_S = 20.0
"""Between a death and the next start."""

STORY = "story#0"
SEED = 1


@attrs.frozen
class Points:
    """The steps of one story's undisturbed run that belong to the gateway, and to the water company."""

    story: Story
    gateway: tuple[int, ...]
    water: tuple[int, ...]


def points(story: Story, *, make_disk: MakeDisk = MemoryDisk) -> Points:
    """Found by playing it once without a fault."""
    steps: dict[str, list[int]] = {GATEWAY: [], WATER: []}

    def see(step: int, owner: str) -> None:
        whose = owner.partition("-")[0]
        if whose in steps:
            steps[whose].append(step)

    play(SEED, make_disk=make_disk, plan=_plan(story), only=(STORY,), see=see)
    return Points(story, tuple(steps[GATEWAY]), tuple(steps[WATER]))


def killed_once(found: Points, *, make_disk: MakeDisk = MemoryDisk) -> Iterator[Outcome]:
    """Each of the points by itself."""
    for step in found.gateway:
        yield _killed(found.story, (step,), 0, make_disk)
    for step in found.water:
        yield _killed(found.story, (step,), None, make_disk)


def killed_twice(found: Points, pairs: int, *, seed: int = SEED, make_disk: MakeDisk = MemoryDisk) -> Iterator[Outcome]:
    """So many pairs of the gateway's points, drawn: the second may fall into the recovery from the first."""
    dice = Dice(seed)
    for nth in range(pairs):
        first = dice.pick(found.gateway, f"first.{found.story.code}", nth)
        yield _killed(found.story, (first, first + 1 + int(dice.unit("second", nth) ** 2 * 200)), 0, make_disk)


def _killed(story: Story, steps: Sequence[int], process: int | None, make_disk: MakeDisk) -> Outcome:
    crashes = tuple(
        Crash(name=f"crash#{nth}", process=process, step=step, down_s=DOWN_S) for nth, step in enumerate(steps)
    )
    plan = attrs.evolve(_plan(story), crashes=crashes)
    return play(SEED, make_disk=make_disk, plan=plan, only=(STORY, *(crash.name for crash in crashes)))


def _plan(story: Story) -> Plan:
    return Plan(
        seed=SEED,
        stories=((STORY, story),),
        skews_s=(0.0,),
        guarded=True,
        by_sms=True,
        to_erasure=False,
        window_s=30 * DAY_S,
    )
