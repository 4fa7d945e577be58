"""The tables' revision: told, and brought up to this version in one transaction or not at all.

Never upgrades by itself: a store that is opened on other tables than it knows says so and touches nothing.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, inspect, text

from cotransfer.adapters.sql.address import tongue_of
from cotransfer.adapters.sql.ownership import Ownership
from cotransfer.adapters.sql.postgres import PostgresTongue
from cotransfer.adapters.sql.sqlite import MODULE, SqliteTongue
from cotransfer.adapters.sql.trouble import BadAddress, CannotOpen, SchemaFromFuture, SchemaOutdated

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006")
"""Every revision that this version knows, the newest last."""

_UPGRADING = 4_205_173_061
"""Of the advisory lock that lets one upgrade at a time into a PostgreSQL database."""


def upgrade(address: str) -> str:
    """Bring the database at `address` to the newest revision, and say which that is; a new SQLite file is created.

    Raises `SchemaFromFuture`, `InUse`, `BadAddress` or another `CannotOpen`; then nothing was changed.
    """
    tongue = tongue_of(address)
    with ExitStack() as stack:
        if isinstance(tongue, SqliteTongue):
            if not tongue.path.absolute().parent.is_dir():
                raise BadAddress(f"There is no folder {tongue.path.absolute().parent} for the database.")
            stack.callback(Ownership(tongue.path).release)
            stack.enter_context(_nothing_half_made(tongue.path))
        connection = stack.enter_context(_transaction(tongue))
        if isinstance(tongue, PostgresTongue):
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADING})
        _refuse_the_future(_revision(connection))
        _run_migrations(connection)
    return REVISIONS[-1]


@contextmanager
def _nothing_half_made(database: Path) -> Iterator[None]:
    """A file that is made for this upgrade is its owner's alone, and goes again when the upgrade fails."""
    is_new = not database.exists()
    if is_new:
        _make_private(database)
    try:
        yield
    except BaseException:
        if is_new:
            for suffix in ("", "-wal", "-shm", "-journal"):
                database.with_name(database.name + suffix).unlink(missing_ok=True)
        raise


def _make_private(database: Path) -> None:
    """It will hold names and numbers; the files that SQLite lays beside it take its mode over."""
    try:
        os.close(os.open(database, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except OSError as error:
        raise CannotOpen(
            f"The database {database} cannot be made ({error.strerror}): look at the rights of its folder."
        ) from None


def _run_migrations(connection: Connection, to: str = "head") -> None:
    # Here, because Alembic takes longer to load than all the rest of the store, and only upgrades need it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "cotransfer.adapters.sql:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def check(address: str) -> None:
    """Raises `SchemaOutdated`, `SchemaFromFuture` or another `CannotOpen` unless the tables are of this version."""
    tongue = tongue_of(address)
    if isinstance(tongue, SqliteTongue) and not tongue.path.exists():
        raise SchemaOutdated(None)
    with _transaction(tongue, reading=True) as connection:
        found = _revision(connection)
    _refuse_the_future(found)
    if found != REVISIONS[-1]:
        raise SchemaOutdated(found)


def _refuse_the_future(found: str | None) -> None:
    if found is not None and found not in REVISIONS:
        raise SchemaFromFuture(found)


def _revision(connection: Connection) -> str | None:
    """As Alembic writes it down."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


@contextmanager
def _transaction(tongue: SqliteTongue | PostgresTongue, *, reading: bool = False) -> Iterator[Connection]:
    """A transaction that holds definitions of tables too; `reading`, it is in nobody's way."""
    try:
        with _engine(tongue, reading=reading).begin() as connection:
            yield connection
    except Exception as error:
        cause = getattr(error, "orig", error)
        sentence = tongue.explain(cause) if isinstance(cause, tongue.errors) else None
        if sentence is None:
            raise
        raise CannotOpen(sentence) from cause


def _engine(tongue: SqliteTongue | PostgresTongue, *, reading: bool) -> Engine:
    if isinstance(tongue, PostgresTongue):
        return create_engine("postgresql+psycopg://", creator=tongue.connect_for_upgrade, poolclass=NullPool)
    connect = tongue.connect_for_reading if reading else tongue.connect_for_upgrade
    engine = create_engine("sqlite://", creator=connect, module=MODULE, poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # The driver begins no transaction by itself, and its own habit would leave table definitions outside of one.
        connection.exec_driver_sql("BEGIN" if reading else tongue.begin)

    return engine
