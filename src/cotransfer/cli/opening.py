"""The store as a command opens it, beside the gateway that may own it. Never takes a task from the owner."""

from cotransfer.adapters.sql import Sealing, SqlStore, open_store
from cotransfer.settings import Settings


def store_of(settings: Settings, *, read_only: bool, sealing: Sealing | None = None) -> SqlStore:
    """To look, or for a short write; without `sealing` nothing about a transfer or a person. Raises `CannotOpen`."""
    return open_store(
        settings.database.url.text, sealing=sealing, hints=False, read_only=read_only, administering=not read_only
    )
