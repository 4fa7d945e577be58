"""What the audit trail hears of the gateway's keys: made, rotated, given up; by whom. Never of a key's value.

An entry comes before what it tells, so that nothing is changed that could not be written down.
"""

from cotransfer.adapters.machine import SystemClock
from cotransfer.adapters.sql import SqlStore
from cotransfer.adapters.sql.schema import check
from cotransfer.adapters.sql.trouble import SchemaOutdated
from cotransfer.domain.notes import Decision, Note
from cotransfer.ports.keys import KeyUse
from cotransfer.ports.transfers import Change, Committed

CHAIN = "keys"
"""The chain of the audit trail that decisions about keys belong to."""


async def note(store: SqlStore, what: str, use: KeyUse, name: str, *, who: str) -> None:
    """Durably: `what` befell that key. Raises `Unavailable`; `ValueError` for a `who` that is no word of a note."""
    decision = Decision(what=what, who=who, about=f"{use.value}:{name}")
    (outcome,) = await store.commit([Change(noted=(Note(chain=CHAIN, at=SystemClock().now(), what=decision),))])
    assert isinstance(outcome, Committed)  # noqa: S101 - a change that only notes meets nobody


def has_trail(address: str) -> bool:
    """Whether there are tables of ours yet; raises `CannotOpen` for a database that cannot be used as it is."""
    try:
        check(address)
    except SchemaOutdated as outdated:
        if outdated.found is None:
            return False
        raise
    return True
