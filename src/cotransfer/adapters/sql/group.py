"""The commit of a group: look at what it concerns, judge it, write what may be written; one transaction for all.

Only what a judgement rests on is locked or checked again: a group that another process got in the way of is `Raced`,
with nothing written, and is judged anew on what that process has done. Never decides what a change means.
"""

from collections.abc import Iterable, Sequence

import attrs

from cotransfer.adapters.sql.claims import hashed
from cotransfer.adapters.sql.codec import write_details, write_event, write_facts
from cotransfer.adapters.sql.judgement import Judgement, Known, Weighed, claims_of
from cotransfer.adapters.sql.line import Raced
from cotransfer.adapters.sql.moments import micros
from cotransfer.adapters.sql.statements import Statements
from cotransfer.adapters.sql.tongue import Cursor, Prepared, Row, Talk, Tongue
from cotransfer.adapters.sql.trust.audit import NoteRows
from cotransfer.adapters.sql.trust.consents import ConsentRows
from cotransfer.domain.agenda import Duty
from cotransfer.domain.states import NotSubmitted, Open
from cotransfer.domain.values import TransferId
from cotransfer.ports.transfers import Change, MessageKey, Outcome, Step

CHANNEL = "cotransfer"

_DUTIES = frozenset(duty.value for duty in Duty)
"""A newer version may owe others on the same transfers: they are none of ours to judge."""


@attrs.frozen(kw_only=True)
class _Rows:
    """What is written for the steps of a group, spelt before the transaction begins to hold anything up."""

    new: tuple[Row, ...]
    later: tuple[Row, ...]
    entries: tuple[Row, ...]


@attrs.frozen(kw_only=True)
class Writer:
    """Commits groups with the statements of one engine. `sender` signs the hints that this store gives."""

    tongue: Tongue
    statements: Statements
    claim_key: bytes
    sender: str
    gives_hints: bool
    notes: NoteRows
    consents: ConsentRows = attrs.field(
        init=False, default=attrs.Factory(lambda own: ConsentRows(own.tongue), takes_self=True)
    )

    def weigh(self, changes: Sequence[Change]) -> tuple[Weighed, ...]:
        """What can be reckoned outside the transaction."""
        moved = [change.step.transfer for change in changes if change.step is not None]
        if len(moved) != len(set(moved)):
            raise ValueError("Two changes of one group are of the same transfer.")
        weighed = []
        for change in changes:
            takes, gives_up = claims_of(change)
            weighed.append(Weighed(change, hashed(takes, self.claim_key), hashed(gives_up, self.claim_key)))
        return tuple(weighed)

    def commit(self, talk: Talk, group: Sequence[Weighed]) -> tuple[Outcome, ...]:
        """Inside a transaction; raises `Raced` when it must be done over."""
        judgement = Judgement(self._look(talk, group))
        judgement.judge(group)
        if judgement.accepted:
            self._write(talk, judgement)
        return tuple(judgement.outcomes)

    def _look(self, talk: Talk, group: Sequence[Weighed]) -> Known:
        changes = [weighed.change for weighed in group]
        says = self.statements
        tasks = {lease.transfer.text for change in changes for lease in change.finished}
        tasks |= {transfer.text for change in changes for transfer, _ in change.settled}
        # What is owed may take the place of a task: that is locked in its turn too, or groups would wait in a circle.
        tasks |= {due.transfer.text for change in changes if not _is_new(change) for due in change.owed}
        looks = (
            (says.lock_transfers, {(change.step.transfer.text,) for change in changes if change.step}),
            (says.lock_tasks, {(one,) for one in tasks}),
            (says.known_claims, {(one,) for weighed in group for one in (*weighed.takes, *weighed.gives_up)}),
            # Last: a claim taken by the same message's other copy must not be seen without the message.
            (says.known_seen, {(one.message.source, one.message.key) for change in changes for one in change.seen}),
            (self.notes.tips, {(note.chain,) for change in changes for note in change.noted}),
        )
        asked = [self._ask(talk, statement, wanted) for statement, wanted in looks]
        versions, leases, claims, seen, tips = (cursor.fetchall() if cursor else [] for cursor in asked)
        return Known(
            versions={TransferId(one): version for one, version in versions},
            leases={(TransferId(one), Duty(duty)): lease for one, duty, lease in leases if duty in _DUTIES},
            seen=frozenset(MessageKey(source, key) for source, key in seen),
            claims={claim: TransferId(one) for claim, one in claims},
            tips=self.notes.read_tips(tips),
        )

    def _ask(self, talk: Talk, statement: Prepared, wanted: Iterable[Row]) -> Cursor | None:
        rows = sorted(wanted)
        return statement.run(talk, **self.tongue.listing(statement, rows)) if rows else None

    def _write(self, talk: Talk, judgement: Judgement) -> None:
        says = self.statements
        changes = [weighed.change for weighed in judgement.accepted]
        rows = _spelt([change.step for change in changes if change.step is not None])
        over = [(key[0].text, key[1].value) for key, due in judgement.tasks.items() if due is None]
        owed = [due for due in judgement.tasks.values() if due is not None]
        notes = [note for change in changes for note in change.noted]
        must = (
            (says.insert_seen, _seen_rows(changes)),
            (says.insert_claims, _claim_rows(judgement.accepted, "takes", judgement.known)),
            (says.insert_transfers, rows.new),
            (says.update_transfers, rows.later),
            (says.insert_journal, rows.entries),
            (self.notes.insert_entries, self.notes.entries(judgement.known.tips, notes)),
        )
        self._put(talk, says.delete_claims, _claim_rows(judgement.accepted, "gives_up"))
        written = [(self._put(talk, statement, rows), len(rows)) for statement, rows in must]
        self._put(talk, self.notes.insert_subjects, self.notes.subjects(notes))
        self.consents.write(talk, changes)
        self._put(talk, says.delete_tasks, over)
        self._put(
            talk,
            says.upsert_tasks,
            [(due.transfer.text, due.duty.value, due.counterparty, micros(due.at), 0) for due in owed],
        )
        if self.gives_hints and any(change.owes_now for change in changes):
            says.notify.run(talk, channel=CHANNEL, sender=self.sender)
        talk.settle()
        if any(cursor is not None and cursor.rowcount != expected for cursor, expected in written):
            raise Raced

    def _put(self, talk: Talk, statement: Prepared, rows: Sequence[Row]) -> Cursor | None:
        return self.tongue.write(talk, statement, sorted(rows)) if rows else None


