"""The database as a real SQLite file under the real store, run inline: what a seed decides, no thread upsets.

One process owns the file, and finds after each crash what it had committed. Never shares a file between schedules.
"""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from cotransfer.adapters.keys.held import HeldKeys
from cotransfer.adapters.sql import Sealing, SqlStore, open_store, upgrade
from cotransfer.adapters.sql.reconciliations import SqlReconciliations
from cotransfer.adapters.sql.trust.audit import SqlAudit
from cotransfer.adapters.sql.trust.grants import SqlGrants
from cotransfer.ports.keys import KeyUse
from cotransfer.simulation.at_once import at_once
from cotransfer.simulation.disks import MakeDisk, Opened

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - where there is one, a folder of our own is made in it
"""A file there is a file like any other, but for the seconds that a disk takes to be sure."""


class SqliteDisk:
    """One file, a copy of `template`; made by `sqlite_disks`."""

    most_processes: int | None = 1

    def __init__(self, template: Path, file: Path) -> None:
        shutil.copyfile(template, file)
        self._file = file
        self._wrapping = 1
        self._opened: Opened | None = None
        self._store: SqlStore | None = None

    def open(self) -> Opened:
        """Whoever looks at it beside its process uses the process's own connection."""
        if self._opened is None:
            self._store = open_store(f"sqlite:///{self._file}", sealing=Sealing(self._keys()), inline=True)
            self._opened = Opened(
                self._store, SqlGrants(self._store), SqlAudit(self._store), SqlReconciliations(self._store)
            )
        return self._opened

    def close(self, opened: Opened) -> None:
        """The connection goes, and what was not committed with it."""
        if self._store is not None and opened is self._opened:
            at_once(self._store.close())
            self._store = self._opened = None

    def rotate(self) -> bool:
        """A new key to wrap with; it is there from the next start on, as after a restart with new settings."""
        self._wrapping += 1
        return True

    def throw_away(self) -> None:
        if self._opened is not None:
            self.close(self._opened)
        for suffix in ("", "-wal", "-shm", ".lock"):
            self._file.with_name(self._file.name + suffix).unlink(missing_ok=True)

    def _keys(self) -> HeldKeys:
        """Every key that there ever was, the newest last."""
        wrapping = {f"{nth:03}": sha256(b"wrapping %d" % nth).digest() for nth in range(1, self._wrapping + 1)}
        return HeldKeys({KeyUse.WRAPPING: wrapping, KeyUse.INDEX: {"001": sha256(b"index").digest()}})


@contextlib.contextmanager
def sqlite_disks() -> Iterator[MakeDisk]:
    """Makes disks, each fresh; all of them go at the end."""
    where = IN_MEMORY if IN_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="cotransfer-simulation-", dir=where) as folder:
        template = Path(folder) / "template.db"
        upgrade(f"sqlite:///{template}")
        yield lambda: SqliteDisk(template, Path(folder) / "schedule.db")
