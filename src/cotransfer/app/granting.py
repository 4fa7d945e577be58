"""Grants at work: what is in force this moment and what is left of its quota; and adding, suspending, ending them.

Never lets data go on knowledge that is too old: with the store away grants stay as they were for a few seconds, and
then nothing leaves until it is back.
"""

import asyncio
from collections import defaultdict
from typing import assert_never

import attrs
import structlog

from cotransfer.app.freshness import Known
from cotransfer.domain.grants import (
    Active,
    Add,
    CannotChange,
    Command,
    End,
    Ended,
    Grant,
    GrantId,
    Resume,
    Side,
    Standing,
    Suspend,
    Suspended,
    day_of,
    decide,
)
from cotransfer.domain.parties import Party
from cotransfer.ports.clock import Clock
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.grants import Grants, Held

_log = structlog.get_logger(__name__)

PART = 100
"""A process sets aside a hundredth of a day's quota at a time: a write for each hundredth, not for each disclosure."""

RACES = 10
"""How often a change is decided anew because somebody else was quicker."""


@attrs.define
class _Aside:
    """What a process has set aside of one grant's quota on one day, and not used yet."""

    day: int = -1
    left: int = 0
    turn: asyncio.Lock = attrs.field(factory=asyncio.Lock)


class GrantsInForce:
    """One for a process, asked before anything leaves."""

    def __init__(self, grants: Grants, clock: Clock) -> None:
        self._grants = grants
        self._clock = clock
        self._known = Known(self._read, clock, what="what is granted")
        self._aside: defaultdict[GrantId, _Aside] = defaultdict(_Aside)
        self._told: dict[GrantId, Standing] = {}

    async def current(self) -> tuple[Grant, ...]:
        """Every grant as of half a second ago at most; raises `Unavailable` when nobody could tell for five seconds."""
        return await self._known.now()

    async def spend(self, grant: Grant, amount: int) -> bool:
        """Count `amount` disclosures towards today's quota; False, and none of them counted, when it has no room.

        The quota is never exceeded, whatever all processes do. What was set aside and not used when a process ends, or
        the day does, is lost to the quota: a hundredth of it for each process at most.
        """
        aside = self._aside[grant.id]
        async with aside.turn:
            day = day_of(self._clock.now())
            if aside.day != day:
                aside.day, aside.left = day, 0
            if aside.left < amount:
                aside.left += await self._set_aside(grant, day, amount - aside.left)
            if aside.left < amount:
                return False
            aside.left -= amount
            return True

    async def give_back(self, grant: Grant, amount: int) -> None:
        """What was spent today has not left: this process may use it again. What was another day's is over."""
        aside = self._aside[grant.id]
        async with aside.turn:
            still_today = aside.day == day_of(self._clock.now())
            aside.left += amount if still_today else 0

    def changed(self) -> None:
        """This process has changed a grant: it bites here at once."""
        self._known.changed()

    async def _set_aside(self, grant: Grant, day: int, wanted: int) -> int:
        """A hundredth of the quota, else just what is wanted, else nothing."""
        part = max(wanted, grant.daily_quota // PART)
        for amount in dict.fromkeys((part, wanted)):
            if await self._grants.spend(grant.id, day, amount, grant.daily_quota):
                return amount
        return 0

    async def _read(self) -> tuple[Grant, ...]:
        found = tuple([held.grant for held in await self._grants.all()])
        for grant in found:
            if grant.standing != self._told.get(grant.id, Active()):
                _tell(grant)
        self._told = {grant.id: grant.standing for grant in found}
        return found


class Granting:
    """For operators: each change is decided on what is held now, and written with its note."""

    def __init__(self, grants: Grants, clock: Clock, *, in_force: GrantsInForce | None = None) -> None:
        self._grants = grants
        self._clock = clock
        self._in_force = in_force

    async def all(self) -> tuple[Held, ...]:
        """Every grant, the ended ones as well, in the order of their names."""
        return await self._grants.all()

    async def spent_today(self, grant: GrantId) -> int:
        """What processes have used or set aside today."""
        return await self._grants.spent(grant, day_of(self._clock.now()))

    async def add(self, *grants: Grant, who: str) -> tuple[GrantId, ...]:
        """Add what is not there yet; the names of those that are new. Raises `CannotChange`, at the first."""
        return tuple([grant.id for grant in grants if await self._change(grant.id, Add(grant), who)])

    async def suspend(self, grant: GrantId, *, by: Side, who: str, why: str) -> bool:
        """No data goes out from now on; False when that side had suspended it already. Raises `CannotChange`."""
        return await self._change(grant, Suspend(id=grant, by=by, why=why), who)

    async def resume(self, grant: GrantId, *, by: Side, who: str, why: str) -> bool:
        """Take that side's suspension back; False when nobody suspends it. Raises `CannotChange`."""
        return await self._change(grant, Resume(id=grant, by=by, why=why), who)

    async def end(self, grant: GrantId, *, by: Side, who: str, why: str) -> bool:
        """For good; False when it had ended already. Raises `CannotChange`."""
        return await self._change(grant, End(id=grant, by=by, why=why), who)

    async def _change(self, name: GrantId, command: Command, who: str) -> bool:
        for _ in range(RACES):
            held = {one.grant.id: one for one in await self._grants.all()}.get(name)
            changed = decide(None if held is None else held.grant, command, who=who, at=self._clock.now())
            if changed is None:
                return False
            if await self._grants.put(changed.grant, 0 if held is None else held.version, changed.note):
                if self._in_force is not None:
                    self._in_force.changed()
                return True
        raise Unavailable(Party.US, "Others kept changing the grant: try again.", retry_after_s=1.0, certain=True)


def _tell(grant: Grant) -> None:
    """Every process tells its operator what it learns, once; when it starts, of all grants that are not active."""
    named = {"grant": grant.id.text, "counterparty": grant.counterparty}
    match grant.standing:
        case Active():
            _log.info("grant_resumed", **named)
        case Suspended(suspensions=suspensions):
            _log.warning("grant_suspended", **named, by=[one.by.value for one in suspensions], why=suspensions[-1].why)
        case Ended(by=by, why=why):
            _log.warning("grant_ended", **named, by=[by.value], why=why)
        case _:
            assert_never(grant.standing)


__all__ = ["CannotChange", "Granting", "GrantsInForce"]
