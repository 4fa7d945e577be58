"""Who is shut out right now, in every process, without asking the store for each request.

Never lets anybody in on knowledge that is too old: with the store away the door stays as it was for a few seconds, and
then nobody comes in until the store is back.
"""

from collections.abc import Collection
from datetime import datetime

from cotransfer.app.freshness import Known
from cotransfer.domain.notes import Decision, Note
from cotransfer.ports.access import Access, Barred, Standing
from cotransfer.ports.clock import Clock
from cotransfer.ports.transfers import Change, Committed, Transfers

CHAIN = "access"
"""The chain of the audit trail that decisions about clients belong to."""


class Doorkeeping:
    """One for a process; `standing` is for every request, the rest for operators and the token endpoint."""

    def __init__(self, access: Access, transfers: Transfers, clock: Clock) -> None:
        self._access = access
        self._transfers = transfers
        self._clock = clock
        self._known = Known(self._read, clock, what="who is barred")

    async def standing(self) -> Standing:
        """As of half a second ago at most; raises `Unavailable` when nobody could tell for five seconds."""
        return await self._known.now()

    async def bar(self, client: str, *, who: str, why: str) -> bool:
        """Shut a client out, and write the decision down. The door first: a note that fails may be repeated."""
        barred = await self._access.bar(client, who=who, why=why, at=self._clock.now())
        self._known.changed()
        await self._note("client.barred", client, who, why)
        return barred

    async def admit(self, client: str, *, who: str, why: str) -> bool:
        """Let a client in again. The note first: nobody comes in again without its being written down."""
        await self._note("client.admitted", client, who, why)
        admitted = await self._access.admit(client)
        self._known.changed()
        return admitted

    async def barred(self) -> Collection[Barred]:
        """The barred clients with their reasons."""
        return await self._access.barred()

    async def revoke(self, token: str, until: datetime) -> None:
        """The token with this `jti` is worth nothing from now on."""
        await self._access.revoke(token, until)
        self._known.changed()

    async def first_use(self, kind: str, nonce: str, until: datetime) -> bool:
        """Whether nobody used this before."""
        return await self._access.first_use(kind, nonce, until)

    async def _read(self) -> Standing:
        return await self._access.standing()

    async def _note(self, what: str, client: str, who: str, why: str) -> None:
        decision = Decision(what=what, who=who, about=client, why=why)
        note = Note(chain=CHAIN, at=self._clock.now(), what=decision)
        (outcome,) = await self._transfers.commit([Change(noted=(note,))])
        assert isinstance(outcome, Committed)  # noqa: S101 - a change that only notes meets nobody
