"""One connection, opened when it is needed and given up when it is lost; and what its failures mean to a caller.

Never runs a piece of work twice once it may have taken effect.
"""

import contextlib
from collections.abc import Callable
from typing import TypeVar

from cotransfer.adapters.sql.tongue import Talk, Tongue
from cotransfer.domain.parties import Party
from cotransfer.ports.errors import Unavailable

T = TypeVar("T")

RETRY_AFTER_S = 1.0


class Raced(Exception):
    """Another process was quicker; nothing was written, and a fresh look will show what it did."""


class _Lost(Exception):
    """The connection broke on a piece of work that surely had no effect."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class Line:
    """A connection of one thread."""

    def __init__(self, tongue: Tongue, *, for_writing: bool) -> None:
        self._tongue = tongue
        self._for_writing = for_writing
        self._talk: Talk | None = None

    def look(self, work: Callable[[Talk], T]) -> T:
        """Run `work`, which only reads."""
        return self._again_when_lost(lambda: self._look(work))

    def transact(self, work: Callable[[Talk], T]) -> T:
        """Run `work` in one transaction, and answer when that is durable.

        Raises `Unavailable`, or `Raced`; whatever else `work` raises goes through, and nothing was written.
        """
        return self._again_when_lost(lambda: self._transact(work))

    def sweep(self) -> bool:
        """Leave nothing of what was deleted beside the database; False when that has to be tried again."""
        with contextlib.suppress(Unavailable, *self._tongue.errors):
            return self._tongue.sweep(self._open())
        return False  # What was written before it stays written, whatever became of this.

    def close(self) -> None:
        talk, self._talk = self._talk, None
        if talk is not None:
            with contextlib.suppress(*self._tongue.errors):  # It may be lost already.
                talk.close()

    def _again_when_lost(self, run: Callable[[], T]) -> T:
        """A line that was idle may have been cut long ago: only a fresh one says that the database is away."""
        if self._talk is not None:
            with contextlib.suppress(_Lost):
                return run()
        try:
            return run()
        except _Lost as lost:
            raise self._failed(lost.error, certain=True) from lost.error

    def _look(self, work: Callable[[Talk], T]) -> T:
        talk = self._open()
        try:
            with talk.together():
                return work(talk)
        except self._tongue.errors as error:
            # A cursor left half read would hold the next look to what the database was before.
            self.close()
            raise self._broken(error) from error

    def _transact(self, work: Callable[[Talk], T]) -> T:
        talk = self._open()
        committing = False
        try:
            with talk.together():
                talk.execute(self._tongue.begin)
                result = work(talk)
                talk.settle()
                committing = True
                talk.execute("COMMIT")
        except self._tongue.errors as error:
            self._take_back(talk)
            if committing:
                raise self._failed(error, certain=self._tongue.is_undone(error)) from error
            if self._tongue.is_race(error):
                raise Raced from error
            raise self._broken(error) from error
        except BaseException:
            self._take_back(talk)
            raise
        return result

    def _open(self) -> Talk:
        if self._talk is None:
            try:
                self._talk = self._tongue.talk(for_writing=self._for_writing)
            except self._tongue.errors as error:
                raise self._failed(error, certain=True) from error
        return self._talk

    def _take_back(self, talk: Talk) -> None:
        try:
            talk.execute("ROLLBACK")
        except self._tongue.errors:
            self.close()  # Whatever was begun ends with the connection.

    def _broken(self, error: Exception) -> Exception:
        """A connection that broke takes its transaction with it."""
        if self._tongue.is_lost(error):
            self.close()
            return _Lost(error)
        return self._failed(error, certain=True)

    def _failed(self, error: Exception, *, certain: bool) -> Exception:
        sentence = self._tongue.explain(error)
        if sentence is None:
            return error
        return Unavailable(Party.US, sentence, retry_after_s=RETRY_AFTER_S, certain=certain)
