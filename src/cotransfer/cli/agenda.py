"""`cotransfer agenda`: what the gateway owes, why a task stands where it stands, and putting back what was given up.

On SQLite it works beside a running gateway. Never shows a personal value, never performs a task.
"""

import asyncio
import json
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from cotransfer.adapters.machine import SystemClock
from cotransfer.app.explaining import Explanation, explained
from cotransfer.app.patience import Patience
from cotransfer.app.reviving import Reviving
from cotransfer.cli.agenda_words import at_fault, described, describing, failed_as, lines, told
from cotransfer.cli.opening import store_of
from cotransfer.cli.saying import ConfigOption, complain, settings_of
from cotransfer.domain.agenda import Duty
from cotransfer.domain.refusals import Refused
from cotransfer.domain.values import TransferId
from cotransfer.ports.agenda import Buried
from cotransfer.ports.errors import Unavailable, Unintelligible
from cotransfer.ports.standing import Item, Phase, Revival, Wanted
from cotransfer.settings import Settings
from cotransfer.wiring import sealing_of

LIMIT = 1_000
"""Buried tasks in one list, the latest first."""

SHOWN = 100
MOST_SHOWN = 10_000

app = typer.Typer(
    help="What the gateway owes, and could not do.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


def moment_of(text: str) -> datetime:
    """ISO 8601; without an offset it is of this machine's clock, as a date alone is."""
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise typer.BadParameter("Give a time such as 2026-03-02T09:00+08:00, or a date.") from None


JsonOption = Annotated[bool, typer.Option("--json", help="Print it for machines.")]
TransferOption = Annotated[
    TransferId | None, typer.Option("--transfer", parser=TransferId.parse, help="Of this transfer.", metavar="ID")
]
CounterpartyOption = Annotated[str | None, typer.Option("--counterparty", help="Towards this counterparty.")]
DutyOption = Annotated[Duty | None, typer.Option("--duty", help="Of this kind.")]
SinceOption = Annotated[
    datetime | None,
    typer.Option("--since", parser=moment_of, metavar="TIME", help="Buried, or else due, at this time or later."),
]
UntilOption = Annotated[
    datetime | None, typer.Option("--until", parser=moment_of, metavar="TIME", help="Buried, or else due, before it.")
]


@app.callback()
def agenda() -> None:
    """What the gateway owes, and could not do."""


@app.command("list")
def list_tasks(
    config: ConfigOption = None,
    transfer: TransferOption = None,
    counterparty: CounterpartyOption = None,
    duty: DutyOption = None,
    state: Annotated[Phase | None, typer.Option("--state", help="Which stand so.")] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=MOST_SHOWN, help="At most so many.")] = SHOWN,
    as_json: JsonOption = False,
) -> None:
    """List the tasks on the agenda by when they are due, or were buried; the earliest first."""
    wanted = Wanted(transfer=transfer, counterparty=counterparty, duty=duty, phase=state, since=since, until=until)
    found = asyncio.run(_items(wanted, limit + 1, settings_of(config)))
    _show(found[:limit], cut=len(found) > limit, as_json=as_json)


