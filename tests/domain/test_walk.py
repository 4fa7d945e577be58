"""An exhaustive walk over the real decider: every sequence of commands up to a depth, every order of every story."""

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator

import pytest

from cotransfer.domain.agenda import CHASES, Duty, closes, owed, settled
from cotransfer.domain.commands import (
    Command,
    NoteOperatorTold,
    NoteOverdue,
    OpenSigning,
    RecordNotice,
    ReportWithdrawal,
    Withdraw,
    hearing,
)
from cotransfer.domain.events import ContractSigned, Event
from cotransfer.domain.notices import Delivered, NoticeKind
from cotransfer.domain.parties import Step
from cotransfer.domain.refusals import Refused
from cotransfer.domain.reports import (
    Cancelled,
    Channel,
    Cleared,
    ClearedForSms,
    Declined,
    Expired,
    Failed,
    Handled,
    NotHandled,
    NotTaken,
    Report,
    Signed,
    Taken,
    TooLate,
)
from cotransfer.domain.states import Closed, NotSubmitted, Open, State, Withdrawing
from cotransfer.domain.transfer import decide, evolve, fold
from cotransfer.testing.samples import ADDRESS, GROUNDS, LOOKS, OTHER_ADDRESS, SUBMIT

DEPTH, DEEPER = 4, 5
Count = Callable[[str], None]

COMMANDS: tuple[Command, ...] = (
    SUBMIT,
    OpenSigning(),
    RecordNotice(NoticeKind.RESULT, Delivered("1")),
    Withdraw(),
    ReportWithdrawal(TooLate()),
    *(note(step) for step in CHASES for note in (NoteOverdue, NoteOperatorTold)),
    *LOOKS,
    *(
        hearing(report)
        for report in (
            Taken("W-1"),
            NotTaken(GROUNDS),
            Cleared(ADDRESS),
            Cleared(OTHER_ADDRESS),
            ClearedForSms(),
            Failed(GROUNDS),
            Signed(Channel.SMS),
            Signed(Channel.WECHAT),
            Declined(),
            Expired(),
            Cancelled(),
            Handled(),
            NotHandled(GROUNDS),
        )
    ),
)

STORIES: tuple[tuple[Report, ...], ...] = (
    (Taken("W-1"), Cleared(ADDRESS), Signed(Channel.SMS), Signed(Channel.WECHAT), Handled()),
    (Taken("W-1"), Cleared(ADDRESS), Signed(Channel.SMS), Signed(Channel.WECHAT), NotHandled(GROUNDS)),
    (Taken("W-1"), ClearedForSms(), Cleared(ADDRESS), Signed(Channel.SMS), Handled()),
    (Taken("W-1"), Cleared(ADDRESS), Declined()),
    (Taken("W-1"), ClearedForSms(), Expired()),
    (Taken("W-1"), Cleared(ADDRESS), Cancelled()),
    (Taken("W-1"), ClearedForSms(), Cancelled()),
    (Taken("W-1"), Failed(GROUNDS)),
    (NotTaken(GROUNDS),),
)
"""Sets of reports that do not contradict one another; every part of such a set is one, too."""


class Journey:
    """A state, what is on its agenda, and what has happened: grown by one command at a time."""

    __slots__ = ("agenda", "history", "state")

    def __init__(self, state: State, agenda: frozenset[Duty], history: tuple[Event, ...]) -> None:
        self.state = state
        self.agenda = agenda
        self.history = history

    def then(self, command: Command) -> "Journey":
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


START = Journey(NotSubmitted(), frozenset(), ())


def check(journey: Journey) -> None:
    """The laws that hold after every command, whatever came before."""
    state, history = journey.state, journey.history
    assert fold(history) == state, "memory is not enough"
    signatures = sum(isinstance(event, ContractSigned) for event in history)
    assert signatures <= 1, "signed twice"
    results = sum(task.duty is Duty.ANNOUNCE_RESULT for event in history for task in owed(event))
    invitations = sum(task.duty is Duty.INVITE_TO_SIGN for event in history for task in owed(event))
    assert results == isinstance(state, Closed), "not exactly one result notice"
    assert invitations <= 1, "invited twice"
    if isinstance(state, Open):
        assert CHASES[state.waits_for] in journey.agenda, "waits without a deadline"
        assert Duty.TELL_OPERATOR in journey.agenda, "waits and nobody is ever told"
    if isinstance(state, Withdrawing):
        assert Duty.CANCEL_APPLICATION in journey.agenda, "nobody asks for the withdrawal"
    else:
        assert Duty.CANCEL_APPLICATION not in journey.agenda, "asks for a withdrawal that nobody wants"
    if isinstance(state, Closed):
        assert not journey.agenda - {Duty.ANNOUNCE_RESULT, Duty.ERASE}, "owes something after the end"
        assert Duty.ERASE in journey.agenda, "personal data would be kept for ever"
        assert all(fold(history[: n + 1]) == state for n, event in enumerate(history) if closes(event))


