"""The examples beside the contracts: messages that keep to a schema, and messages that break it, with the reason.

Never decides what is right: the schemas do, and a test holds every example against them.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import attrs

from cotransfer.adapters.wire.contract_files import ContractUnreadable, contracts_folder, read_document

Kind = Literal["good", "bad"]


@attrs.frozen(kw_only=True)
class Example:
    """One message: what it shows, and for a bad one the schema's rule it breaks and where (a JSON pointer)."""

    file: Path
    schema: str
    shows: str
    instance: object
    breaks: str | None = None
    at: str | None = None


def examples(kind: Kind, folder: Path | None = None) -> tuple[Example, ...]:
    """All examples of this kind, in the order of their files; `ContractUnreadable` names the file that is broken."""
    files = sorted(((folder or contracts_folder()) / "examples" / kind).glob("*.json"))
    return tuple(example for file in files for example in _examples_in(file, kind))


def _examples_in(file: Path, kind: Kind) -> Iterator[Example]:
    match read_document(file):
        case {"schema": str(schema), "examples": list(entries)}:
            for number, entry in enumerate(entries, 1):
                yield _example(file, schema, kind, number, entry)
        case _:
            raise ContractUnreadable(file, "It needs the name of a `schema` and a list of `examples`. Add them.")


def _example(file: Path, schema: str, kind: Kind, number: int, entry: object) -> Example:
    match kind, entry:
        case "good", {"shows": str(shows), "instance": instance}:
            return Example(file=file, schema=schema, shows=shows, instance=instance)
        case "bad", {"why": str(why), "breaks": str(breaks), "at": str(at), "instance": instance}:
            return Example(file=file, schema=schema, shows=why, instance=instance, breaks=breaks, at=at)
    needs = "shows, instance" if kind == "good" else "why, breaks, at, instance"
    raise ContractUnreadable(file, f"Example {number} needs {needs}. Add what is missing.")
