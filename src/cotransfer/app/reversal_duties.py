"""What a reversal owes: the citizen is told how it stands, the operator that it waits for somebody.

Never says the same twice, and never decides when a failed attempt is repeated: the worker does.
"""

import structlog

from cotransfer.app.matter import Matter, about
from cotransfer.app.notifying import is_forgotten
from cotransfer.app.reversal_draft import Asked, By
from cotransfer.app.reversing import Brought, Reversing
from cotransfer.domain.agenda import Duty
from cotransfer.domain.case import Case
from cotransfer.domain.notices import OUTCOME_UNKNOWN, Notice, NoticeKind, Undeliverable
from cotransfer.domain.parties import Party
from cotransfer.domain.reversals.agenda import OWNERS
from cotransfer.domain.reversals.case import Side
from cotransfer.domain.reversals.commands import NoteHandedOn, NoteStageOverdue, RecordReversalNotice
from cotransfer.domain.reversals.notices import grounds_of, is_to_be_told, phrase
from cotransfer.domain.reversals.states import ClosedReversal, NotOpened, OpenReversal
from cotransfer.domain.states import NotSubmitted
from cotransfer.ports.agenda import Claimed
from cotransfer.ports.clock import Clock
from cotransfer.ports.errors import LeaseLost
from cotransfer.ports.notifier import Notifier
from cotransfer.ports.reversals import ReversalRecord

_log = structlog.get_logger(__name__)

_BY_US = Brought(by=By(side=Side.OPERATOR, who=Party.US.value))
_BY_NOTIFIER = Brought(by=By(side=Side.OPERATOR, who=Party.NOTIFIER.value))


class ReversalDuties:
    """Does what is claimed, and finishes it."""

    def __init__(self, reversing: Reversing, notifier: Notifier, clock: Clock) -> None:
        self._reversing = reversing
        self._notifier = notifier
        self._clock = clock

    async def perform(self, claimed: Claimed) -> None:
        """Do a claimed duty; raises `LeaseLost`, `Unavailable` or `Unintelligible` when it could not be done."""
        asked = await self._reversing.of(claimed.due.transfer)
        state = asked.record.state
        assert not isinstance(state, NotSubmitted)  # noqa: S101 - what is stored has been submitted
        with about(Matter.of(state.case)):
            if claimed.due.duty is Duty.ANNOUNCE_REVERSAL:
                await self._announce(asked, state.case, claimed)
            else:
                await self._tell_operator(asked, claimed)

    async def _announce(self, asked: Asked, case: Case, claimed: Claimed) -> None:
        """Every reversal of which the citizen does not know how it stands now; each is remembered by itself."""
        for record in asked.reversals:
            state = record.state
            assert not isinstance(state, NotOpened)  # noqa: S101 - what is stored has been opened
            if is_to_be_told(state):
                forgotten = is_forgotten(self._notifier, claimed, self._clock.now())
                notice = _notice(record, state, case)
                fate = Undeliverable(OUTCOME_UNKNOWN) if forgotten else await self._notifier.send(notice)
                await self._reversing.tell(record.id, RecordReversalNotice(notice.phrase.code, fate), _BY_NOTIFIER)
        await self._finish(claimed)

    async def _finish(self, claimed: Claimed) -> None:
        try:
            await self._reversing.finish(claimed.lease)
        except LeaseLost:
            return  # What was told is remembered: whoever holds the task by now finds nothing left to say.

    async def _tell_operator(self, asked: Asked, claimed: Claimed) -> None:
        """Through the log, once a day while it lasts; the journal remembers that they were told."""
        waiting = [record for record in asked.reversals if isinstance(record.state, OpenReversal)]
        if not waiting:
            await self._reversing.finish(claimed.lease)
            return
        (record,) = waiting
        assert isinstance(record.state, OpenReversal)  # noqa: S101 - as chosen
        stage, late = record.state.waits_for, claimed.due.duty is Duty.CHASE_REVERSAL
        _log.error(
            "reversal_overdue" if late else "reversal_waits",
            reversal=record.id.text,
            utility=record.state.file.case.utility.text,
            state=record.state.code,
            waits_for=OWNERS[stage].value,
        )
        note = NoteStageOverdue(stage) if late else NoteHandedOn(stage)
        await self._reversing.tell(record.id, note, _BY_US, finishes=claimed.lease)


def _notice(record: ReversalRecord, state: OpenReversal | ClosedReversal, case: Case) -> Notice:
    said = phrase(state)
    return Notice(
        key=f"{record.id.text}.{said.code}",
        kind=NoticeKind.RESULT,
        phrase=said,
        transfer=case.transfer,
        service=case.service,
        certificate_number=case.application.certificate_number,
        location=case.application.location,
        mobile_number=case.application.mobile_number,
        openid=case.openid,
        grounds=grounds_of(state),
    )
