"""Who grants in the simulated city: the scheme's own grants at first, suspended and resumed by an operator on the way.

Acts on the database itself, as a command beside the gateway does. Never tells a process: it has to find out.
"""

from datetime import timedelta

from cotransfer.app.granting import Granting
from cotransfer.domain.grants import GrantId, Side, Terms, sms_grant, standard_grants
from cotransfer.simulation.disks import Disk
from cotransfer.simulation.gate_watch import GateWatch
from cotransfer.simulation.loop import VirtualLoop
from cotransfer.simulation.plan import START
from cotransfer.simulation.processes import SimulatedClock

OPERATOR = "operator"
QUOTA = 100_000
YEAR = timedelta(days=365)


class Authority:
    """`gate` is told of every suspension, so that it can watch that nothing leaves any more."""

    def __init__(self, disk: Disk, loop: VirtualLoop, gate: GateWatch) -> None:
        self._disk = disk
        self._loop = loop
        self._gate = gate
        self._suspended: dict[str, GrantId] = {}

    async def grant(self) -> None:
        """The scheme's, and that of the SMS service, where there is a gate."""
        if self._gate.guarded:
            since, until = START - YEAR, START + 2 * YEAR
            standard = standard_grants(valid_from=since, valid_until=until, quota=QUOTA)
            by_sms = sms_grant("sms", Terms(valid_from=since, valid_until=until, daily_quota=QUOTA))
            await self._granting().add(*standard, by_sms, who=OPERATOR)

    def is_suspended(self, grant: GrantId) -> bool:
        return _counterparty(grant) in self._suspended

    async def suspend(self, grant: GrantId) -> None:
        """From now on nothing leaves on it."""
        await self._granting().suspend(grant, by=Side.CITY, who=OPERATOR, why="breach")
        self._suspended[_counterparty(grant)] = grant
        self._gate.suspended_s[_counterparty(grant)] = self._loop.now_s

    async def resume(self, grant: GrantId) -> None:
        """It goes on; nothing happens where it does already."""
        if self._suspended.pop(_counterparty(grant), None) is not None:
            del self._gate.suspended_s[_counterparty(grant)]
            await self._granting().resume(grant, by=Side.CITY, who=OPERATOR, why="mended")
            self._gate.witness.tell(f"resumed {grant.text}")

    async def resume_all(self) -> None:
        """Whatever is suspended."""
        for grant in tuple(self._suspended.values()):
            await self.resume(grant)

    def _granting(self) -> Granting:
        return Granting(self._disk.open().grants, SimulatedClock(self._loop))


def _counterparty(grant: GrantId) -> str:
    return grant.text.partition(".")[0]
