"""What commands have in common: their options, complaining on standard error, and finding the settings."""

import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import structlog
import typer

from cotransfer.adapters.sql.trouble import CannotOpen
from cotransfer.adapters.utilities import UnknownKindError
from cotransfer.adapters.wire.contract_files import ContractUnreadable
from cotransfer.adapters.wire.listening import CannotListen
from cotransfer.domain.faults import Invalid
from cotransfer.ports.errors import Unavailable, Unintelligible
from cotransfer.settings import Settings, SettingsError, load

USUAL_FILE = Path("cotransfer.toml")

KNOWN = (
    SettingsError,
    CannotOpen,
    CannotListen,
    UnknownKindError,
    ContractUnreadable,
    Unavailable,
    Unintelligible,
    Invalid,
)
"""What can go wrong for a reason that its text explains."""

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", help="The settings file (default: cotransfer.toml where there is one).", dir_okay=False
    ),
]

Who = Annotated[str, typer.Option("--who", help="Who does it, for the audit trail: an operator's identifier.")]


def log_to_stderr(level: int = logging.INFO) -> None:
    """One JSON object a line, of our own words only: no traceback with what was in hand at that moment.

    What is below `level` is not told.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # Whatever standard error is at that moment: it may have been sent elsewhere since.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    # A broken connection is told by the store, with what to do about it.
    logging.getLogger("psycopg").setLevel(logging.ERROR)


def known_trouble(error: Exception) -> str | None:
    """What to say of `error`, None when nobody foresaw it."""
    if isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        return known_trouble(error.exceptions[0])
    if isinstance(error, KNOWN):
        return str(error)
    if isinstance(error, OSError):
        named = f" ({error.filename})" if error.filename else ""
        return f"The system refused{named}: {error.strerror or error}. Mend that, and run the same command again."
    return None


def complain(text: str) -> None:
    """On standard error, under the command's name."""
    for line in text.splitlines():
        print(f"cotransfer: {line}", file=sys.stderr)


def settings_of(config: Path | None) -> Settings:
    """From the file that was named, else from the usual one, else defaults; the environment goes over either."""
    return load(settings_file(config), os.environ)


def settings_file(config: Path | None) -> Path | None:
    """The file that settings are read from, if any."""
    return config or (USUAL_FILE if USUAL_FILE.exists() else None)
