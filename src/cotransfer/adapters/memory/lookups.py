"""Look-ups counted in dictionaries: the laws of the port at their shortest. Never seen by another process."""

from collections import defaultdict
from datetime import datetime

from cotransfer.domain.lookups import Allowed, LookupLimits, Question, Quota, Tally, Verdict, weigh

_Bearer = tuple[Quota, object]


class MemoryLookups:
    """`Lookups` of one process; what it counted ends with it."""

    def __init__(self) -> None:
        self._counted: defaultdict[_Bearer, dict[str, Tally]] = defaultdict(dict)

    async def ask(self, question: Question, limits: LookupLimits, *, at: datetime) -> Verdict:
        """Nothing else runs between the look and the count."""
        bearers = _bearers(question, limits)
        counted = {quota: tuple(self._counted[quota, whose].values()) for quota, whose in bearers.items()}
        mark = _mark(question)
        verdict = weigh(counted, (mark,), mark, limits, at)
        if isinstance(verdict, Allowed):
            for tally in verdict.news:
                self._counted[tally.quota, bearers[tally.quota]][tally.mark] = tally
        return verdict

    async def found(self, question: Question, *, at: datetime) -> None:
        """It is no miss."""
        self._counted[Quota.MISS, question.citizen].pop(_mark(question), None)

    async def forget(self, at: datetime) -> int:
        """Drop what is over."""
        forgotten = 0
        for bearer, tallies in list(self._counted.items()):
            over = [mark for mark, tally in tallies.items() if tally.until <= at]
            for mark in over:
                del tallies[mark]
            if not tallies:
                del self._counted[bearer]
            forgotten += len(over)
        return forgotten


def _bearers(question: Question, limits: LookupLimits) -> dict[Quota, object]:
    """Whose count each quota is."""
    stretch, beside = question.stretches(limits.run)
    return {
        Quota.CITIZEN: question.citizen,
        Quota.MISS: question.citizen,
        Quota.CERTIFICATE: question.certificate,
        Quota.CLIENT: question.client,
        Quota.RATE: question.client,
        Quota.RUN: (question.client, stretch),
        Quota.RUN_BESIDE: (question.client, beside),
    }


def _mark(question: Question) -> str:
    return f"{question.utility.text} {question.account.text}"
