"""One owner for one SQLite file: a lock beside the database that the operating system takes back with the process.

Never a process number to be believed: a killed owner leaves nothing behind that could keep the next one out.
"""

import contextlib
import fcntl
import os
from pathlib import Path

from cotransfer.adapters.sql.sqlite import FIXED_LOG, MODULE
from cotransfer.adapters.sql.trouble import CannotOpen, InUse, NotBesideOwner


class Ownership:
    """Held from construction until `release`, or until the process is no more."""

    def __init__(self, database: Path) -> None:
        beside = database.with_name(database.name + ".lock")
        try:
            self._file = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise CannotOpen(
                f"The lock file {beside} cannot be opened ({error.strerror}): give this user the right to write there."
            ) from error
        try:
            self._lock(database)
        except BaseException:
            os.close(self._file)
            raise

    def _lock(self, database: Path) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse(database, os.read(self._file, 32).decode(errors="replace").strip()) from None
        except OSError as error:
            raise CannotOpen(
                f"The database {database} cannot be locked ({error.strerror}): put it on a disk of this machine."
            ) from error
        # For people only: who to look for when the lock is taken. On a full disk nobody is named.
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, 0)
            os.write(self._file, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        os.close(self._file)


def ownership_of(database: Path, *, administering: bool) -> Ownership | None:
    """What a process that writes to `database` has to hold: nothing, if it administers beside the owner.

    Raises `NotBesideOwner` when this SQLite could lose a commit where two processes write, and there is an owner.
    """
    if not administering:
        return Ownership(database)
    if MODULE.sqlite_version_info >= FIXED_LOG:
        return None
    try:
        return Ownership(database)
    except InUse:
        raise NotBesideOwner(database, MODULE.sqlite_version, ".".join(map(str, FIXED_LOG))) from None
