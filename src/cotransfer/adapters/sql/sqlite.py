"""SQLite: one file, one owner, a write-ahead log, and every commit on the disk before anybody hears of it.

Never waits in the middle of a transaction for the right to write: the right is taken as it begins.
"""

import importlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import Any, cast

import orjson
from sqlalchemy import ColumnElement, Dialect, FromClause, Table, bindparam, func, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from cotransfer.adapters.sql.tongue import Cursor, Prepared, Row, Talk

BUSY_TIMEOUT_S = 5.0
"""How long to wait for another program that writes to the file, a backup for one."""

TURN_S = 0.5
"""How long a writer waits in one turn. SQLite waits longer between looks the longer it has waited: many short turns
come in where one long one would not, beside a command that writes one batch after the other."""

FIXED_LOG = (3, 51, 3)
"""From this version on a write-ahead log that is reset while it is read can no longer lose a commit."""


def _best_module() -> Any:
    """The newer of the two SQLites that may be at hand, if Python's own lacks the fix."""
    if sqlite3.sqlite_version_info < FIXED_LOG:
        try:
            other: Any = importlib.import_module("pysqlite3")
        except ImportError:
            return sqlite3
        if other.sqlite_version_info > sqlite3.sqlite_version_info:
            return other
    return sqlite3


_GIVEN = "given_"
"""Before the parameters of rows, so that none is taken for a column to be set."""

MODULE: Any = _best_module()

# Primary result codes: https://sqlite.org/rescode.html
_SENTENCES = {
    5: "Another program holds the database for longer than {busy:g} s: end it, or its transaction.",
    6: "Another program holds the database: end it, or its transaction.",
    8: "The database may only be read: give this user the right to write to the file and its folder.",
    10: "The disk that holds the database failed to read or write: look at the disk, and at limits on file sizes.",
    11: "The database file {path} is damaged: restore it from a backup.",
    13: "The disk that holds the database is full: free some space.",
    14: "The database file {path} cannot be opened: look at its path, and at the rights on the folder.",
    26: "The file {path} is not a database of ours: is it the one that database.url should name?",
}


class SqliteTalk:
    """A connection to the file; there is no line, so there is nothing to gain from saying things together.

    No cursor outlives the `together` it was made in: where one is carried off, in a result or in the frames of an
    error, whoever drops it last resets its statement, in another thread and in the midst of our next use of it.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._cursors: list[Any] = []

    def execute(self, sql: str, parameters: Any = ()) -> Cursor:
        return self._kept(self._connection.execute(sql, parameters))

    def execute_for_all(self, sql: str, rows: Iterable[Row]) -> Cursor:
        """Once for each row."""
        return self._kept(self._connection.executemany(sql, rows))

    @contextmanager
    def together(self) -> Iterator[None]:
        try:
            yield
        finally:
            while self._cursors:
                self._cursors.pop().close()

    def _kept(self, cursor: Any) -> Cursor:
        self._cursors.append(cursor)
        made: Cursor = cursor
        return made

    def settle(self) -> None:
        """Every statement is answered as it is executed."""

    def close(self) -> None:
        self._connection.close()


class SqliteTongue:
    """One SQLite file."""

    dialect: Dialect = SQLiteDialect_pysqlite(paramstyle="qmark")
    begin = "BEGIN IMMEDIATE"
    errors: tuple[type[Exception], ...] = (MODULE.Error,)
    hears_others = False

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._read_only = read_only

    def talk(self, *, for_writing: bool) -> Talk:
        mode = "rw" if for_writing and not self._read_only else "ro"
        wait_s = min(TURN_S, BUSY_TIMEOUT_S) if for_writing else BUSY_TIMEOUT_S
        connection = self._connect(f"{self.path.absolute().as_uri()}?mode={mode}", wait_s)
        # What is deleted is overwritten: a data key that was destroyed must not be left in the file's free space.
        for pragma in ("synchronous = FULL", "secure_delete = ON", "temp_store = MEMORY", "cache_size = -16384"):
            connection.execute(f"PRAGMA {pragma}")
        return SqliteTalk(connection)

    def connect_for_reading(self) -> Any:
        """Leaves the file to its owner."""
        return self._connect(f"{self.path.absolute().as_uri()}?mode=ro")

    def connect_for_upgrade(self) -> Any:
        """Makes the file when there is none, and turns its write-ahead log on for good."""
        connection = self._connect(self.path.absolute().as_uri())
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA journal_mode = WAL")
        return connection

    @staticmethod
    def _connect(address: str, wait_s: float | None = None) -> Any:
        wait_s = BUSY_TIMEOUT_S if wait_s is None else wait_s
        return MODULE.connect(address, uri=True, timeout=wait_s, isolation_level=None, check_same_thread=False)

    def given(self, table: Table, *names: str) -> dict[str, ColumnElement[Any]]:
        return {name: bindparam(f"{_GIVEN}{name}", type_=table.c[name].type) for name in names}

    def insert(self, table: Table, *names: str) -> Any:
        return insert(table).values(self.given(table, *names))

    def listed(self, table: Table, *names: str) -> FromClause:
        each = func.json_each(bindparam("listed")).table_valued("value")
        columns = [func.json_extract(each.c.value, f"$[{nth}]").label(name) for nth, name in enumerate(names)]
        return select(*columns).subquery("listed")

    def listing(self, statement: Prepared, rows: Iterable[Row]) -> dict[str, Any]:
        return {"listed": orjson.dumps(list(rows)).decode()}

    def write(self, talk: Talk, statement: Prepared, rows: Sequence[Row]) -> Cursor:
        places = [statement.given.index(name.removeprefix(_GIVEN)) for name in statement.names]
        # Of one place a getter would give the value itself, and not a row of it.
        wanted = rows if len(places) == len(statement.given) == 1 else map(itemgetter(*places), rows)
        return cast(SqliteTalk, talk).execute_for_all(statement.sql, wanted)

    def sweep(self, talk: Talk) -> bool:
        # What is overwritten is overwritten in the log first: the file keeps the old page until the log is carried
        # over, and the log what went before until it is cut. https://sqlite.org/pragma.html#pragma_wal_checkpoint
        ((busy, _, _),) = talk.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return not busy

    def is_lost(self, error: Exception) -> bool:
        return False

    def is_race(self, error: Exception) -> bool:
        """A command beside the owner holds the right to write for a moment only."""
        return _code(error) == 5

    def is_undone(self, error: Exception) -> bool:
        return _code(error) in (5, 13)

    def explain(self, error: Exception) -> str | None:
        sentence = _SENTENCES.get(_code(error))
        if sentence is not None:
            return sentence.format(busy=BUSY_TIMEOUT_S, path=self.path)
        if isinstance(error, MODULE.OperationalError):
            return "The database refused: look at its file and at the log."
        return None


def _code(error: Exception) -> int:
    """The primary result code, which extended codes carry in their lowest byte."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF
