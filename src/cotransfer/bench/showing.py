"""How far a run has come, on standard error: a bar on a terminal, elsewhere a line a round.

Never writes to standard output: that is for figures.
"""

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn


class Showing:
    """`begun` says what comes now, `passed` that one more transfer of all is through."""

    def __init__(self, transfers: int, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False)
        self._progress = Progress(
            BarColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._bar = self._progress.add_task("", total=transfers)

    def begun(self, what: str) -> None:
        self._progress.update(self._bar, description=what)
        if not self._console.is_terminal:
            self._console.print(what)

    def passed(self) -> None:
        self._progress.advance(self._bar)

    def __enter__(self) -> "Showing":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()
