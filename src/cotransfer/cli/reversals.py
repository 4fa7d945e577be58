"""`cotransfer reversals`: questioning a completed transfer, and entering what its utility finds.

For utilities that do not report it themselves, and for whoever comes to the counter. Only `read` shows what people
wrote, and the audit trail says that it did; on SQLite all of it works beside a running gateway.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from cotransfer.adapters.machine import SystemClock
from cotransfer.adapters.sql import SqlStore
from cotransfer.app.reversal_draft import By, Ruling
from cotransfer.app.reversing import Brought, ReversalReply, Reversing, contradicts
from cotransfer.cli.opening import store_of
from cotransfer.cli.reversal_words import REFUSED, described, line, lines, written
from cotransfer.cli.saying import ConfigOption, complain, settings_of
from cotransfer.domain.faults import Fault, Invalid
from cotransfer.domain.refusals import Refused
from cotransfer.domain.reports import Grounds
from cotransfer.domain.reversals.case import Complaint, Document, Ground, ReversalId, Side
from cotransfer.domain.reversals.findings import CarriedOut, Finding, NotCarriedOut, Rejected, TakenUp, Upheld
from cotransfer.domain.values import TransferId
from cotransfer.domain.values.text import clean_text
from cotransfer.ports.reversals import ReversalLine, ReversalRecord
from cotransfer.settings import Settings
from cotransfer.wiring import sealing_of
from cotransfer.wiring.timetable import timetable

LIMIT = 1_000
"""Reversals in one list."""

T = TypeVar("T")

app = typer.Typer(
    help="Reversals of transfers that were wrong.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)


class Word(Enum):
    """What a utility can find."""

    TAKEN_UP = "taken-up"
    UPHELD = "upheld"
    REJECTED = "rejected"
    CARRIED_OUT = "carried-out"
    NOT_CARRIED_OUT = "not-carried-out"


ReversalArgument = Annotated[str, typer.Argument(help="The reversal: its transfer's identifier, a hyphen, its number.")]
WhoOption = Annotated[str, typer.Option("--who", help="Who does it, for the audit trail: an operator's identifier.")]
WhyOption = Annotated[
    str, typer.Option("--why", help="A reason for the audit trail: a short word, such as a letter's number.")
]
SideOption = Annotated[Side, typer.Option("--by", help="In whose name: whose matter it is.")]
DocumentOption = Annotated[
    list[Path],
    typer.Option(
        "--document",
        exists=True,
        dir_okay=False,
        readable=True,
        help="A piece of evidence: its name and its SHA-256 are kept, the file itself is not.",
    ),
]
PlaceOption = Annotated[str | None, typer.Option("--kept-at", help="Where the documents are kept.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print it for machines.")]


@app.callback()
def reversals() -> None:
    """Reversals of transfers that were wrong."""


@app.command("list")
def list_reversals(
    config: ConfigOption = None,
    every: Annotated[bool, typer.Option("--all", help="Those that have ended as well.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the open reversals, the earliest first."""
    found = asyncio.run(_lines(settings_of(config), open_only=not every))
    if as_json:
        print(json.dumps({"reversals": [line(one) for one in found]}, ensure_ascii=False))
        return
    for one in found:
        print(f"{one.id.text}  {one.state}  {one.utility.text}, opened {line(one)['opened_at']}")
    if not found:
        print("there is none" if every else "none is open")