@app.command()
def explain(
    transfer: Annotated[str, typer.Argument(help="The transfer's identifier.")],
    duty: Annotated[Duty, typer.Argument(help="The duty, as the list names it.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what a task is, what became of it so far, whose fault that is, what comes next and what may help."""
    wanted, settings = TransferId.parse(transfer), settings_of(config)
    found, state = asyncio.run(_explained(wanted, duty, settings))
    if found is None:
        complain(
            f"That transfer owes no {duty.value}: it is done, it has become pointless, or it was never owed. "
            "`cotransfer agenda list --transfer` lists what it owes; check database.url as well."
        )
        raise typer.Exit(1)
    if as_json:
        print(json.dumps(describing(found, state), ensure_ascii=False))
    else:
        _print(lines(found, state))


@app.command("buried")
def list_buried(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the tasks that were given up, the latest first, each with its reason."""
    found = asyncio.run(_buried(settings_of(config)))
    if as_json:
        print(json.dumps({"buried": [_buried_words(one) for one in found]}, ensure_ascii=False))
    else:
        _tell(found)


@app.command()
def revive(
    why: Annotated[str, typer.Option("--why", help="A reason for the audit trail: a short word, such as mended.")],
    who: Annotated[str, typer.Option("--who", help="Who does it, for the audit trail: an operator's identifier.")],
    transfer: Annotated[str | None, typer.Argument(help="The transfer's identifier.")] = None,
    duty: Annotated[Duty | None, typer.Argument(help="The duty, as the list names it.")] = None,
    config: ConfigOption = None,
    counterparty: CounterpartyOption = None,
    since: Annotated[
        datetime | None, typer.Option("--since", parser=moment_of, metavar="TIME", help="Buried at this time or later.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--until", parser=moment_of, metavar="TIME", help="Buried before this time.")
    ] = None,
    all_of_them: Annotated[bool, typer.Option("--all", help="Whatever is buried.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be put back.")] = False,
) -> None:
    """Put tasks that were given up back on the agenda, due now: one, or all those of an outage."""
    wanted = Wanted(
        transfer=None if transfer is None else TransferId.parse(transfer),
        duty=duty,
        counterparty=counterparty,
        since=since,
        until=until,
    )
    if (wanted == Wanted()) != all_of_them or (transfer is None) != (duty is None):
        complain("Say which: TRANSFER and DUTY; or --counterparty, --since, --until, or several of these; or --all.")
        raise typer.Exit(2)
    _check_words(who, why)
    settings = settings_of(config)
    if dry_run:
        found = asyncio.run(_to_revive(wanted, settings))
        _show(found[:SHOWN], cut=len(found) > SHOWN, as_json=False)
        print(f"would revive {_many(len(found))}; nothing was changed")
        return
    done = asyncio.run(_revive(wanted, who, why, settings))
    if not done:
        complain("No such task is buried. `cotransfer agenda buried` lists those that are; check database.url as well.")
        raise typer.Exit(1)
    print(f"revived {_many(done)}, due now")


def _check_words(who: str, why: str) -> None:
    """Before anything is looked up: a slip must not leave half of them revived."""
    try:
        Revival(
            transfer=TransferId("00000000-0000-7000-8000-000000000000"),
            duty=Duty.ERASE,
            at=SystemClock().now(),
            who=who,
            why=why,
        )
    except ValueError:
        complain(
            "--who and --why go into the audit trail: each a short word without blanks, such as li-na and mended, "
            "and nobody's number."
        )
        raise typer.Exit(2) from None


async def _items(wanted: Wanted, limit: int, settings: Settings) -> tuple[Item, ...]:
    async with store_of(settings, read_only=True) as store:
        return await store.items(wanted, at=SystemClock().now(), limit=limit)


async def _explained(transfer: TransferId, duty: Duty, settings: Settings) -> tuple[Explanation | None, str | None]:
    """The task, and the code of the transfer's state, None where that cannot be read."""
    async with store_of(settings, read_only=True, sealing=sealing_of(settings)) as store:
        found = await store.items(Wanted(transfer=transfer, duty=duty), at=SystemClock().now(), limit=1)
        try:
            record = (await store.load((transfer,))).record(transfer)
        except (Refused, Unavailable, Unintelligible):
            record = None
    patience = Patience(settings.worker.retry_schedule_s)
    return (explained(found[0], patience) if found else None), (None if record is None else record.state.code)


async def _to_revive(wanted: Wanted, settings: Settings) -> tuple[Item, ...]:
    async with store_of(settings, read_only=True) as store:
        return await Reviving(store, SystemClock()).buried(wanted, limit=MOST_SHOWN)


async def _revive(wanted: Wanted, who: str, why: str, settings: Settings) -> int:
    done = 0
    async with store_of(settings, read_only=False) as store:
        async for batch in Reviving(store, SystemClock()).revive(wanted, who=who, why=why):
            done += len(batch)
    return done


async def _buried(settings: Settings) -> tuple[Buried, ...]:
    async with store_of(settings, read_only=True) as store:
        return await store.buried(LIMIT)


def _many(count: int) -> str:
    return f"{count} task" + ("" if count == 1 else "s")


def _buried_words(one: Buried) -> dict[str, Any]:
    """A buried task in plain words."""
    return {
        "key": one.due.key,
        "transfer": one.due.transfer.text,
        "duty": one.due.duty.value,
        "counterparty": one.due.counterparty,
        "attempts": one.attempt,
        "why": one.why,
        "at": one.at.isoformat(),
        "fault": at_fault(one.ledger),
    }


def _show(found: tuple[Item, ...], *, cut: bool, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"tasks": [described(item) for item in found], "cut": cut}, ensure_ascii=False))
        return
    if not found:
        print("there is no such task")
    for item in found:
        _print(told(item))
    if cut:
        print(f"and more: these are the first {len(found)}. --limit shows more, the filters fewer.")


def _tell(found: tuple[Buried, ...]) -> None:
    if not found:
        print("nothing is buried")
    for one in found:
        attempts = f"{one.attempt} attempt" + ("" if one.attempt == 1 else "s")
        line = f"{one.at.isoformat()}  towards {one.due.counterparty}, {attempts}: {one.why}"
        _print((one.due.key, line, *failed_as(one.ledger)))


def _print(said: tuple[str, ...]) -> None:
    """The first line stands out, the others belong to it."""
    console = Console()
    first, *rest = said
    console.print(Text(first, style="bold"), soft_wrap=True)
    for line in rest:
        console.print(Text(f"  {line}"), soft_wrap=True)
