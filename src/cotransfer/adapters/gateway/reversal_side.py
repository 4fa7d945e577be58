"""Reversals over HTTP: the citizen's side and the utility's.

Never shows what people wrote: not the statement, not a document's name or place, not the grounds of a decision.
"""

from typing import Any

import attrs

from cotransfer.adapters.gateway.answers import Answer, answer
from cotransfer.adapters.gateway.asking import TAP
from cotransfer.adapters.gateway.exchange import Exchange
from cotransfer.adapters.gateway.posting import Post
from cotransfer.adapters.gateway.problems import contradiction
from cotransfer.adapters.gateway.rendering import TIMELINE_LIMIT, moment, next_action
from cotransfer.adapters.gateway.texts import Texts
from cotransfer.adapters.wire.forms import Terms
from cotransfer.adapters.wire.reversal_spelling import EVIDENCE, FINDING, OPENING
from cotransfer.adapters.wire.today import day_of
from cotransfer.app.errand import Reply
from cotransfer.app.reversal_draft import By, Ruling
from cotransfer.app.reversing import Brought, ReversalReply, Reversing, contradicts
from cotransfer.domain.parties import Party
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.reversals.case import ReversalId, Side
from cotransfer.domain.reversals.events import FindingKept
from cotransfer.domain.reversals.progress import code, turn
from cotransfer.domain.reversals.states import ClosedReversal, NotOpened
from cotransfer.ports.clock import Clock
from cotransfer.ports.reversals import ReversalEntry, ReversalRecord


@attrs.frozen
class ReversalSide:
    """What the platform may call for its citizen, and a utility for itself."""

    reversing: Reversing
    clock: Clock

    async def show(self, exchange: Exchange) -> Answer:
        """Every reversal of the transfer."""
        asked = await self.reversing.of(exchange.transfer)
        shown = [_shown(record, exchange.texts) for record in asked.reversals]
        return answer({"reversals": shown}, language=exchange.language)

    async def open(self, post: Post) -> Reply:
        """The citizen questions a completed transfer."""
        opening = OPENING.read(post.body, self._terms())
        brought = _by_citizen(post, status=201)
        return _reply(await self.reversing.open(post.exchange.transfer, opening.complaint, opening.documents, brought))

    async def add_evidence(self, post: Post) -> Reply:
        """The citizen brings more, to the latest."""
        evidence = EVIDENCE.read(post.body, self._terms())
        of = await self._latest(post.exchange)
        return _reply(await self.reversing.add(of, evidence.documents, _by_citizen(post)))

    async def withdraw(self, post: Post) -> Reply:
        """The citizen takes the latest back."""
        TAP.read(post.body, self._terms())
        return _reply(await self.reversing.take_back(await self._latest(post.exchange), _by_citizen(post)))

    async def question(self, post: Post) -> Reply:
        """The utility questions a completed transfer."""
        opening = OPENING.read(post.body, self._terms())
        brought = _by_utility(post, status=201)
        return _reply(await self.reversing.open(post.exchange.transfer, opening.complaint, opening.documents, brought))

    async def hear(self, post: Post) -> Reply:
        """The utility reports what it finds."""
        found = FINDING.read(post.body, self._terms())
        of = ReversalId(post.exchange.transfer, found.number)
        return _reply(await self.reversing.hear(of, found.finding, _by_utility(post)))

    async def _latest(self, exchange: Exchange) -> ReversalId:
        asked = await self.reversing.of(exchange.transfer)
        if not asked.reversals:
            raise Refused(Why.UNKNOWN_REVERSAL)
        return asked.reversals[-1].id

    def _terms(self) -> Terms:
        return Terms(on=day_of(self.clock.now()))


def _reply(done: ReversalReply) -> Reply:
    return Reply(done.answer, replayed=done.ruling is None)


def _by_citizen(post: Post, *, status: int = 200) -> Brought:
    exchange = post.exchange

    def told(ruling: Ruling) -> bytes:
        shown = _shown(ruling.record, exchange.texts)
        return answer(shown, language=exchange.language, status=status).pack()

    return Brought(by=By(side=Side.CITIZEN, who=Party.CITIZEN.value), message=post.message, answer=told)


def _by_utility(post: Post, *, status: int = 200) -> Brought:
    exchange, utility = post.exchange, post.exchange.known_client.utility
    assert utility is not None  # noqa: S101 - the role was checked before

    def told(ruling: Ruling) -> bytes:
        if contradicts(ruling):
            return contradiction(exchange).pack()
        return answer(_heard(ruling), language=exchange.language, status=status).pack()

    by = By(side=Side.UTILITY, who=utility.text, utility=utility)
    return Brought(by=by, message=post.message, answer=told)


def _heard(ruling: Ruling) -> dict[str, Any]:
    return {
        "transfer": ruling.id.transfer.text,
        "number": ruling.id.number,
        "state": ruling.state.code,
        "news": any(not isinstance(event, FindingKept) for event in ruling.events),
    }


def _shown(record: ReversalRecord, texts: Texts) -> dict[str, Any]:
    state, whose = record.state, turn(record.state)
    assert not isinstance(state, NotOpened)  # noqa: S101 - what is stored has been opened
    case = state.file.case
    return {
        "transfer": record.id.transfer.text,
        "number": record.id.number,
        "ground": case.complaint.ground.value,
        "opened_by": case.opened_by.value,
        "state": state.code,
        "state_text": texts.reversal_states[state.code],
        "closed": isinstance(state, ClosedReversal),
        "documents": [{"by": one.by.value, "sha256": one.sha256} for one in state.file.documents],
        "opened_at": moment(record.opened_at),
        "updated_at": moment(record.updated_at),
        "timeline": [_line(entry, texts) for entry in _bounded(record.journal)],
        "next_action": next_action(whose.action, texts, whose.who),
    }


def _bounded(journal: tuple[ReversalEntry, ...]) -> tuple[ReversalEntry, ...]:
    """The opening and the latest: a reversal that waits for long is noted every day."""
    return journal if len(journal) <= TIMELINE_LIMIT else (journal[0], *journal[1 - TIMELINE_LIMIT :])


def _line(entry: ReversalEntry, texts: Texts) -> dict[str, Any]:
    word = code(entry.event)
    return {"code": word, "text": texts.reversal_milestones[word], "at": moment(entry.at)}
