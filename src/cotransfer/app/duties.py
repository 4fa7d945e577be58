"""How each duty is done: a call to a counterparty, and the commands that tell the transfer what came of it.

Never stores anything and never decides when to try again: the worker does. A duty that has become pointless comes to
no commands.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from cotransfer.domain.agenda import CHASED, Duty
from cotransfer.domain.case import Case
from cotransfer.domain.commands import Command, NoteOverdue, RecordNotice, hearing
from cotransfer.domain.grants import NotGranted
from cotransfer.domain.notices import OUTCOME_UNKNOWN, Notice, NoticeKind, Phrase, Undeliverable
from cotransfer.domain.parties import Party
from cotransfer.domain.reports import Grounds, Report
from cotransfer.domain.states import (
    AwaitingSigning,
    Closed,
    Completed,
    HandlingFailed,
    Open,
    PreReviewFailed,
    SigningLapsed,
    State,
    Submitted,
)
from cotransfer.domain.values import UtilityId
from cotransfer.ports.agenda import Claimed
from cotransfer.ports.clock import Clock
from cotransfer.ports.errors import Unavailable, Unintelligible
from cotransfer.ports.notifier import Notifier
from cotransfer.ports.utility import Utility

Performance = Callable[[State, Claimed], Awaitable[tuple[Command, ...]]]
"""Does a claimed duty of a transfer in that state; raises `Unavailable` or `Unintelligible` when it could not."""


class Sending:
    """Step 5: the application goes to the utility, once."""

    def __init__(self, utilities: Mapping[UtilityId, Utility]) -> None:
        self._utilities = utilities

    async def __call__(self, state: State, claimed: Claimed) -> tuple[Command, ...]:
        """Hand in; where an earlier attempt may have arrived, ask first."""
        if not isinstance(state, Submitted):
            return ()
        utility = _utility(self._utilities, state.case)
        if claimed.attempt > 1:
            known = await utility.progress(state.case.transfer)
            if known:
                return tuple(hearing(report) for report in known)
        return (hearing(await utility.submit(state.case, key=state.case.transfer)),)


class Chasing:
    """A deadline has passed: ask the utility how far it is, and say so."""

    def __init__(self, utilities: Mapping[UtilityId, Utility]) -> None:
        self._utilities = utilities

    async def __call__(self, state: State, claimed: Claimed) -> tuple[Command, ...]:
        """What the utility tells beyond what is known, and that the step is overdue if it still is."""
        step = CHASED[claimed.due.duty]
        if not isinstance(state, Open) or state.waits_for is not step:
            return ()
        return (*(hearing(report) for report in await self._told(state)), NoteOverdue(step))

    async def _told(self, state: Open) -> tuple[Report, ...]:
        """A utility that cannot be asked now is overdue all the same: the next chase asks again."""
        try:
            reports = await _utility(self._utilities, state.case).progress(state.case.transfer)
        except (Unavailable, Unintelligible, NotGranted):
            return ()
        # The step just passed may be told with an address that we do not have yet; anything before it is no news.
        return tuple(one for one in reports or () if one.step + 1 >= state.waits_for or not one.goes_on)


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


def performances(
    utilities: Mapping[UtilityId, Utility], notifier: Notifier, clock: Clock
) -> Mapping[Duty, Performance]:
    """Every duty with its performance."""
    chasing, notifying = Chasing(utilities), Notifying(notifier, clock)
    return {
        Duty.SEND_APPLICATION: Sending(utilities),
        Duty.INVITE_TO_SIGN: notifying,
        Duty.ANNOUNCE_RESULT: notifying,
        **dict.fromkeys(CHASED, chasing),
    }


def _utility(utilities: Mapping[UtilityId, Utility], case: Case) -> Utility:
    utility = utilities.get(case.utility)
    if utility is None:
        raise Unavailable(Party.US, f"The utility {case.utility} is no longer in the settings.", certain=True)
    return utility


def _notice(state: State, claimed: Claimed) -> Notice | None:
    wanted = Closed if claimed.due.duty is Duty.ANNOUNCE_RESULT else AwaitingSigning
    if not isinstance(state, wanted):
        return None
    application = state.case.application
    return Notice(
        key=claimed.due.key,
        kind=NoticeKind.RESULT if isinstance(state, Closed) else NoticeKind.INVITATION,
        phrase=_phrase(state),
        transfer=state.case.transfer,
        service=state.case.service,
        certificate_number=application.certificate_number,
        location=application.location,
        mobile_number=application.mobile_number,
        openid=state.case.openid,
        grounds=_grounds(state),
    )


def _phrase(state: AwaitingSigning | Closed) -> Phrase:
    match state:
        case AwaitingSigning():
            return Phrase.TO_SIGN
        case Completed():
            return Phrase.COMPLETED
        case SigningLapsed():
            return Phrase.LAPSED
        case _:
            return Phrase.FAILED


def _grounds(state: AwaitingSigning | Closed) -> Grounds | None:
    return state.grounds if isinstance(state, PreReviewFailed | HandlingFailed) else None
