"""`cotransfer bench`: measurements as JSON lines on standard output, progress on standard error."""

import asyncio
import json
import logging
from typing import Annotated

import typer

from cotransfer.bench.engines import engines
from cotransfer.bench.plan import FEWEST_BACKLOG_TASKS, FEWEST_MEMORY_TRANSFERS, EngineName, Part, Plan
from cotransfer.bench.running import run
from cotransfer.bench.showing import Showing
from cotransfer.cli.saying import complain, log_to_stderr

MOST_UNDER_WAY = 1_024
"""A worker of the benchmark holds 64 tasks at once; beyond a few hundred under way only queues grow."""


def bench(
    only: Annotated[list[Part] | None, typer.Option("--only", help="Only this part, or several.")] = None,
    engine: Annotated[list[EngineName] | None, typer.Option("--engine", help="Only this engine, or both.")] = None,
    under_way: Annotated[
        list[int] | None,
        typer.Option("--under-way", min=1, max=MOST_UNDER_WAY, help="Transfers under way; several: 1 8 64 by default."),
    ] = None,
    transfers: Annotated[
        int,
        typer.Option(
            min=1, max=100_000, help="Transfers in a round with one under way; n under way take √n times as many."
        ),
    ] = Plan().transfers,
    repeat: Annotated[int, typer.Option(min=1, max=100, help="How often everything is repeated.")] = Plan().repeat,
    memory_transfers: Annotated[
        int, typer.Option(min=FEWEST_MEMORY_TRANSFERS, max=10_000_000, help="Transfers of the memory measurement.")
    ] = Plan().memory_transfers,
    backlog_tasks: Annotated[
        int, typer.Option(min=FEWEST_BACKLOG_TASKS, max=1_000_000, help="Tasks that pile up in the outage.")
    ] = Plan().backlog_tasks,
) -> None:
    """Measure speed and memory. Groups beside one commit per step, the pure core, and more; a few minutes."""
    plan = Plan(
        parts=tuple(dict.fromkeys(only or Part)),
        engines=tuple(dict.fromkeys(engine or EngineName)),
        under_way=tuple(sorted(set(under_way or Plan().under_way))),
        transfers=transfers,
        repeat=repeat,
        memory_transfers=memory_transfers,
        backlog_tasks=backlog_tasks,
    )
    log_to_stderr(logging.WARNING)
    missing = asyncio.run(_print(plan))
    for why in missing:
        complain(why)
    if missing:
        raise typer.Exit(1)


async def _print(plan: Plan) -> tuple[str, ...]:
    """Print all lines; why what is missing among them could not be measured."""
    with Showing(plan.transfers_in_all) as showing:
        showing.begun("starting")
        with engines(plan.needs) as started:
            async for line in run(plan, started, showing):
                print(json.dumps(line, ensure_ascii=False), flush=True)
    return tuple(started.missing.values())
