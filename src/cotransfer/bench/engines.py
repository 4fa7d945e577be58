"""Fresh databases of either engine, gone when the run is. Never touches a database that was there before."""

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import attrs
import psycopg

from cotransfer.adapters.sql import upgrade
from cotransfer.adapters.sql.sqlite import MODULE
from cotransfer.bench.plan import EngineName
from cotransfer.testing.postgres import PostgresServer, PostgresUnavailable, postgres_server


class Engine(Protocol):
    """Somewhere that databases can be made."""

    @property
    def version(self) -> str: ...

    def new_database(self) -> str:
        """The address of an empty database with today's tables."""


@attrs.frozen
class SqliteEngine:
    """Files in one folder."""

    folder: Path
    version: str = MODULE.sqlite_version

    def new_database(self) -> str:
        number = len(list(self.folder.iterdir()))
        address = f"sqlite:///{self.folder / f'{number}.db'}"
        upgrade(address)
        return address


@attrs.frozen
class PostgresEngine:
    """A server of our own, with its own defaults: it waits for the disk."""

    server: PostgresServer
    version: str

    def new_database(self) -> str:
        address = self.server.url(self.server.create_database())
        upgrade(address)
        return address


@attrs.frozen
class Engines:
    """What could be started, and why the rest could not."""

    running: Mapping[EngineName, Engine]
    missing: Mapping[EngineName, str]


@contextlib.contextmanager
def engines(wanted: Sequence[EngineName]) -> Iterator[Engines]:
    """Start what is `wanted`; where there is no PostgreSQL on the machine, the reason is kept and told."""
    running: dict[EngineName, Engine] = {}
    missing: dict[EngineName, str] = {}
    with contextlib.ExitStack() as opened:
        if EngineName.SQLITE in wanted:
            folder = opened.enter_context(tempfile.TemporaryDirectory(prefix="cotransfer-bench-"))
            running[EngineName.SQLITE] = SqliteEngine(Path(folder))
        if EngineName.POSTGRESQL in wanted:
            try:
                server = opened.enter_context(postgres_server(durable=True))
                running[EngineName.POSTGRESQL] = PostgresEngine(server, _version(server))
            except PostgresUnavailable as error:
                missing[EngineName.POSTGRESQL] = str(error)
        yield Engines(running, missing)


def _version(server: PostgresServer) -> str:
    with psycopg.connect(host=str(server.folder), user="postgres", dbname="postgres") as connection:
        return ".".join(map(str, divmod(connection.info.server_version, 10_000)))
