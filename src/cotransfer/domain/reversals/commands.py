"""What may be asked of a reversal, in the imperative. Never says what follows from it: that is `deciding.decide`."""

from datetime import datetime

import attrs

from cotransfer.domain.notices import Fate
from cotransfer.domain.reversals.case import Document, ReversalCase, Side
from cotransfer.domain.reversals.findings import Finding, Stage
from cotransfer.domain.reversals.states import ReversalState
from cotransfer.domain.states import State


@attrs.frozen(kw_only=True)
class Question:
    """Open it, `at` that instant: `of` is how the transfer stands, `until` when its window closes (None: it has none,
    for nothing was done), `before` how the reversals before it stand, in order.
    """

    case: ReversalCase
    documents: tuple[Document, ...] = ()
    of: State
    at: datetime
    until: datetime | None
    before: tuple[ReversalState, ...] = ()


@attrs.frozen
class AddEvidence:
    """One side brings more."""

    documents: tuple[Document, ...]


@attrs.frozen
class HearFinding:
    """The utility's finding: as it reports it, or as the operator enters it in its name `at` that instant."""

    finding: Finding
    by: Side
    at: datetime


@attrs.frozen
class TakeBack:
    """Whoever opened it wants it no more."""

    by: Side


@attrs.frozen
class RecordReversalNotice:
    """What became of the notice that said this (`Phrase.code`)."""

    phrase: str
    fate: Fate


@attrs.frozen
class NoteStageOverdue:
    """The deadline of a stage has passed."""

    stage: Stage


@attrs.frozen
class NoteHandedOn:
    """The operator has been told of a stage that somebody has to take to the utility."""

    stage: Stage


ReversalCommand = (
    Question | AddEvidence | HearFinding | TakeBack | RecordReversalNotice | NoteStageOverdue | NoteHandedOn
)
