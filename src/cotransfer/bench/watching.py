"""The store, watched: what has become visible, and how many commits that took.

Never changes what is stored, or when.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from cotransfer.adapters.sql import SqlStore
from cotransfer.domain.events import Event, NoticeSent
from cotransfer.domain.ledger import Ledger
from cotransfer.domain.notices import NoticeKind
from cotransfer.domain.values import TransferId
from cotransfer.ports.agenda import Buried, Claimed, Lease, Postponed
from cotransfer.ports.standing import Item, Revival, Wanted
from cotransfer.ports.transfers import Change, Committed, Entry, Loaded, MessageKey, Outcome

Mark = type[Event] | NoticeKind
"""A point on a transfer's way: the kind of an event, for notices the kind of the notice."""


class WatchedTransfers:
    """Passes everything on, and wakes those who wait for a mark once it is durable."""

    def __init__(self, store: SqlStore) -> None:
        self.commits = 0
        self._store = store
        self._passed = defaultdict[TransferId, set[Mark]](set)
        self._awaited: dict[tuple[TransferId, Mark], asyncio.Event] = {}

    async def load(self, transfers: Collection[TransferId], messages: Collection[MessageKey] = ()) -> Loaded:
        return await self._store.load(transfers, messages)

    async def commit(self, changes: Sequence[Change]) -> tuple[Outcome, ...]:
        outcomes = await self._store.commit(changes)
        self.commits += 1
        for change, outcome in zip(changes, outcomes, strict=True):
            if change.step is not None and isinstance(outcome, Committed):
                for event in change.step.events:
                    self._pass(change.step.transfer, event)
        return outcomes

    async def journal(self, transfer: TransferId) -> tuple[Entry, ...]:
        return await self._store.journal(transfer)

    async def forget(self, before: datetime) -> int:
        return await self._store.forget(before)

    async def until(self, transfer: TransferId, mark: Mark) -> None:
        """Returns once `mark` is durable."""
        if mark not in self._passed[transfer]:
            await self._awaited.setdefault((transfer, mark), asyncio.Event()).wait()

    def leave(self, transfer: TransferId) -> None:
        """Nobody will ask about it any more."""
        self._passed.pop(transfer, None)

    def _pass(self, transfer: TransferId, event: Event) -> None:
        mark: Mark = event.kind if isinstance(event, NoticeSent) else type(event)
        self._passed[transfer].add(mark)
        awaited = self._awaited.pop((transfer, mark), None)
        if awaited is not None:
            awaited.set()


class WatchedAgenda:
    """Passes everything on, and claims no more than `most` tasks in one go."""

    def __init__(self, store: SqlStore, *, most: int) -> None:
        self.commits = 0
        self._store = store
        self._most = most
        self._cut_short = False

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
        most = min(limit, self._most)
        claimed = await self._store.claim(at=at, limit=most, lease_s=lease_s, token=token, skip=skip, shut=shut)
        self.commits += bool(claimed)
        self._cut_short = len(claimed) == self._most < limit
        return claimed

    async def postpone(self, postponed: Sequence[Postponed]) -> None:
        await self._store.postpone(postponed)

    async def bury(
        self, lease: Lease, *, why: str, at: datetime, doubt: datetime | None = None, ledger: Ledger | None = None
    ) -> bool:
        return await self._store.bury(lease, why=why, at=at, doubt=doubt, ledger=ledger)

    async def buried(self, limit: int = 100) -> tuple[Buried, ...]:
        return await self._store.buried(limit)

    async def items(self, wanted: Wanted, *, at: datetime, limit: int = 100) -> tuple[Item, ...]:
        return await self._store.items(wanted, at=at, limit=limit)

    async def revive(self, revivals: Sequence[Revival]) -> tuple[Revival, ...]:
        return await self._store.revive(revivals)

    async def release(self) -> int:
        return await self._store.release()

    async def nudged(self, timeout_s: float) -> None:
        """At once after a claim that was cut short: the worker has not heard of `most`."""
        if not self._cut_short:
            await self._store.nudged(timeout_s)