def walk(journey: Journey, depth: int) -> Iterator[Journey]:
    """Every journey of up to `depth` more commands."""
    yield journey
    if depth:
        for command in COMMANDS:
            yield from walk(journey.then(command), depth - 1)


@pytest.mark.parametrize("depth", [DEPTH, pytest.param(DEEPER, marks=pytest.mark.campaign)])
def test_every_sequence_of_commands(depth: int, count: Count) -> None:
    """Laws 2 to 7 hold on every path of up to `depth` commands that begins with the submission."""
    paths = 0
    states: set[State] = set()
    checked: set[tuple[State, frozenset[Duty], tuple[Event, ...]]] = set()
    for journey in walk(START.then(SUBMIT), depth - 1):
        paths += 1
        mark = (journey.state, journey.agenda, journey.history)
        if mark not in checked:
            checked.add(mark)
            states.add(journey.state)
            check(journey)
    count(f"walk: {len(states)} states, {len(checked)} different histories, {paths} paths of up to {depth} commands")
    assert paths == sum(len(COMMANDS) ** n for n in range(depth))
    assert len(states) == 18


def test_every_open_state_can_end(count: Count) -> None:
    """Law 6: from every state that can be reached, some command leads to an end."""
    seen: set[State] = {NotSubmitted()}
    frontier = [START]
    while frontier:
        journey = frontier.pop()
        reached = [journey.then(command) for command in COMMANDS]
        if isinstance(journey.state, Open):
            assert any(isinstance(one.state, Closed) for one in reached)
        if isinstance(journey.state, Closed):
            assert all(one.state == journey.state for one in reached), "the end does not absorb"
        fresh = [one for one in reached if one.state not in seen]
        seen.update(one.state for one in fresh)
        frontier += {one.state: one for one in fresh}.values()
    count(f"walk: {len(seen)} reachable states")


def doubled(story: Iterable[Report]) -> Iterator[tuple[Report, ...]]:
    """Every non-empty part of a story, each report once or twice."""
    for counts in itertools.product((0, 1, 2), repeat=len(tuple(story))):
        said = tuple(report for report, count in zip(story, counts, strict=True) for _ in range(count))
        if said:
            yield said


def ends(said: tuple[Report, ...]) -> tuple[frozenset[State], int]:
    """The states that all orders of `said` lead to, and how many orders there are.

    What a decider does next depends on the state alone, so orders that have come to the same state with the same
    reports left go on as one.
    """

    @functools.cache
    def go(state: State, left: tuple[Report, ...]) -> tuple[frozenset[State], int]:
        if not left:
            return frozenset({state}), 1
        reached, count = frozenset[State](), 0
        for first in dict.fromkeys(left):
            rest = list(left)
            rest.remove(first)
            further, orders = go(fold(decide(state, hearing(first)), state), tuple(rest))
            reached, count = reached | further, count + orders
        return reached, count

    return go(fold(decide(NotSubmitted(), SUBMIT)), said)


def test_every_order_of_every_story(count: Count) -> None:
    """Law 1: reports that do not contradict one another end in the same state, in every order and however often."""
    sets = paths = 0
    for story in STORIES:
        for said in doubled(story):
            reached, found = ends(said)
            assert len(reached) == 1, (said, reached)
            sets += 1
            paths += found
    count(f"walk: {sets} sets of reports in {paths} orders")


def test_a_story_told_whole_ends() -> None:
    """Each story comes to an end that does not depend on which report comes first."""
    for story in STORIES:
        reached, _ = ends(story)
        assert all(isinstance(state, Closed) for state in reached)


def test_overdue_steps_are_chased_again() -> None:
    """A deadline that has passed is followed by the next one, as long as the step waits."""
    submitted = START.then(SUBMIT)
    for _ in range(3):
        submitted = submitted.then(NoteOverdue(Step.SUBMIT))
        assert Duty.CHASE_RECEIPT in submitted.agenda
