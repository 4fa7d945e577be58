"""From a database address to the engine that it means. Never connects."""

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from cotransfer.adapters.sql.postgres import PostgresTongue
from cotransfer.adapters.sql.sqlite import SqliteTongue
from cotransfer.adapters.sql.trouble import BadAddress


def tongue_of(address: str, *, read_only: bool = False) -> SqliteTongue | PostgresTongue:
    """Raises `BadAddress`, which never repeats the address: it may hold a password."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise BadAddress("This is not a database address.") from None
    match url.get_backend_name():
        case "sqlite":
            return SqliteTongue(_path(url), read_only=read_only)
        case "postgresql" | "postgres":
            return PostgresTongue(_arguments(url))
        case _:
            raise BadAddress("The database address is of an engine that is not supported.")


def _path(url: URL) -> Path:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise BadAddress("The database address names no file.")
    return Path(url.database)


def _arguments(url: URL) -> dict[str, str]:
    arguments = url.set(drivername="postgresql+psycopg").translate_connect_args(username="user", database="dbname")
    return {name: str(value) for name, value in (arguments | url.query).items()}
