"""Where the command begins and ends. Exit codes: 0 done, 1 not as it should be, 2 it could not even begin.

A command that has others of its own says so itself (`conformance`).
"""

import importlib
import importlib.metadata
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typing_extensions import override

from cotransfer.cli.saying import complain, known_trouble, log_to_stderr

COMMANDS = {
    "demo": "demo",
    "serve": "running",
    "work": "running",
    "sandbox": "sandbox",
    "bench": "bench",
    "simulate": "simulate",
    "db": "database",
    "transfers": "transfers",
    "reversals": "reversals",
    "agenda": "agenda",
    "reconcile": "reconcile",
    "keys": "keys",
    "erase": "erase",
    "audit": "audit",
    "clients": "clients",
    "grants": "grants",
    "contracts": "contracts",
    "conformance": "conformance",
}
"""Each command, and the module beside this one that holds it."""


class Commands(TyperGroup):
    """The commands, each imported only when it is called: a gateway need not load the demo to start.

    `Any`, because Typer carries its own copy of Click and names its types nowhere public.
    """

    @override
    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    @override
    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module: Any = importlib.import_module(f"cotransfer.cli.{COMMANDS[cmd_name]}")
        if hasattr(module, "app"):
            return typer.main.get_command(module.app)
        one = typer.Typer(add_completion=False, rich_markup_mode=None)
        one.command(cmd_name)(getattr(module, cmd_name))
        return typer.main.get_command(one)


app = typer.Typer(
    name="cotransfer",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        print(f"cotransfer {importlib.metadata.version('cotransfer')}")
        raise typer.Exit


@app.callback()
def cotransfer(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_tell_version, help="Say which version this is.")
    ] = False,
) -> None:
    """Moves water, power and gas accounts to a home's new right holder."""


def main() -> None:
    """The entry point; never shows a traceback for anything whose cause is known."""
    log_to_stderr()
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        said = known_trouble(error)
        if said is None:
            raise
        complain(said)
        sys.exit(2)
