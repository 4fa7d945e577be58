"""Whole histories: some told as they happen in life, and, found by trying every command, the shortest to every state
and to everything that can happen there. Never stores anything: a history is the commands that make it.
"""

import enum
from collections.abc import Iterable, Iterator
from itertools import count
from typing import get_args

import attrs
from tests.golden.samples import variants

from cotransfer.adapters.sql.codec import EVENTS
from cotransfer.domain.commands import Command, NoteOverdue, OpenSigning, RecordNotice, Submit, hearing
from cotransfer.domain.events import Event
from cotransfer.domain.notices import Delivered, NoticeChannel, NoticeKind, Undeliverable
from cotransfer.domain.parties import Step
from cotransfer.domain.refusals import Refused
from cotransfer.domain.reports import Channel, Cleared, ClearedForSms, Expired, Handled, NotHandled, Signed, Taken
from cotransfer.domain.states import Closed, NotSubmitted, Open, State
from cotransfer.domain.transfer import decide, fold
from cotransfer.domain.values import AccountNumber, TransferId, UnitNumber
from cotransfer.testing.samples import ADDRESS, GROUNDS, OTHER_ADDRESS, SUBMIT

Kind = tuple[object, ...]
Commands = tuple[Command, ...]

CODES = {kind: code for code, kind in EVENTS.items()}

ANY_COMMAND: Commands = tuple(command for kind in get_args(Command) if kind is not Submit for command in variants(kind))
"""Every command there is, in each of its variants, but the one that begins a transfer."""


@attrs.frozen
class History:
    """A name that says what is special, and the commands, one commit each."""

    name: str
    commands: Commands


TOLD: tuple[History, ...] = (
    History(
        "signed by SMS and handled",
        (
            SUBMIT,
            hearing(Taken("KM-2026-0001")),
            hearing(Cleared(ADDRESS)),
            RecordNotice(NoticeKind.INVITATION, Delivered("n-1")),
            hearing(Signed(Channel.SMS)),
            hearing(Signed(Channel.WECHAT)),
            hearing(Handled()),
            RecordNotice(NoticeKind.RESULT, Delivered("n-2")),
        ),
    ),
    History(
        "everything late, and not handled in the end",
        (
            SUBMIT,
            NoteOverdue(Step.SUBMIT),
            hearing(Taken("KM-2026-0002")),
            NoteOverdue(Step.PRE_REVIEW),
            NoteOverdue(Step.PRE_REVIEW),
            hearing(Cleared(ADDRESS)),
            RecordNotice(NoticeKind.INVITATION, Undeliverable("not_following")),
            hearing(Cleared(OTHER_ADDRESS)),
            OpenSigning(),
            NoteOverdue(Step.SIGN),
            hearing(Signed(Channel.WECHAT)),
            hearing(Cleared(ADDRESS)),
            hearing(Taken("KM-2026-0002")),
            NoteOverdue(Step.HANDLE),
            hearing(NotHandled(GROUNDS)),
            hearing(Handled()),
            RecordNotice(NoticeKind.RESULT, Undeliverable("outcome_unknown")),
        ),
    ),
    History(
        "invited by SMS alone, an address after all, and nobody signs",
        (
            SUBMIT,
            hearing(Taken("KM-2026-0003")),
            hearing(ClearedForSms()),
            hearing(Cleared(ADDRESS)),
            OpenSigning(),
            hearing(Expired()),
            RecordNotice(NoticeKind.RESULT, Delivered("n-3")),
        ),
    ),
    History(
        "WeChat reaches nobody, and the contract waits",
        (
            SUBMIT,
            hearing(Taken("KM-2026-0004")),
            hearing(Cleared(ADDRESS)),
            RecordNotice(NoticeKind.INVITATION, Undeliverable("not_following")),
            RecordNotice(NoticeKind.REMINDER, Undeliverable("quota_spent")),
        ),
    ),
    History(
        "invited by SMS as WeChat could not, and the result goes the same way",
        (
            SUBMIT,
            hearing(Taken("KM-2026-0005")),
            hearing(Cleared(ADDRESS)),
            RecordNotice(NoticeKind.INVITATION, Undeliverable("not_following")),
            RecordNotice(NoticeKind.INVITATION, Delivered("s-1"), NoticeChannel.SMS),
            hearing(Signed(Channel.WECHAT)),
            hearing(Handled()),
            RecordNotice(NoticeKind.RESULT, Undeliverable("not_following")),
        ),
    ),
)
"""As they happen in life."""


