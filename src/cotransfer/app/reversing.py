"""Reversals of completed transfers: opened, fed with evidence, taken back, and moved on by what the utility finds.

Each errand is decided on what is stored now, and stored at once; a reversal is rare, so that none waits for a group.
Never touches the transfer itself, and never decides anything: `domain.reversals` does.
"""

from collections.abc import Awaitable, Callable

import attrs
import structlog

from cotransfer.app.erasure import found
from cotransfer.app.errand import Message, replay
from cotransfer.app.reversal_draft import Asked, By, Ruling, change, decided
from cotransfer.domain.allowances import Timetable
from cotransfer.domain.case import Case
from cotransfer.domain.events import HandlingDone, Standing
from cotransfer.domain.parties import Party
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.reversals.case import Complaint, Document, ReversalCase, ReversalId
from cotransfer.domain.reversals.commands import AddEvidence, HearFinding, Question, ReversalCommand, TakeBack
from cotransfer.domain.reversals.events import FindingKept
from cotransfer.domain.reversals.findings import Finding
from cotransfer.domain.states import NotSubmitted, State
from cotransfer.domain.values import TransferId, UtilityId
from cotransfer.ports.agenda import Lease
from cotransfer.ports.clock import Clock
from cotransfer.ports.errors import LeaseLost, Unavailable
from cotransfer.ports.reversals import ReversalRecord, Reversals
from cotransfer.ports.transfers import Change, Committed, Stale, Transfers

TRIES = 8
"""How often an errand is decided anew because what it was decided on had moved."""

_log = structlog.get_logger(__name__)

Answering = Callable[[Ruling], bytes]
Wanting = Callable[[Asked], Awaitable[tuple[ReversalId, tuple[ReversalCommand, ...]]]]


def _no_answer(_: Ruling) -> bytes:
    return b""


@attrs.frozen
class ReversalReply:
    """The answer that was stored with the message, and what was decided; None: the message was answered before."""

    answer: bytes = attrs.field(repr=False)
    ruling: Ruling | None = None


@attrs.frozen(kw_only=True)
class Brought:
    """How an errand came: by whom, under which message, and how that is answered, before it is stored."""

    by: By
    message: Message | None = None
    answer: Answering = _no_answer


