"""`cotransfer contracts`: the contracts held against themselves, for whoever changes one or writes examples."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from cotransfer.adapters.wire.contract_documents import Documents
from cotransfer.adapters.wire.contract_examples import Example, examples
from cotransfer.adapters.wire.contract_files import contracts_folder
from cotransfer.adapters.wire.contract_keywords import Finding, judge
from cotransfer.adapters.wire.contracts import load
from cotransfer.cli.saying import complain

NAMES = ("gateway", "utility", "registry", "wechat", "sms")


def contracts(
    folder: Annotated[
        Path | None, typer.Option(help="A folder of contracts (default: those of this installation).", file_okay=False)
    ] = None,
) -> None:
    """Check the contracts and their examples. Every document, and every example against its schema."""
    place = folder or contracts_folder()
    documents = Documents(place)
    operations = sum(len(load(documents, name).operations) for name in NAMES)
    good, bad = examples("good", place), examples("bad", place)
    broken = [*_findings(documents, good, keeps=True), *_findings(documents, bad, keeps=False)]
    for line in broken:
        complain(line)
    if broken:
        raise typer.Exit(1)
    print(f"{len(NAMES)} contracts, {operations} operations, {len(good)} good and {len(bad)} bad examples: all right")


def _findings(documents: Documents, all_of_them: tuple[Example, ...], *, keeps: bool) -> Iterator[str]:
    for example in all_of_them:
        found = _judged(documents, example)
        if keeps and found:
            yield f"{example.file}: “{example.shows}” is no good example: {found[0]}. Correct it."
        if not keeps and not found:
            yield f"{example.file}: “{example.shows}” is no bad example: it keeps to its schema. Correct it."


def _judged(documents: Documents, example: Example) -> list[Finding]:
    name, _, pointer = example.schema.partition("#")
    root = documents.open(name if name.endswith(".yaml") or "/" in name else f"schemas/{name}")
    return judge(documents.validator(f"{root.file}#{pointer}"), example.instance, "value")
