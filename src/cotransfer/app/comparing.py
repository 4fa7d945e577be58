"""One transfer against what its utility states of it: asked again before anything is believed, then what helps is done.

A statement is never taken at its word: it may be old, and so may be what we knew a moment ago. Never moves a transfer
that is closed, and never invents one.
"""

from datetime import datetime

import attrs
import structlog

from cotransfer.app.desk import Desk
from cotransfer.app.errand import Errand
from cotransfer.app.matter import Matter, about
from cotransfer.domain.agenda import Duty
from cotransfer.domain.commands import hearing
from cotransfer.domain.ledger import Failure
from cotransfer.domain.reconciliation import Finding, Grace, Known, Remedy, compare, news, stands_since
from cotransfer.domain.reports import Report
from cotransfer.domain.statements import Stated, stage_of
from cotransfer.domain.states import Closed, NotSubmitted, Open
from cotransfer.domain.values import TransferId, UtilityId
from cotransfer.ports.agenda import Agenda
from cotransfer.ports.clock import Clock
from cotransfer.ports.errors import NotAdmitted, Unavailable, Unintelligible
from cotransfer.ports.reconciliations import Done, Noted
from cotransfer.ports.standing import Resting, Revival, Wanted
from cotransfer.ports.transfers import Loaded, Skeleton, Transfers
from cotransfer.ports.utility import Utility

WHO = "reconciliation"
"""Who puts a buried application back, for the audit trail."""

_log = structlog.get_logger(__name__)


@attrs.frozen(kw_only=True)
class Result:
    """What came of one transfer: what is to be kept of it, None when both agree; `failure` is why nobody knows."""

    noted: Noted | None = None
    failure: Failure | None = None


@attrs.frozen(kw_only=True)
class Against:
    """A utility, and when it drew up what it states; None: it states nothing, and is asked for each transfer."""

    utility: UtilityId
    port: Utility
    as_of: datetime | None


