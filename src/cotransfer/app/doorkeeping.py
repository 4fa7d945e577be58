"""Who is shut out right now, in every process, without asking the store for each request.

Never lets anybody in on knowledge that is too old: with the store away the door stays as it was for a few seconds, and
then nobody comes in until the store is back.
"""

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta

from cotransfer.domain.notes import Decision, Note
from cotransfer.domain.parties import Party
from cotransfer.ports.access import Access, Barred, Standing
from cotransfer.ports.clock import Clock
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.transfers import Change, Committed, Transfers

FRESH = timedelta(seconds=0.5)
"""How old what we know may be: barring a client bites within a second, everywhere."""

BEARABLE = timedelta(seconds=5)
"""How old it may be while the store does not answer."""

READ_LIMIT_S = 1.0
"""How long a request waits for the store before it falls back on what is known."""

CHAIN = "access"
"""The chain of the audit trail that decisions about clients belong to."""


class Doorkeeping:
    """One for a process; `standing` is for every request, the rest for operators and the token endpoint."""

    def __init__(self, access: Access, transfers: Transfers, clock: Clock) -> None:
        self._access = access
        self._transfers = transfers
        self._clock = clock
        self._known: tuple[Standing, datetime] | None = None
        self._reading: asyncio.Task[Standing] | None = None
        self._changes = 0

    async def standing(self) -> Standing:
        """As of half a second ago at most; raises `Unavailable` when nobody could tell for five seconds."""
        known = self._within(FRESH)
        if known is not None:
            return known
        try:
            async with asyncio.timeout(READ_LIMIT_S):
                return await asyncio.shield(self._read_once())
        except (TimeoutError, Unavailable):
            known = self._within(BEARABLE)
            if known is None:
                raise _nobody_can_tell() from None
            return known

    async def bar(self, client: str, *, who: str, why: str) -> bool:
        """Shut a client out, and write the decision down. The door first: a note that fails may be repeated."""
        barred = await self._access.bar(client, who=who, why=why, at=self._clock.now())
        self._changed()
        await self._note("client.barred", client, who, why)
        return barred

    async def admit(self, client: str, *, who: str, why: str) -> bool:
        """Let a client in again. The note first: nobody comes in again without its being written down."""
        await self._note("client.admitted", client, who, why)
        admitted = await self._access.admit(client)
        self._changed()
        return admitted

    async def barred(self) -> Collection[Barred]:
        """The barred clients with their reasons."""
        return await self._access.barred()

    async def revoke(self, token: str, until: datetime) -> None:
        """The token with this `jti` is worth nothing from now on."""
        await self._access.revoke(token, until)
        self._changed()

    async def first_use(self, kind: str, nonce: str, until: datetime) -> bool:
        """Whether nobody used this before."""
        return await self._access.first_use(kind, nonce, until)

    async def forget(self) -> int:
        """Forget what has ended; part of the housekeeping."""
        return await self._access.forget(self._clock.now() - timedelta(minutes=1))

    def _within(self, age: timedelta) -> Standing | None:
        if self._known is None:
            return None
        standing, at = self._known
        # A clock that went back makes what we know seem to come from the future: then it is read anew.
        return standing if timedelta() <= self._clock.now() - at <= age else None

    def _read_once(self) -> "asyncio.Task[Standing]":
        """The read under way, or a new one: however many ask, the store is asked once."""
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())
            self._reading.add_done_callback(self._was_read)
        return self._reading

    async def _read(self) -> Standing:
        began, changes = self._clock.now(), self._changes  # What is read is at least as young as the moment before.
        standing = await self._access.standing()
        if changes == self._changes:
            self._known = (standing, began)
        return standing

    def _changed(self) -> None:
        """What this process did itself bites here at once; a read that is under way may not know of it."""
        self._known = None
        self._changes += 1

    def _was_read(self, task: "asyncio.Task[Standing]") -> None:
        self._reading = None
        if not task.cancelled():
            task.exception()  # Looked at, so that nobody complains when every caller has gone.

    async def _note(self, what: str, client: str, who: str, why: str) -> None:
        decision = Decision(what=what, who=who, about=client, why=why)
        note = Note(chain=CHAIN, at=self._clock.now(), what=decision)
        (outcome,) = await self._transfers.commit([Change(noted=(note,))])
        assert isinstance(outcome, Committed)  # noqa: S101 - a change that only notes meets nobody


def _nobody_can_tell() -> Unavailable:
    return Unavailable(
        Party.US, "Nobody can tell who is barred: the store does not answer.", retry_after_s=1.0, certain=True
    )
