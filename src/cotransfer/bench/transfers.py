"""Whole transfers through both engines and both modes, round against round, so that a ratio compares like with like.

The rounds that a ratio divides are played in turns of short slices, so that a neighbour on the machine slows both.
Never divides rounds of different repetitions.
"""

import contextlib
import itertools
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import attrs

from cotransfer.bench.contender import STEPS, Contender, Round, contending
from cotransfer.bench.engines import Engine
from cotransfer.bench.figures import Spread, percentile
from cotransfer.bench.plan import EngineName, Mode, Plan

SLICES = 10
WAVES = 4
"""A slice is at least so many times as long as there are transfers under way: its ends must not weigh too much."""

WARM_UP = 32
WARM_UP_UNDER_WAY = 8


@attrs.frozen
class Cell:
    """What is measured `repeat` times: an engine with so many transfers under way, in both modes."""

    engine: EngineName
    under_way: int


Played = dict[tuple[Cell, Mode], list[Round]]


async def measure(
    plan: Plan, running: dict[EngineName, Engine], *, begun: Callable[[str], None], passed: Callable[[], None]
) -> AsyncIterator[dict[str, Any]]:
    """The lines of this part; `begun` is told what each round is, `passed` is called after each transfer."""
    played: Played = defaultdict(list)
    cells = [Cell(name, under_way) for name in running for under_way in plan.under_way]
    async with contextlib.AsyncExitStack() as opened:
        contenders: dict[tuple[EngineName, Mode], Contender] = {}
        for name, engine in running.items():
            for mode in Mode:
                contender = await opened.enter_async_context(contending(engine.new_database(), mode))
                begun(f"{name.value}, warming up")
                await contender.play(WARM_UP, under_way=WARM_UP_UNDER_WAY)
                contenders[name, mode] = contender
        for repetition, cell in itertools.product(range(plan.repeat), cells):
            slices: dict[Mode, list[Round]] = {mode: [] for mode in Mode}
            begun(f"{cell.engine.value}, {cell.under_way} under way, {repetition + 1} of {plan.repeat}")
            for transfers, mode in _turns(plan.transfers_with(cell.under_way), cell.under_way):
                contender = contenders[cell.engine, mode]
                slices[mode].append(await contender.play(transfers, under_way=cell.under_way, passed=passed))
            for mode in Mode:
                played[cell, mode].append(Round.joined(slices[mode]))
    for line in _lines(played):
        yield line


def _turns(transfers: int, under_way: int) -> Iterator[tuple[int, Mode]]:
    """The slices of a round, in both modes; who goes first changes from slice to slice."""
    slices = max(1, min(SLICES, transfers // (WAVES * under_way)))
    for nth in range(slices):
        share = transfers * (nth + 1) // slices - transfers * nth // slices
        for mode in list(Mode) if nth % 2 == 0 else reversed(Mode):
            yield share, mode


def _lines(played: Played) -> Iterator[dict[str, Any]]:
    for cell in dict.fromkeys(cell for cell, _ in played):
        for mode in Mode:
            yield {
                "measure": "transfers",
                "engine": cell.engine.value,
                "under_way": cell.under_way,
                "mode": mode.value,
                **_figures(played[cell, mode]),
            }
        yield {
            "measure": "ratio",
            "engine": cell.engine.value,
            "under_way": cell.under_way,
            "group_over_one_commit_per_step": _ratio(played, cell).line(),
        }


def _figures(rounds: list[Round]) -> dict[str, Any]:
    return {
        "transfers_per_s": Spread.of([one.transfers_per_s for one in rounds]).line(),
        "report_to_visible_ms": {
            f"p{share}": Spread.of([percentile(one.report_to_visible_s, share) * 1e3 for one in rounds]).line()
            for share in (50, 95)
        },
        "commits_per_transfer": Spread.of([one.commits / one.transfers for one in rounds]).line(),
        "steps": STEPS,
        "transfers": rounds[0].transfers,
        "repeated": len(rounds),
    }


def _ratio(played: Played, cell: Cell) -> Spread:
    pairs = zip(played[cell, Mode.GROUP], played[cell, Mode.ONE_COMMIT_PER_STEP], strict=True)
    return Spread.of([group.transfers_per_s / single.transfers_per_s for group, single in pairs])
