"""What any release has stored is read, understood and carried to an end by this version: replayed from golden sets."""

import enum
import itertools
import types
from collections.abc import Iterator
from itertools import groupby
from typing import Any, get_args, get_origin

import attrs
import orjson
import pytest
from tests.golden import files
from tests.golden.files import GOLDEN, Line, lines
from tests.golden.histories import ANY_COMMAND, way_to_an_end
from tests.golden.making import made

from cotransfer.adapters.sql import codec
from cotransfer.adapters.sql.codec import EVENTS, STATES, Spelt
from cotransfer.adapters.sql.forms import FORM
from cotransfer.adapters.sql.trust import consents
from cotransfer.domain.agenda import CHASED, CHASES, Duty, owed
from cotransfer.domain.case import Case
from cotransfer.domain.commands import Command
from cotransfer.domain.consents import Consent
from cotransfer.domain.events import Event
from cotransfer.domain.refusals import Refused
from cotransfer.domain.reversals.agenda import DUTIES
from cotransfer.domain.states import Closed, NotSubmitted, Open, State
from cotransfer.domain.transfer import decide, evolve, fold
from cotransfer.testing.samples import CASE

RELEASES = files.releases()
AGAIN = "Run `make golden`; where it refuses, do what it says (docs/releasing.md)."
release = pytest.mark.parametrize("release", RELEASES)


def bare(spelt: Any) -> bytes:
    """A body as the release had it, byte by byte: orjson writes one spelling only."""
    return orjson.dumps(spelt)


def event_of(line: Line) -> Event:
    """The event of a line."""
    return codec.read_event("journal golden", Spelt(line["type"], line["format"], bare(line["body"])))


def state_of(line: Line, case: Case) -> State:
    """The state of a line, with its case."""
    return codec.read_state("transfers golden", Spelt(line["state"], line["format"], bare(line["details"])), case)


def case_of(line: Line) -> Case:
    """The case of a line."""
    return codec.read_facts("transfers golden", bare(line["facts"]))


def consent_of(line: Line) -> Consent:
    """The consent of a line."""
    row = (line["receiver"], bare(line["body"]), line["given_at"], line["withdrawn_at"])
    return consents._consent(CASE.transfer, row)


def plain(value: Any) -> Any:
    """Every field of every value, so that what equality leaves out is compared as well."""
    return type(value).__name__, attrs.asdict(value)


def unchanged(then: Any, now: bytes) -> None:
    """What is spelt in the present form today is spelt as it was when that form was released."""
    present = orjson.loads(now)[FORM]
    if then.get(FORM, 1) == present:
        assert bare({FORM: present, **then}) == now, "Another spelling is another form: give it an upgrade."


@attrs.frozen
class Story:
    """A history of a golden set, as its rows were."""

    name: str
    journal: list[Line]
    row: Line
    tasks: list[Line]


def stories(release: str) -> Iterator[Story]:
    """Every one of a set."""
    for name, rows in groupby(lines(release, "histories.jsonl"), lambda line: str(line["history"])):
        by_table: dict[str, list[Line]] = {"journal": [], "transfers": [], "agenda": []}
        for row in rows:
            by_table[row["table"]].append(row)
        (row,) = by_table["transfers"]
        yield Story(name, by_table["journal"], row, by_table["agenda"])


STORIES = [pytest.param(release, one, id=f"{release} {one.name}") for release in RELEASES for one in stories(release)]
each_story = pytest.mark.parametrize(("release", "story"), STORIES)


class TestBodies:
    """Each body of each set is read, spelt anew in the present form, and read to the same."""

    @release
    def test_events(self, release: str) -> None:
        """Of every type, in every variant."""
        for line in lines(release, "events.jsonl"):
            event = event_of(line)
            again = codec.write_event(event)
            assert plain(codec.read_event("again", again)) == plain(event)
            assert again.code == line["type"]
            unchanged(line["body"], again.body)

    @release
    def test_details(self, release: str) -> None:
        """Of every state, in every variant."""
        for line in lines(release, "details.jsonl"):
            state = state_of(line, CASE)
            again = codec.write_details(state)
            assert plain(codec.read_state("again", again, CASE)) == plain(state)
            assert again.code == line["state"]
            unchanged(line["details"], again.body)

    @release
    def test_facts(self, release: str) -> None:
        """In every variant."""
        for line in lines(release, "facts.jsonl"):
            case = case_of(line)
            again = codec.write_facts(case)
            assert plain(codec.read_facts("again", again)) == plain(case)
            unchanged(line["facts"], again)

    @release
    def test_consents(self, release: str) -> None:
        """In every variant."""
        for line in lines(release, "consents.jsonl"):
            consent = consent_of(line)
            _, *again = consents._row(CASE.transfer, consent)
            assert consents._consent(CASE.transfer, tuple(again)) == consent
            unchanged(line["body"], again[1])


def after(state: State, command: Command) -> State:
    """The state once that was asked: refused, it stays."""
    try:
        return fold(decide(state, command), state)
    except Refused:
        return state


