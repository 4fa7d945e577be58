"""Golden sets on the disk: a folder for each release, JSON lines in it, and a list of digests beside them all.

Never changes a set that was released: only the one of the version that the changelog does not know yet is written.
"""

import hashlib
import re
import shutil
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

GOLDEN = Path(__file__).parent
ROOT = GOLDEN.parents[1]
DIGESTS = "SHA256SUMS"
"""As `sha256sum --check` reads it."""

Line = dict[str, Any]
Sets = Mapping[str, Iterable[Line]]
"""Lines by the name of their file."""


class Released(Exception):
    """The set of a released version is not written again."""

    def __init__(self, version: str) -> None:
        super().__init__(
            f"{version} is released, and what it stored is in databases now: its golden set stays as it is. Raise the "
            "version in pyproject.toml first; the set of the new version is then written beside it."
        )


def version() -> str:
    """The version that is being built."""
    told: str = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    return told


def is_released(version: str) -> bool:
    """Whether the changelog has a part for it."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    return re.search(rf"^## \[{re.escape(version)}\]", changelog, re.MULTILINE) is not None


def releases(golden: Path = GOLDEN) -> tuple[str, ...]:
    """Every version that has a set, the newest last."""
    return tuple(sorted((path.parent.name for path in golden.glob("*/events.jsonl")), key=_numbers))


def spelt(lines: Iterable[Line]) -> bytes:
    """A line each."""
    return b"".join(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines)


def lines(release: str, name: str, golden: Path = GOLDEN) -> list[Line]:
    """What stands in a file of a set."""
    return [orjson.loads(line) for line in (golden / release / name).read_bytes().splitlines()]


def write(release: str, sets: Sets, golden: Path = GOLDEN) -> None:
    """Put a set down in place of the one there was; raises `Released`."""
    if is_released(release):
        raise Released(release)
    files = {name: spelt(made) for name, made in sets.items()}
    folder = golden / release
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (golden / DIGESTS).write_text("".join(f"{digest}  {name}\n" for name, digest in digests(golden).items()))


def digests(golden: Path = GOLDEN) -> dict[str, str]:
    """SHA-256 of every file of every set."""
    files = [path for release in releases(golden) for path in sorted((golden / release).iterdir())]
    return {str(path.relative_to(golden)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def noted(golden: Path = GOLDEN) -> dict[str, str]:
    """What the list says that they are."""
    told = (line.split("  ", 1) for line in (golden / DIGESTS).read_text().splitlines())
    return {name: digest for digest, name in told}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
