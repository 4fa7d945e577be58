"""What became of a task so far: its failed attempts and its revivals, the latest of them, to be explained to people.

Never holds anything personal: a failure is told in words that may stand in a log, and under ids that may.
"""

from datetime import datetime

import attrs

from cotransfer.domain.correlation import UNCORRELATED, Correlation
from cotransfer.domain.parties import NextAction, Party, Step

LEDGER_LIMIT = 20
"""Marks that are kept of a task; the oldest go."""

WHAT_LIMIT = 300
"""Characters of what went wrong that are kept."""


@attrs.frozen
class Failure:
    """What an attempt came to: whose fault, and a sentence; at which step, under which ids, and what helps now.

    `step` is None where the task belongs to no step; `next_action` is None until it is known what becomes of the task,
    and of what was stored before it was kept.
    """

    party: Party
    what: str
    step: Step | None = attrs.field(default=None, kw_only=True)
    correlation: Correlation = attrs.field(default=UNCORRELATED, kw_only=True)
    next_action: NextAction | None = attrs.field(default=None, kw_only=True)

    def __str__(self) -> str:
        return f"{self.party.value}: {self.what}"


@attrs.frozen
class Tried:
    """Attempt `number`, which counts from 1, failed at that instant."""

    number: int
    at: datetime
    failure: Failure


@attrs.frozen(kw_only=True)
class Revived:
    """Somebody put the task back after it was buried: `who` and `why` are words of the audit trail."""

    at: datetime
    who: str
    why: str


def left_to_do(*, given_up: bool) -> NextAction:
    """What helps after a failed attempt: it is tried again by itself; given up, a person has to act."""
    return NextAction.CALL_OPERATOR if given_up else NextAction.TRY_LATER


Ledger = tuple[Tried | Revived, ...]
"""Of one task, in order."""


def kept(ledger: Ledger, mark: Tried | Revived) -> Ledger:
    """The ledger with one more mark, within its limits."""
    if isinstance(mark, Tried):
        mark = attrs.evolve(mark, failure=attrs.evolve(mark.failure, what=mark.failure.what[:WHAT_LIMIT]))
    return (*ledger, mark)[-LEDGER_LIMIT:]


def last_failure(ledger: Ledger) -> Failure | None:
    """What the latest failed attempt came to; None when none is told of."""
    return next((mark.failure for mark in reversed(ledger) if isinstance(mark, Tried)), None)