def _is_new(change: Change) -> bool:
    return change.step is not None and change.step.expected == 0


def _spelt(steps: Sequence[Step]) -> _Rows:
    new, later, entries = [], [], []
    for step in steps:
        state, at = step.state, micros(step.at)
        if isinstance(state, NotSubmitted):
            raise TypeError("Nothing is stored before the submission.")
        spelt = write_details(state)
        version, is_open = step.expected + len(step.events), isinstance(state, Open)
        row = (step.transfer.text, version, spelt.code, spelt.format, spelt.body, at)
        if step.expected:
            later.append((*row, is_open))
        else:
            case = state.case
            facts = write_facts(case)
            new.append((*row, facts, case.service.value, case.utility.text, is_open, at))
        for nth, event in enumerate(step.events, step.expected + 1):
            body = write_event(event)
            entries.append((step.transfer.text, nth, at, body.code, body.format, body.body))
    return _Rows(new=tuple(new), later=tuple(later), entries=tuple(entries))


def _seen_rows(changes: Iterable[Change]) -> list[Row]:
    return [
        (
            one.message.source,
            one.message.key,
            one.digest,
            one.answer,
            change.step.transfer.text if change.step else None,
            micros(one.at),
        )
        for change in changes
        for one in change.seen
    ]


def _claim_rows(accepted: Iterable[Weighed], which: str, known: Known | None = None) -> list[Row]:
    return [
        (claim, weighed.change.step.transfer.text)
        for weighed in accepted
        if weighed.change.step is not None
        for claim in getattr(weighed, which)
        if known is None or known.claims.get(claim) != weighed.change.step.transfer
    ]
