"""`cotransfer keys`: made, listed, and rotated while traffic goes on. Never shows a key.

Each change is in the audit trail of the store that it is about: an entry that cannot be written prevents it.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cotransfer.adapters.keys.folder import KeyFolder
from cotransfer.adapters.machine import SystemClock
from cotransfer.adapters.sql.trust.data_keys import SqlDataKeys
from cotransfer.adapters.sql.trust.index_keys import Needs, SqlIndexKeys
from cotransfer.cli.key_trail import has_trail, note
from cotransfer.cli.opening import store_of
from cotransfer.cli.saying import ConfigOption, Who, complain, settings_of
from cotransfer.ports.keys import KeyUse, current
from cotransfer.settings import Settings
from cotransfer.wiring import key_folder, sealing_of

app = typer.Typer(help="The keys of the gateway.", no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@app.callback()
def keys() -> None:
    """The keys of the gateway."""


@app.command()
def new(
    use: Annotated[KeyUse, typer.Argument(help="What the key is for.")],
    config: ConfigOption = None,
    folder: Annotated[Path | None, typer.Option(help="The folder (default: that of the settings).")] = None,
    who: Who = "operator",
) -> None:
    """Make a new key, which is current from now on. Whoever runs sees it within a second.

    The audit trail names it, where the settings have a database with one.
    """
    settings = settings_of(config)
    held = KeyFolder(folder) if folder is not None else key_folder(settings)
    name = asyncio.run(_make(settings, held, use, who)) if has_trail(settings.database.url.text) else _made(held, use)
    print(f"made the {use.value} key {name} in {held.path}; keep a copy elsewhere")
    if use is KeyUse.WRAPPING and len(held.names(use)) > 1:
        print("what older keys wrap stays so until `cotransfer keys rotate`")


@app.command("list")
def list_keys(config: ConfigOption = None) -> None:
    """List the keys of each use, the current one last, and what still needs each wrapping and index key."""
    settings = settings_of(config)
    held, console = key_folder(settings), Console()
    counts, needs = asyncio.run(_needed(settings, held.names(KeyUse.INDEX)))
    console.print(f"keys in {held.path}", soft_wrap=True)
    for use in KeyUse:
        names = held.names(use)
        for name in names or ("none",):
            mark = "  current" if names and name == names[-1] else ""
            why = _wraps(use, name, counts) + _finds(use, name, needs)
            console.print(f"  {use.value:<9} {name}{mark}{why}", soft_wrap=True, highlight=False)
    for missing in (*_lost(counts, held.names(KeyUse.WRAPPING)), *_removed(needs, held.names(KeyUse.INDEX))):
        console.print(f"  {missing}", soft_wrap=True, highlight=False)


@app.command()
def rotate(config: ConfigOption = None, who: Who = "operator") -> None:
    """Wrap every data key with the current wrapping key, beside whatever runs. It may be interrupted and repeated."""
    done = asyncio.run(_rotate(settings_of(config), who))
    print(f"wrapped {done} data keys anew")


@app.command("give-up")
def give_up(
    name: Annotated[str, typer.Argument(help="The index key, as `cotransfer keys list` names it.")],
    config: ConfigOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    who: Who = "operator",
) -> None:
    """Go on without an index key that is lost: whatever was found by it alone is found no more. See keys.md first."""
    settings = settings_of(config)
    if name in key_folder(settings).names(KeyUse.INDEX):
        complain(f"The index key {name} is there. Only a key whose file is gone can be given up.")
        raise typer.Exit(1)
    if not yes:
        typer.confirm(f"Give up the index key {name} for good?", abort=True)
    print(f"gave up {asyncio.run(_give_up(settings, name, who))} rows under the index key {name}")


def _wraps(use: KeyUse, name: str, counts: dict[str, int]) -> str:
    if use is not KeyUse.WRAPPING or name == "none":
        return ""
    count = counts.get(name, 0)
    return f"  wraps {count} data keys: keep it" if count else "  wraps nothing"


def _finds(use: KeyUse, name: str, needs: Mapping[str, Needs]) -> str:
    if use is not KeyUse.INDEX or name == "none":
        return ""
    need = needs[name]
    if need == Needs(0, 0):
        return "  finds nothing that no later key finds"
    return f"  alone finds {_told(need)}: keep it"


def _told(need: Needs) -> str:
    return f"{need.transfers} open transfers and {need.chains} audit chains"


def _lost(counts: Mapping[str, int], there: Sequence[str]) -> Iterator[str]:
    for name in sorted(counts.keys() - set(there)):
        yield f"the wrapping key {name} is missing, and {counts[name]} data keys are lost without it: restore it"


def _removed(needs: Mapping[str, Needs], there: Sequence[str]) -> Iterator[str]:
    for name in sorted(needs.keys() - set(there)):
        if needs[name] != Needs(0, 0):
            yield f"the index key {name} is missing, and {_told(needs[name])} are not found without it: restore it"


async def _needed(settings: Settings, index: Sequence[str]) -> tuple[dict[str, int], Mapping[str, Needs]]:
    async with store_of(settings, read_only=True) as store:
        keys = SqlIndexKeys(store)
        return await SqlDataKeys(store).counts(), await keys.needs(*{*index, *await keys.names()})


def _made(held: KeyFolder, use: KeyUse) -> str:
    return held.new(use, SystemClock().now())


async def _make(settings: Settings, held: KeyFolder, use: KeyUse, who: str) -> str:
    """The store is open before there is a key: one that cannot be written to shall not be beside a new key."""
    async with store_of(settings, read_only=False) as store:
        name = held.next_name(use, SystemClock().now())
        await note(store, "key.made", use, name, who=who)
        held.make(use, name)
        return name


async def _give_up(settings: Settings, name: str, who: str) -> int:
    async with store_of(settings, read_only=False) as store:
        await note(store, "key.given_up", KeyUse.INDEX, name, who=who)
        return await SqlIndexKeys(store).give_up(name)


async def _rotate(settings: Settings, who: str) -> int:
    def tell(done: int) -> None:
        print(f"{done} data keys so far", flush=True)

    sealing = sealing_of(settings)
    async with store_of(settings, read_only=False, sealing=sealing) as store:
        to = current(sealing.keys, KeyUse.WRAPPING)
        if (await SqlDataKeys(store).counts()).keys() - {to}:
            await note(store, "key.rotated", KeyUse.WRAPPING, to, who=who)
        return await SqlDataKeys(store).rotate(tell)
