"""The agenda: what is owed, when, and who is at it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

import attrs

from cotransfer.domain.agenda import ALONE, Duty
from cotransfer.domain.ledger import Ledger
from cotransfer.domain.values import TransferId
from cotransfer.ports.standing import Due, Item, Revival, Wanted

__all__ = ["Agenda", "Buried", "Claimed", "Due", "Lease", "Postponed", "left_alone"]


@attrs.frozen
class Lease:
    """Proof of holding a task: only the latest lease of a task counts."""

    transfer: TransferId
    duty: Duty
    token: str


@attrs.frozen
class Claimed:
    """A task in one's hands until `until`; `attempt` counts from 1 and includes attempts that died.

    `doubt` is since when it may have been done already: when the first attempt began of which nobody can say that it
    had no effect. None: whatever was tried before surely had none. `ledger` is what became of it so far.
    """

    due: Due
    lease: Lease
    attempt: int
    until: datetime
    doubt: datetime | None = None
    ledger: Ledger = ()


@attrs.frozen
class Postponed:
    """A task given back: when to try again, and why it did not work (a sentence, nothing personal; None: it did).

    `doubt` is since when it may have been done all the same, None when it surely was not. `attempts` is how many count
    from now on, None: as many as were claimed; `ledger` what is to be kept of it, None: what there was.
    """

    lease: Lease
    until: datetime
    why: str | None
    doubt: datetime | None = None
    attempts: int | None = None
    ledger: Ledger | None = None


@attrs.frozen
class Buried:
    """A task that nobody tries any more, until somebody revives it; `ledger` is what became of it."""

    due: Due
    attempt: int
    why: str
    at: datetime
    ledger: Ledger = ()


def left_alone(skip: Collection[str], shut: Collection[str]) -> frozenset[tuple[str, Duty]]:
    """What a claim leaves where it is, as counterparty and duty: all of `skip`; of `shut` what needs it."""
    skipped = {(name, duty) for name in skip for duty in Duty}
    return frozenset(skipped | {(name, duty) for name in shut for duty in Duty if duty not in ALONE})


class Agenda(Protocol):
    """The tasks of all transfers; tasks come and are finished only as part of a `Change`.

    Laws: a task is claimed by at most one holder at a time; a claim past its `until` may be claimed again, with
    another token, and then the old one is lost; `claim` answers at most `limit` tasks, none before it is due, none of
    a counterparty in `skip`, of one in `shut` only those that are done without it (`domain.agenda.ALONE`), none while
    another that it follows (`domain.agenda.FOLLOWS`), of the same transfer and counterparty, is held, or due and not
    buried; earliest first; `postpone` and `bury` do nothing for a lost lease; a buried task is never claimed until
    revived, and revived it keeps its key, its count of attempts and its doubt; a claim shows the doubt that the task
    was given back or buried with, and an attempt that ended without a word (its lease ran out, or was released) is in
    doubt since it was claimed, unless an earlier one is; a claim shows the ledger that the task was given back, buried
    or revived with; a task is revived together with a mark in its ledger and a note in the audit trail, or not at all;
    `items` answers each task as it stands, at most `limit` of those wanted, by `Item.at` and then by name; `nudged`
    returns when something may have become due, or after `timeout_s`: it is a hint, and nothing depends on it.
    """

    async def claim(
        self,
        *,
        at: datetime,
        limit: int,
        lease_s: float,
        token: str,
        skip: Collection[str] = (),
        shut: Collection[str] = (),
    ) -> tuple[Claimed, ...]:
        """Take due tasks into one's hands."""

    async def postpone(self, postponed: Sequence[Postponed]) -> None:
        """Give tasks back for later."""

    async def bury(
        self, lease: Lease, *, why: str, at: datetime, doubt: datetime | None = None, ledger: Ledger | None = None
    ) -> bool:
        """Give a task up, with reason, doubt and ledger as in `Postponed`; False when it was no longer held."""

    async def buried(self, limit: int = 100) -> tuple[Buried, ...]:
        """The given-up tasks, latest first."""

    async def items(self, wanted: Wanted, *, at: datetime, limit: int = 100) -> tuple[Item, ...]:
        """The wanted tasks as they stand at that instant."""

    async def revive(self, revivals: Sequence[Revival]) -> tuple[Revival, ...]:
        """Put buried tasks back; those that were: what is not buried stays as it is."""

    async def release(self) -> int:
        """Make every claim expire now; only for the one process that owns the store, as it starts. How many."""

    async def nudged(self, timeout_s: float) -> None:
        """Wait for a hint that something may be due."""
