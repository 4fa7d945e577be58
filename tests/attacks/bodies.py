"""The collection of bodies in `json/`, as bytes under their names. Never judges one."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

FOLDER = Path(__file__).with_name("json")


@attrs.frozen
class Body:
    """`fault` is what it is refused for, "" where it is to be taken."""

    name: str
    fault: str
    content: bytes

    def __str__(self) -> str:
        return self.name


def bodies(file: str) -> Iterator[Body]:
    """Those of one file."""
    for title, group in tomllib.loads((FOLDER / file).read_text(encoding="utf-8")).items():
        fault = "" if file == "good.toml" else group.get("fault", title)
        for name, content in _contents(group):
            yield Body(f"{title}/{name}", fault, content)


def _contents(group: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    for name, text in group.get("text", {}).items():
        yield name, text.encode()
    for name, digits in group.get("hex", {}).items():
        yield name, bytes.fromhex(digits)
    for name, pieces in group.get("made", {}).items():
        yield name, "".join(piece * times for piece, times in pieces).encode()
