"""The store on SQLite (embedded default) and PostgreSQL: one code for two engines, opened by its address alone."""

from cotransfer.adapters.sql.codec import UnreadableRow
from cotransfer.adapters.sql.schema import check, upgrade
from cotransfer.adapters.sql.sealing import Sealing
from cotransfer.adapters.sql.store import SqlStore, open_store
from cotransfer.adapters.sql.trouble import (
    BadAddress,
    CannotOpen,
    FilledInClear,
    InUse,
    SchemaFromFuture,
    SchemaOutdated,
)

__all__ = [
    "BadAddress",
    "CannotOpen",
    "FilledInClear",
    "InUse",
    "SchemaFromFuture",
    "SchemaOutdated",
    "Sealing",
    "SqlStore",
    "UnreadableRow",
    "check",
    "open_store",
    "upgrade",
]
