"""The SMS service in the simulated city: sends once per number and key, for as long as its contract says.

After that it sends the same again, as a real one may: not to ask for it then is the gateway's part.
"""

from cotransfer.domain.notices import Delivered, Fate, Notice, NoticeChannel, NoticeKind, Undeliverable
from cotransfer.domain.values import MobileNumber
from cotransfer.simulation.loop import VirtualLoop
from cotransfer.simulation.notifier import SimulatedNotifier
from cotransfer.simulation.plan import SMS_REMEMBERS_S
from cotransfer.simulation.witness import Shown, Witness

REFUSED = "opted_out"


class SimulatedSms:
    """`refusing` are the numbers that it does not reach; who is invited by it has seen the invitation as by WeChat."""

    def __init__(
        self, loop: VirtualLoop, witness: Witness, wechat: SimulatedNotifier, refusing: frozenset[MobileNumber]
    ) -> None:
        self._loop = loop
        self._witness = witness
        self._wechat = wechat
        self._refusing = refusing
        self._known: dict[tuple[str, str], float] = {}

    def send(self, notice: Notice) -> Fate:
        """Show, or say why never."""
        if self.refuses(notice.mobile_number):
            return Undeliverable(REFUSED)
        shown = Shown(notice.mobile_number, notice.key, notice.kind, notice.transfer, NoticeChannel.SMS)
        return Delivered(self.show(shown))

    def refuses(self, number: MobileNumber) -> bool:
        """Whether nothing reaches this number."""
        return number in self._refusing

    def show(self, shown: Shown) -> str:
        """Once per number and key, as long as it is remembered; the reference."""
        known, now_s = (shown.person.text, shown.key), self._loop.now_s
        if known not in self._known or now_s - self._known[known] > SMS_REMEMBERS_S:
            self._known[known] = now_s
            self._witness.shown.append(shown)
            self._witness.tell(f"shown {shown.kind.value} {shown.transfer.text[-6:]} by sms")
            if shown.kind is NoticeKind.INVITATION:
                self._wechat.invited(shown.transfer).set()
        return f"s-{shown.transfer.text[-6:]}-{shown.kind.value}"