def kind_of(state: State) -> Kind:
    """What tells states apart here: their class, and which variant each of their own fields has."""
    if isinstance(state, NotSubmitted):
        return (state.code,)
    own = {field.name: getattr(state, field.name) for field in attrs.fields(type(state)) if field.name != "case"}
    return (state.code, *(one if isinstance(one, enum.Enum) else type(one).__name__ for one in own.values()))


def tried(state: State) -> Iterator[tuple[Command, tuple[Event, ...]]]:
    """Every command that makes something happen in `state`, and what."""
    for command in ANY_COMMAND:
        try:
            events = decide(state, command)
        except Refused:
            continue
        if events:
            yield command, events


def reached(start: State, way: Commands = ()) -> dict[Kind, tuple[State, Commands]]:
    """Every kind of state that can be reached from `start`, with one of the shortest ways there."""
    found = {kind_of(start): (start, way)}
    frontier = [(start, way)]
    while frontier:
        state, way = frontier.pop(0)
        for command, events in tried(state):
            later = fold(events, state)
            if kind_of(later) not in found:
                found[kind_of(later)] = later, (*way, command)
                frontier.append(found[kind_of(later)])
    return found


def way_to_an_end(state: State) -> Commands | None:
    """The fewest commands that end a transfer; None where none do."""
    return next((way for end, way in reached(state).values() if isinstance(end, Closed)), None)


def led_to(commands: Commands) -> State:
    """Where commands lead, from nothing."""
    state: State = NotSubmitted()
    for command in commands:
        state = fold(decide(state, command), state)
    return state


def one_to_each_state() -> Iterator[History]:
    """One of the shortest to each kind of state."""
    for kind, (_, way) in reached(led_to((SUBMIT,)), (SUBMIT,)).items():
        yield History(" ".join(one.value if isinstance(one, enum.Enum) else str(one) for one in kind), way)


def one_to_each_event() -> Iterator[History]:
    """One to each event in each kind of state where it can happen, unless it is among those to each state."""
    told = {one.commands for one in one_to_each_state()}
    for state, way in reached(led_to((SUBMIT,)), (SUBMIT,)).values():
        assert isinstance(state, Open | Closed)
        seen: set[tuple[str, ...]] = set()
        for command, events in tried(state):
            codes = tuple(CODES[type(event)] for event in events)
            if codes not in seen:
                seen.add(codes)
                if (*way, command) not in told:
                    yield History(f"{state.code}, then {' and '.join(codes)}", (*way, command))


def every() -> tuple[History, ...]:
    """All of them, each with a name of its own."""
    made = [*TOLD, *one_to_each_state(), *one_to_each_event()]
    return tuple(_named_apart(made))


def _named_apart(made: Iterable[History]) -> Iterator[History]:
    names: dict[str, count[int]] = {}
    for one in made:
        nth = next(names.setdefault(one.name, count(1)))
        yield one if nth == 1 else attrs.evolve(one, name=f"{one.name} ({nth})")


def submitted_as(nth: int, commands: Commands) -> tuple[TransferId, Commands]:
    """The same history for the n-th transfer, of its own home and account."""
    case = attrs.evolve(
        SUBMIT.case,
        transfer=TransferId(f"01997c5e-8000-7000-8000-{nth:012x}"),
        account_number=AccountNumber(f"0871{nth:06}"),
        application=attrs.evolve(SUBMIT.case.application, unit_numbers=(UnitNumber(f"530102003004GB00012F{nth:08}"),)),
    )
    return case.transfer, (attrs.evolve(SUBMIT, case=case), *commands[1:])
