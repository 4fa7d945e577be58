"""`cotransfer transfers`: looking at what is stored. Never shows a personal value."""

import asyncio
import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from cotransfer.app.viewing import View, Viewing
from cotransfer.cli.agenda_words import under
from cotransfer.cli.opening import store_of
from cotransfer.cli.saying import ConfigOption, complain, settings_of
from cotransfer.domain.blame import blame
from cotransfer.domain.correlation import Correlation
from cotransfer.domain.parties import NextAction
from cotransfer.domain.progress import milestone, turn
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.states import Closed, NotSubmitted
from cotransfer.domain.values import TransferId
from cotransfer.ports.reversals import ReversalRecord
from cotransfer.ports.transfers import Entry
from cotransfer.settings import Settings
from cotransfer.wiring import sealing_of

app = typer.Typer(
    help="The transfers that are stored.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)


@app.callback()
def transfers() -> None:
    """The transfers that are stored."""


@app.command()
def show(
    transfer: Annotated[str, typer.Argument(help="The transfer's identifier.")],
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it for machines.")] = False,
) -> None:
    """Show one transfer: its state, whose turn it is, and everything that happened."""
    wanted = TransferId.parse(transfer)
    try:
        view = asyncio.run(_view(wanted, settings_of(config)))
    except Refused as error:
        if error.refusal.why is Why.ERASED:
            complain("The personal data of this transfer were erased after its end; nothing of it can be shown.")
        else:
            complain("There is no such transfer in this database. Check the identifier, and database.url.")
        raise typer.Exit(1) from None
    shown = described(view)
    if as_json:
        print(json.dumps(shown, ensure_ascii=False))
    else:
        _tell(shown)


async def _view(transfer: TransferId, settings: Settings) -> View:
    async with store_of(settings, read_only=True, sealing=sealing_of(settings)) as store:
        return await Viewing(store, reversals=store).of(transfer)


def _reversal(record: ReversalRecord) -> dict[str, str]:
    return {"reversal": record.id.text, "state": record.state.code}


def described(view: View) -> dict[str, Any]:
    """The transfer without anything personal."""
    state = view.record.state
    next_turn = turn(state)
    assert not isinstance(state, NotSubmitted)  # noqa: S101 - what is stored has been submitted
    return {
        "transfer": view.record.transfer.text,
        "service": state.case.service.value,
        "utility": state.case.utility.text,
        "state": state.code,
        "closed": isinstance(state, Closed),
        "turn": {"who": next_turn.who.value, "action": next_turn.action.value},
        "submitted_at": view.record.submitted_at.isoformat(),
        "updated_at": view.record.updated_at.isoformat(),
        "reversals": [_reversal(one) for one in view.reversals],
        "journal": [_entry(entry) for entry in view.journal],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    """What happened, of a notice by which channel, under which ids it came; of a failure whose matter it is, too."""
    told, whose = milestone(entry.event), blame(entry.event)
    return {
        "sequence": entry.sequence,
        "at": entry.at.isoformat(),
        "step": int(told.step),
        "code": told.code,
        **({} if told.channel is None else {"channel": told.channel.value}),
        **({} if told.why is None else {"reason": told.why}),
        "correlation_id": entry.brought.ours,
        "counterparty_correlation_id": entry.brought.theirs,
        "fault": None if whose is None else {"party": whose.party.value, "next_action": whose.next_action.value},
    }


def _tell(shown: dict[str, Any]) -> None:
    console = Console()
    console.print(Text(f"{shown['transfer']}  {shown['state']}", style="bold"))
    console.print(f"{shown['service']} by {shown['utility']}; {_what_is_left(shown)}")
    for entry in shown["journal"]:
        how = "".join(f", {entry[name]}" for name in ("channel", "reason") if name in entry)
        line = f"  {entry['sequence']:>3}  {entry['at']}  step {entry['step']}  {entry['code']}{how}{_whose(entry)}"
        console.print(Text(line), soft_wrap=True)
    for one in shown["reversals"]:
        console.print(f"  questioned: {one['reversal']} is {one['state']}", soft_wrap=True)


def _whose(entry: dict[str, Any]) -> str:
    """Only of a failure: whoever looks for it in the records of both sides looks by these."""
    if entry["fault"] is None:
        return ""
    ids = under(Correlation(ours=entry["correlation_id"], theirs=entry["counterparty_correlation_id"]))
    named = f"; correlation ids: {ids}" if ids else ""
    return f"  ({entry['fault']['party']} → {entry['fault']['next_action']}{named})"


def _what_is_left(shown: dict[str, Any]) -> str:
    if not shown["closed"]:
        return f"turn: {shown['turn']['who']} → {shown['turn']['action']}"
    again = shown["turn"]["action"] == NextAction.APPLY_AGAIN.value
    return "closed: nothing is left to do" + (" here; the citizen may apply again" if again else "")
