"""The commit of a group: look at what it concerns, judge it, write what may be written; one transaction for all.

Only what a judgement rests on is locked or checked again: a group that another process got in the way of is `Raced`,
with nothing written, and is judged anew on what that process has done. Never decides what a change means.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import attrs

from cotransfer.adapters.sql.claims import hashed
from cotransfer.adapters.sql.codec import ERASED
from cotransfer.adapters.sql.judgement import GONE, Judgement, Known, Weighed, claims_of
from cotransfer.adapters.sql.line import Raced
from cotransfer.adapters.sql.moments import micros
from cotransfer.adapters.sql.reversals.statements import ReversalStatements
from cotransfer.adapters.sql.sealed_rows import SealedRows
from cotransfer.adapters.sql.sealing import DataKey, Keyring, Wrapped, answers_key
from cotransfer.adapters.sql.statements import Statements
from cotransfer.adapters.sql.tasks import touched
from cotransfer.adapters.sql.tongue import Cursor, Prepared, Row, Talk, Tongue
from cotransfer.adapters.sql.trust.consents import ConsentRows
from cotransfer.adapters.sql.trust.notes import NoteRows
from cotransfer.domain.agenda import Duty
from cotransfer.domain.reversals.case import ReversalId
from cotransfer.domain.values import TransferId
from cotransfer.ports.transfers import Change, MessageKey, Outcome

CHANNEL = "cotransfer"

_DUTIES = frozenset(duty.value for duty in Duty)
"""A newer version may owe others on the same transfers: they are none of ours to judge."""


@attrs.frozen(kw_only=True)
class Writer:
    """Commits groups with the statements of one engine. `sender` signs the hints that this store gives."""

    tongue: Tongue
    statements: Statements
    keyring: Keyring
    sender: str
    gives_hints: bool
    notes: NoteRows
    days: dict[str, DataKey] = attrs.field(init=False, factory=dict)
    """Data keys of answers, by day, that are known to be stored."""
    consents: ConsentRows = attrs.field(
        init=False, default=attrs.Factory(lambda own: ConsentRows(own.tongue), takes_self=True)
    )

    reversals: ReversalStatements = attrs.field(
        init=False, default=attrs.Factory(lambda own: ReversalStatements(own.tongue), takes_self=True)
    )

    def weigh(self, changes: Sequence[Change]) -> tuple[Weighed, ...]:
        """What can be reckoned outside the transaction."""
        moved = [transfer for change in changes for transfer in change.moves]
        if len(moved) != len(set(moved)):
            raise ValueError("Two changes of one group are of the same transfer.")
        return tuple(self._weighed(change) for change in changes)

    def _weighed(self, change: Change) -> Weighed:
        takes, gives_up = claims_of(change)
        if not takes and not gives_up:
            return Weighed(change)
        keys = self.keyring.index_keys()
        return Weighed(change, hashed(takes, keys), hashed(gives_up, keys))

    def commit(self, talk: Talk, group: Sequence[Weighed]) -> tuple[Outcome, ...]:
        """Inside a transaction; raises `Raced` when it must be done over."""
        judgement = Judgement(self._look(talk, group))
        judgement.judge(group)
        if judgement.accepted:
            self._write(talk, judgement)
        return tuple(judgement.outcomes)

    def forget(self, talk: Talk, before: datetime) -> int:
        """Answers that moved no transfer, and the data keys of days from which none is left."""
        forgotten = touched(talk, self.statements.forget_seen.run(talk, before=micros(before)))
        self.statements.forget_data_keys.run(talk, day=answers_key(before))
        self.days.clear()
        return forgotten

    def _look(self, talk: Talk, group: Sequence[Weighed]) -> Known:
        changes = [weighed.change for weighed in group]
        says = self.statements
        tasks = {lease.transfer.text for change in changes for lease in change.finished}
        tasks |= {transfer.text for change in changes for transfer, _ in change.settled}
        # What is owed may take the place of a task: that is locked in its turn too, or groups would wait in a circle.
        tasks |= {due.transfer.text for change in changes if not _is_new(change) for due in change.owed}
        tasks |= {change.erases.text for change in changes if change.erases}
        days = {answers_key(one.at) for change in changes if change.kept_with is None for one in change.seen}
        locked = {transfer.text for change in changes for transfer in change.moves}
        questioned = {change.erases.text for change in changes if change.erases}
        questioned |= {change.reversal.id.transfer.text for change in changes if change.reversal}
        # Whom a chain is about must not be written behind the back of who is erasing its transfer.
        locked |= {note.chain for change in changes for note in change.noted if note.subject is not None}
        looks = (
            (says.lock_transfers, {(one,) for one in locked}),
            (self.reversals.known, {(one,) for one in questioned}),
            (says.lock_tasks, {(one,) for one in tasks}),
            (says.known_claims, {(one,) for weighed in group for one in (*weighed.takes, *weighed.gives_up)}),
            # Last: a claim taken by the same message's other copy must not be seen without the message.
            (says.known_seen, {(one.message.source, one.message.key) for change in changes for one in change.seen}),
            (self.notes.tips, {(note.chain,) for change in changes for note in change.noted}),
            (says.load_data_keys, {(day,) for day in days - self.days.keys()}),
        )
        asked = [self._ask(talk, statement, wanted) for statement, wanted in looks]
        moved, reversals, leases, claims, seen, tips, of_days = (
            cursor.fetchall() if cursor else [] for cursor in asked
        )
        under_way = {transfer for transfer, _, _, is_open in reversals if is_open}
        self.days.update({day: self.keyring.data_key(Wrapped(day, kek, wrapped)) for day, kek, wrapped in of_days})
        return Known(
            versions={
                TransferId(one): GONE if number == ERASED else version for one, version, _, number, _, _ in moved
            },
            erasable=frozenset(
                TransferId(one)
                for one, _, is_open, number, _, _ in moved
                if not is_open and number != ERASED and one not in under_way
            ),
            data_keys={TransferId(one): Wrapped(one, kek, wrapped) for one, *_, kek, wrapped in moved if kek},
            leases={(TransferId(one), Duty(duty)): lease for one, duty, lease in leases if duty in _DUTIES},
            seen=frozenset(MessageKey(source, key) for source, key in seen),
            claims={claim: TransferId(one) for claim, one in claims},
            tips=self.notes.read_tips(tips),
            reversals={ReversalId(TransferId(one), number): version for one, number, version, _ in reversals},
        )

    def _ask(self, talk: Talk, statement: Prepared, wanted: Iterable[Row]) -> Cursor | None:
        rows = sorted(wanted)
        return statement.run(talk, **self.tongue.listing(statement, rows)) if rows else None

    def _write(self, talk: Talk, judgement: Judgement) -> None:
        says = self.statements
        changes = [weighed.change for weighed in judgement.accepted]
        rows = SealedRows(self.keyring, judgement.known.data_keys, self.days)
        rows.add(changes)
        over = [(key[0].text, key[1].value) for key, due in judgement.tasks.items() if due is None]
        owed = [due for due in judgement.tasks.values() if due is not None]
        notes = [note for change in changes for note in change.noted]
        must = (
            (says.insert_data_keys, rows.data_keys),
            (says.insert_seen, rows.seen),
            (says.insert_claims, _claim_rows(judgement.accepted, "takes", judgement.known)),
            (says.insert_transfers, rows.new),
            (says.update_transfers, rows.later),
            (says.insert_journal, rows.entries),
            (self.reversals.insert, rows.reversals.new),
            (self.reversals.update, rows.reversals.later),
            (self.reversals.insert_journal, rows.reversals.entries),
            (self.notes.insert_entries, self.notes.entries(judgement.known.tips, notes)),
        )
        self._put(talk, says.delete_claims, _claim_rows(judgement.accepted, "gives_up"))
        written = [(self._put(talk, statement, rows), len(rows)) for statement, rows in must]
        linked = [note for note in notes if judgement.known.versions.get(TransferId(note.chain)) != GONE]
        self._put(talk, self.notes.insert_subjects, self.notes.subjects(linked))
        self.consents.write(talk, changes)
        self._put(talk, says.delete_tasks, over)
        self._put(
            talk,
            says.upsert_tasks,
            [(due.transfer.text, due.duty.value, due.counterparty, micros(due.at), 0) for due in owed],
        )
        self._erase(talk, [change.erases.text for change in changes if change.erases])
        if self.gives_hints and any(change.owes_now for change in changes):
            says.notify.run(talk, channel=CHANNEL, sender=self.sender)
        talk.settle()
        if any(cursor is not None and cursor.rowcount != expected for cursor, expected in written):
            raise Raced

    def _erase(self, talk: Talk, transfers: Sequence[str]) -> None:
        """Last: what was owed by the same group goes as well."""
        self._put(talk, self.statements.erase_transfers, [(one, ERASED, b"", b"") for one in transfers])
        for statement in self.statements.erase_rest:
            self._put(talk, statement, [(one,) for one in transfers])

    def _put(self, talk: Talk, statement: Prepared, rows: Sequence[Row]) -> Cursor | None:
        return self.tongue.write(talk, statement, sorted(rows)) if rows else None


def _is_new(change: Change) -> bool:
    return change.step is not None and change.step.expected == 0


def _claim_rows(accepted: Iterable[Weighed], which: str, known: Known | None = None) -> list[Row]:
    return [
        (claim, weighed.change.step.transfer.text)
        for weighed in accepted
        if weighed.change.step is not None
        for claim in getattr(weighed, which)
        if known is None or known.claims.get(claim) != weighed.change.step.transfer
    ]
