"""The agenda in a dictionary: who holds which task until when. Never performs one."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import attrs

from cotransfer.domain.agenda import Duty
from cotransfer.domain.values import TransferId
from cotransfer.ports.agenda import Buried, Claimed, Due, Lease, Postponed, left_alone

_Key = tuple[TransferId, Duty]


@attrs.define
class Task:
    due: Due
    attempt: int = 0
    lease: Lease | None = None
    until: datetime | None = None
    buried: Buried | None = None
    doubt: datetime | None = None

    def is_free(self, at: datetime) -> bool:
        return self.buried is None and self.due.at <= at and (self.until is None or self.until <= at)


class MemoryAgenda:
    """`Agenda`; its tasks come and go with the changes of the store that it is part of."""

    def __init__(self) -> None:
        self._tasks: dict[_Key, Task] = {}
        self._nudge = asyncio.Event()

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
        """The earliest free tasks."""
        left = left_alone(skip, shut)
        free = [
            task
            for task in self._tasks.values()
            if task.is_free(at) and (task.due.counterparty, task.due.duty) not in left
        ]
        return tuple(
            self._claim(task, Lease(task.due.transfer, task.due.duty, token), at, at + timedelta(seconds=lease_s))
            for task in sorted(free, key=lambda task: task.due.at)[:limit]
        )

    def _claim(self, task: Task, lease: Lease, at: datetime, until: datetime) -> Claimed:
        task.attempt += 1
        task.lease, task.until = lease, until
        claimed = Claimed(task.due, lease, task.attempt, until, task.doubt)
        task.doubt = task.doubt or at
        return claimed

    async def postpone(self, postponed: Sequence[Postponed]) -> None:
        """Give back those that are still held."""
        for one in postponed:
            if self._is_held(one.lease):
                task = self._tasks[one.lease.transfer, one.lease.duty]
                task.due, task.doubt = attrs.evolve(task.due, at=one.until), one.doubt
                task.attempt = task.attempt if one.attempts is None else one.attempts
                task.lease = task.until = None

    async def bury(self, lease: Lease, *, why: str, at: datetime, doubt: datetime | None = None) -> bool:
        """Give up, if still held."""
        if not self._is_held(lease):
            return False
        task = self._tasks[lease.transfer, lease.duty]
        task.buried, task.doubt = Buried(task.due, task.attempt, why, at), doubt
        task.lease = task.until = None
        return True

    async def buried(self, limit: int = 100) -> tuple[Buried, ...]:
        """Latest first."""
        given_up = [task.buried for task in self._tasks.values() if task.buried is not None]
        return tuple(sorted(given_up, key=lambda one: one.at, reverse=True)[:limit])

    async def revive(self, transfer: TransferId, duty: Duty, *, at: datetime) -> bool:
        """Back on the agenda under its old key."""
        task = self._tasks.get((transfer, duty))
        if task is None or task.buried is None:
            return False
        self._tasks[transfer, duty] = Task(attrs.evolve(task.due, at=at), task.attempt, doubt=task.doubt)
        self._nudge.set()
        return True

    async def release(self) -> int:
        """Nobody holds anything any more."""
        held = [task for task in self._tasks.values() if task.lease is not None]
        for task in held:
            task.lease = task.until = None
        return len(held)

    async def nudged(self, timeout_s: float) -> None:
        """Until something is owed, or the time is over."""
        try:
            await asyncio.wait_for(self._nudge.wait(), timeout_s)
        except TimeoutError:
            return
        self._nudge.clear()

    def _is_held(self, lease: Lease) -> bool:
        task = self._tasks.get((lease.transfer, lease.duty))
        return task is not None and task.lease == lease
