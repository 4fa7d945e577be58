"""PostgreSQL through psycopg 3: the rows of a statement travel as one JSON text, however many there are.

Never uses psycopg's own transactions or SQLAlchemy's pool: a connection begins and commits when it is told.
"""

from binascii import b2a_base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
import psycopg
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ColumnElement,
    Dialect,
    FromClause,
    Integer,
    LargeBinary,
    Table,
    Text,
    bindparam,
    column,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.types import TypeEngine

from cotransfer.adapters.sql.tongue import Cursor, Prepared, Row, Talk

CONNECT_TIMEOUT_S = 5
STATEMENT_TIMEOUT_S = 10
IDLE_TIMEOUT_S = 60
"""A transaction of ours lasts milliseconds; one that is left open would hold its locks until somebody notices."""

_SENTENCES = {
    "53100": "The disk that holds the database is full: free some space.",
    "53300": "The database takes no more connections: raise its max_connections, or run fewer processes.",
    "25006": "The database may only be read: it is a standby, or set so; give the address of the primary.",
    "57014": f"The database took longer than {STATEMENT_TIMEOUT_S} s: look at what keeps it busy.",
}


# A connection that never came about has no code, only the server's words.
_TURNED_AWAY = {
    "does not exist": "The server has no such database or user: create it, or look at the database address.",
    "authentication failed": "The database does not let this user in: look at the user and password in its address.",
    "starting up": "The database is starting up: wait a moment.",
    "too many clients": "The database takes no more connections: raise its max_connections, or run fewer processes.",
}

_SESSION_OVER = ("08", "57P", "25P03")
"""Codes that come with the end of the connection."""

# Every statement of ours finds few rows by their keys. A plan made while the tables were empty would read them whole,
# and be kept long after they have grown; so the planner is told once, instead of asked each time.
#
# Every group looks again at what it has waited for: under a stricter isolation, which a database may have as its
# default, it would see what was before and fail instead.
_OPTIONS = {
    "default_transaction_isolation": r"read\ committed",
    "statement_timeout": f"{STATEMENT_TIMEOUT_S}s",
    "idle_in_transaction_session_timeout": f"{IDLE_TIMEOUT_S}s",
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",  # It would fetch and sort all that is due, to claim the first few.
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
}


class PostgresTalk:
    """A connection whose statements travel together where nobody needs the answer yet."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self.connection = connection
        self._pipeline: psycopg.Pipeline | None = None
        self._unsettled = False

    def execute(self, sql: str, parameters: Any = ()) -> Cursor:
        self._unsettled = True
        return self.connection.execute(sql, parameters, binary=True)

    @contextmanager
    def together(self) -> Iterator[None]:
        try:
            with self.connection.pipeline() as self._pipeline:
                yield
        finally:
            self._pipeline = None

    def settle(self) -> None:
        if self._pipeline is not None and self._unsettled:
            self._pipeline.sync()
            self._unsettled = False

    def close(self) -> None:
        self.connection.close()


class PostgresTongue:
    """One PostgreSQL database."""

    # SQLAlchemy leaves the constructor of this dialect untyped.
    dialect: Dialect = PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call]
    begin = "BEGIN"
    errors: tuple[type[Exception], ...] = (psycopg.Error,)
    hears_others = True

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        self._arguments = {
            "connect_timeout": CONNECT_TIMEOUT_S,
            "application_name": "cotransfer",
            "prepare_threshold": 2,
            "options": " ".join(f"-c {name}={value}" for name, value in _OPTIONS.items()),
            **arguments,
        }

    def talk(self, *, for_writing: bool) -> Talk:
        return PostgresTalk(self.connect())

    def connect(self) -> "psycopg.Connection[Any]":
        return psycopg.connect(autocommit=True, **self._arguments)

    def connect_for_upgrade(self) -> "psycopg.Connection[Any]":
        """One that SQLAlchemy may govern; an upgrade may take longer than a statement usually does."""
        connection = psycopg.connect(**self._arguments)
        connection.execute("SET statement_timeout = 0")
        connection.commit()
        return connection

    def given(self, table: Table, *names: str) -> dict[str, ColumnElement[Any]]:
        rows = self.listed(table, *names)
        binary = {name for name in names if isinstance(table.c[name].type, LargeBinary)}
        return {name: func.decode(rows.c[name], "base64") if name in binary else rows.c[name] for name in names}

    def insert(self, table: Table, *names: str) -> Any:
        return insert(table).from_select(list(names), select(*self.given(table, *names).values()))

    def listed(self, table: Table, *names: str) -> FromClause:
        # One JSON text for all rows: psycopg's arrays cost ten times as much to write.
        columns = [column(name, _plain(table.c[name].type)) for name in names]
        rows = func.json_to_recordset(bindparam("listed", type_=JSON())).table_valued(*columns, name="listed")
        return rows.render_derived(with_types=True)

    def listing(self, statement: Prepared, rows: Iterable[Row]) -> dict[str, Any]:
        named = [dict(zip(statement.given, row, strict=True)) for row in rows]
        return {"listed": orjson.dumps(named, default=_base64).decode()}

    def write(self, talk: Talk, statement: Prepared, rows: Sequence[Row]) -> Cursor:
        return statement.run(talk, **self.listing(statement, rows))

    def sweep(self, talk: Talk) -> bool:
        """The server's log is the server's: it goes on its own, and no client can cut it."""
        return True

    def is_lost(self, error: Exception) -> bool:
        # An error that the server could still put a code to, other than one that ends the session, leaves the line up.
        state = error.sqlstate if isinstance(error, psycopg.Error) else None
        return isinstance(error, psycopg.OperationalError) and (state is None or state.startswith(_SESSION_OVER))

    def is_race(self, error: Exception) -> bool:
        return isinstance(error, psycopg.errors.DeadlockDetected | psycopg.errors.SerializationFailure)

    def is_undone(self, error: Exception) -> bool:
        return isinstance(error, psycopg.Error) and error.sqlstate is not None and error.sqlstate.startswith("40")

    def explain(self, error: Exception) -> str | None:
        state = error.sqlstate if isinstance(error, psycopg.Error) else None
        if state in _SENTENCES:
            return _SENTENCES[state]
        if state is None and isinstance(error, psycopg.OperationalError):
            words = str(error)
            for part, sentence in _TURNED_AWAY.items():
                if part in words:
                    return sentence
        if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError | psycopg.InternalError):
            return "The database cannot be reached: see that it runs, and that its address is right."
        return None


def _plain(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """As it stands in JSON."""
    return kind if isinstance(kind, BigInteger | Integer | Boolean) else Text()


def _base64(value: object) -> str:
    if not isinstance(value, bytes):
        raise TypeError(type(value).__name__)
    return b2a_base64(value, newline=False).decode()
