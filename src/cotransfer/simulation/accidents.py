"""What a plan lets happen to processes, keys and grants as a schedule goes on: deaths, restarts, suspensions.

What is left out waits as well, and then does nothing: the steps of a run are counted. Never strikes in calm weather.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

import attrs

from cotransfer.domain.grants import GrantId
from cotransfer.simulation.authority import Authority
from cotransfer.simulation.disks import Disk
from cotransfer.simulation.loop import VirtualLoop
from cotransfer.simulation.plan import Crash, Outage, Plan
from cotransfer.simulation.processes import Process
from cotransfer.simulation.utility import SimulatedUtility
from cotransfer.simulation.weather import Kind, Weather

OWNER = "accidents"


@attrs.frozen(kw_only=True)
class Accidents:
    """Those of one plan, and whom they happen to."""

    plan: Plan
    loop: VirtualLoop
    weather: Weather
    processes: Sequence[Process]
    utility: SimulatedUtility
    disk: Disk
    authority: Authority

    def begin(self) -> None:
        """Set the alarms, and let everything else wait for its time."""
        for nth, skew_s in enumerate(self.plan.skews_s):
            if skew_s:
                self.weather.note(f"skew#{nth}", Kind.SKEW)
        self._set_alarms()
        for waiting in self._outages():
            self.loop.create_task(waiting, name=OWNER)

    def _set_alarms(self) -> None:
        """Crashes strike between two steps, wherever those are."""
        waiting = sorted(self.plan.crashes, key=lambda one: one.step)

        def next_one() -> None:
            if waiting:
                self.loop.at_step(waiting[0].step, strike)

        def strike() -> None:
            crash = waiting.pop(0)
            if self._may_strike(crash.name):
                self._crash(crash)
            next_one()

        next_one()

    def _crash(self, crash: Crash) -> None:
        if crash.process is None:
            if self.utility.is_up:
                self.weather.note(crash.name, Kind.RESTART)
                self.utility.stop()
                self.loop.call_later(crash.down_s, self.utility.start)
        elif self.processes[crash.process].kill():
            self.weather.note(crash.name, Kind.CRASH)
            self.loop.call_later(crash.down_s, self.processes[crash.process].start)

    def _outages(self) -> list[Coroutine[Any, Any, None]]:
        plan = self.plan
        return [
            *(self._restart(one) for one in plan.restarts),
            *(self._suspend(one) for one in plan.suspensions if plan.guarded),
            *(self._rotate(one) for one in plan.rotations),
        ]

    def _may_strike(self, name: str) -> bool:
        return not self.weather.is_calm and self.weather.allows(name)

    async def _restart(self, outage: Outage) -> None:
        await asyncio.sleep(outage.from_s)
        if not self._may_strike(outage.name) or not self.utility.is_up:
            return
        self.weather.note(outage.name, Kind.RESTART)
        self.utility.stop()
        await asyncio.sleep(outage.for_s)
        self.utility.start()

    async def _rotate(self, outage: Outage) -> None:
        await asyncio.sleep(outage.from_s)
        if self._may_strike(outage.name) and self.disk.rotate():
            self.weather.note(outage.name, Kind.ROTATED)

    async def _suspend(self, outage: Outage) -> None:
        grant = GrantId(outage.whose)
        await asyncio.sleep(outage.from_s)
        if not self._may_strike(outage.name) or self.authority.is_suspended(grant):
            return
        self.weather.note(outage.name, Kind.SUSPENDED)
        await self.authority.suspend(grant)
        await asyncio.sleep(outage.for_s)
        await self.authority.resume(grant)
