"""The rows of a group's changes, spelt and sealed: every body under the data key of its transfer, or of its day.

Never writes a row, and never spells a personal value into a column that is not sealed.
"""

from collections.abc import Iterable, Mapping

import attrs

from cotransfer.adapters.sql.codec import write_details, write_event, write_facts, write_ids
from cotransfer.adapters.sql.moments import micros
from cotransfer.adapters.sql.reversals.rows import ReversalRows
from cotransfer.adapters.sql.sealing import DataKey, Keyring, Wrapped, answers_key, data_key_row
from cotransfer.adapters.sql.tongue import Row
from cotransfer.domain.states import NotSubmitted, Open
from cotransfer.domain.values import TransferId
from cotransfer.ports.transfers import Change, Seen, Step

_LENGTH_BYTES = 4
"""Of the length of a digest, in front of it."""


def facts_place(transfer: str) -> str:
    """Where a case belongs."""
    return f"transfers|facts|{transfer}"


def details_place(transfer: str, version: int, state: str) -> str:
    """Where the details of a state belong; what the row says they are is part of it."""
    return f"transfers|details|{transfer} {version} {state}"


def body_place(transfer: str, sequence: int, kind: str) -> str:
    """Where an event belongs."""
    return f"journal|body|{transfer} {sequence} {kind}"


def brought_place(transfer: str, sequence: int) -> str:
    """Where the ids of what brought an event belong."""
    return f"journal|brought|{transfer} {sequence}"


def answer_place(source: str, key: str) -> str:
    """Where an answer belongs."""
    return f"seen|answer|{source}|{key}"


@attrs.define
class SealedRows:
    """Rows by table, each in the order of its columns in `statements`."""

    keyring: Keyring
    known: Mapping[TransferId, Wrapped]
    days: Mapping[str, DataKey]
    data_keys: list[Row] = attrs.field(factory=list)
    new: list[Row] = attrs.field(factory=list)
    later: list[Row] = attrs.field(factory=list)
    entries: list[Row] = attrs.field(factory=list)
    seen: list[Row] = attrs.field(factory=list)
    reversals: ReversalRows = attrs.field(factory=ReversalRows)
    _made: dict[str, DataKey] = attrs.field(factory=dict)

    def add(self, changes: Iterable[Change]) -> None:
        """Raises `KeyMissing`, `UnreadableRow` of a data key; `TypeError` for a state before the submission."""
        for change in changes:
            key = None
            if change.step is not None:
                key = self._key_of(change.step)
                self._step(change.step, key)
            if change.reversal is not None:
                key = self.keyring.data_key(self.known[change.reversal.id.transfer])
                self.reversals.add(change.reversal, key)
            of = None if change.kept_with is None else change.kept_with.text
            for one in change.seen:
                self.seen.append(_seen_row(one, of, key or self._key_of_day(one)))

    def _key_of(self, step: Step) -> DataKey:
        if step.expected:
            return self.keyring.data_key(self.known[step.transfer])
        key, wrapped = self.keyring.new(step.transfer.text)
        self.data_keys.append(data_key_row(wrapped, step.at))
        return key

    def _key_of_day(self, one: Seen) -> DataKey:
        day = answers_key(one.at)
        key = self.days.get(day) or self._made.get(day)
        if key is None:
            key, wrapped = self.keyring.new(day)
            self._made[day] = key
            self.data_keys.append(data_key_row(wrapped, one.at))
        return key

    def _step(self, step: Step, key: DataKey) -> None:
        state, at, own = step.state, micros(step.at), step.transfer.text
        if isinstance(state, NotSubmitted):
            raise TypeError("Nothing is stored before the submission.")
        version, is_open = step.expected + len(step.events), isinstance(state, Open)
        spelt = write_details(state)
        details = key.seal(spelt.body, details_place(own, version, spelt.code))
        row = (own, version, spelt.code, spelt.format, details, at)
        if step.expected:
            self.later.append((*row, is_open))
        else:
            case = state.case
            facts = key.seal(write_facts(case), facts_place(own))
            self.new.append((*row, facts, case.service.value, case.utility.text, is_open, at))
        for entry in step.entries:
            nth, told = entry.sequence, write_event(entry.event)
            body = key.seal(told.body, body_place(own, nth, told.code))
            ids = key.seal(write_ids(entry.brought), brought_place(own, nth)) if entry.brought else None
            self.entries.append((own, nth, at, told.code, told.format, body, ids))


def _seen_row(one: Seen, transfer: str | None, key: DataKey) -> Row:
    source, name = one.message.source, one.message.key
    clear = len(one.digest).to_bytes(_LENGTH_BYTES, "big") + one.digest + one.answer
    return (source, name, key.seal(clear, answer_place(source, name)), transfer, micros(one.at))


def opened_answer(clear: bytes) -> tuple[bytes, bytes]:
    """The digest of what was asked, and the answer."""
    end = _LENGTH_BYTES + int.from_bytes(clear[:_LENGTH_BYTES], "big")
    return clear[_LENGTH_BYTES:end], clear[end:]
