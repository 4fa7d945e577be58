"""Why a store cannot be opened: one sentence for the cause, one for the remedy. Never raised once it is open."""

from pathlib import Path


class CannotOpen(Exception):
    """The database cannot be used as it is."""


class BadAddress(CannotOpen):
    """The database address is not one of ours."""

    def __init__(self, wrong: str) -> None:
        super().__init__(f"{wrong} Write sqlite:///path/to/cotransfer.db, or postgresql://user@host/database.")


class InUse(CannotOpen):
    """Another process owns the SQLite file."""

    def __init__(self, database: Path, owner: str) -> None:
        who = f"process {owner}" if owner.isdigit() else "another process"
        super().__init__(
            f"The database {database} is in use by {who}. End that process first, or use PostgreSQL, "
            "which several processes may share."
        )


class NotBesideOwner(CannotOpen):
    """This SQLite must not write to a file that another process writes to."""

    def __init__(self, database: Path, found: str, wanted: str) -> None:
        super().__init__(
            f"The database {database} is in use, and this SQLite ({found}) may lose a commit when two processes write. "
            f"Install the package pysqlite3 for SQLite {wanted} or newer, or end the process that serves and run this "
            "again."
        )


class SchemaOutdated(CannotOpen):
    """The tables are older than this version, or were never made."""

    def __init__(self, found: str | None) -> None:
        state = f"is at revision {found}, which is older than this version" if found else "has no tables of ours yet"
        super().__init__(f"The database {state}. Run `cotransfer db upgrade`.")
        self.found = found


class SchemaFromFuture(CannotOpen):
    """The tables were made by a newer version."""

    def __init__(self, found: str) -> None:
        super().__init__(
            f"The database is at revision {found}, which this version does not know: a newer one has upgraded it. "
            "Install that version of cotransfer, or restore a backup from before the upgrade."
        )
        self.found = found


class FilledInClear(CannotOpen):
    """The database holds personal data from before it was sealed."""

    def __init__(self) -> None:
        super().__init__(
            "The database was filled before personal data was sealed, by a version that was never released, and cannot "
            "be upgraded. End its transfers with that version, then begin with a new database. Nothing was changed."
        )