@app.command()
def show(reversal: ReversalArgument, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show one reversal: how it stands, whose turn it is, and what happened; nothing that people wrote."""
    of = ReversalId.parse(reversal)
    found = _run(settings_of(config), lambda reversing: _one(reversing, of), read_only=True)
    _print(lines(found), described(found), as_json=as_json)


@app.command()
def read(
    reversal: ReversalArgument, who: WhoOption, why: WhyOption, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Show what people wrote in it: the statement, the documents, the grounds. The audit trail says who has read it."""
    of, by = ReversalId.parse(reversal), _by(Side.OPERATOR, who, why)
    found = _run(settings_of(config), lambda reversing: reversing.read(of, by))
    words = dict(written(found))
    said = (*lines(found), *(f"{name}: {text}" for name, text in words.items()))
    _print(said, described(found) | {"written": words}, as_json=as_json)


@app.command("open")
def open_reversal(
    transfer: Annotated[str, typer.Argument(help="The identifier of the completed transfer.")],
    ground: Annotated[Ground, typer.Option("--ground", help="What is wrong with it.")],
    who: WhoOption,
    why: WhyOption,
    by: SideOption = Side.OPERATOR,
    statement: Annotated[str | None, typer.Option("--statement", help="What they say about it, in a sentence.")] = None,
    document: DocumentOption = [],  # noqa: B006 - Typer copies it
    kept_at: PlaceOption = None,
    config: ConfigOption = None,
) -> None:
    """Question a completed transfer, within its utility's window."""
    wanted, complaint = TransferId.parse(transfer), Complaint.parse(ground.value, statement)
    brought, documents = Brought(by=_by(by, who, why)), _documents(by, document, kept_at)
    reply = _run(settings_of(config), lambda reversing: reversing.open(wanted, complaint, documents, brought))
    _told(reply)


@app.command()
def add(
    reversal: ReversalArgument,
    who: WhoOption,
    why: WhyOption,
    document: DocumentOption,
    by: SideOption = Side.OPERATOR,
    kept_at: PlaceOption = None,
    config: ConfigOption = None,
) -> None:
    """Bring evidence, until it is decided."""
    of, brought = ReversalId.parse(reversal), Brought(by=_by(by, who, why))
    documents = _documents(by, document, kept_at)
    _told(_run(settings_of(config), lambda reversing: reversing.add(of, documents, brought)))


@app.command()
def decide(
    reversal: ReversalArgument,
    finding: Annotated[Word, typer.Argument(help="What the utility finds.")],
    who: WhoOption,
    why: WhyOption,
    reference: Annotated[str | None, typer.Option("--reference", help="Taken up: the utility's own number.")] = None,
    grounds: Annotated[str | None, typer.Option("--grounds", help="Its grounds, for all but taken-up.")] = None,
    config: ConfigOption = None,
) -> None:
    """Enter what the utility finds, in its name. Where the citizen has yet to be heard, a decision waits for that."""
    of, found = ReversalId.parse(reversal), _finding(finding, reference, grounds)
    brought = Brought(by=_by(Side.OPERATOR, who, why))
    reply = _run(settings_of(config), lambda reversing: reversing.hear(of, found, brought))
    _told(reply)
    if reply.ruling is not None and contradicts(reply.ruling):
        complain("That is at odds with what is known: it is kept, and moves nothing. Ask the utility.")
        raise typer.Exit(1)


@app.command()
def withdraw(
    reversal: ReversalArgument,
    who: WhoOption,
    why: WhyOption,
    by: SideOption = Side.OPERATOR,
    config: ConfigOption = None,
) -> None:
    """Take it back for whoever opened it, until it is decided."""
    of, brought = ReversalId.parse(reversal), Brought(by=_by(by, who, why))
    _told(_run(settings_of(config), lambda reversing: reversing.take_back(of, brought)))


def _by(side: Side, who: str, why: str) -> By:
    """Looked at before anything is opened: what cannot be written down is not done."""
    by = By(side=side, who=who, why=why)
    try:
        by.note(ReversalId(TransferId("00000000-0000-7000-8000-000000000000"), 1), "opened", SystemClock().now())
    except ValueError:
        complain(
            "--who and --why go into the audit trail: each a short word without blanks, such as li-na and letter-77, "
            "and nobody's number."
        )
        raise typer.Exit(2) from None
    return by


def _documents(side: Side, paths: list[Path], kept_at: str | None) -> tuple[Document, ...]:
    if paths and kept_at is None:
        right = "Say with --kept-at where the documents are kept, such as an archive's number."
        raise Invalid(Fault("kept_at", "missing", "It is not said where they are.", right))
    return tuple(Document.parse(side, name=path.name, sha256=_digest(path), place=kept_at) for path in paths)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _finding(word: Word, reference: str | None, grounds: str | None) -> Finding:
    match word:
        case Word.TAKEN_UP:
            return TakenUp(clean_text("reference", reference, "Give the utility's own number with --reference."))
        case Word.CARRIED_OUT:
            return CarriedOut()
        case Word.UPHELD:
            return Upheld(Grounds.parse(grounds))
        case Word.REJECTED:
            return Rejected(Grounds.parse(grounds))
        case Word.NOT_CARRIED_OUT:
            return NotCarriedOut(Grounds.parse(grounds))


async def _one(reversing: Reversing, of: ReversalId) -> ReversalRecord:
    return (await reversing.of(of.transfer)).one(of)


async def _lines(settings: Settings, *, open_only: bool) -> tuple[ReversalLine, ...]:
    async with store_of(settings, read_only=True) as store:
        return await store.reversal_lines(open_only=open_only, limit=LIMIT)


def _run(settings: Settings, work: Callable[[Reversing], Awaitable[T]], *, read_only: bool = False) -> T:
    """Over the store of the settings; a refusal is told in words."""

    async def with_store() -> T:
        async with store_of(settings, read_only=read_only, sealing=sealing_of(settings)) as store:
            return await work(_reversing(store, settings))

    try:
        return asyncio.run(with_store())
    except Refused as error:
        complain(REFUSED[error.refusal.why])
        raise typer.Exit(1) from None


def _reversing(store: SqlStore, settings: Settings) -> Reversing:
    return Reversing(store, store, SystemClock(), timetable(settings))


def _told(reply: ReversalReply) -> None:
    ruling = reply.ruling
    assert isinstance(ruling, Ruling)  # noqa: S101 - a command brings no message, so that it is always decided
    print(f"{ruling.id.text}: {ruling.state.code}" if ruling.events else f"{ruling.id.text}: that was known")


def _print(said: tuple[str, ...], shown: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(shown, ensure_ascii=False))
        return
    for one in said:
        print(one)
