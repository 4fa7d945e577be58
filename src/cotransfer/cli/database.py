"""`cotransfer db`: the tables of the store."""

import typer

from cotransfer.adapters.sql import upgrade as upgrade_tables
from cotransfer.cli.saying import ConfigOption, settings_of

app = typer.Typer(help="The database's tables.", no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@app.callback()
def database() -> None:
    """The database's tables."""


@app.command()
def upgrade(config: ConfigOption = None) -> None:
    """Bring the tables up to this version, whole or not at all."""
    revision = upgrade_tables(settings_of(config).database.url.text)
    print(f"the database is at revision {revision}")
