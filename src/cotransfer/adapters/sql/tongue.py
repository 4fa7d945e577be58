"""What the two engines say differently, and nothing else: every statement above it is written once for both.

A statement is built from SQLAlchemy Core and turned into text once, when the store is opened; from then on the
driver is handed the text and plain values. Never builds SQL from a value.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Dialect, FromClause, Table
from sqlalchemy.sql import ClauseElement

Row = tuple[Any, ...]


class Cursor(Protocol):
    """What both drivers offer."""

    @property
    def rowcount(self) -> int: ...
    def fetchall(self) -> list[Any]: ...


class Talk(Protocol):
    """A connection that begins and ends transactions only when told.

    Statements between two calls of `settle` may travel together; what became of them is known after it.
    """

    def execute(self, sql: str, parameters: Any = ()) -> Cursor: ...
    def together(self) -> AbstractContextManager[None]:
        """While it lasts, statements need not wait for one another's answers."""

    def settle(self) -> None:
        """All statements so far have been answered; raises the first error among them."""

    def close(self) -> None: ...


class Prepared:
    """A statement as text, with the names of its parameters in the order that the text wants them.

    `given` names what each row holds, for a statement that is given rows.
    """

    def __init__(self, statement: ClauseElement, dialect: Dialect, given: Sequence[str] = ()) -> None:
        compiled = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        self.given = tuple(given)
        self.names: tuple[str, ...] = tuple(getattr(compiled, "positiontup", None) or ())
        self._constants = {name: value for name, value in compiled.params.items() if value is not None}

    def run(self, talk: Talk, **values: Any) -> Cursor:
        """Execute once with named values."""
        all_values = self._constants | values
        return talk.execute(self.sql, tuple([all_values[name] for name in self.names]))


class Tongue(Protocol):
    """One engine: its SQL, its connections, and what its errors mean."""

    dialect: Dialect
    begin: str
    errors: tuple[type[Exception], ...]
    hears_others: bool

    def talk(self, *, for_writing: bool) -> Talk:
        """Connect."""

    def given(self, table: Table, *names: str) -> dict[str, ColumnElement[Any]]:
        """The columns of the rows that a writing statement is given; pairs with `write`."""

    def insert(self, table: Table, *names: str) -> Any:
        """An insert of given rows, to which `on_conflict_…` may be said."""

    def listed(self, table: Table, *names: str) -> FromClause:
        """Rows as something to select from; pairs with `listing`."""

    def listing(self, statement: Prepared, rows: Iterable[Row]) -> dict[str, Any]:
        """The parameters of what `listed` said."""

    def write(self, talk: Talk, statement: Prepared, rows: Sequence[Row]) -> Cursor:
        """Execute for all `rows`."""

    def sweep(self, talk: Talk) -> bool:
        """Let nothing of what was deleted stand in a log beside the database; False while somebody still reads there.

        Outside of a transaction.
        """

    def is_lost(self, error: Exception) -> bool:
        """Whether the connection is of no more use."""

    def is_race(self, error: Exception) -> bool:
        """Whether the same transaction may well succeed when it is tried again at once."""

    def is_undone(self, error: Exception) -> bool:
        """Whether a commit that failed so has surely not happened."""

    def explain(self, error: Exception) -> str | None:
        """The cause and the remedy in a sentence; None when it is not the store's failure but our mistake."""
