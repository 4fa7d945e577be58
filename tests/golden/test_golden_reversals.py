"""Reversals as each release stored them are understood by this version; the newest set has all that can be stored."""

from typing import get_args

import orjson
import pytest
from tests.golden import files
from tests.golden.files import GOLDEN, Line, lines
from tests.golden.reversals import events, histories
from tests.golden.test_golden import AGAIN, met, plain, shapes, unchanged

from cotransfer.adapters.sql.codec import Spelt, UnreadableRow
from cotransfer.adapters.sql.reversals import codec
from cotransfer.domain.agenda import Duty
from cotransfer.domain.reversals.agenda import DUTIES
from cotransfer.domain.reversals.deciding import fold
from cotransfer.domain.reversals.events import ReversalEvent
from cotransfer.domain.reversals.states import ClosedReversal, NotOpened, OpenReversal

EVENTS, HISTORIES = "reversal_events.jsonl", "reversals.jsonl"
RELEASES = [one for one in files.releases() if (GOLDEN / one / EVENTS).exists()]
release = pytest.mark.parametrize("release", RELEASES)


def event_of(line: Line) -> ReversalEvent:
    """The event of a line."""
    return codec.read_event("golden", Spelt(line["type"], line["format"], orjson.dumps(line["body"])))


@release
def test_events(release: str) -> None:
    """Of every type, in every variant: read, spelt anew in the present form, and read to the same."""
    for line in lines(release, EVENTS):
        event = event_of(line)
        again = codec.write_event(event)
        assert plain(codec.read_event("again", again)) == plain(event)
        assert again.code == line["type"]
        unchanged(line["body"], again.body)


@release
def test_histories(release: str) -> None:
    """A journal leads to the state that the release stored beside it; an open one has its deadline."""
    for line in lines(release, HISTORIES):
        state = fold(map(event_of, line["journal"]))
        assert not isinstance(state, NotOpened)
        assert state.code == line["state"]
        assert {Duty(duty) for duty in line["duties"]} >= (
            {Duty.CHASE_REVERSAL} if isinstance(state, OpenReversal) else {Duty.ERASE}
        )


def test_the_newest_set_is_whole() -> None:
    """Every variant of every event; every state, event and duty in a history; and it is what is stored today."""
    newest = files.releases()[-1]
    there = [event_of(line) for line in lines(newest, EVENTS)]
    missing = {shape for kind in get_args(ReversalEvent) for shape in shapes(kind)} - {
        shape for value in there for shape in met(value)
    }
    assert not missing, f"The set of {newest} lacks {missing}. {AGAIN}"
    told = lines(newest, HISTORIES)
    assert {line["state"] for line in told} >= {kind.code for kind in get_args(ClosedReversal)} | {"opened"}
    assert {entry["type"] for line in told for entry in line["journal"]} == set(codec.EVENTS)
    assert {Duty(duty) for line in told for duty in line["duties"]} >= DUTIES
    if not files.is_released(newest):
        for name, content in ((EVENTS, events()), (HISTORIES, histories())):
            assert (GOLDEN / newest / name).read_bytes() == files.spelt(content), AGAIN


def test_a_newer_event_is_left_alone() -> None:
    """What only a later version knows is never guessed at."""
    spelt = codec.write_event(event_of(lines(RELEASES[-1], EVENTS)[0]))
    with pytest.raises(UnreadableRow, match="of a type that this version does not know"):
        codec.read_event("golden", Spelt("reversal_forgotten", spelt.format, spelt.body))
    with pytest.raises(UnreadableRow, match="packed in format 9"):
        codec.read_event("golden", Spelt(spelt.code, 9, spelt.body))
