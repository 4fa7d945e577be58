"""Putting buried tasks back, one or a whole outage of them, with who did it and why. Never performs one.

A revived task keeps its key, its attempts and its doubt: to its counterparty it is the task that it was.
"""

from collections.abc import AsyncIterator

import attrs

from cotransfer.ports.agenda import Agenda
from cotransfer.ports.clock import Clock
from cotransfer.ports.standing import Item, Phase, Revival, Wanted

BATCH = 200
"""Tasks in one write: whoever commits beside it waits for one of them, not for thousands."""


class Reviving:
    """For operators; on the store of a running gateway as well."""

    def __init__(self, agenda: Agenda, clock: Clock) -> None:
        self._agenda = agenda
        self._clock = clock

    async def buried(self, wanted: Wanted, *, limit: int) -> tuple[Item, ...]:
        """What `revive` would put back, the longest buried first, at most `limit` of it."""
        return await self._agenda.items(attrs.evolve(wanted, phase=Phase.BURIED), at=self._clock.now(), limit=limit)

    async def revive(self, wanted: Wanted, *, who: str, why: str) -> AsyncIterator[tuple[Revival, ...]]:
        """Put back what was buried by now, the longest buried first, a batch at a time; what is told of is durable.

        Raises `ValueError`, before anything is done, when `who` or `why` is no word for the audit trail, and
        `Unavailable` when the store is away.
        """
        at = self._clock.now()
        # What is buried again meanwhile is not put back by the same breath.
        until = at if wanted.until is None else min(at, wanted.until)
        while found := await self.buried(attrs.evolve(wanted, until=until), limit=BATCH):
            done = await self._agenda.revive(
                [Revival(transfer=item.due.transfer, duty=item.due.duty, at=at, who=who, why=why) for item in found]
            )
            if not done:
                return  # Somebody else was quicker with all of them.
            yield done