class Reversing:
    """Takes errands on reversals, in any order and however often.

    All raise `Refused` (nothing happened), `MessageReused`, `Unintelligible`, or `Unavailable` when the store is away;
    and `ValueError` when `By` has no words for the audit trail.
    """

    def __init__(self, transfers: Transfers, reversals: Reversals, clock: Clock, timetable: Timetable) -> None:
        self._transfers = transfers
        self._reversals = reversals
        self._clock = clock
        self._timetable = timetable

    async def open(
        self, transfer: TransferId, complaint: Complaint, documents: tuple[Document, ...], brought: Brought
    ) -> ReversalReply:
        """Question a completed transfer, within its utility's window, one question at a time.

        The documents are of the side that brings them, whatever they say.
        """

        async def wanted(asked: Asked) -> tuple[ReversalId, tuple[ReversalCommand, ...]]:
            question = await self._question(asked, complaint, _of(documents, brought.by), brought.by)
            return question.case.id, (question,)

        return await self._do(transfer, wanted, brought)

    async def add(self, of: ReversalId, documents: tuple[Document, ...], brought: Brought) -> ReversalReply:
        """Bring evidence, until it is decided."""
        return await self.tell(of, AddEvidence(_of(documents, brought.by)), brought)

    async def take_back(self, of: ReversalId, brought: Brought) -> ReversalReply:
        """Want it no more: whoever opened it, until it is decided."""
        return await self.tell(of, TakeBack(brought.by.side), brought)

    async def hear(self, of: ReversalId, finding: Finding, brought: Brought) -> ReversalReply:
        """What the utility finds, from itself or entered for it; what is at odds is kept, and told in the log."""
        reply = await self.tell(of, HearFinding(finding, brought.by.side, self._clock.now()), brought)
        if reply.ruling is not None and contradicts(reply.ruling):
            _log.error("reversal_contradicted", reversal=of.text, state=reply.ruling.state.code)
        return reply

    async def tell(
        self, of: ReversalId, command: ReversalCommand, brought: Brought, *, finishes: Lease | None = None
    ) -> ReversalReply:
        """Store what comes of `command`; `finishes` is the claimed task that it completes, or raises `LeaseLost`."""

        async def wanted(_: Asked) -> tuple[ReversalId, tuple[ReversalCommand, ...]]:
            return of, (command,)

        return await self._do(of.transfer, wanted, brought, finishes)

    async def finish(self, lease: Lease) -> None:
        """A claimed task has become pointless; raises `LeaseLost`."""
        await self._commit(Change(finished=(lease,)))

    async def of(self, transfer: TransferId, *, utility: UtilityId | None = None) -> Asked:
        """The transfer and every reversal of it; `utility` is the one that asks, if one does."""
        record = found(await self._transfers.load((transfer,)), transfer, by=utility)
        if record is None or (utility is not None and _case(record.state).utility != utility):
            raise Refused(Why.UNKNOWN_TRANSFER)
        return Asked(record, await self._reversals.reversals_of(transfer))

    async def read(self, of: ReversalId, by: By) -> ReversalRecord:
        """One of them, to be shown with what people wrote in it: the audit trail says so first."""
        asked = await self.of(of.transfer, utility=by.utility)
        record = asked.one(of)
        await self._commit(Change(noted=(by.note(of, "read", self._clock.now()),)))
        return record

    async def _do(
        self, transfer: TransferId, wanting: Wanting, brought: Brought, finishes: Lease | None = None
    ) -> ReversalReply:
        for _ in range(TRIES):
            again = await self._recall(brought.message)
            if again is not None:
                return again
            asked = await self.of(transfer, utility=brought.by.utility)
            of, commands = await wanting(asked)
            ruling = decided(asked, of, commands, self._clock.now())
            said = brought.answer(ruling)
            made = change(ruling, self._timetable, brought.by, message=brought.message, answer=said, finishes=finishes)
            if made is None or await self._commit(made):
                return ReversalReply(said, ruling)
        raise Unavailable(Party.US, "The reversal keeps moving on.", retry_after_s=1, certain=True)

    async def _recall(self, message: Message | None) -> ReversalReply | None:
        if message is None:
            return None
        loaded = await self._transfers.load((), (message.key,))
        if message.key in loaded.unanswerable:
            raise loaded.unanswerable[message.key]
        seen = loaded.seen.get(message.key)
        return None if seen is None else ReversalReply(replay(seen, message).answer)

    async def _commit(self, made: Change) -> bool:
        (outcome,) = await self._transfers.commit([made])
        if isinstance(outcome, Stale) and outcome.lost:
            raise LeaseLost
        return isinstance(outcome, Committed)

    async def _question(self, asked: Asked, complaint: Complaint, documents: tuple[Document, ...], by: By) -> Question:
        transfer, at = asked.record.transfer, self._clock.now()
        case = _case(asked.record.state)
        allow = self._timetable.allowances(case.utility)
        journal = await self._transfers.journal(transfer)
        done = [entry.at for entry in journal if isinstance(entry.event, HandlingDone)]
        return Question(
            case=ReversalCase(
                id=ReversalId(transfer, len(asked.reversals) + 1),
                service=case.service,
                utility=case.utility,
                opened_by=by.side,
                complaint=complaint,
                heard_until=self._timetable.due(at, allow.reversal_hearing),
            ),
            documents=documents,
            of=asked.record.state,
            at=at,
            until=self._timetable.due(done[0], allow.reversal_window) if done else None,
            before=tuple(record.state for record in asked.reversals),
        )


def _of(documents: tuple[Document, ...], by: By) -> tuple[Document, ...]:
    return tuple(attrs.evolve(document, by=by.side) for document in documents)


def _case(state: State) -> Case:
    assert not isinstance(state, NotSubmitted)  # noqa: S101 - what is stored has been submitted
    return state.case


def contradicts(ruling: Ruling) -> bool:
    """Whether the finding was at odds with what is known: it is kept, and a person has to look."""
    return any(isinstance(event, FindingKept) and event.standing is Standing.CONTRADICTS for event in ruling.events)
