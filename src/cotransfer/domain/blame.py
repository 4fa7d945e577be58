"""Whose matter a failure is that a journal tells of: the party, the step, and what helps. Never words, never guilt.

What went as it should is nobody's fault: of that there is nothing to tell.
"""

from collections.abc import Mapping
from types import MappingProxyType

import attrs

from cotransfer.domain import events as e
from cotransfer.domain.agenda import OWNERS
from cotransfer.domain.events import Event, Standing
from cotransfer.domain.notices import OUTCOME_UNKNOWN, NoticeKind
from cotransfer.domain.parties import NextAction, Party, Step
from cotransfer.domain.progress import milestone
from cotransfer.domain.rechecking import Changed


@attrs.frozen(kw_only=True)
class Blame:
    """Who failed, or has to move; at which step; the one thing that helps."""

    party: Party
    step: Step
    next_action: NextAction


UNDELIVERED: Mapping[str, Party] = MappingProxyType(
    {
        "no_openid": Party.PLATFORM,
        "no_consent": Party.CITIZEN,
        "not_following": Party.CITIZEN,
        "refused_by_citizen": Party.CITIZEN,
        "no_channel": Party.US,
        "template_invalid": Party.US,
        "field_refused": Party.US,
        "page_refused": Party.US,
        OUTCOME_UNKNOWN: Party.NETWORK,
    }
)
"""Through whom a notice did not arrive, by its reason; a reason that is not told here is the notifier's own."""

_RULED: Mapping[type[Event], tuple[Party, NextAction]] = MappingProxyType(
    {
        e.PreReviewNotPassed: (Party.UTILITY, NextAction.APPLY_AGAIN),
        e.ContractDeclined: (Party.CITIZEN, NextAction.APPLY_AGAIN),
        e.ContractExpired: (Party.CITIZEN, NextAction.APPLY_AGAIN),
        e.WithdrawalTooLate: (Party.UTILITY, NextAction.WAIT),
        e.HandlingNotDone: (Party.UTILITY, NextAction.APPLY_AGAIN),
    }
)


def blame(event: Event) -> Blame | None:
    """Whose matter `event` is; None where it tells of no failure."""
    match event:
        case e.DeadlinePassed(step):
            helps = NextAction.SIGN if step is Step.SIGN else NextAction.WAIT
            return Blame(party=OWNERS[step], step=step, next_action=helps)
        case e.OperatorTold(step):
            helps = NextAction.SIGN if step is Step.SIGN else NextAction.CALL_OPERATOR
            return Blame(party=OWNERS[step], step=step, next_action=helps)
        case e.NoticeUndeliverable(kind, why):
            party = UNDELIVERED.get(why, Party.NOTIFIER)
            return Blame(party=party, step=milestone(event).step, next_action=_untold(kind, party))
        case e.FoundChanged(changes):
            helps = NextAction.PAY_ARREARS if changes == (Changed.IN_ARREARS,) else NextAction.APPLY_AT_COUNTER
            return Blame(party=Party.CITIZEN, step=Step.HANDLE, next_action=helps)
        case e.NotLookedAgain(party):
            return Blame(party=party, step=Step.HANDLE, next_action=NextAction.CALL_OPERATOR)
        case e.ReportKept(_, Standing.CONTRADICTS):
            step = milestone(event).step
            return Blame(party=Party.UTILITY, step=step, next_action=NextAction.CALL_OPERATOR)
        case _ if (ruled := _RULED.get(type(event))) is not None:
            return Blame(party=ruled[0], step=milestone(event).step, next_action=ruled[1])
        case _:
            return None


def _untold(kind: NoticeKind, party: Party) -> NextAction:
    """What is ours has to be mended; all else the citizen finds on the page."""
    if party is Party.US:
        return NextAction.CALL_OPERATOR
    return NextAction.NONE if kind is NoticeKind.RESULT else NextAction.SIGN
