"""Performs what the agenda holds: claims, calls, and hands what came of it to the desk.

Never holds more of one counterparty's tasks than its limit, never tries blindly, and never drops a task: it is
finished, postponed, or buried with its reason. A worker that dies loses only time: its leases run out.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

import attrs
import structlog

from cotransfer.app.circuits import CircuitOpen, Circuits
from cotransfer.app.desk import Desk
from cotransfer.app.duties import Later, Performance
from cotransfer.app.erasure import Erasure
from cotransfer.app.errand import Errand
from cotransfer.app.failing import failed, ours, waited_for
from cotransfer.app.log import where
from cotransfer.app.matter import Matter, about
from cotransfer.app.patience import UNINTELLIGIBLE_LIMIT, UNINTELLIGIBLE_PAUSE_S, Patience
from cotransfer.app.returns import Returns
from cotransfer.app.reversal_duties import ReversalDuties
from cotransfer.domain.agenda import CHASED, FOLLOWS, Duty, step_of
from cotransfer.domain.allowances import Timetable
from cotransfer.domain.commands import Command, RecordNotice
from cotransfer.domain.grants import NotGranted
from cotransfer.domain.notices import Undeliverable
from cotransfer.domain.refusals import Refused
from cotransfer.domain.reversals.agenda import DUTIES
from cotransfer.domain.states import NotSubmitted
from cotransfer.ports import correlation as ids
from cotransfer.ports.agenda import Agenda, Claimed, Due
from cotransfer.ports.clock import Clock
from cotransfer.ports.errors import LeaseLost, NotAdmitted, Unavailable, Unintelligible
from cotransfer.ports.identifiers import Identifiers
from cotransfer.ports.transfers import Loaded, Transfers

WITHHELD_PAUSE_S = 900.0
"""Before a task is tried again for which no data may leave at present."""

_log = structlog.get_logger(__name__)


@attrs.frozen(kw_only=True)
class Limits:
    """How much a worker takes on: tasks at once, in all and per counterparty; how long a claim lasts; how long it
    rests when there is nothing to do, and what is withheld rests before it is judged again; in seconds.
    """

    at_once: int = 64
    per_counterparty: int = 8
    lease_s: float = 60.0
    rest_s: float = 1.0
    withheld_s: float = WITHHELD_PAUSE_S


USUAL_LIMITS = Limits()


class Worker:
    """One of as many as wanted: the agenda keeps them apart."""

    def __init__(
        self,
        *,
        agenda: Agenda,
        transfers: Transfers,
        desk: Desk,
        performances: Mapping[Duty, Performance],
        clock: Clock,
        identifiers: Identifiers,
        patience: Patience = Patience(),  # noqa: B008 - a frozen value
        limits: Limits = USUAL_LIMITS,
        timetable: Timetable | None = None,
        circuits: Circuits | None = None,
        erasure: Erasure | None = None,
        reversals: ReversalDuties | None = None,
    ) -> None:
        """`circuits` are those that the counterparties of the performances stand behind; None: behind none.
        `reversals` does what reversals owe; None: there are none here.
        """
        self._timetable = timetable or Timetable()
        self._agenda = agenda
        self._transfers = transfers
        self._desk = desk
        self._performances = performances
        self._clock = clock
        self._identifiers = identifiers
        self._erasure = erasure or Erasure(transfers, clock)
        self._reversals = reversals
        self._returns = Returns(agenda, clock, identifiers, patience, withheld_s=limits.withheld_s)
        self._limits = limits
        self._circuits = circuits or Circuits(clock)
        self._busy: dict[asyncio.Task[None], Due] = {}
        self._held_back = False  # The last claim had no room for all that may be due.
        self._more = asyncio.Event()  # Another claim may bring something, hint or no hint.

    async def run(self) -> None:
        """Work until cancelled; what is in hand then is left to its lease."""
        try:
            while True:
                try:
                    await self._take()
                except Unavailable:
                    await self._clock.sleep(self._limits.rest_s)
                    continue
                await self._wait_for_more()
        finally:
            for task in self._busy:
                task.cancel()
            await asyncio.gather(*self._busy, return_exceptions=True)

    async def drain(self) -> int:
        """Do everything that is due now, and what comes of it at once; how many tasks were tried."""
        tried = 0
        while (taken := await self._take()) or self._busy or self._returns.waiting:
            tried += taken
            if self._busy and not taken:
                await asyncio.wait(self._busy, return_when=asyncio.FIRST_COMPLETED)
        return tried

    async def _wait_for_more(self) -> None:
        """Until a claim may bring something: each empty one is a transaction that the desk has to wait for."""
        nudged = asyncio.create_task(self._agenda.nudged(self._limits.rest_s))
        more = asyncio.create_task(self._more.wait())
        try:
            await asyncio.wait({nudged, more}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            nudged.cancel()
            more.cancel()
            await asyncio.gather(nudged, more, return_exceptions=True)

    async def _take(self) -> int:
        """Claim what there is room for and begin it; how many tasks."""
        self._more.clear()
        await self._returns.give_back()
        room, full = self._room()
        shut = self._circuits.shut()
        self._held_back = room <= 0 or bool(full) or bool(shut)
        if room <= 0:
            return 0
        claimed = await self._agenda.claim(
            at=self._clock.now(),
            limit=room,
            lease_s=self._limits.lease_s,
            token=self._identifiers.token(),
            skip=full,
            shut=shut,
        )
        if len(claimed) == room:
            self._more.set()
        if claimed:
            await self._begin(claimed)
        return len(claimed)

    def _room(self) -> tuple[int, frozenset[str]]:
        """How many tasks to claim, and whose not.

        A claim may bring one counterparty's tasks only, so it is no larger than what everybody left has room for;
        whoever is more than half full waits, so that the others' claims stay large.
        """
        counts, cap = Counter(due.counterparty for due in self._busy.values()), self._limits.per_counterparty
        full = frozenset(name for name, count in counts.items() if count > cap / 2)
        fullest = max((count for name, count in counts.items() if name not in full), default=0)
        return min(self._limits.at_once - len(self._busy), cap - fullest), full

    async def _begin(self, claimed: tuple[Claimed, ...]) -> None:
        ids.begin(self._identifiers.token())
        try:
            loaded = await self._transfers.load({one.due.transfer for one in claimed})
        except Unavailable as error:
            at = self._clock.now()
            for one in claimed:
                self._returns.put_off(one, failed(one.due.duty, None, error), until=at, doubt=one.doubt)
            raise
        for one in claimed:
            task = asyncio.create_task(self._attempt(one, loaded, after=self._ahead_of(one.due)))
            self._busy[task] = one.due
            task.add_done_callback(self._end)

    def _ahead_of(self, due: Due) -> set[asyncio.Task[None]]:
        """What is in hand that must be over first; where it was taken off since, the agenda no longer knows of it."""
        before = FOLLOWS.get(due.duty, ())
        return {
            task
            for task, held in self._busy.items()
            if held.duty in before and (held.transfer, held.counterparty) == (due.transfer, due.counterparty)
        }

    def _end(self, task: asyncio.Task[None]) -> None:
        del self._busy[task]
        if self._held_back or self._returns.waiting:
            self._more.set()

    async def _attempt(self, claimed: Claimed, loaded: Loaded, *, after: set[asyncio.Task[None]]) -> None:
        """One attempt at one task, after others; whatever goes wrong is written to the agenda."""
        if after:
            await asyncio.wait(after)
        began, duty, waits_for = self._clock.now(), claimed.due.duty, None
        ids.begin(self._identifiers.token())
        if began + timedelta(seconds=self._limits.lease_s / 2) > claimed.until:
            failure = ours(step_of(duty, None), "It waited too long for its turn.")
            self._returns.put_off(claimed, failure, until=began, doubt=claimed.doubt)
            return
        done = None
        try:
            if duty is Duty.ERASE:
                await self._erasure.erase(claimed.due.transfer, finishes=claimed.lease)
                return
            if duty in DUTIES and self._reversals is not None:
                await self._reversals.perform(claimed)
                return
            record = loaded.record(claimed.due.transfer)
            state = record.state if record else NotSubmitted()
            waits_for = waited_for(state)
            with contextlib.nullcontext() if isinstance(state, NotSubmitted) else about(Matter.of(state.case)):
                done = await self._performances[duty](state, claimed)
            await self._hand_in(claimed, done)
        except LeaseLost:
            return
        except CircuitOpen as error:
            self._returns.leave_alone(claimed, error)
        except Unavailable as error:
            # Once it is performed, a store that is away makes nothing undone.
            doubt = _doubt(claimed, began, undone=error.certain and done is None)
            await self._returns.try_later(claimed, failed(duty, waits_for, error), error.retry_after_s, doubt=doubt)
        except Unintelligible as error:
            doubt = _doubt(claimed, began, undone=error.certain and done is None)
            failure = failed(duty, waits_for, error)
            limit = 0 if isinstance(error, NotAdmitted) else UNINTELLIGIBLE_LIMIT
            await self._returns.try_later(claimed, failure, UNINTELLIGIBLE_PAUSE_S, doubt=doubt, limit=limit)
        except NotGranted as error:
            doubt = _doubt(claimed, began, undone=done is None)
            await self._returns.withhold(claimed, failed(duty, waits_for, error), error, doubt=doubt)
        except Refused as error:
            doubt = _doubt(claimed, began, undone=done is None)
            await self._returns.try_later(claimed, failed(duty, waits_for, error), doubt=doubt, limit=0)
        except Exception as error:
            _log.error("duty_broke", key=claimed.due.key, error=type(error).__name__, where=where(error))
            doubt = _doubt(claimed, began, undone=False)
            await self._returns.try_later(claimed, failed(duty, waits_for, error), doubt=doubt)

    async def _hand_in(self, claimed: Claimed, done: tuple[Command, ...] | Later) -> None:
        if isinstance(done, Later):
            await self._hand_in_for_now(claimed, done)
        else:
            await self._finish(claimed, done)

    async def _hand_in_for_now(self, claimed: Claimed, done: Later) -> None:
        """What there is goes to the desk, and the task comes up again: unless the news have settled it by then."""
        if done.commands:
            await self._desk.handle(Errand(transfer=claimed.due.transfer, commands=done.commands))
        until = self._timetable.due(self._clock.now(), done.after)
        self._returns.come_again(claimed, until=until)

    async def _finish(self, claimed: Claimed, commands: tuple[Command, ...]) -> None:
        errand = Errand(transfer=claimed.due.transfer, commands=commands, finishes=claimed.lease)
        try:
            await self._desk.handle(errand)
        except LeaseLost:
            if claimed.due.duty in CHASED or any(map(_is_undone, commands)):
                raise
            # What was done at the counterparty has happened, whoever holds the task by now.
            await self._desk.handle(attrs.evolve(errand, finishes=None))


def _is_undone(command: Command) -> bool:
    """Whether it only says that nothing came of it: whoever holds the task by now comes to an end of their own, and a
    notice that two say is undeliverable would go to the next channel twice.
    """
    return isinstance(command, RecordNotice) and isinstance(command.fate, Undeliverable)


def _doubt(claimed: Claimed, began: datetime, *, undone: bool) -> datetime | None:
    """Since when the task may have been done all the same: an attempt that surely did nothing adds no doubt."""
    return claimed.doubt if undone else claimed.doubt or began
