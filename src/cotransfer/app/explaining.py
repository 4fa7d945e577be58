"""What a task on the agenda is waiting for: what happened to it, whose fault that was, what comes next, what may help.

Says it in codes and values; the words for people are the edges'. Never looks anything up and never changes anything.
"""

import enum
from datetime import datetime

import attrs

from cotransfer.app.patience import Patience
from cotransfer.domain.ledger import LEDGER_LIMIT, Failure, Tried, last_failure
from cotransfer.domain.parties import Party
from cotransfer.ports.standing import Held, Item, Resting


@attrs.frozen
class TriedAt:
    """It is tried at that instant, or as soon as there is room; `more` failures from now on bury it."""

    at: datetime
    more: int


@attrs.frozen
class Awaited:
    """Somebody is at it; if nothing is heard by then, it is taken up again."""

    until: datetime


@attrs.frozen
class Nothing:
    """Nobody tries it until it is revived."""


Next = TriedAt | Awaited | Nothing


class Remedy(enum.Enum):
    """What an operator can do."""

    WAIT = "wait"
    CALL_COUNTERPARTY = "call_counterparty"
    CHECK_LINE = "check_line"
    CHECK_OURSELVES = "check_ourselves"
    REVIVE = "revive"


@attrs.frozen(kw_only=True)
class Explanation:
    """Of one task. `silent` are the attempts, of those that the ledger reaches back to, that ended without a word."""

    item: Item
    fault: Failure | None
    silent: tuple[int, ...]
    next: Next
    remedies: tuple[Remedy, ...]


def explained(item: Item, patience: Patience) -> Explanation:
    """The task as it stands."""
    tried = [mark for mark in item.ledger if isinstance(mark, Tried)]
    fault = last_failure(item.ledger)
    return Explanation(
        item=item,
        fault=fault,
        silent=_silent(item, tried),
        next=_next(item, patience),
        remedies=_remedies(item, fault),
    )


def _silent(item: Item, tried: list[Tried]) -> tuple[int, ...]:
    """Whoever is at it now has not fallen silent; what a full ledger no longer reaches back to, nobody knows."""
    first = tried[0].number if tried and len(item.ledger) >= LEDGER_LIMIT else 1
    last = item.attempts - isinstance(item.standing, Held)
    told = {mark.number for mark in tried}
    return tuple(number for number in range(first, last + 1) if number not in told)


def _next(item: Item, patience: Patience) -> Next:
    match item.standing:
        case Resting():
            return Nothing()
        case Held(until):
            return Awaited(until)
        case _:
            return TriedAt(item.due.at, more=max(1, len(patience.schedule_s) + 1 - item.attempts))


def _remedies(item: Item, fault: Failure | None) -> tuple[Remedy, ...]:
    if fault is None:
        return (Remedy.REVIVE,) if isinstance(item.standing, Resting) else (Remedy.WAIT,)
    match fault.party:
        case Party.NETWORK:
            first: tuple[Remedy, ...] = (Remedy.CHECK_LINE, Remedy.CALL_COUNTERPARTY)
        case Party.UTILITY | Party.REGISTRY | Party.NOTIFIER | Party.SIGNER:
            first = (Remedy.CALL_COUNTERPARTY,)
        case _:
            first = (Remedy.CHECK_OURSELVES,)
    return (*first, Remedy.REVIVE if isinstance(item.standing, Resting) else Remedy.WAIT)
