"""Reversals as this version stores them: every event in each of its variants, and a journal to each state.

Never reads a set.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import get_args

import orjson
from tests.golden.files import Line
from tests.golden.samples import variants

from cotransfer.adapters.sql.codec import Spelt
from cotransfer.adapters.sql.reversals import codec
from cotransfer.domain.notices import Delivered, Undeliverable
from cotransfer.domain.reversals.agenda import owed, settled
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
from cotransfer.domain.reversals.deciding import decide, fold
from cotransfer.domain.reversals.events import ReversalEvent
from cotransfer.domain.reversals.findings import CarriedOut, Finding, NotCarriedOut, Rejected, Stage, TakenUp, Upheld
from cotransfer.domain.reversals.states import NotOpened, ReversalState
from cotransfer.testing.reversals import HEARD_UNTIL, METER, QUESTION, opened_by
from cotransfer.testing.samples import GROUNDS


def _heard(finding: Finding) -> ReversalCommand:
    return HearFinding(finding, Side.UTILITY, HEARD_UNTIL)


HISTORIES: Mapping[str, tuple[ReversalCommand, ...]] = MappingProxyType(
    {
        "just opened": (QUESTION,),
        "opened by the utility, with evidence of both sides": (
            opened_by(Side.UTILITY, METER),
            RecordReversalNotice("questioned", Delivered("n-1")),
            AddEvidence(QUESTION.documents),
        ),
        "upheld": (QUESTION, NoteHandedOn(Stage.TAKE_UP), _heard(TakenUp("R-1")), _heard(Upheld(GROUNDS))),
        "carried out": (
            QUESTION,
            NoteStageOverdue(Stage.TAKE_UP),
            _heard(Upheld(GROUNDS)),
            RecordReversalNotice("reversal_upheld", Undeliverable("no_openid")),
            _heard(TakenUp("R-1")),
            _heard(CarriedOut()),
            _heard(Rejected(GROUNDS)),
        ),
        "upheld and not carried out": (QUESTION, _heard(Upheld(GROUNDS)), _heard(NotCarriedOut(GROUNDS))),
        "turned down": (QUESTION, _heard(Rejected(GROUNDS))),
        "taken back": (QUESTION, TakeBack(Side.CITIZEN)),
    }
)
"""As they happen in life: every event, and every state at some end."""


def events() -> Iterator[Line]:
    """Every event, in each of its variants."""
    for kind in get_args(ReversalEvent):
        for event in variants(kind):
            yield _line(codec.write_event(event))


def histories() -> Iterator[Line]:
    """Whole journals, each with the state that it leads to and what it leaves owed."""
    for name, commands in HISTORIES.items():
        state: ReversalState = NotOpened()
        told: list[ReversalEvent] = []
        duties: dict[str, None] = {}
        for command in commands:
            news = decide(state, command)
            state = fold(news, state)
            told += news
        for event in told:
            for duty in settled(event):
                duties.pop(duty.value, None)
            duties |= dict.fromkeys(task.duty.value for task in owed(event))
        journal = [_line(codec.write_event(event)) for event in told]
        yield {"history": name, "journal": journal, "state": state.code, "duties": sorted(duties)}


def _line(spelt: Spelt) -> Line:
    return {"type": spelt.code, "format": spelt.format, "body": orjson.Fragment(spelt.body)}