class Comparing:
    """Over one set of ports; a utility is brought along, with what it states."""

    def __init__(self, transfers: Transfers, agenda: Agenda, desk: Desk, clock: Clock, grace: Grace) -> None:
        self._transfers = transfers
        self._agenda = agenda
        self._desk = desk
        self._clock = clock
        self._grace = grace

    async def load(self, transfers: tuple[TransferId, ...]) -> Loaded:
        """What there is of them, for `settle`."""
        return await self._transfers.load(transfers)

    async def settle(self, against: Against, transfer: TransferId, stated: Stated | None, loaded: Loaded) -> Result:
        """Compare, ask where they are at odds, and do what helps.

        Raises `Unavailable`, `NotAdmitted` or `Refused` when the utility cannot be asked at all.
        """
        if transfer in loaded.unreadable:
            return Result(failure=_failure(loaded.unreadable[transfer]))
        ours, finding = _ours(against.utility, transfer, loaded), None
        if against.as_of is not None:
            finding = await self._found(against.utility, transfer, stated, loaded, against.as_of)
            if finding is None:
                return Result()
            if ours is None or finding.remedy is Remedy.WAIT:
                return Result(noted=_left(against.utility, finding))
        if ours is None:
            return Result()  # Erased since it was looked for.
        try:
            return Result(noted=await self._asked(against, transfer, ours, stated))
        except NotAdmitted:
            raise
        except Unintelligible as error:
            # One answer that cannot be read says nothing of the others.
            noted = None if finding is None else Noted(finding=finding, done=Done.NOTHING)
            return Result(noted=noted, failure=_failure(error))

    async def _asked(
        self, against: Against, transfer: TransferId, ours: Open | Closed, stated: Stated | None
    ) -> Noted | None:
        """The utility's own word of this moment, against ours of this moment."""
        with about(Matter.of(ours.case)):
            reports = await against.port.progress(transfer)
        told = _told(transfer, reports, stated) if reports else None
        loaded = await self._transfers.load((transfer,))
        finding = await self._found(against.utility, transfer, told, loaded, self._clock.now())
        state = _ours(against.utility, transfer, loaded)
        if finding is None:
            return None
        if finding.remedy is Remedy.TAKE_REPORTS and isinstance(state, Open):
            return await self._take(against.utility, finding, state, reports or (), told)
        if finding.remedy is Remedy.HAND_IN_AGAIN:
            return await self._hand_in_again(against.utility, finding)
        return _left(against.utility, finding)

    async def _found(
        self, utility: UtilityId, transfer: TransferId, stated: Stated | None, loaded: Loaded, as_of: datetime
    ) -> Finding | None:
        """What there is to be found. Since when we stand there is only looked up where that matters."""
        erased = loaded.erased.get(transfer)
        if erased is not None and erased.utility == utility:
            # Of what is gone for good nobody can ask any more; an end that is stated can still be held against ours.
            return None if stated is None else self._compare(_known_of(erased), stated, as_of)
        ours = _ours(utility, transfer, loaded)
        if ours is None:
            return None if stated is None else self._compare(None, stated, as_of)
        if self._compare(Known.of(ours, loaded.records[transfer].updated_at), stated, as_of) is None:
            return None
        journal = await self._transfers.journal(transfer)
        if not journal:
            return None  # Erased since it was loaded.
        since = stands_since((entry.at, entry.event) for entry in journal)
        handing_in = await self._is_handed_in(transfer)
        return self._compare(Known.of(ours, since, handing_in=handing_in), stated, as_of)

    def _compare(self, known: Known | None, stated: Stated | None, as_of: datetime) -> Finding | None:
        return compare(known, stated, as_of=as_of, grace=self._grace)

    async def _is_handed_in(self, transfer: TransferId) -> bool:
        """Whether our own agenda is still at it; what is buried is not."""
        wanted = Wanted(transfer=transfer, duty=Duty.SEND_APPLICATION)
        tasks = await self._agenda.items(wanted, at=self._clock.now(), limit=1)
        return any(not isinstance(task.standing, Resting) for task in tasks)

    async def _take(
        self, utility: UtilityId, finding: Finding, state: Open, reports: tuple[Report, ...], told: Stated | None
    ) -> Noted:
        """Its reports are heard as if they had come by themselves; doubled or late ones are no news."""
        commands = tuple(hearing(report) for report in news(state, reports))
        reply = await self._desk.handle(Errand(transfer=finding.transfer, commands=commands, by=utility))
        moved, now = reply.decided.state, self._clock.now()
        mended = isinstance(moved, Open | Closed) and self._compare(Known.of(moved, now), told, now) is None
        return Noted(finding=finding, done=Done.REPORTS_TAKEN, mended=mended)

    async def _hand_in_again(self, utility: UtilityId, finding: Finding) -> Noted:
        """The buried task comes back under its key, so that it takes effect once however often it is sent."""
        revival = Revival(
            transfer=finding.transfer,
            duty=Duty.SEND_APPLICATION,
            at=self._clock.now(),
            who=WHO,
            why=finding.divergence.value,
        )
        if await self._agenda.revive((revival,)):
            return Noted(finding=finding, done=Done.HANDED_IN_AGAIN)
        return _left(utility, finding)


def _left(utility: UtilityId, finding: Finding) -> Noted:
    """Time may help, or only a person: who is told through the log, each night while it lasts."""
    if finding.remedy is Remedy.WAIT:
        return Noted(finding=finding, done=Done.NOTHING)
    _log.error(
        "at_odds",
        utility=utility.text,
        transfer=finding.transfer.text,
        divergence=finding.divergence.value,
        here=finding.here,
        there=None if finding.there is None else finding.there.value,
        turn=finding.turn.value,
        remedy=finding.remedy.value,
    )
    return Noted(finding=finding, done=Done.OPERATOR_TOLD)


def _ours(utility: UtilityId, transfer: TransferId, loaded: Loaded) -> Open | Closed | None:
    """To a utility, the transfers of others are unknown."""
    record = loaded.records.get(transfer)
    if record is None or isinstance(record.state, NotSubmitted) or record.state.case.utility != utility:
        return None
    return record.state


def _known_of(erased: Skeleton) -> Known:
    return Known.erased(erased.transfer, erased.state, erased.updated_at)


def _told(transfer: TransferId, reports: tuple[Report, ...], stated: Stated | None) -> Stated:
    """Progress has no times; where it is still at the stage that was stated, it is so since then."""
    stage = stage_of(reports)
    return Stated(
        transfer=transfer, stage=stage, since=stated.since if stated is not None and stated.stage is stage else None
    )


def _failure(error: Unavailable | Unintelligible) -> Failure:
    return Failure(error.party, error.what)