class TestHistories:
    """Each history of each release is understood by this version as it was by that one."""

    @each_story
    def test_the_journal_leads_to_the_stored_state(self, release: str, story: Story) -> None:
        """Law 7: folded by this version it gives the state that the release stored beside it, event by event."""
        assert [line["sequence"] for line in story.journal] == list(range(1, len(story.journal) + 1))
        state = fold(event_of(line) for line in story.journal)
        assert plain(state) == plain(state_of(story.row, case_of(story.row)))
        assert not isinstance(state, NotSubmitted)
        assert (state.code, len(story.journal)) == (story.row["state"], story.row["version"])

    @each_story
    def test_what_was_owed_is_known_and_leads_on(self, release: str, story: Story) -> None:
        """A task of a duty that this version does not know would be claimed by nobody: an open step has its deadline
        among what was stored, a closed transfer watches no step, and everything stored is a duty still.
        """
        duties = [Duty(line["duty"]) for line in story.tasks]
        state = state_of(story.row, case_of(story.row))
        assert len(duties) == len(set(duties))
        if isinstance(state, Open):
            assert CHASES[state.waits_for] in duties
        else:
            assert not set(duties) & set(CHASED)
            assert Duty.ERASE in duties

    @each_story
    def test_it_is_carried_to_an_end(self, release: str, story: Story) -> None:
        """Law 6: from wherever a release left it, commands of this version end it, with one result to announce; and an
        end stays an end.
        """
        state = state_of(story.row, case_of(story.row))
        if isinstance(state, Closed):
            assert {after(state, one) for one in ANY_COMMAND} == {state}
            return
        way = way_to_an_end(state)
        assert way, f"{story.name}: {state.code} is stranded"
        announced = 0
        for one in way:
            for event in decide(state, one):
                state = evolve(state, event)
                announced += sum(task.duty is Duty.ANNOUNCE_RESULT for task in owed(event))
        assert isinstance(state, Closed)
        assert announced == 1


# ------------------------------------------------------------------------------------------------------- completeness


def shapes(kind: Any) -> Iterator[tuple[Any, Any]]:
    """All that can be met below a type: each class, each word of an enumeration, and None or not at each field."""
    inside = get_args(kind)
    if get_origin(kind) is not None or isinstance(kind, types.UnionType):
        for one in inside:
            yield from shapes(one) if one is not ... else ()
    elif isinstance(kind, enum.EnumMeta):
        yield from zip(itertools.repeat(kind), kind, strict=False)
    elif attrs.has(kind):
        yield kind, "itself"
        for field in attrs.fields(attrs.resolve_types(kind)):
            if types.NoneType in get_args(field.type):
                yield from (((kind, field.name), given) for given in (True, False))
            yield from shapes(field.type)


def met(value: Any) -> Iterator[tuple[Any, Any]]:
    """What of it a value shows."""
    kind = type(value)
    if isinstance(value, enum.Enum):
        yield kind, value
    elif isinstance(value, tuple | frozenset):
        for one in value:
            yield from met(one)
    elif attrs.has(kind):
        yield kind, "itself"
        for field in attrs.fields(attrs.resolve_types(kind)):
            inside = getattr(value, field.name)
            if types.NoneType in get_args(field.type):
                yield (kind, field.name), inside is not None
            yield from met(inside)


class TestTheNewestSet:
    """What this version can store, every later one finds among what it must read."""

    def test_every_variant_of_everything_stored_is_in_it(self) -> None:
        """Every event, state, report, channel, document …, and each optional value with and without."""
        newest = RELEASES[-1]
        kinds = {*get_args(Event), *get_args(Open | Closed), Case, Consent}
        there = [
            *map(event_of, lines(newest, "events.jsonl")),
            *(state_of(line, CASE) for line in lines(newest, "details.jsonl")),
            *map(case_of, lines(newest, "facts.jsonl")),
            *map(consent_of, lines(newest, "consents.jsonl")),
        ]
        missing = {shape for kind in kinds for shape in shapes(kind)} - {
            shape for value in there for shape in met(value)
        }
        assert not missing, f"The set of {newest} lacks {missing}. {AGAIN}"

    def test_every_state_event_and_duty_is_in_a_history(self) -> None:
        """Every state is where some journal ends, every event happens in one, every duty but a reversal's is owed."""
        told = list(stories(RELEASES[-1]))
        assert {story.row["state"] for story in told} == set(STATES)
        assert {line["type"] for story in told for line in story.journal} == set(EVENTS)
        assert {line["duty"] for story in told for line in story.tasks} == {duty.value for duty in set(Duty) - DUTIES}

    def test_it_is_of_the_version_that_is_being_built(self) -> None:
        """A version that is not released yet writes what its set says; a released one has a set, and keeps it."""
        version = files.version()
        assert version == RELEASES[-1], AGAIN
        if files.is_released(version):
            return
        for name, content in made().items():
            there = (GOLDEN / version / name).read_bytes()
            assert there == files.spelt(content), f"{version}/{name} is not what this version stores. {AGAIN}"
