"""Where reversals are kept: beside the transfer that each is about, written as part of a `Change` of its own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import attrs

from cotransfer.domain.reversals.case import ReversalId
from cotransfer.domain.reversals.events import ReversalEvent
from cotransfer.domain.reversals.states import ReversalState
from cotransfer.domain.values import TransferId, UtilityId


@attrs.frozen
class ReversalEntry:
    """One event in a reversal's journal; `sequence` counts from 1 without a gap."""

    sequence: int
    at: datetime
    event: ReversalEvent


@attrs.frozen
class ReversalRecord:
    """A reversal as stored: its journal, and the state that this leads to."""

    id: ReversalId
    state: ReversalState
    journal: tuple[ReversalEntry, ...]

    @property
    def version(self) -> int:
        """How many events led there, from 1."""
        return len(self.journal)

    @property
    def opened_at(self) -> datetime:
        """When the first of them happened."""
        return self.journal[0].at

    @property
    def updated_at(self) -> datetime:
        """When the last of them happened."""
        return self.journal[-1].at


@attrs.frozen(kw_only=True)
class ReversalStep:
    """A reversal moves on by some events: `expected` is the version they were decided on (0: it is new)."""

    id: ReversalId
    expected: int
    state: ReversalState
    events: tuple[ReversalEvent, ...]
    at: datetime


@attrs.frozen
class ReversalLine:
    """A reversal in a list: nothing of it is personal, and it outlives the erasure of its transfer."""

    id: ReversalId
    state: str
    is_open: bool
    utility: UtilityId
    opened_at: datetime
    updated_at: datetime


class Reversals(Protocol):
    """The reversals of all transfers.

    Laws: what a committed change says of a reversal is found, its journal in order and its state as that leads to it;
    a change decided on a version that is not the stored one is `Stale`, and so is one of a transfer that is unknown or
    erased; a change that erases a transfer is `Stale` while a reversal of it is open, and once it is committed nothing
    of the transfer's reversals can be read but their lines. Nothing personal is kept in a way that can be read without
    the keys. Raises `Unavailable` (party US) when the store fails or a key is away, `Unintelligible` for what cannot be
    read.
    """

    async def reversals_of(self, transfer: TransferId) -> tuple[ReversalRecord, ...]:
        """Every one of a transfer, by its number; `()` when there is none, or the transfer was erased."""

    async def reversal_lines(self, *, open_only: bool = True, limit: int = 100) -> Sequence[ReversalLine]:
        """The earliest opened first, at most `limit`."""
