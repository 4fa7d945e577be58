"""The agenda in a dictionary: who holds which task until when. Never performs one."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import attrs

from cotransfer.adapters.memory.audit import MemoryAudit
from cotransfer.domain.agenda import FOLLOWS, Duty
from cotransfer.domain.ledger import Ledger, kept
from cotransfer.domain.values import TransferId
from cotransfer.ports.agenda import Buried, Claimed, Due, Lease, Postponed, left_alone
from cotransfer.ports.standing import Held, Item, Pending, Resting, Retrying, Revival, Standing, Wanted

_Key = tuple[TransferId, Duty]


@attrs.define
class Task:
    due: Due
    attempt: int = 0
    lease: Lease | None = None
    until: datetime | None = None
    buried: Buried | None = None
    doubt: datetime | None = None
    why: str | None = None
    ledger: Ledger = ()

    def is_free(self, at: datetime) -> bool:
        return self.buried is None and self.due.at <= at and (self.until is None or self.until <= at)

    def comes_before(self, other: "Task", at: datetime) -> bool:
        if self.buried is not None or self.due.counterparty != other.due.counterparty:
            return False
        return self.due.at <= at or (self.until is not None and self.until > at)


def _standing(task: Task, at: datetime) -> Standing:
    if task.buried is not None:
        return Resting(task.buried.at, task.buried.why)
    if task.until is not None and task.until > at:
        return Held(task.until)
    return Retrying(task.why) if task.attempt or task.why is not None else Pending()


class MemoryAgenda:
    """`Agenda`; its tasks come and go with the changes of the store that it is part of."""

    def __init__(self, audit: MemoryAudit) -> None:
        self.audit = audit
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
            if task.is_free(at) and (task.due.counterparty, task.due.duty) not in left and not self._waits(task, at)
        ]
        return tuple(
            self._claim(task, Lease(task.due.transfer, task.due.duty, token), at, at + timedelta(seconds=lease_s))
            for task in sorted(free, key=lambda task: task.due.at)[:limit]
        )

    def _waits(self, task: Task, at: datetime) -> bool:
        """Whether what it follows is due, or in somebody's hands."""
        ahead = (self._tasks.get((task.due.transfer, duty)) for duty in FOLLOWS.get(task.due.duty, ()))
        return any(one is not None and one.comes_before(task, at) for one in ahead)

    def _claim(self, task: Task, lease: Lease, at: datetime, until: datetime) -> Claimed:
        task.attempt += 1
        task.lease, task.until = lease, until
        claimed = Claimed(task.due, lease, task.attempt, until, task.doubt, task.ledger)
        task.why = None
        task.doubt = task.doubt or at
        return claimed

    async def postpone(self, postponed: Sequence[Postponed]) -> None:
        """Give back those that are still held."""
        for one in postponed:
            if self._is_held(one.lease):
                task = self._tasks[one.lease.transfer, one.lease.duty]
                task.due, task.doubt = attrs.evolve(task.due, at=one.until), one.doubt
                task.attempt = task.attempt if one.attempts is None else one.attempts
                task.why, task.ledger = one.why, task.ledger if one.ledger is None else one.ledger
                task.lease = task.until = None

    async def bury(
        self, lease: Lease, *, why: str, at: datetime, doubt: datetime | None = None, ledger: Ledger | None = None
    ) -> bool:
        """Give up, if still held."""
        if not self._is_held(lease):
            return False
        task = self._tasks[lease.transfer, lease.duty]
        task.ledger = task.ledger if ledger is None else ledger
        task.buried, task.doubt = Buried(task.due, task.attempt, why, at, task.ledger), doubt
        task.lease = task.until = None
        return True

    async def buried(self, limit: int = 100) -> tuple[Buried, ...]:
        """Latest first."""
        given_up = [task.buried for task in self._tasks.values() if task.buried is not None]
        return tuple(sorted(given_up, key=lambda one: one.at, reverse=True)[:limit])

    async def items(self, wanted: Wanted, *, at: datetime, limit: int = 100) -> tuple[Item, ...]:
        """By when they are due, or were buried."""
        found = (
            Item(
                due=task.due,
                attempts=task.attempt,
                standing=_standing(task, at),
                doubt=task.doubt,
                ledger=task.ledger,
            )
            for task in self._tasks.values()
        )
        return tuple(sorted(filter(wanted.holds, found), key=lambda item: (item.at, item.due.key))[: max(0, limit)])

    async def revive(self, revivals: Sequence[Revival]) -> tuple[Revival, ...]:
        """Back on the agenda under their old keys, each with its note."""
        done = tuple(one for one in revivals if self._put_back(one))
        if done:
            self._nudge.set()
        return done

    def _put_back(self, one: Revival) -> bool:
        task = self._tasks.get((one.transfer, one.duty))
        if task is None or task.buried is None:
            return False
        task.due, task.buried, task.ledger = attrs.evolve(task.due, at=one.at), None, kept(task.ledger, one.mark)
        self.audit.write((one.note,))
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
