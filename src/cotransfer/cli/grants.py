"""`cotransfer grants`: who may do what, for how long, on what basis; and suspending that at once.

On SQLite it works beside a running gateway, which knows of a change within half a second. Never shows anybody's data:
a grant names fields, not values.
"""

import asyncio
import json
import tomllib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.text import Text

from cotransfer.adapters.machine import SystemClock
from cotransfer.adapters.sql.trust.grants import SqlGrants
from cotransfer.adapters.wire.grants import read, spell, spell_standing
from cotransfer.app.granting import Granting
from cotransfer.cli.grant_examples import Kind, example
from cotransfer.cli.opening import store_of
from cotransfer.cli.saying import ConfigOption, Who, complain, settings_of
from cotransfer.domain.grants import CannotChange, Grant, GrantId, Side
from cotransfer.ports.grants import Held
from cotransfer.settings import Settings
from cotransfer.wiring import scheme_grants

T = TypeVar("T")

app = typer.Typer(
    help="Data-sharing grants: who may do what.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)

Name = Annotated[str, typer.Argument(help="The grant's name.")]
SideOption = Annotated[Side, typer.Option("--side", help="Who wants it; each side resumes only what it suspended.")]
Why = Annotated[str, typer.Option("--why", help="A reason for the audit trail: a short word, such as breach.")]


@app.callback()
def grants() -> None:
    """Data-sharing grants: who may do what."""


@app.command("list")
def list_grants(
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it for machines.")] = False,
) -> None:
    """List every grant with how it stands, the ended ones as well."""
    shown = _run(config, _described, read_only=True)
    if as_json:
        print(json.dumps({"grants": shown}, ensure_ascii=False))
    else:
        _tell(shown)


@app.command("example")
def print_example(kind: Annotated[Kind, typer.Argument(help="Whom it is for.")]) -> None:
    """Print a grant as a file to start from: the scheme's own, with a sentence about each of its terms."""
    print(example(kind, SystemClock().now()), end="")


@app.command()
def add(
    file: Annotated[Path, typer.Argument(help="A grant in TOML; `cotransfer grants example` prints one.")],
    config: ConfigOption = None,
    who: Who = "operator",
) -> None:
    """Add a grant. Adding the same one again changes nothing."""
    grant = read(_opened(file))
    new = _run(config, lambda granting: granting.add(grant, who=who))
    print(f"added: {grant.id.text}" if new else f"unchanged: {grant.id.text} is there already")


@app.command()
def standard(config: ConfigOption = None, who: Who = "operator") -> None:
    """Add the scheme's own grants for everybody in the settings, for a year. What is there already stays as it is."""
    grants = scheme_grants(settings_of(config), SystemClock().now())
    for grant, new in _run(config, lambda granting: _add_missing(granting, grants, who)):
        print(f"added: {grant.text}" if new else f"unchanged: {grant.text} is there already")


@app.command()
def suspend(name: Name, side: SideOption, why: Why, config: ConfigOption = None, who: Who = "operator") -> None:
    """Let no more data out under a grant, at once; reports still come in."""
    grant = GrantId.parse(name)
    done = _run(config, lambda granting: granting.suspend(grant, by=side, who=who, why=why))
    print(f"suspended: {grant.text}" if done else f"unchanged: the {side.value} has suspended {grant.text} already")


@app.command()
def resume(name: Name, side: SideOption, why: Why, config: ConfigOption = None, who: Who = "operator") -> None:
    """Take one side's suspension back; the grant is active again when neither side suspends it."""
    grant = GrantId.parse(name)
    done = _run(config, lambda granting: granting.resume(grant, by=side, who=who, why=why))
    print(f"resumed: {grant.text}" if done else f"unchanged: nobody suspends {grant.text}")


@app.command()
def end(name: Name, side: SideOption, why: Why, config: ConfigOption = None, who: Who = "operator") -> None:
    """End a grant for good. What is still owed under it is given up."""
    grant = GrantId.parse(name)
    done = _run(config, lambda granting: granting.end(grant, by=side, who=who, why=why))
    print(f"ended: {grant.text}" if done else f"unchanged: {grant.text} has ended already")


def _run(config: Path | None, work: Callable[[Granting], Awaitable[T]], *, read_only: bool = False) -> T:
    """What `work` does on the database of the settings; a change that cannot be made ends the command."""
    try:
        return asyncio.run(_worked(settings_of(config), work, read_only=read_only))
    except CannotChange as refused:
        complain(str(refused))
        raise typer.Exit(1) from None


async def _worked(settings: Settings, work: Callable[[Granting], Awaitable[T]], *, read_only: bool) -> T:
    async with store_of(settings, read_only=read_only) as store:
        return await work(Granting(SqlGrants(store), SystemClock()))


async def _add_missing(granting: Granting, grants: tuple[Grant, ...], who: str) -> list[tuple[GrantId, bool]]:
    """By name: a grant that was added yesterday began yesterday, and is not to be another today."""
    there = {held.grant.id for held in await granting.all()}
    added = await granting.add(*(grant for grant in grants if grant.id not in there), who=who)
    return [(grant.id, grant.id in added) for grant in grants]


async def _described(granting: Granting) -> list[dict[str, Any]]:
    return [_shown(held, await granting.spent_today(held.grant.id)) for held in await granting.all()]


def _shown(held: Held, spent: int) -> dict[str, Any]:
    """A grant in plain words; `phase` is how it stands now, `standing` what the two sides have made of it."""
    grant = held.grant
    return {
        **spell(grant),
        **spell_standing(grant.standing),
        "phase": grant.standing_at(SystemClock().now()).value,
        "spent_today": spent,
        "version": held.version,
    }


def _opened(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        where = f" ({error})" if isinstance(error, tomllib.TOMLDecodeError) else ""
        complain(f"The file {file} is not TOML in UTF-8{where}. `cotransfer grants example` prints one that is.")
        raise typer.Exit(2) from None


def _tell(shown: list[dict[str, Any]]) -> None:
    console = Console()
    if not shown:
        console.print(
            "nothing is granted: `cotransfer grants standard` adds what the scheme says, "
            "`cotransfer grants example` prints a grant to start from",
            soft_wrap=True,
        )
    for one in shown:
        console.print(Text(f"{one['id']}  {one['phase']}", style="bold"), soft_wrap=True)
        for line in _details(one):
            console.print(Text(f"  {line}"), soft_wrap=True)


def _details(one: dict[str, Any]) -> list[str]:
    where = ", ".join(one["counties"]) if "counties" in one else "every county"
    acts = one.get("suspensions", [one["end"]] if "end" in one else [])
    return [
        f"{one['counterparty']}, for {one['purpose']}; {one.get('service', 'every service')}, {where}",
        f"{one['valid_from']} to {one['valid_until']}; {one['spent_today']} of {one['daily_quota']} today",
        f"operations: {', '.join(one['operations'])}",
        *(f"{dataset}: {', '.join(names)}" for dataset, names in one["fields"].items()),
        f"basis: {one['basis']}",
        *(f"{one['standing']} by the {act['by']} at {act['at']}: {act['why']}" for act in acts),
    ]
