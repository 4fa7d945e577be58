"""The count of look-ups: who asked for how many different accounts."""

from datetime import datetime
from typing import Protocol

from cotransfer.domain.lookups import LookupLimits, Question, Verdict


class Lookups(Protocol):
    """Where look-ups are counted, by every process of the deployment together.

    Laws: `ask` judges by `domain.lookups.weigh` on what all processes have counted so far, and counts what it allows
    in the same stroke, so that no limit is ever exceeded however many ask at once; what is refused counts nothing;
    a question counts as a miss until `found` says that it was none. No personal value is kept in clear.
    Raises `Unavailable` (party US) when the store fails, and nobody may then be answered.
    """

    async def ask(self, question: Question, limits: LookupLimits, *, at: datetime) -> Verdict:
        """Count one question, unless a limit is in the way."""

    async def found(self, question: Question, *, at: datetime) -> None:
        """It led to an account of the citizen's, or to no answer at all: it is no miss."""

    async def forget(self, at: datetime) -> int:
        """Drop what no longer counts at `at`; how many."""
