"""`cotransfer audit`: hand the audit trail out, and hold an export to what was promised. Never writes to the trail."""

import asyncio
import json
import sys
from base64 import b64encode
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from cotransfer import verifier as alone
from cotransfer.adapters.keys.signing import KeySigner
from cotransfer.adapters.sql import SqlStore
from cotransfer.adapters.sql.trust.audit import SqlAudit
from cotransfer.adapters.wire.audit_export import exported
from cotransfer.app.sequencing import told
from cotransfer.cli.opening import store_of
from cotransfer.cli.saying import ConfigOption, complain, settings_of
from cotransfer.domain.notes import about_transfer
from cotransfer.domain.trees import inclusion_proof
from cotransfer.domain.values import TransferId
from cotransfer.ports.audit import Audit
from cotransfer.settings import Settings
from cotransfer.wiring import key_folder, sealing_of

app = typer.Typer(
    help="The audit trail: who saw what, and what was decided.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

Texts = list[str]


@app.callback()
def audit() -> None:
    """The audit trail: who saw what, and what was decided."""


@app.command()
def export(
    config: ConfigOption = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write it here, not to the screen.")] = None,
) -> None:
    """Write out all that is under a signed checkpoint by now: one entry a line, in the order of the tree."""
    settings = settings_of(config)
    if output is None:
        asyncio.run(_export(settings, sys.stdout.buffer))
        return
    with output.open("wb") as file:
        asyncio.run(_export(settings, file))


@app.command()
def keys(config: ConfigOption = None) -> None:
    """Print the public keys that checkpoints are signed with, as `audit verify --keys` reads them."""
    print(json.dumps(KeySigner(key_folder(settings_of(config))).public_keys(), indent=2))


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="An export.", dir_okay=False)],
    key: Annotated[Texts | None, typer.Option("--key", help="A public key, NAME=BASE64; repeatable.")] = None,
    keys: Annotated[Texts | None, typer.Option("--keys", help="A file of public keys, as `audit keys` prints.")] = None,
    checkpoint: Annotated[Texts | None, typer.Option("--checkpoint", help="One that you held; repeatable.")] = None,
    checkpoints: Annotated[Texts | None, typer.Option("--checkpoints", help="A file of them, one a line.")] = None,
) -> None:
    """Verify an export offline, with the very file that `audit verifier` prints. Reads no settings and no database."""
    given = {"--key": key, "--keys": keys, "--checkpoint": checkpoint, "--checkpoints": checkpoints}
    raise typer.Exit(
        alone.main([str(file), *(f"{option}={text}" for option, texts in given.items() for text in texts or ())])
    )


@app.command()
def verifier() -> None:
    """Print the verifier: one file that needs Python and nothing else. Give it to whom you exchange data with."""
    print(Path(alone.__file__).read_text(encoding="utf-8"), end="")


@app.command()
def prove(
    transfer: Annotated[str, typer.Argument(help="The transfer's identifier.")],
    config: ConfigOption = None,
) -> None:
    """Print a transfer's entries, each with the proof (RFC 6962) that the latest checkpoint is over it."""
    proofs = asyncio.run(_prove(TransferId.parse(transfer), settings_of(config)))
    if not proofs["entries"]:
        complain("No entry of that transfer is under a checkpoint yet. Check the identifier, and database.url.")
        raise typer.Exit(1)
    print(json.dumps(proofs, indent=2))


async def _export(settings: Settings, to: BinaryIO) -> None:
    async with _store(settings) as store:
        async for line in exported(SqlAudit(store)):
            to.write(line)
    to.flush()


async def _prove(transfer: TransferId, settings: Settings) -> dict[str, Any]:
    async with _store(settings) as store:
        trail = SqlAudit(store)
        latest = await trail.latest()
        if latest is None:
            return {"entries": []}
        leaves = await _leaves(trail, latest.size)
        places = {leaf: place for place, leaf in enumerate(leaves)}
        entries = [
            {
                "entry": link.body.decode("ascii"),
                "leaf": places[link.hash],
                "proof": [b64encode(step).decode() for step in inclusion_proof(leaves, places[link.hash])],
            }
            for link in await trail.chain(about_transfer(transfer))
            if link.hash in places
        ]
        return {"checkpoint": told(latest), "entries": entries}


async def _leaves(trail: Audit, size: int) -> list[bytes]:
    leaves: list[bytes] = []
    while len(leaves) < size and (page := await trail.gathered(len(leaves), size - len(leaves))):
        leaves += [link.hash for link in page]
    return leaves


def _store(settings: Settings) -> SqlStore:
    return store_of(settings, read_only=True, sealing=sealing_of(settings))
