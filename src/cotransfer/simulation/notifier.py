"""WeChat in the simulated city: shows a notice once per person and key, for as long as it remembers the key.

After that it shows the same notice again, as the real one does: not to send it then is the gateway's part.
"""

import asyncio

from cotransfer.domain.notices import Delivered, Fate, Notice, NoticeKind, Undeliverable
from cotransfer.domain.values import OpenId, TransferId
from cotransfer.simulation.loop import VirtualLoop
from cotransfer.simulation.plan import NOTIFIER_REMEMBERS_S
from cotransfer.simulation.witness import Witness


class SimulatedNotifier:
    """`gone` are those who do not follow the account."""

    def __init__(self, loop: VirtualLoop, witness: Witness, gone: frozenset[OpenId]) -> None:
        self._loop = loop
        self._witness = witness
        self._gone = gone
        self._known: dict[tuple[OpenId, str], float] = {}
        self._invited: dict[TransferId, asyncio.Event] = {}

    def send(self, notice: Notice) -> Fate:
        """Show, or say why never."""
        if notice.openid is None:
            return Undeliverable("no_openid")
        if notice.openid in self._gone:
            return Undeliverable("not_following")
        shown, now_s = (notice.openid, notice.key), self._loop.now_s
        if shown not in self._known or now_s - self._known[shown] > NOTIFIER_REMEMBERS_S:
            self._known[shown] = now_s
            self._witness.shown.append((notice.openid, notice))
            self._witness.tell(f"shown {notice.kind.value} {notice.transfer.text[-6:]}")
            if notice.kind is NoticeKind.INVITATION:
                self.invited(notice.transfer).set()
        return Delivered(f"n-{notice.transfer.text[-6:]}-{notice.kind.value}")

    def invited(self, transfer: TransferId) -> asyncio.Event:
        """Set once the citizen has seen the invitation."""
        return self._invited.setdefault(transfer, asyncio.Event())
