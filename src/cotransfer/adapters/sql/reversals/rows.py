"""The rows of a group's reversals, spelt and sealed. Never writes a row."""

import attrs

from cotransfer.adapters.sql.moments import micros
from cotransfer.adapters.sql.reversals.codec import write_event
from cotransfer.adapters.sql.sealing import DataKey
from cotransfer.adapters.sql.tongue import Row
from cotransfer.domain.reversals.case import ReversalId
from cotransfer.domain.reversals.states import NotOpened, OpenReversal
from cotransfer.ports.reversals import ReversalStep


def body_place(of: ReversalId, sequence: int, kind: str) -> str:
    """Where an event belongs."""
    return f"reversal_journal|body|{of.transfer.text} {of.number} {sequence} {kind}"


@attrs.define
class ReversalRows:
    """Rows by table, each in the order of its columns in `statements`."""

    new: list[Row] = attrs.field(factory=list)
    later: list[Row] = attrs.field(factory=list)
    entries: list[Row] = attrs.field(factory=list)

    def add(self, step: ReversalStep, key: DataKey) -> None:
        """Sealed with the transfer's `key`; raises `TypeError` for a state before the opening."""
        state, at, of = step.state, micros(step.at), step.id
        if isinstance(state, NotOpened):
            raise TypeError("Nothing is stored before the opening.")
        row = (of.transfer.text, of.number, step.expected + len(step.events), state.code)
        is_open = isinstance(state, OpenReversal)
        if step.expected:
            self.later.append((*row, is_open, at))
        else:
            self.new.append((*row, is_open, at, state.file.case.utility.text, at))
        for nth, event in enumerate(step.events, step.expected + 1):
            told = write_event(event)
            body = key.seal(told.body, body_place(of, nth, told.code))
            self.entries.append((of.transfer.text, of.number, nth, at, told.code, told.format, body))
