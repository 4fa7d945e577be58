"""`Transfers` and `Agenda` on SQLite or PostgreSQL, chosen by the address alone.

What is written goes through one thread, a group at a time; what is only read has another, so that it waits for
nobody's commit. Never holds anything that is not in the database.
"""

import asyncio
import random
import secrets
import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, TypeVar

from cotransfer.adapters.sql.address import tongue_of
from cotransfer.adapters.sql.agenda_view import AgendaView
from cotransfer.adapters.sql.group import CHANNEL, Writer
from cotransfer.adapters.sql.line import RETRY_AFTER_S, Line, Raced
from cotransfer.adapters.sql.nudges import Listener, Nudges
from cotransfer.adapters.sql.ownership import Ownership, ownership_of
from cotransfer.adapters.sql.postgres import PostgresTongue
from cotransfer.adapters.sql.reading import Reader
from cotransfer.adapters.sql.reversals.reading import ReversalReader
from cotransfer.adapters.sql.schema import check
from cotransfer.adapters.sql.sealing import Keyring, Sealing
from cotransfer.adapters.sql.sqlite import SqliteTongue
from cotransfer.adapters.sql.statements import Statements
from cotransfer.adapters.sql.tasks import Tasks
from cotransfer.adapters.sql.thread import Inline, OwnThread, Place
from cotransfer.adapters.sql.tongue import Talk
from cotransfer.adapters.sql.trust.notes import NoteRows
from cotransfer.adapters.sql.trust.subjects import Subjects
from cotransfer.domain.consents import Consent
from cotransfer.domain.ledger import Ledger
from cotransfer.domain.parties import Party
from cotransfer.domain.values import TransferId
from cotransfer.ports.agenda import Buried, Claimed, Lease, Postponed, left_alone
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.reversals import ReversalLine, ReversalRecord
from cotransfer.ports.standing import Item, Revival, Wanted
from cotransfer.ports.transfers import Change, Entry, Loaded, MessageKey, Outcome

T = TypeVar("T")

RACES = 10
"""How often a group is judged anew because another process was quicker."""

STEP_ASIDE_S = 0.002
"""How much longer, at most, a group steps aside after each race that it lost."""


def open_store(
    address: str,
    *,
    sealing: Sealing | None = None,
    inline: bool = False,
    hints: bool = True,
    read_only: bool = False,
    administering: bool = False,
) -> "SqlStore":
    """The store at `address` (`sqlite:///path`, `postgresql://…`), whose tables must be of this version.

    `sealing` has the keys that personal data is sealed and looked up with: a store without it raises `KeyMissing` for
    whatever concerns a transfer or a person, and does all the rest; nothing is ever stored in clear. `inline` runs
    everything on the calling thread, for simulations; without `hints` PostgreSQL is not asked to notify other
    processes; `read_only` leaves a SQLite file to its owner and can write nothing; `administering` is for short writes
    of a command beside the process that owns a SQLite file, and takes no task from it.
    Raises `CannotOpen` with its cause and remedy. Blocks: call it before the loop has anything else to do.
    """
    tongue = tongue_of(address, read_only=read_only)
    check(address)
    ownership = None
    if isinstance(tongue, SqliteTongue) and not read_only:
        ownership = ownership_of(tongue.path, administering=administering)
    return SqlStore(tongue, Keyring(sealing or Sealing()), inline=inline, hints=hints, ownership=ownership)


