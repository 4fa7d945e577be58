"""What became of a task so far: its failed attempts and its revivals, the latest of them, to be explained to people.

Never holds anything personal: a failure is told in words that may stand in a log.
"""

from datetime import datetime

import attrs

from cotransfer.domain.parties import Party

LEDGER_LIMIT = 20
"""Marks that are kept of a task; the oldest go."""

WHAT_LIMIT = 300
"""Characters of what went wrong that are kept."""


@attrs.frozen
class Failure:
    """What an attempt came to: whose fault, and a sentence."""

    party: Party
    what: str

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


Ledger = tuple[Tried | Revived, ...]
"""Of one task, in order."""


def kept(ledger: Ledger, mark: Tried | Revived) -> Ledger:
    """The ledger with one more mark, within its limits."""
    if isinstance(mark, Tried):
        mark = attrs.evolve(mark, failure=attrs.evolve(mark.failure, what=mark.failure.what[:WHAT_LIMIT]))
    return (*ledger, mark)[-LEDGER_LIMIT:]
