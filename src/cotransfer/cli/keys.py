"""`cotransfer keys`: made, listed, and rotated while traffic goes on. Never shows a key."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cotransfer.adapters.keys.folder import KeyFolder
from cotransfer.adapters.machine import SystemClock
from cotransfer.adapters.sql import open_store
from cotransfer.adapters.sql.trust.data_keys import SqlDataKeys
from cotransfer.cli.saying import ConfigOption, settings_of
from cotransfer.ports.keys import KeyUse
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
) -> None:
    """Make a new key, which is current from now on. Whoever runs sees it within a second."""
    held = KeyFolder(folder) if folder is not None else key_folder(settings_of(config))
    name = held.new(use, SystemClock().now())
    print(f"made the {use.value} key {name} in {held.path}; keep a copy elsewhere")
    if use is KeyUse.WRAPPING and len(held.names(use)) > 1:
        print("what older keys wrap stays so until `cotransfer keys rotate`")


@app.command("list")
def list_keys(config: ConfigOption = None) -> None:
    """List the keys of each use, the current one last, and how many data keys each wraps."""
    settings = settings_of(config)
    held, console = key_folder(settings), Console()
    counts = asyncio.run(_counts(settings))
    console.print(f"keys in {held.path}", soft_wrap=True)
    for use in KeyUse:
        names = held.names(use)
        for name in names or ("none",):
            mark = "  current" if names and name == names[-1] else ""
            console.print(f"  {use.value:<9} {name}{mark}{_wraps(use, name, counts)}", soft_wrap=True, highlight=False)
    for lost in sorted(counts.keys() - set(held.names(KeyUse.WRAPPING))):
        console.print(
            f"  the wrapping key {lost} is missing, and {counts[lost]} data keys are lost without it: restore it",
            soft_wrap=True,
            highlight=False,
        )


@app.command()
def rotate(config: ConfigOption = None) -> None:
    """Wrap every data key with the current wrapping key, beside whatever runs. It may be interrupted and repeated."""
    done = asyncio.run(_rotate(settings_of(config)))
    print(f"wrapped {done} data keys anew")


def _wraps(use: KeyUse, name: str, counts: dict[str, int]) -> str:
    if use is not KeyUse.WRAPPING or name == "none":
        return ""
    count = counts.get(name, 0)
    return f"  wraps {count} data keys: keep it" if count else "  wraps nothing"


async def _counts(settings: Settings) -> dict[str, int]:
    async with open_store(settings.database.url.text, hints=False, read_only=True) as store:
        return await SqlDataKeys(store).counts()


async def _rotate(settings: Settings) -> int:
    def tell(done: int) -> None:
        print(f"{done} data keys so far", flush=True)

    address = settings.database.url.text
    async with open_store(address, sealing=sealing_of(settings), hints=False, administering=True) as store:
        return await SqlDataKeys(store).rotate(tell)
