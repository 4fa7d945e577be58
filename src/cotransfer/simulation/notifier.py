"""WeChat in the simulated city: shows a notice once per person and key, for as long as it remembers the key.

After that it shows the same notice again, as the real one does: not to send it then is the gateway's part.
"""

import asyncio

from cotransfer.domain.notices import Delivered, Fate, Notice, NoticeKind, Undeliverable
from cotransfer.domain.values import OpenId, TransferId
from cotransfer.simulation.loop import VirtualLoop
from cotransfer.simulation.plan import NOTIFIER_REMEMBERS_S
from cotransfer.simulation.witness import Shown, Witness


class SimulatedNotifier:
    """`gone` are those who do not follow the account."""

    def __init__(self, loop: VirtualLoop, witness: Witness, gone: frozenset[OpenId]) -> None:
        self._loop = loop
        self._witness = witness
        self._gone = gone
        self._known: dict[tuple[str, str], float] = {}
        self._invited: dict[TransferId, asyncio.Event] = {}

    def send(self, notice: Notice) -> Fate:
        """Show, or say why never."""
        if notice.openid is None:
            return Undeliverable("no_openid")
        if notice.openid in self._gone:
            return Undeliverable("not_following")
        return Delivered(self.show(Shown(notice.openid, notice.key, notice.kind, notice.transfer)))

    def follows(self, openid: OpenId) -> bool:
        """Whether this person can be shown anything."""
        return openid not in self._gone

    def show(self, shown: Shown) -> str:
        """Once per person and key, as long as it is remembered; the reference."""
        known, now_s = (shown.person.text, shown.key), self._loop.now_s
        if known not in self._known or now_s - self._known[known] > NOTIFIER_REMEMBERS_S:
            self._known[known] = now_s
            self._witness.shown.append(shown)
            self._witness.tell(f"shown {shown.kind.value} {shown.transfer.text[-6:]}")
            if shown.kind is NoticeKind.INVITATION:
                self.invited(shown.transfer).set()
        return f"n-{shown.transfer.text[-6:]}-{shown.kind.value}"

    def invited(self, transfer: TransferId) -> asyncio.Event:
        """Set once the citizen has seen the invitation."""
        return self._invited.setdefault(transfer, asyncio.Event())
