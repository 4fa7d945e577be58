"""What a counterparty must still know after it was killed: entries, one JSON line each, written before anybody hears.

Written is not synchronised with the disk: an entry outlives the process, not a power cut. Never changes a line; only
a last one that was cut short is taken away, for nobody has heard of it.
"""

import os
from pathlib import Path
from typing import Any, Protocol

import orjson
from typing_extensions import override

Entry = dict[str, Any]


class Diary(Protocol):
    """Where a counterparty writes down what it must not forget, and reads it when it begins again."""

    def entries(self) -> tuple[Entry, ...]:
        """What was written in earlier lives, oldest first."""

    def write(self, **said: Any) -> None:
        """One entry, whole or not at all."""


class Unwritten(Diary):
    """A counterparty that forgets everything when it ends."""

    @override
    def entries(self) -> tuple[Entry, ...]:
        return ()

    @override
    def write(self, **said: Any) -> None:
        """Nothing is kept."""


class FileDiary(Diary):
    """One file for one counterparty; what it held when it was opened are the `entries`."""

    def __init__(self, file: Path) -> None:
        self._open = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        written = file.read_bytes()
        whole = written[: written.rfind(b"\n") + 1]
        os.ftruncate(self._open, len(whole))
        self._entries: tuple[Entry, ...] = tuple(map(orjson.loads, whole.splitlines()))

    @override
    def entries(self) -> tuple[Entry, ...]:
        return self._entries

    @override
    def write(self, **said: Any) -> None:
        line = orjson.dumps(said) + b"\n"
        if os.write(self._open, line) != len(line):
            raise OSError("The diary of a simulated counterparty could not be written: is the disk full?")

    def close(self) -> None:
        """No more will be written."""
        os.close(self._open)
