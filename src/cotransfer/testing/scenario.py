"""Given some events, when a command comes, then these events, or this refusal: the domain's tests as sentences."""

import attrs

from cotransfer.domain.commands import Command
from cotransfer.domain.events import Event
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.states import State
from cotransfer.domain.transfer import decide, fold


@attrs.frozen
class Then:
    """What came of it; every assertion says what it found instead."""

    before: State
    events: tuple[Event, ...] | None
    why: Why | None

    def then(self, *events: Event) -> None:
        """Exactly these events; none at all means: no news."""
        assert self.why is None, f"refused as {self.why}, expected {events}"
        assert self.events == events, f"{self.events} instead of {events}"

    def refused(self, why: Why) -> None:
        """Refused, for this reason."""
        assert self.why is why, f"{self.why or self.events} instead of a refusal as {why}"


@attrs.frozen
class Given:
    """A history."""

    history: tuple[Event, ...]

    def when(self, command: Command) -> Then:
        """Decide one command on the state that the history leads to."""
        before = fold(self.history)
        try:
            return Then(before, decide(before, command), None)
        except Refused as refused:
            return Then(before, None, refused.refusal.why)


def given(*history: Event) -> Given:
    """Begin a sentence."""
    return Given(history)