class SqlStore:
    """Made by `open_store`; to be closed."""

    def __init__(
        self,
        tongue: SqliteTongue | PostgresTongue,
        keyring: Keyring,
        *,
        inline: bool,
        hints: bool,
        ownership: Ownership | None,
    ) -> None:
        own = secrets.token_hex(8)
        self.tongue = tongue
        self.keyring = keyring
        self.subjects = Subjects(keyring.sealing.keys)
        statements = Statements(tongue)
        self._ownership = ownership
        self._writer = Writer(
            tongue=tongue,
            statements=statements,
            keyring=keyring,
            sender=own,
            gives_hints=hints and tongue.hears_others,
            notes=NoteRows(tongue, self.subjects),
        )
        self._tasks = Tasks(tongue, statements)
        self._view = AgendaView(tongue, self._writer.notes)
        self._reader = Reader(tongue, statements, keyring)
        self._reversals = ReversalReader(self._writer.reversals, keyring)
        self._writing = Line(tongue, for_writing=True)
        self._reading = Line(tongue, for_writing=False)
        self._writing_place: Place = Inline() if inline else OwnThread("cotransfer-writer")
        self._reading_place: Place = Inline() if inline else OwnThread("cotransfer-reader")
        self._nudges = Nudges()
        self._listener = (
            Listener(tongue.connect, CHANNEL, own=own) if hints and isinstance(tongue, PostgresTongue) else None
        )

    async def load(self, transfers: Collection[TransferId], messages: Collection[MessageKey] = ()) -> Loaded:
        """What there is of what was asked for."""
        return await self.look(lambda talk: self._reader.load(talk, transfers, messages))

    async def commit(self, changes: Sequence[Change]) -> tuple[Outcome, ...]:
        """One transaction for all of `changes`."""
        if not changes:
            return ()
        outcomes = await self._writing_place.run(lambda: self._commit(changes))
        if any(change.owes_now for change in changes):
            self._nudges.give()
        return outcomes

    async def consents_of(self, transfer: TransferId) -> tuple[Consent, ...]:
        """Given and withdrawn ones."""
        return await self.look(lambda talk: self._writer.consents.of_transfer(talk, transfer))

    async def journal(self, transfer: TransferId) -> tuple[Entry, ...]:
        """Everything that happened, in order."""
        return await self.look(lambda talk: self._reader.journal(talk, transfer))

    async def reversals_of(self, transfer: TransferId) -> tuple[ReversalRecord, ...]:
        """Every one, by its number."""
        return await self.look(lambda talk: self._reversals.of(talk, transfer))

    async def reversal_lines(self, *, open_only: bool = True, limit: int = 100) -> tuple[ReversalLine, ...]:
        """The earliest first."""
        return await self.look(lambda talk: self._reversals.lines(talk, open_only=open_only, limit=limit))

    async def forget(self, before: datetime) -> int:
        """The answers to queries grow old; those that go with a transfer stay with it.

        Nothing that was deleted before is left in the log after it, unless somebody reads there all the time.
        """
        return await self._writing_place.run(lambda: self._forget(before))

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
        return await self.write(
            lambda talk: self._tasks.claim(talk, at=at, limit=limit, lease_s=lease_s, token=token, left=left)
        )

    async def postpone(self, postponed: Sequence[Postponed]) -> None:
        """Give back those that are still held."""
        if postponed:
            await self.write(lambda talk: self._tasks.postpone(talk, postponed))

    async def bury(
        self, lease: Lease, *, why: str, at: datetime, doubt: datetime | None = None, ledger: Ledger | None = None
    ) -> bool:
        """Give up, if still held."""
        return await self.write(lambda talk: self._tasks.bury(talk, lease, why=why, at=at, doubt=doubt, ledger=ledger))

    async def buried(self, limit: int = 100) -> tuple[Buried, ...]:
        """Latest first."""
        return await self.look(lambda talk: self._tasks.buried(talk, limit))

    async def items(self, wanted: Wanted, *, at: datetime, limit: int = 100) -> tuple[Item, ...]:
        """By when they are due, or were buried."""
        return await self.look(lambda talk: self._view.items(talk, wanted, at=at, limit=limit))

    async def revive(self, revivals: Sequence[Revival]) -> tuple[Revival, ...]:
        """Back on the agenda under their old keys, each with its note."""
        revived = await self.write(lambda talk: self._view.revive(talk, revivals))
        if revived:
            self._nudges.give()
        return revived

    async def release(self) -> int:
        """Nobody holds anything any more."""
        released = await self.write(self._tasks.release)
        if released:
            self._nudges.give()
        return released

    async def nudged(self, timeout_s: float) -> None:
        """Until something is owed, here or (on PostgreSQL) by another process, or the time is over."""
        if self._listener is not None:
            self._listener.start(self._nudges.give)
        await self._nudges.wait(timeout_s)

    async def close(self) -> None:
        """End the threads and connections, once what is under way is done; a second time it does nothing."""
        for place, line in ((self._writing_place, self._writing), (self._reading_place, self._reading)):
            place.close()
            line.close()
        ownership, self._ownership = self._ownership, None
        if ownership is not None:
            ownership.release()
        if self._listener is not None:  # Last: whoever is cancelled while waiting for it has closed all the rest.
            await asyncio.to_thread(self._listener.close)

    async def __aenter__(self) -> "SqlStore":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def look(self, work: Callable[[Talk], T]) -> T:
        """Run `work`, which only reads, on the reading thread: for the package's other ports on the same database."""
        return await self._reading_place.run(lambda: self._reading.look(work))

    async def write(self, work: Callable[[Talk], T]) -> T:
        """Run `work` in a transaction of its own on the writing thread; durable when it answers."""
        return await self._writing_place.run(lambda: self._over_races(work))

    def _commit(self, changes: Sequence[Change]) -> tuple[Outcome, ...]:
        group = self._writer.weigh(changes)
        outcomes = self._over_races(lambda talk: self._writer.commit(talk, group))
        if any(change.erases is not None for change in changes):
            # A reader may be in the way: then `forget`, which comes by every hour, does it.
            self._writing.sweep()
        return outcomes

    def _forget(self, before: datetime) -> int:
        forgotten = self._over_races(lambda talk: self._writer.forget(talk, before))
        self._writing.sweep()
        return forgotten

    def _over_races(self, work: Callable[[Talk], T]) -> T:
        why = None
        for race in range(RACES):
            try:
                return self._writing.transact(work)
            except Raced as raced:
                cause: Any = raced.__cause__
                is_busy = isinstance(self.tongue, SqliteTongue) and isinstance(cause, self.tongue.errors)
                why = self.tongue.explain(cause) if is_busy else None
                # Whoever won is a step ahead of us, and would win again and again: two on one chain take turns so.
                time.sleep(random.uniform(0, race * STEP_ASIDE_S))
        raise Unavailable(
            Party.US,
            why or "Other processes kept getting in the way at the database: try again.",
            retry_after_s=RETRY_AFTER_S,
            certain=True,
        )
