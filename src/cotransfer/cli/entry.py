"""Where the command begins and ends. Exit codes: 0 done, 1 not as it should be, 2 it could not even begin."""

import sys

import typer

from cotransfer.adapters.sql import CannotOpen, UnreadableRow
from cotransfer.adapters.utilities import UnknownKindError
from cotransfer.adapters.wire.contract_files import ContractUnreadable
from cotransfer.adapters.wire.listening import CannotListen
from cotransfer.cli import bench, contracts, database, demo, running, sandbox, transfers
from cotransfer.cli.saying import complain
from cotransfer.domain.faults import Invalid
from cotransfer.ports.errors import Unavailable
from cotransfer.settings import SettingsError

app = typer.Typer(
    name="cotransfer",
    help="Moves water, power and gas accounts to a home's new right holder.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
app.command("demo")(demo.demo)
app.command("serve")(running.serve)
app.command("work")(running.work)
app.command("sandbox")(sandbox.sandbox)
app.command("bench")(bench.bench)
app.command("contracts")(contracts.contracts)
app.add_typer(database.app, name="db")
app.add_typer(transfers.app, name="transfers")

KNOWN = (
    SettingsError,
    CannotOpen,
    CannotListen,
    UnknownKindError,
    ContractUnreadable,
    UnreadableRow,
    Unavailable,
    Invalid,
)
"""What can go wrong for a reason that its text explains."""


def main() -> None:
    """The entry point; never shows a traceback for anything in `KNOWN`."""
    try:
        app()
    except KNOWN as error:
        complain(str(error))
        sys.exit(2)
    except OSError as error:
        complain(f"The system refused: {error.strerror or error}. Mend that, and run the same command again.")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
