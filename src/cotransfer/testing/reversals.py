"""Invented reversals that tests can take as they are, and the domain's tests of them as sentences."""

from datetime import UTC, datetime, timedelta

import attrs

from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.reversals.case import Complaint, Document, Ground, ReversalCase, ReversalId, Side, Words
from cotransfer.domain.reversals.commands import Question, ReversalCommand
from cotransfer.domain.reversals.deciding import decide, fold
from cotransfer.domain.reversals.events import ReversalEvent
from cotransfer.domain.states import Completed
from cotransfer.testing.samples import CASE, TRANSFER

COMPLETED_AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
OPENED_AT = COMPLETED_AT + timedelta(days=3)
HEARD_UNTIL = OPENED_AT + timedelta(days=7)
UNTIL = COMPLETED_AT + timedelta(days=30)

CONTRACT = Document(Side.CITIZEN, Words("购房合同.pdf"), "5f" * 32, Words("昆明市政务云 12/345"))
METER = Document(Side.UTILITY, Words("水表照片.jpg"), "c0" * 32, Words("水司档案 2026-77"))

REVERSAL = ReversalCase(
    id=ReversalId(TRANSFER, 1),
    service=CASE.service,
    utility=CASE.utility,
    opened_by=Side.CITIZEN,
    complaint=Complaint(Ground.WRONG_ACCOUNT, Words("过户到了邻居的户号")),
    heard_until=HEARD_UNTIL,
)

QUESTION = Question(case=REVERSAL, documents=(CONTRACT,), of=Completed(CASE), at=OPENED_AT, until=UNTIL)


def opened_by(side: Side, *documents: Document) -> Question:
    """The same question by another side."""
    return attrs.evolve(QUESTION, case=attrs.evolve(REVERSAL, opened_by=side), documents=documents)


@attrs.frozen
class Then:
    """What came of it; every assertion says what it found instead."""

    events: tuple[ReversalEvent, ...] | None
    why: Why | None

    def then(self, *events: ReversalEvent) -> None:
        """Exactly these events; none at all means: no news."""
        assert self.why is None, f"refused as {self.why}, expected {events}"
        assert self.events == events, f"{self.events} instead of {events}"

    def refused(self, why: Why) -> None:
        """Refused, for this reason."""
        assert self.why is why, f"{self.why or self.events} instead of a refusal as {why}"


@attrs.frozen
class Given:
    """A history of a reversal."""

    history: tuple[ReversalEvent, ...]

    def when(self, command: ReversalCommand) -> Then:
        """Decide one command on the state that the history leads to."""
        try:
            return Then(decide(fold(self.history), command), None)
        except Refused as refused:
            return Then(None, refused.refusal.why)


def given(*history: ReversalEvent) -> Given:
    """Begin a sentence."""
    return Given(history)
