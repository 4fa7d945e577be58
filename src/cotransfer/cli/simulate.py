"""`cotransfer simulate`: schedules from seeds, checked against the rules; a failing one in its shortest form."""

import contextlib
import enum
import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cotransfer.simulation.campaign import Tally, campaign
from cotransfer.simulation.disks import MakeDisk, MemoryDisk
from cotransfer.simulation.invariants import RULES
from cotransfer.simulation.outgoing import at_the_ports
from cotransfer.simulation.schedule import Outcome, Player
from cotransfer.simulation.schedule import player as player_of
from cotransfer.simulation.shrinking import replay_command, shrunk
from cotransfer.simulation.sqlite_disk import sqlite_disks
from cotransfer.simulation.wires import over_http

USUAL_SEEDS = 1_000
MOST_SHRUNK = 3
"""Failing seeds that are shortened in one run: the next ones mostly fail for the same reason."""

NOTHING = "nothing"


class StoreName(enum.Enum):
    """Where the database is."""

    MEMORY = "memory"
    SQLITE = "sqlite"


class LinesName(enum.Enum):
    """How far the gateway's own code reaches towards its counterparties."""

    PORTS = "ports"
    HTTP = "http"


_LINES = {LinesName.PORTS: at_the_ports, LinesName.HTTP: over_http}


def simulate(
    seeds: Annotated[
        int | None, typer.Option(min=1, max=100_000_000, help=f"How many schedules ({USUAL_SEEDS} by default).")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(min=0.1, max=1_000_000, help="Go on for as long instead, or at most.")
    ] = None,
    from_seed: Annotated[int, typer.Option(min=0, help="The first seed.")] = 0,
    seed: Annotated[int | None, typer.Option(min=0, help="Only this one, with its trace.")] = None,
    only: Annotated[
        str | None,
        typer.Option(help="With --seed: the stories and faults to keep, separated by commas, as a failure names them."),
    ] = None,
    lines: Annotated[
        LinesName, typer.Option(help="Counterparties behind the ports, or behind the real HTTP adapters.")
    ] = LinesName.PORTS,
    store: Annotated[StoreName, typer.Option(help="A database in memory, or a real SQLite file.")] = StoreName.MEMORY,
    as_json: Annotated[bool, typer.Option("--json", help="Print what came of it for machines.")] = False,
) -> None:
    """Play the gateway and everybody it talks to under faults, each seed a schedule, and check every rule."""
    if only is not None and seed is None:
        raise typer.BadParameter("it goes with --seed", param_hint="--only")
    unusual = (("--store sqlite", store is StoreName.SQLITE), ("--lines http", lines is LinesName.HTTP))
    options = tuple(option for option, chosen in unusual if chosen)
    with _disks(store) as make_disk:
        player = player_of(make_disk, _LINES[lines])
        if seed is not None:
            failed = _one(seed, only, player, as_json=as_json)
        else:
            usual = USUAL_SEEDS if seconds is None else None
            failed = _many(from_seed, seeds or usual, seconds, player, options, as_json=as_json)
    if failed:
        raise typer.Exit(1)


def _one(seed: int, only: str | None, player: Player, *, as_json: bool) -> bool:
    kept = None if only is None else frozenset(only.split(",")) - {NOTHING, ""}
    outcome = player(seed, only=kept)
    if as_json:
        print(json.dumps({**_told(outcome), "trace": outcome.trace}, ensure_ascii=False))
    else:
        print("\n".join(outcome.trace))
        for name, story in outcome.plan.stories:
            print(f"{name}: {story.code} {story.title}")
        _complain_of(outcome)
        print(f"trace {outcome.hash[:16]}, {len(outcome.struck)} faults, {len(outcome.violations)} violations")
    return bool(outcome.violations)


def _many(
    first: int,
    seeds: int | None,
    seconds: float | None,
    player: Player,
    options: tuple[str, ...],
    *,
    as_json: bool,
) -> bool:
    tally, failing = Tally(), list[Outcome]()
    with _progress(seeds) as passed:
        for outcome in campaign(first, tally, seeds=seeds, seconds=seconds, player=player):
            passed()
            if outcome.violations:
                failing.append(outcome)
    shortest = [shrunk(one, player=player) for one in failing[:MOST_SHRUNK]]
    if as_json:
        print(json.dumps(_summary(tally, shortest, options), ensure_ascii=False))
    else:
        for one in shortest:
            print(f"seed {one.seed} fails; its shortest form has {len(one.parts)} parts:")
            _complain_of(one)
            print(f"  {replay_command(one, *options)}")
        if len(failing) > MOST_SHRUNK:
            print(f"also failing: {', '.join(str(one.seed) for one in failing[MOST_SHRUNK:])}")
        print(tally.line())
    return bool(failing)


def _complain_of(outcome: Outcome) -> None:
    for violation in outcome.violations:
        print(f"  {violation.rule}: {violation.how}")
        print(f"      {RULES[violation.rule]}")


def _told(outcome: Outcome) -> dict[str, Any]:
    return {
        "seed": outcome.seed,
        "stories": {name: story.code for name, story in outcome.plan.stories},
        "parts": outcome.parts,
        "faults": [f"{one.name} {one.kind.value}" for one in outcome.struck],
        "violations": [{"rule": one.rule, "how": one.how} for one in outcome.violations],
        "hash": outcome.hash,
    }


def _summary(tally: Tally, shortest: list[Outcome], options: tuple[str, ...]) -> dict[str, Any]:
    return {
        "options": options,
        "schedules": tally.schedules,
        "faults": tally.faults,
        "kinds": dict(sorted(tally.kinds.items())),
        "stories": dict(sorted(tally.stories.items())),
        "violations": tally.violations,
        "virtual_days": round(tally.virtual_s / 86_400),
        "steps": tally.steps,
        "per_s": round(tally.per_s, 1),
        "failing": tally.failing,
        "shortest": [{**_told(one), "replay": replay_command(one, *options)} for one in shortest],
    }


@contextlib.contextmanager
def _disks(store: StoreName) -> Iterator[MakeDisk]:
    if store is StoreName.MEMORY:
        yield MemoryDisk
    else:
        with sqlite_disks() as make_disk:
            yield make_disk


@contextlib.contextmanager
def _progress(seeds: int | None) -> Iterator[Any]:
    """A bar on a terminal, on standard error; elsewhere nothing."""
    console = Console(stderr=True, highlight=False)
    columns = (TextColumn("simulating"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=seeds)
        yield lambda: progress.advance(bar)
