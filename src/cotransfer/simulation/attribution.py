"""Who really failed: every call of the gateway's as the line knows it, held against whom the agenda blames for it.

Knows what the gateway cannot: which fault was put on the line. Never tells it anything.
"""

import attrs

from cotransfer.domain.agenda import CHASED, STEPS, Duty
from cotransfer.domain.ledger import Tried, left_to_do
from cotransfer.domain.parties import Party


@attrs.frozen
class Outcome:
    """What a call came to: who failed (None: nobody), and the id that whoever answered gave it."""

    party: Party | None
    theirs: str | None


ALL_THE_SAME = frozenset({*CHASED, Duty.ASK_PROGRESS, Duty.LOOK_AGAIN})
"""Duties that are done although the counterparty could not be asked: what fails then is something else."""


class Attribution:
    """Of one schedule."""

    def __init__(self) -> None:
        self._calls: dict[str, tuple[Outcome, ...]] = {}
        self._answers = 0

    def answer(self, party: Party) -> str:
        """Another answer of that party's: the id that it bears."""
        self._answers += 1
        return f"{party.value}-{self._answers}"

    def called(self, ours: str, *outcomes: Outcome) -> None:
        """The latest call under that id of ours came to the one, or the other, of these."""
        self._calls[ours] = outcomes

    def spent(self, ours: str, party: Party, theirs: str) -> None:
        """It came to a spent quota: a failure for what waits, an answer for what goes by the next channel at once."""
        self.called(ours, Outcome(party, theirs), Outcome(None, theirs))

    def wrong(self, duty: Duty, mark: Tried, *, given_up: bool) -> str | None:
        """What is not so in a mark of a task's ledger; None when it tells the truth."""
        failure, ids = mark.failure, mark.failure.correlation
        if failure.next_action is not left_to_do(given_up=given_up):
            return f"{duty.value} tells {failure.next_action} as what helps"
        if duty in STEPS and failure.step is not STEPS[duty]:
            return f"{duty.value} failed at step {failure.step}"
        if ids.ours is None:
            return f"a failure of {duty.value} has no correlation id of ours"
        came_to = self._calls.get(ids.ours, ())
        if failure.party is not Party.US:
            told = Outcome(failure.party, ids.theirs)
            return None if told in came_to else f"{duty.value} blames {told}, and it was {came_to}"
        if ids.theirs is not None:
            return f"{duty.value} failed between us and ourselves, under {ids.theirs} of somebody else"
        hidden = came_to and all(one.party is not None for one in came_to) and duty not in ALL_THE_SAME
        return f"{duty.value} blames us, and it was {came_to}" if hidden else None
