"""`cotransfer agenda`: what was given up, and putting it back. Never shows a personal value, never performs a task."""

import asyncio
import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from cotransfer.adapters.machine import SystemClock
from cotransfer.cli.opening import store_of
from cotransfer.cli.saying import ConfigOption, complain, settings_of
from cotransfer.domain.agenda import Duty
from cotransfer.domain.values import TransferId
from cotransfer.ports.agenda import Buried
from cotransfer.settings import Settings

LIMIT = 1_000
"""Buried tasks in one list, the latest first."""

app = typer.Typer(
    help="What the gateway owes, and could not do.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@app.callback()
def agenda() -> None:
    """What the gateway owes, and could not do."""


@app.command("buried")
def list_buried(
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it for machines.")] = False,
) -> None:
    """List the tasks that were given up, the latest first, each with its reason."""
    shown = [described(one) for one in asyncio.run(_buried(settings_of(config)))]
    if as_json:
        print(json.dumps({"buried": shown}, ensure_ascii=False))
    else:
        _tell(shown)


@app.command()
def revive(
    transfer: Annotated[str, typer.Argument(help="The transfer's identifier.")],
    duty: Annotated[Duty, typer.Argument(help="The duty, as the list of buried tasks names it.")],
    config: ConfigOption = None,
) -> None:
    """Put a task that was given up back on the agenda, due now."""
    wanted = TransferId.parse(transfer)
    if not asyncio.run(_revive(wanted, duty, settings_of(config))):
        complain(
            f"No task {duty.value} of that transfer is buried. `cotransfer agenda buried` lists those that are; "
            "check database.url as well."
        )
        raise typer.Exit(1)
    print(f"revived: {wanted.text}.{duty.value} is due now")


def described(one: Buried) -> dict[str, Any]:
    """A buried task in plain words."""
    return {
        "key": one.due.key,
        "transfer": one.due.transfer.text,
        "duty": one.due.duty.value,
        "counterparty": one.due.counterparty,
        "attempts": one.attempt,
        "why": one.why,
        "at": one.at.isoformat(),
    }


async def _buried(settings: Settings) -> tuple[Buried, ...]:
    async with store_of(settings, read_only=True) as store:
        return await store.buried(LIMIT)


async def _revive(transfer: TransferId, duty: Duty, settings: Settings) -> bool:
    async with store_of(settings, read_only=False) as store:
        return await store.revive(transfer, duty, at=SystemClock().now())


def _tell(shown: list[dict[str, Any]]) -> None:
    console = Console()
    if not shown:
        console.print("nothing is buried")
    for one in shown:
        attempts = f"{one['attempts']} attempt" + ("" if one["attempts"] == 1 else "s")
        console.print(Text(one["key"], style="bold"), soft_wrap=True)
        console.print(Text(f"  {one['at']}  towards {one['counterparty']}, {attempts}: {one['why']}"), soft_wrap=True)
