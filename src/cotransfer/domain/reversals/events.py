"""What can have happened in a reversal, in the past tense. Never a time or a sequence: its journal has those."""

import attrs

from cotransfer.domain.events import Standing
from cotransfer.domain.reports import Grounds
from cotransfer.domain.reversals.case import Document, ReversalCase
from cotransfer.domain.reversals.findings import Finding, Stage


@attrs.frozen
class ReversalOpened:
    """Somebody questions a completed transfer, with this evidence."""

    case: ReversalCase
    documents: tuple[Document, ...] = ()


@attrs.frozen
class EvidenceAdded:
    """One side brought more."""

    documents: tuple[Document, ...]


@attrs.frozen
class ReversalTakenUp:
    """The utility has it, under its own reference."""

    reference: str


@attrs.frozen
class ReversalUpheld:
    """The transfer was wrong, on these grounds."""

    grounds: Grounds


@attrs.frozen
class ReversalTurnedDown:
    """The transfer stands, on these grounds; the end."""

    grounds: Grounds


@attrs.frozen
class AccountPutBack:
    """The account bears its former name again; the end."""


@attrs.frozen
class AccountNotPutBack:
    """Upheld, and could not be carried out, on these grounds; the end."""

    grounds: Grounds


@attrs.frozen
class ReversalTakenBack:
    """Whoever had opened it took it back; the end."""


@attrs.frozen
class ReversalNoticeSent:
    """A channel took the notice that said this (`Phrase.code`)."""

    phrase: str
    reference: str


@attrs.frozen
class ReversalNoticeUndeliverable:
    """No channel will take the notice that said this (`Phrase.code`)."""

    phrase: str
    why: str


@attrs.frozen
class StageOverdue:
    """A stage waited longer than it should."""

    stage: Stage


@attrs.frozen
class ReversalHandedOn:
    """The operator has been told that somebody has to take this stage to the utility."""

    stage: Stage


@attrs.frozen
class FindingKept:
    """A finding that moves nothing: late on a passed stage, or at odds with what is known."""

    finding: Finding
    standing: Standing


ReversalEvent = (
    ReversalOpened
    | EvidenceAdded
    | ReversalTakenUp
    | ReversalUpheld
    | ReversalTurnedDown
    | AccountPutBack
    | AccountNotPutBack
    | ReversalTakenBack
    | ReversalNoticeSent
    | ReversalNoticeUndeliverable
    | StageOverdue
    | ReversalHandedOn
    | FindingKept
)
