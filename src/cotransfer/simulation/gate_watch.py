"""Watches what leaves the gateway against what was granted and written down. Never holds anything up."""

import attrs

from cotransfer.domain.datasets import GIVES, Operation
from cotransfer.domain.notes import about_transfer
from cotransfer.domain.values import TransferId
from cotransfer.simulation.loop import VirtualLoop
from cotransfer.simulation.witness import Witness

BITES_WITHIN_S = 60.0
"""What a process knows of grants is five seconds old at most; what it has judged by then still has to be written down,
by a store that may stall on the way."""


@attrs.define
class GateWatch:
    """`suspended_s` is since when a counterparty's grant has been suspended; without a gate nothing is watched."""

    witness: Witness
    loop: VirtualLoop
    guarded: bool
    suspended_s: dict[str, float] = attrs.field(factory=dict)
    _sent: dict[tuple[str, Operation], int] = attrs.field(factory=dict)

    def passed(self, counterparty: str, operation: Operation, transfer: TransferId | None = None) -> None:
        """Something of ours is on its way to a counterparty."""
        if not self.guarded:
            return
        since_s = self.suspended_s.get(counterparty)
        if since_s is not None and self.loop.now_s - since_s > BITES_WITHIN_S:
            self.witness.blame("I8", f"{operation.value} left for {counterparty}, whose grant is suspended")
        if transfer is not None:
            key = (about_transfer(transfer), operation)
            self._sent[key] = self._sent.get(key, 0) + len(GIVES[operation])
            if self._sent[key] > self.witness.noted[key]:
                self.witness.blame("I8", f"{operation.value} of {transfer} left before it was written down")
