"""Reconciliation, a round at a time: every open and recently closed transfer against what its utility states.

By the utility's own list where it has one, by a file that was brought, or else case by case; in constant memory. Once a
night and utility, whoever does it and however often somebody restarts. One utility's failure is no other's.
"""

import asyncio
from datetime import datetime, timedelta

import attrs
import structlog

from cotransfer.app.comparing import Against, Comparing, Result
from cotransfer.app.directory import Directory
from cotransfer.app.pairing import BATCH, Pairing, Statement, listed
from cotransfer.domain.ledger import Failure
from cotransfer.domain.nights import Nights
from cotransfer.domain.parties import Party
from cotransfer.domain.reconciliation import Grace
from cotransfer.domain.refusals import Refused
from cotransfer.domain.values import UtilityId
from cotransfer.ports.clock import Clock
from cotransfer.ports.errors import LeaseLost, Unavailable, Unintelligible
from cotransfer.ports.identifiers import Identifiers
from cotransfer.ports.reconciliations import Ending, Noted, Reconciliations, Round, RoundLease
from cotransfer.ports.utility import Capability, Utility

HELD = timedelta(minutes=10)
"""How long a round is its holder's after each word from them."""

AGAIN_AFTER = timedelta(minutes=30)
TRIES = 5
"""A night's round that failed begins anew after so long, so many times in all."""

MARGIN = timedelta(days=1)
"""How much further back a utility is asked than we look ourselves: what ended there ended here a little later."""

MOST_FINDINGS = 10_000
"""In one round; a statement that gives more is no statement of ours."""

PAUSE_S = 300.0
"""Between two looks at the clock."""

FINDINGS_KEPT = timedelta(days=90)

_log = structlog.get_logger(__name__)


@attrs.frozen(kw_only=True)
class ReconcilingTerms:
    """What a deployment decides: whether and when it is done at night, how far back closed transfers are compared, and
    how long one side may lag behind the other.
    """

    enabled: bool = True
    nights: Nights = attrs.field(factory=Nights)
    window: timedelta = timedelta(days=7)
    grace: Grace = attrs.field(factory=Grace)


@attrs.define
class _Running:
    """A round under way; `unkept` are the findings that are not in the store yet."""

    lease: RoundLease
    port: Utility
    kept_at: datetime
    compared: int = 0
    found: int = 0
    unkept: list[Noted] = attrs.field(factory=list)
    failure: Failure | None = None

    def take(self, result: Result) -> None:
        """One transfer more."""
        self.compared += 1
        self.failure = self.failure or result.failure
        if result.noted is not None:
            self.unkept.append(result.noted)
            self.found += 1
        if self.found > MOST_FINDINGS:
            raise Unintelligible(Party.UTILITY, f"{self.lease.utility.text} states more than {MOST_FINDINGS} findings.")


class Reconciling:
    """`run` is one of as many as wanted: the store keeps them apart."""

    def __init__(
        self,
        *,
        directory: Directory,
        kept: Reconciliations,
        comparing: Comparing,
        clock: Clock,
        identifiers: Identifiers,
        terms: ReconcilingTerms,
    ) -> None:
        self.kept = kept
        self._directory = directory
        self._comparing = comparing
        self._pairing = Pairing(kept)
        self._clock = clock
        self._identifiers = identifiers
        self._terms = terms

    async def run(self) -> None:
        """Each night once, until cancelled."""
        while self._terms.enabled:
            await self.tonight()
            await self._clock.sleep(PAUSE_S)

    async def tonight(self) -> tuple[Round, ...]:
        """The rounds of this night that nobody has done, all utilities side by side; `()` by day."""
        night = self._terms.nights.night(self._clock.now())
        if night is None:
            return ()
        rounds = await asyncio.gather(*(self._at_night(utility, night.isoformat()) for utility in self._directory))
        return tuple(one for one in rounds if one is not None)

    async def reconcile(
        self, utility: UtilityId, *, name: str | None = None, statement: Statement | None = None
    ) -> Round | None:
        """One round, None when somebody else has it or had it; without a name it is one of its own.

        What fails at the utility is told by the round. Raises `KeyError` for a utility that there is not, `LeaseLost`,
        or `Unavailable` when the store is away: the round may then be taken up again.
        """
        port, at = self._directory[utility].utility, self._clock.now()
        token = self._identifiers.token()
        lease = RoundLease(utility, name or f"{at.isoformat(timespec='seconds')} {token[-6:]}", token)
        if not await self.kept.begin(lease, at=at, until=at + HELD, tries=TRIES):
            return None
        running = _Running(lease, port, kept_at=at)
        try:
            await self._go_through(running, at, statement)
        except (Unavailable, Unintelligible) as error:
            running.failure = Failure(error.party, error.what)
        except Refused as error:
            running.failure = Failure(Party.US, f"refused as {error.refusal.why.code}")
        return await self._ended(running, at)

    async def _at_night(self, utility: UtilityId, name: str) -> Round | None:
        """The store's own trouble is the night's, not the process's: there is another look in a moment."""
        try:
            return await self.reconcile(utility, name=name)
        except (LeaseLost, Unavailable) as error:
            _log.warning("reconciliation_put_off", utility=utility.text, why=type(error).__name__)
            return None

    async def _go_through(self, running: _Running, at: datetime, statement: Statement | None) -> None:
        utility, port, since = running.lease.utility, running.port, at - self._terms.window
        if statement is not None:
            pairs, as_of = self._pairing.pairs(utility, since, statement.pages), statement.as_of
        elif Capability.LISTS in port.can:
            pairs, as_of = self._pairing.pairs(utility, since, listed(port, since - MARGIN)), at
        else:
            pairs, as_of = self._pairing.ours(utility, since), None
        against = Against(utility=utility, port=port, as_of=as_of)
        async for batch in pairs:
            loaded = await self._comparing.load(tuple(transfer for transfer, _ in batch))
            for transfer, stated in batch:
                running.take(await self._comparing.settle(against, transfer, stated, loaded))
                await self._hold(running)

    async def _hold(self, running: _Running, *, now: bool = False) -> None:
        """Keep what was found, now and then, and so hold the round."""
        at = self._clock.now()
        if now or len(running.unkept) >= BATCH or at - running.kept_at >= HELD / 10:
            await self.kept.keep(running.lease, running.unkept, at=at, until=at + HELD)
            running.unkept.clear()
            running.kept_at = at

    async def _ended(self, running: _Running, began_at: datetime) -> Round:
        await self._hold(running, now=True)
        at, failure = self._clock.now(), running.failure
        again_at = None if failure is None else at + AGAIN_AFTER
        closed = await self.kept.end(
            running.lease, Ending(at=at, compared=running.compared, failure=failure, again_at=again_at)
        )
        told = {"utility": running.lease.utility.text, "round": running.lease.name, "compared": running.compared}
        if failure is None:
            _log.info("reconciled", **told, found=running.found, closed=closed)
        else:
            _log.warning("reconciliation_failed", **told, party=failure.party.value, what=failure.what)
        return Round(
            utility=running.lease.utility,
            name=running.lease.name,
            began_at=began_at,
            ended_at=at,
            compared=running.compared,
            failure=failure,
        )


@attrs.frozen
class OldFindings:
    """What is over of reconciliation is of no more use after `kept`."""

    reconciliations: Reconciliations
    kept: timedelta = FINDINGS_KEPT

    async def forget(self, before: datetime) -> int:
        """Those that were over `kept` before; how many."""
        return await self.reconciliations.forget(before - self.kept)
