"""What commands have in common: complaining on standard error, and finding the settings."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cotransfer.settings import Settings, load

USUAL_FILE = Path("cotransfer.toml")

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", help="The settings file (default: cotransfer.toml where there is one).", dir_okay=False
    ),
]


def complain(text: str) -> None:
    """On standard error, under the command's name."""
    for line in text.splitlines():
        print(f"cotransfer: {line}", file=sys.stderr)


def settings_of(config: Path | None) -> Settings:
    """From the file that was named, else from the usual one, else defaults; the environment goes over either."""
    return load(config or (USUAL_FILE if USUAL_FILE.exists() else None), os.environ)
