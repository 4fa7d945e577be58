"""How each duty is done: a call to a counterparty, and the commands that tell the transfer what came of it.

Never stores anything and never decides when a failed attempt is repeated: the worker does. A duty that has become
pointless comes to no commands.
"""

from collections.abc import Awaitable, Callable, Mapping

import attrs
import structlog

from cotransfer.app.notifying import KINDS, Channels, Notifying
from cotransfer.app.rechecking import LookingAgain
from cotransfer.domain.agenda import CHASED, OWNERS, Duty
from cotransfer.domain.allowances import Timetable
from cotransfer.domain.calendars import Span
from cotransfer.domain.case import Case
from cotransfer.domain.commands import Command, NoteOperatorTold, NoteOverdue, ReportWithdrawal, hearing
from cotransfer.domain.grants import NotGranted
from cotransfer.domain.parties import Party
from cotransfer.domain.reconciliation import news
from cotransfer.domain.states import Open, State, Submitted, Withdrawing
from cotransfer.domain.values import UtilityId
from cotransfer.ports.agenda import Claimed
from cotransfer.ports.clock import Clock
from cotransfer.ports.errors import Unavailable, Unintelligible
from cotransfer.ports.notifier import Notifier
from cotransfer.ports.utility import Utility

_log = structlog.get_logger(__name__)


@attrs.frozen
class Later:
    """What came of a duty that is not done yet: it comes up again `after` that."""

    commands: tuple[Command, ...]
    after: Span


Performance = Callable[[State, Claimed], Awaitable[tuple[Command, ...] | Later]]
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


class Cancelling:
    """The citizen wants the application back: the utility is asked, and its answer decides."""

    def __init__(self, utilities: Mapping[UtilityId, Utility]) -> None:
        self._utilities = utilities

    async def __call__(self, state: State, claimed: Claimed) -> tuple[Command, ...]:
        """Ask, as long as the transfer still waits for the answer; asked again, the utility answers the same."""
        if not isinstance(state, Withdrawing):
            return ()
        return (ReportWithdrawal(await _utility(self._utilities, state.case).cancel(state.case.transfer)),)


class Asking:
    """Progress at the utility's own pace, for one that reports late or never."""

    def __init__(self, utilities: Mapping[UtilityId, Utility], timetable: Timetable) -> None:
        self._utilities = utilities
        self._timetable = timetable

    async def __call__(self, state: State, claimed: Claimed) -> tuple[Command, ...] | Later:
        """What it tells; asked again at its pace for as long as the step waits, whatever it answered."""
        if not isinstance(state, Open):
            return ()
        pace = self._timetable.allowances(state.case.utility).ask
        if pace is None:
            return ()  # The settings have changed since.
        return Later(await _told(self._utilities, state), pace)


class Chasing:
    """A deadline has passed: ask the utility how far it is, and say so."""

    def __init__(self, utilities: Mapping[UtilityId, Utility]) -> None:
        self._utilities = utilities

    async def __call__(self, state: State, claimed: Claimed) -> tuple[Command, ...]:
        """What the utility tells beyond what is known, and that the step is overdue if it still is."""
        step = CHASED[claimed.due.duty]
        if not isinstance(state, Open) or state.waits_for is not step:
            return ()
        return (*await _told(self._utilities, state), NoteOverdue(step))


class Telling:
    """A step waits although its deadline has passed: a person has to look."""

    async def __call__(self, state: State, claimed: Claimed) -> tuple[Command, ...]:
        """Tell the operator through the log, once a day while it lasts; the journal remembers that they were told."""
        if not isinstance(state, Open):
            return ()
        step = state.waits_for
        _log.error(
            "overdue",
            transfer=state.case.transfer.text,
            utility=state.case.utility.text,
            state=state.code,
            step=step.value,
            waits_for=OWNERS[step].value,
        )
        return (NoteOperatorTold(step),)


def performances(
    utilities: Mapping[UtilityId, Utility],
    notifier: Notifier,
    clock: Clock,
    timetable: Timetable,
    looking_again: LookingAgain,
    *,
    sms: Notifier | None = None,
) -> Mapping[Duty, Performance]:
    """Every duty with its performance; erasing is the worker's own. `sms` tells what `notifier` cannot deliver."""
    chasing, notifying = Chasing(utilities), Notifying(Channels(wechat=notifier, sms=sms), clock)
    return {
        Duty.SEND_APPLICATION: Sending(utilities),
        Duty.CANCEL_APPLICATION: Cancelling(utilities),
        Duty.ASK_PROGRESS: Asking(utilities, timetable),
        Duty.LOOK_AGAIN: looking_again,
        Duty.TELL_OPERATOR: Telling(),
        **dict.fromkeys(KINDS, notifying),
        **dict.fromkeys(CHASED, chasing),
    }


async def _told(utilities: Mapping[UtilityId, Utility], state: Open) -> tuple[Command, ...]:
    """What the utility tells beyond what is known; one that cannot be asked now is asked again another time."""
    try:
        reports = await _utility(utilities, state.case).progress(state.case.transfer)
    except (Unavailable, Unintelligible, NotGranted):
        return ()
    return tuple(hearing(one) for one in news(state, reports or ()))


def _utility(utilities: Mapping[UtilityId, Utility], case: Case) -> Utility:
    utility = utilities.get(case.utility)
    if utility is None:
        raise Unavailable(Party.US, f"The utility {case.utility} is no longer in the settings.", certain=True)
    return utility
