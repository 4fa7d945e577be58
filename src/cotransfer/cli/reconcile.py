"""`cotransfer reconcile`: compare all open and recently closed transfers with their utilities, and say what was found.

On SQLite it works beside a running gateway. Never shows a personal value, and never takes a statement at its word.
"""

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from cotransfer.adapters.machine import SystemClock
from cotransfer.adapters.sql.reconciliations import SqlReconciliations
from cotransfer.adapters.utilities.statement_file import CSV, JSON_LINES, faults_of, pages_of
from cotransfer.app.pairing import Statement
from cotransfer.cli.agenda import moment_of
from cotransfer.cli.opening import store_of
from cotransfer.cli.reconcile_words import described, round_described, round_told, told
from cotransfer.cli.running import judge
from cotransfer.cli.saying import ConfigOption, complain, settings_of
from cotransfer.domain.values import UtilityId
from cotransfer.ports.reconciliations import Kept, Round
from cotransfer.settings import Settings
from cotransfer.wiring import assembled

FAULTS_SHOWN = 20
SHOWN = 1_000
ROUNDS_SHOWN = 20

app = typer.Typer(
    help="Both sides of every transfer, compared.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)

JsonOption = Annotated[bool, typer.Option("--json", help="Print it for machines.")]


@app.callback()
def reconcile() -> None:
    """Both sides of every transfer, compared."""


@app.command()
def run(
    utility: Annotated[str | None, typer.Argument(help="With this utility; left out: with all of them.")] = None,
    config: ConfigOption = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="What the utility states: a .jsonl or .csv file.", dir_okay=False)
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of",
            parser=moment_of,
            metavar="TIME",
            help="When the file was drawn up; left out: as its own time says.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Compare now, do what helps, and say what was found: exit code 1 when anything is at odds or was not compared."""
    settings = settings_of(config)
    names = _chosen(settings, utility)
    if file is not None:
        if utility is None:
            complain("A statement is one utility's: name it before --file.")
            raise typer.Exit(2)
        _check(file)
    elif as_of is not None:
        complain("--as-of says when a file was drawn up: give --file as well.")
        raise typer.Exit(2)
    judge(settings, config)
    rounds, found = asyncio.run(_run(settings, names, file, as_of))
    _show(rounds, found, as_json=as_json)
    if any(one.failure is not None for one in rounds) or any(one.closed_at is None for one in found):
        raise typer.Exit(1)


@app.command()
def report(
    utility: Annotated[str | None, typer.Argument(help="Of this utility; left out: of all of them.")] = None,
    config: ConfigOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Also what is over.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Say what the last rounds found and what lasts of it: exit code 1 when anything does."""
    settings = settings_of(config)
    of_one = _chosen(settings, utility)[0] if utility is not None else None
    rounds, found = asyncio.run(_report(settings, of_one, lasting=not everything))
    _show(rounds, found, as_json=as_json)
    if any(one.closed_at is None for one in found):
        raise typer.Exit(1)


def _chosen(settings: Settings, utility: str | None) -> tuple[UtilityId, ...]:
    known = [entry.id for entry in settings.utilities]
    if utility is None:
        return tuple(known)
    if UtilityId(utility) not in known:
        names = ", ".join(one.text for one in known) or "none"
        complain(f"There is no utility of that name in the settings. Those there are: {names}.")
        raise typer.Exit(2)
    return (UtilityId(utility),)


def _check(file: Path) -> None:
    """The whole file before anything is done with it."""
    if file.suffix.lower() not in {CSV, JSON_LINES}:
        complain(f"A statement is a file whose name ends in {JSON_LINES} or {CSV}; see docs/reconciliation.md.")
        raise typer.Exit(2)
    found = 0
    for fault in faults_of(file):
        found += 1
        if found > FAULTS_SHOWN:
            complain(f"… and more; these are the first {FAULTS_SHOWN}.")
            break
        complain(str(fault))
    if found:
        complain("Nothing was compared. Have the utility mend the file.")
        raise typer.Exit(2)


async def _run(
    settings: Settings, names: tuple[UtilityId, ...], file: Path | None, as_of: datetime | None
) -> tuple[tuple[Round, ...], tuple[Kept, ...]]:
    began = SystemClock().now()
    async with assembled(settings, beside=True) as assembly:
        reconciling = assembly.office.reconciling
        assert reconciling is not None  # noqa: S101 - an assembled gateway has one
        rounds: list[Round] = []
        for name in names:
            statement = None if file is None else Statement(as_of or _time_of(file), pages_of(file))
            done = await reconciling.reconcile(name, statement=statement)
            rounds += () if done is None else (done,)
        kept = [one for name in names for one in await reconciling.kept.findings(name, lasting=False, limit=SHOWN)]
        # What was mended on the spot is told as well.
        return tuple(rounds), tuple(one for one in kept if one.closed_at is None or one.last_seen >= began)


def _time_of(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime).astimezone()


async def _report(
    settings: Settings, utility: UtilityId | None, *, lasting: bool
) -> tuple[tuple[Round, ...], tuple[Kept, ...]]:
    async with store_of(settings, read_only=True) as store:
        kept = SqlReconciliations(store)
        rounds = [one for one in await kept.rounds(ROUNDS_SHOWN) if utility in {None, one.utility}]
        return tuple(rounds), await kept.findings(utility, lasting=lasting, limit=SHOWN)


def _show(rounds: tuple[Round, ...], found: tuple[Kept, ...], *, as_json: bool) -> None:
    if as_json:
        said = {"rounds": [round_described(one) for one in rounds], "findings": [described(one) for one in found]}
        print(json.dumps(said, ensure_ascii=False))
        return
    console = Console()
    for head, *rest in (*map(round_told, rounds), *map(told, found)):
        console.print(Text(head, style="bold"), soft_wrap=True)
        for line in rest:
            console.print(Text(f"  {line}"), soft_wrap=True)
    if not found:
        print("nothing is at odds" if rounds else "nothing has been compared yet")
