"""The laws of the reversal, for every order of every story and every sequence of commands up to a depth."""

import itertools
from collections.abc import Callable, Iterator

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotransfer.domain.agenda import Duty
from cotransfer.domain.notices import Delivered
from cotransfer.domain.refusals import Refused
from cotransfer.domain.reversals.agenda import DUTIES, OWNERS, closes, owed, settled
from cotransfer.domain.reversals.case import Side
from cotransfer.domain.reversals.commands import (
    AddEvidence,
    HearFinding,
    NoteHandedOn,
    NoteStageOverdue,
    RecordReversalNotice,
    ReversalCommand,
    TakeBack,
)
from cotransfer.domain.reversals.deciding import decide, evolve, fold
from cotransfer.domain.reversals.events import ReversalEvent
from cotransfer.domain.reversals.findings import (
    CarriedOut,
    Finding,
    NotCarriedOut,
    Rejected,
    Stage,
    TakenUp,
    Upheld,
)
from cotransfer.domain.reversals.notices import is_to_be_told, phrase
from cotransfer.domain.reversals.states import ClosedReversal, NotOpened, OpenReversal, ReversalState
from cotransfer.testing.reversals import HEARD_UNTIL, METER, QUESTION, opened_by
from cotransfer.testing.samples import GROUNDS, OTHER_GROUNDS

DEPTH = 3
Count = Callable[[str], None]

STORIES: tuple[tuple[Finding, ...], ...] = (
    (TakenUp("R-1"), Upheld(GROUNDS), CarriedOut()),
    (TakenUp("R-1"), Upheld(GROUNDS), NotCarriedOut(OTHER_GROUNDS)),
    (TakenUp("R-1"), Rejected(GROUNDS)),
)
"""What a utility can find, without contradicting itself."""

FINDINGS: tuple[Finding, ...] = (
    TakenUp("R-1"),
    Upheld(GROUNDS),
    Rejected(GROUNDS),
    Rejected(OTHER_GROUNDS),
    CarriedOut(),
    NotCarriedOut(GROUNDS),
)

COMMANDS: tuple[ReversalCommand, ...] = (
    QUESTION,
    AddEvidence((METER,)),
    *(HearFinding(finding, Side.UTILITY, HEARD_UNTIL) for finding in FINDINGS),
    *(TakeBack(side) for side in Side),
    RecordReversalNotice("questioned", Delivered("n")),
    *(note(stage) for stage in Stage for note in (NoteStageOverdue, NoteHandedOn)),
)

BEGINNINGS = [fold(decide(NotOpened(), opened_by(side))) for side in Side]


def after(state: ReversalState, *commands: ReversalCommand) -> ReversalState:
    """The state once all that can be done of `commands` has been done."""
    for command in commands:
        try:
            state = fold(decide(state, command), state)
        except Refused:
            continue
    return state


def heard(state: ReversalState, *findings: Finding) -> ReversalState:
    """The state after those findings."""
    return after(state, *(HearFinding(one, Side.UTILITY, HEARD_UNTIL) for one in findings))


@pytest.mark.parametrize("beginning", BEGINNINGS)
@pytest.mark.parametrize("story", STORIES)
def test_every_telling_ends_alike(beginning: ReversalState, story: tuple[Finding, ...]) -> None:
    """Late, twice and out of order, every part of a story ends as it does in the order of the stages."""
    for size in range(1, len(story) + 1):
        for part in itertools.combinations(story, size):
            for told in itertools.permutations(part * 2):
                assert heard(beginning, *told) == heard(beginning, *part)


@given(commands=st.lists(st.sampled_from(COMMANDS), max_size=8), end=st.sampled_from(STORIES))
def test_nothing_leaves_an_end(commands: list[ReversalCommand], end: tuple[Finding, ...]) -> None:
    """Whatever comes after it: the end stays, but for what the citizen was told of it."""
    ended = heard(BEGINNINGS[0], *end)
    assert isinstance(ended, ClosedReversal)
    later = after(ended, *commands)
    assert isinstance(later, ClosedReversal)
    assert attrs.evolve(later, file=ended.file) == ended


@attrs.frozen
class Journey:
    """A state, what is on its agenda, and what has happened."""

    state: ReversalState = attrs.field(factory=NotOpened)
    agenda: frozenset[Duty] = frozenset({Duty.ERASE})
    history: tuple[ReversalEvent, ...] = ()

    def then(self, command: ReversalCommand) -> "Journey":
        """The journey after `command`; refused, it stays where it was."""
        try:
            events = decide(self.state, command)
        except Refused:
            return self
        state, agenda = self.state, set(self.agenda)
        for event in events:
            state = evolve(state, event)
            agenda.difference_update(settled(event))
            agenda.update(task.duty for task in owed(event))
        return Journey(state, frozenset(agenda), self.history + events)


def walk(journey: Journey, depth: int) -> Iterator[Journey]:
    """Every journey of up to `depth` more commands."""
    yield journey
    if depth:
        for command in COMMANDS:
            later = journey.then(command)
            if later is not journey:
                yield from walk(later, depth - 1)


@pytest.mark.parametrize("side", list(Side))
def test_the_walk(side: Side, count: Count) -> None:
    """From every open state a command leads to an end, a deadline is on the agenda and somebody owns the wait; after
    the end nothing is owed but to tell it and, in time, to erase; memory is enough throughout.
    """
    walked = 0
    for journey in walk(Journey().then(opened_by(side)), DEPTH):
        walked += 1
        state, agenda = journey.state, journey.agenda
        assert fold(journey.history) == state
        assert (Duty.ERASE in agenda) is isinstance(state, ClosedReversal), "erased while it is open, or never"
        if isinstance(state, OpenReversal):
            assert Duty.CHASE_REVERSAL in agenda, "waits without a deadline"
            assert state.waits_for in OWNERS, "waits for nobody"
            ends = [journey.then(command).state for command in COMMANDS]
            assert any(isinstance(end, ClosedReversal) for end in ends), "there is no way out"
            if state.waits_for is Stage.CARRY_OUT:
                assert Duty.HAND_ON_REVERSAL in agenda, "upheld, and nobody asks for it to be carried out"
        else:
            assert not agenda & (DUTIES - {Duty.ANNOUNCE_REVERSAL}), "owes something after the end"
            assert sum(closes(event) for event in journey.history) == 1
        if isinstance(state, OpenReversal | ClosedReversal) and is_to_be_told(state):
            assert Duty.ANNOUNCE_REVERSAL in agenda, "the citizen is not told"
    count(f"reversals opened by the {side.value}: {walked} journeys")
    assert walked > 1000


def test_every_state_can_be_told() -> None:
    """In a phrase that a notice has room for: five Han characters."""
    states = {
        after(beginning, *commands) for beginning in BEGINNINGS for commands in itertools.product(COMMANDS, repeat=2)
    }
    told = {type(state): phrase(state).zh for state in states if not isinstance(state, NotOpened)}
    assert len(told) == 7
    assert all(1 <= len(zh) <= 5 for zh in told.values())
