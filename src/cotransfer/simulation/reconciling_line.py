"""What reconciliation keeps, as one life of a process reaches it: over the same bad wire as all of the database."""

from collections.abc import Sequence
from datetime import datetime

from cotransfer.app.office import Office
from cotransfer.domain.values import TransferId, UtilityId
from cotransfer.ports.reconciliations import Ending, Kept, Noted, Reconciliations, Round, RoundLease
from cotransfer.simulation.plan import HOUR_S
from cotransfer.simulation.processes import SimulatedClock
from cotransfer.simulation.store_line import Wire
from cotransfer.simulation.witness import Witness

LOOKS_S = 3.5 * HOUR_S
"""Between two looks at the clock: less often than in earnest, but in every night."""


async def each_night(office: Office, clock: SimulatedClock) -> None:
    """As `Reconciling.run`."""
    assert office.reconciling is not None  # noqa: S101 - it is opened with one
    while True:
        await clock.sleep(LOOKS_S)
        await office.reconciling.tonight()


class ReconcilingLine:
    """`Reconciliations`. What is found is part of the trace."""

    def __init__(self, kept: Reconciliations, wire: Wire, witness: Witness) -> None:
        self._kept = kept
        self._wire = wire
        self._witness = witness

    async def tracked(
        self,
        utility: UtilityId,
        ended_since: datetime,
        *,
        after: TransferId | None = None,
        until: TransferId | None = None,
        limit: int,
    ) -> tuple[TransferId, ...]:
        return await self._wire.read(
            "reconciling.tracked",
            lambda: self._kept.tracked(utility, ended_since, after=after, until=until, limit=limit),
        )

    async def begin(self, lease: RoundLease, *, at: datetime, until: datetime, tries: int) -> bool:
        async def begin() -> bool:
            begun = await self._kept.begin(lease, at=at, until=until, tries=tries)
            if begun:
                self._witness.tell(f"reconcile {lease.name}")
            return begun

        return await self._wire.write("reconciling.begin", begin)

    async def keep(self, lease: RoundLease, noted: Sequence[Noted], *, at: datetime, until: datetime) -> None:
        async def keep() -> None:
            await self._kept.keep(lease, noted, at=at, until=until)
            for one in noted:
                found = one.finding
                self._witness.tell(f"found {found.transfer.text[-6:]} {found.divergence.value} {one.done.value}")

        await self._wire.write("reconciling.keep", keep)

    async def end(self, lease: RoundLease, ending: Ending) -> int:
        return await self._wire.write("reconciling.end", lambda: self._kept.end(lease, ending))

    async def findings(
        self, utility: UtilityId | None = None, *, lasting: bool = True, limit: int = 1_000
    ) -> tuple[Kept, ...]:
        return await self._wire.read(
            "reconciling.findings", lambda: self._kept.findings(utility, lasting=lasting, limit=limit)
        )

    async def rounds(self, limit: int = 100) -> tuple[Round, ...]:
        return await self._wire.read("reconciling.rounds", lambda: self._kept.rounds(limit))

    async def forget(self, before: datetime) -> int:
        return await self._wire.write("reconciling.forget", lambda: self._kept.forget(before))
