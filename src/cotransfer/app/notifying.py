"""Steps 7 and 9: the citizen is told, once. Never says it twice, and never where the state no longer calls for it."""

from datetime import timedelta

from cotransfer.domain.agenda import Duty
from cotransfer.domain.commands import Command, RecordNotice
from cotransfer.domain.notices import OUTCOME_UNKNOWN, Notice, NoticeKind, Phrase, Undeliverable
from cotransfer.domain.reports import Grounds
from cotransfer.domain.states import (
    AwaitingSigning,
    AwaitingSmsSigning,
    Closed,
    Completed,
    HandlingFailed,
    PreReviewFailed,
    SigningLapsed,
    State,
    Withdrawn,
)
from cotransfer.ports.agenda import Claimed
from cotransfer.ports.clock import Clock
from cotransfer.ports.notifier import Notifier

Told = AwaitingSigning | AwaitingSmsSigning | Closed
"""Where there is something to tell the citizen."""

KINDS = {
    Duty.INVITE_TO_SIGN: (NoticeKind.INVITATION, AwaitingSigning),
    Duty.REMIND_TO_SIGN: (NoticeKind.REMINDER, AwaitingSigning | AwaitingSmsSigning),
    Duty.ANNOUNCE_RESULT: (NoticeKind.RESULT, Closed),
}
"""Which notice a duty sends, and in which states it still makes sense."""


class Notifying:
    """Steps 7 and 9: the citizen is told, once."""

    def __init__(self, notifier: Notifier, clock: Clock) -> None:
        self._notifier = notifier
        self._clock = clock

    async def __call__(self, state: State, claimed: Claimed) -> tuple[Command, ...]:
        """Send the notice that the state calls for, if it still does, and if that cannot show it twice."""
        notice = _notice(state, claimed)
        if notice is None:
            return ()
        fate = Undeliverable(OUTCOME_UNKNOWN) if self._is_forgotten(claimed) else await self._notifier.send(notice)
        return (RecordNotice(notice.kind, fate),)

    def _is_forgotten(self, claimed: Claimed) -> bool:
        """Whether it may have been sent so long ago that the channel no longer knows its key."""
        memory_s = self._notifier.remembers_s
        if claimed.doubt is None or memory_s is None:
            return False
        return self._clock.now() - claimed.doubt > timedelta(seconds=memory_s)


def _notice(state: State, claimed: Claimed) -> Notice | None:
    kind, wanted = KINDS[claimed.due.duty]
    if not isinstance(state, Told) or not isinstance(state, wanted):
        return None
    application = state.case.application
    return Notice(
        key=claimed.due.key,
        kind=kind,
        phrase=_phrase(state),
        transfer=state.case.transfer,
        service=state.case.service,
        certificate_number=application.certificate_number,
        location=application.location,
        mobile_number=application.mobile_number,
        openid=state.case.openid,
        grounds=_grounds(state),
    )


def _phrase(state: Told) -> Phrase:
    match state:
        case AwaitingSigning() | AwaitingSmsSigning():
            return Phrase.TO_SIGN
        case Completed():
            return Phrase.COMPLETED
        case SigningLapsed():
            return Phrase.LAPSED
        case Withdrawn():
            return Phrase.WITHDRAWN
        case _:
            return Phrase.FAILED


def _grounds(state: Told) -> Grounds | None:
    return state.grounds if isinstance(state, PreReviewFailed | HandlingFailed) else None
