"""The database as one life of a process reaches it: it may refuse, stall, or write and never say so.

Each look and each write is a point at which the process can die, before it and after it. Never tears a write: that is
the store's own law, proved elsewhere.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import TypeVar

from cotransfer.domain.agenda import Duty
from cotransfer.domain.consents import Consent
from cotransfer.domain.grants import Grant, GrantId
from cotransfer.domain.ledger import Ledger
from cotransfer.domain.notes import Note
from cotransfer.domain.parties import Party
from cotransfer.domain.trails import Link
from cotransfer.domain.values import IdentityNumber, TransferId
from cotransfer.ports.agenda import Buried, Claimed, Lease, Postponed
from cotransfer.ports.audit import PAGE_LIMIT, Audit, Checkpoint, Pending
from cotransfer.ports.clock import Clock
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.grants import Grants, Held
from cotransfer.ports.standing import Item, Revival, Wanted
from cotransfer.ports.transfers import Change, Committed, Entry, Loaded, MessageKey, Outcome
from cotransfer.simulation.disks import Dues, Store
from cotransfer.simulation.loop import VirtualLoop
from cotransfer.simulation.processes import Life
from cotransfer.simulation.weather import HINTING, READING, WRITING, Kind, Sort, Weather
from cotransfer.simulation.witness import Witness

T = TypeVar("T")

SLOWEST_S = 4.0
POLL_S = 1.0
LONGEST_WAIT_S = 86_400.0


class Wire:
    """What lies between a life and its database."""

    def __init__(self, life: Life, weather: Weather) -> None:
        self._life = life
        self._weather = weather

    async def read(self, point: str, work: Callable[[], Awaitable[T]]) -> T:
        return await self._do(point, READING, work)

    async def write(self, point: str, work: Callable[[], Awaitable[T]]) -> T:
        return await self._do(point, WRITING, work)

    async def _do(self, point: str, sort: Sort, work: Callable[[], Awaitable[T]]) -> T:
        self._life.check()
        struck = self._weather.strikes(point, sort)
        kind = None if struck is None else struck.kind
        await asyncio.sleep(self._weather.latency_s(point, SLOWEST_S) if kind is Kind.STALLED else 0)
        self._life.check()
        if kind is Kind.FULL:
            raise Unavailable(Party.US, "The disk that holds the database is full.", retry_after_s=1.0, certain=True)
        done = await work()
        if sort is WRITING:
            await asyncio.sleep(0)  # A look has no effect, so that dying after it is no other death than before.
            self._life.check()
        if kind is Kind.LOST_COMMIT:
            raise Unavailable(Party.US, "The database broke off.", retry_after_s=1.0)
        return done


class StoreLine:
    """`Transfers`, `Agenda` and `Consents`. A worker with nothing to do sleeps until something may be due."""

    def __init__(
        self,
        store: Store,
        wire: Wire,
        *,
        loop: VirtualLoop,
        clock: Clock,
        dues: Dues,
        weather: Weather,
        witness: Witness,
    ) -> None:
        self._store = store
        self._wire = wire
        self._loop = loop
        self._clock = clock
        self._dues = dues
        self._weather = weather
        self._witness = witness
        self._nudge = asyncio.Event()
        dues.wake(self, self._nudge.set)

    def cut(self) -> None:
        """No hint reaches a dead process."""
        self._dues.wake(self, None)

    async def load(self, transfers: Collection[TransferId], messages: Collection[MessageKey] = ()) -> Loaded:
        return await self._wire.read("store.load", lambda: self._store.load(transfers, messages))

    async def commit(self, changes: Sequence[Change]) -> tuple[Outcome, ...]:
        return await self._wire.write("store.commit", lambda: self._commit(changes))

    async def _commit(self, changes: Sequence[Change]) -> tuple[Outcome, ...]:
        outcomes = await self._store.commit(changes)
        for change, outcome in zip(changes, outcomes, strict=True):
            if isinstance(outcome, Committed):
                self._remember(change)
        self._witness.committed(changes, outcomes)
        if any(change.owes_now for change in changes):
            self._hint()
        return outcomes

    def _remember(self, change: Change) -> None:
        for key in (*change.settled, *((lease.transfer, lease.duty) for lease in change.finished)):
            self._dues.drop(*key)
        for due in change.owed:
            self._dues.set(due.transfer, due.duty, due.at)
        if change.erases is not None:
            for duty in Duty:
                self._dues.drop(change.erases, duty)

    async def journal(self, transfer: TransferId) -> tuple[Entry, ...]:
        return await self._wire.read("store.journal", lambda: self._store.journal(transfer))

    async def forget(self, before: datetime) -> int:
        return await self._wire.write("store.forget", lambda: self._store.forget(before))

    async def consents_of(self, transfer: TransferId) -> tuple[Consent, ...]:
        return await self._wire.read("store.consents", lambda: self._store.consents_of(transfer))

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
        async def claim() -> tuple[Claimed, ...]:
            claimed = await self._store.claim(at=at, limit=limit, lease_s=lease_s, token=token, skip=skip, shut=shut)
            for one in claimed:
                if self._dues.holder(one.due.transfer, one.due.duty, at):
                    self._witness.blame("I3", f"{one.due.key} was claimed while somebody held it")
                self._dues.set(one.due.transfer, one.due.duty, one.until, token)
                self._witness.tell(f"claim {one.due.transfer.text[-6:]} {one.due.duty.value} {one.attempt}")
            return claimed

        return await self._wire.write("agenda.claim", claim)

    async def postpone(self, postponed: Sequence[Postponed]) -> None:
        async def postpone() -> None:
            await self._store.postpone(postponed)
            for one in postponed:
                self._dues.give_back(one.lease, one.until)
                self._witness.returned(one.lease.duty, one.why or "", one.ledger)

        await self._wire.write("agenda.postpone", postpone)

    async def bury(
        self, lease: Lease, *, why: str, at: datetime, doubt: datetime | None = None, ledger: Ledger | None = None
    ) -> bool:
        async def bury() -> bool:
            buried = await self._store.bury(lease, why=why, at=at, doubt=doubt, ledger=ledger)
            if buried:
                self._dues.drop(lease.transfer, lease.duty)
            self._witness.returned(lease.duty, why, ledger, given_up=True)
            self._witness.tell(f"bury {lease.transfer.text[-6:]} {lease.duty.value} {buried}")
            return buried

        return await self._wire.write("agenda.bury", bury)

    async def items(self, wanted: Wanted, *, at: datetime, limit: int = 100) -> tuple[Item, ...]:
        return await self._wire.read("agenda.items", lambda: self._store.items(wanted, at=at, limit=limit))

    async def buried(self, limit: int = 100) -> tuple[Buried, ...]:
        return await self._wire.read("agenda.buried", lambda: self._store.buried(limit))

    async def revive(self, revivals: Sequence[Revival]) -> tuple[Revival, ...]:
        revived = await self._wire.write("agenda.revive", lambda: self._store.revive(revivals))
        for one in revived:
            self._dues.set(one.transfer, one.duty, one.at)
        self._hint()
        return revived

    async def release(self) -> int:
        async def release() -> int:
            released = await self._store.release()
            self._dues.free(self._clock.now())
            return released

        return await self._wire.write("agenda.release", release)

    async def nudged(self, timeout_s: float) -> None:
        """Until a hint, or until something may be due; a look in between finds nothing, and simulated time skips it."""
        due = self._dues.next()
        wait_s = LONGEST_WAIT_S if due is None else (due - self._clock.now()).total_seconds() + 0.001
        timer = self._loop.call_later(max(timeout_s, wait_s), self._nudge.set)
        try:
            await self._nudge.wait()
        finally:
            timer.cancel()
        self._nudge.clear()

    def _hint(self) -> None:
        """One that is lost costs the second until a worker looks by itself."""
        if self._weather.strikes("agenda.hint", HINTING) is None:
            self._dues.hint()
        else:
            self._loop.call_later(POLL_S, self._dues.hint)


class GrantsLine:
    """`Grants`."""

    def __init__(self, grants: Grants, wire: Wire) -> None:
        self._grants = grants
        self._wire = wire

    async def all(self) -> tuple[Held, ...]:
        return await self._wire.read("grants.all", self._grants.all)

    async def put(self, grant: Grant, expected: int, note: Note) -> bool:
        return await self._wire.write("grants.put", lambda: self._grants.put(grant, expected, note))

    async def spend(self, grant: GrantId, day: int, amount: int, quota: int) -> bool:
        return await self._wire.write("grants.spend", lambda: self._grants.spend(grant, day, amount, quota))

    async def spent(self, grant: GrantId, day: int) -> int:
        return await self._wire.read("grants.spent", lambda: self._grants.spent(grant, day))

    async def forget(self, before: datetime) -> int:
        return await self._wire.write("grants.forget", lambda: self._grants.forget(before))


class AuditLine:
    """`Audit`."""

    def __init__(self, audit: Audit, wire: Wire) -> None:
        self._audit = audit
        self._wire = wire

    async def chain(self, chain: str) -> tuple[Link, ...]:
        return await self._wire.read("audit.chain", lambda: self._audit.chain(chain))

    async def chains_about(self, subject: IdentityNumber) -> tuple[str, ...]:
        return await self._wire.read("audit.about", lambda: self._audit.chains_about(subject))

    async def unlink(self, chain: str) -> None:
        await self._wire.write("audit.unlink", lambda: self._audit.unlink(chain))

    async def unlink_between(self, first: str, last: str) -> int:
        return await self._wire.write("audit.unlink", lambda: self._audit.unlink_between(first, last))

    async def pending(self, limit: int = PAGE_LIMIT) -> Pending:
        return await self._wire.read("audit.pending", lambda: self._audit.pending(limit))

    async def gather(self, checkpoint: Checkpoint, entries: Sequence[Link]) -> bool:
        return await self._wire.write("audit.gather", lambda: self._audit.gather(checkpoint, entries))

    async def latest(self) -> Checkpoint | None:
        return await self._wire.read("audit.latest", self._audit.latest)

    async def gathered(self, leaf: int, limit: int = PAGE_LIMIT) -> tuple[Link, ...]:
        return await self._wire.read("audit.gathered", lambda: self._audit.gathered(leaf, limit))

    async def checkpoints(self, after: int, limit: int = PAGE_LIMIT) -> tuple[Checkpoint, ...]:
        return await self._wire.read("audit.checkpoints", lambda: self._audit.checkpoints(after, limit))
