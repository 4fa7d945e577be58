"""The water company of the simulated city: takes applications, works at them, and reports what comes of it.

Its book outlives its process; whoever works at it does not, and begins again from the book. Never does a step twice.
"""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from cotransfer.adapters.memory.utility import MemoryUtility
from cotransfer.domain.case import Case
from cotransfer.domain.parties import Party
from cotransfer.domain.reports import (
    Cancelled,
    Channel,
    Cleared,
    ClearedForSms,
    Receipt,
    Report,
    Signed,
    WithdrawalAnswer,
)
from cotransfer.domain.values import Account, AccountNumber, SigningAddress, TransferId
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.utility import Page
from cotransfer.simulation.at_once import at_once
from cotransfer.simulation.dice import Dice
from cotransfer.simulation.incoming import Incoming
from cotransfer.simulation.loop import VirtualLoop
from cotransfer.simulation.plan import DAY_S, START
from cotransfer.simulation.stories import Signing, Story
from cotransfer.simulation.utility_reporting import ID, OWNER, Reporting
from cotransfer.simulation.weather import Weather
from cotransfer.simulation.witness import Witness

FALLS_BEHIND = 0.3
"""How often an account comes into arrears as its contract is signed; they are paid before it is handled."""

CONTRACT_LASTS_S = 4 * DAY_S


class SimulatedUtility:
    """`stories` says, by account, what it will do; `incoming` is its line to the gateway, once there is one."""

    def __init__(
        self,
        accounts: Iterable[Account],
        stories: Mapping[AccountNumber, Story],
        *,
        loop: VirtualLoop,
        dice: Dice,
        weather: Weather,
        witness: Witness,
    ) -> None:
        self.incoming: Incoming | None = None
        self.is_up = True
        self.reports: dict[TransferId, list[Report]] = {}
        self.cancelled: set[TransferId] = set()
        self._book = MemoryUtility(ID, accounts, now=lambda: START + timedelta(seconds=loop.now_s))
        self._stories = stories
        self._loop = loop
        self._dice = dice
        self._witness = witness
        self._reporting = Reporting(self._line, loop=loop, dice=dice, weather=weather, witness=witness)
        self._cases: dict[TransferId, Case] = {}
        self._signed: dict[TransferId, asyncio.Event] = {}
        self._invited: dict[TransferId, asyncio.Event] = {}
        for account in accounts:
            if not stories[account.number].taken:
                self._book.refuse(account.number, "该户暂停办理过户")

    # ------------------------------------------------------------------------------------------------ what it is asked

    def find_account(self, number: AccountNumber) -> Account | None:
        self._answer()
        return at_once(self._book.find_account(number))

    def submit(self, case: Case, key: TransferId) -> Receipt:
        """Once per key."""
        self._answer()
        is_new = key not in self._cases
        receipt = at_once(self._book.submit(case, key=key))
        if is_new:
            self._cases[key] = case
            self.reports[key] = [receipt]
            self._witness.tell(f"taken {key.text[-6:]} {type(receipt).__name__}")
            if key not in self._witness.transfers:
                self._witness.blame("I1", f"the utility was handed {key}, which was never committed")
            self._work_at(key)
        return receipt

    def progress(self, key: TransferId) -> tuple[Report, ...] | None:
        self._answer()
        return at_once(self._book.progress(key))

    # -------------------------------------------------------------------------------------------- the citizen's doings

    def fall_behind(self, number: AccountNumber) -> None:
        """The account is in arrears."""
        self._book.set_arrears(number, True)

    def pay(self, number: AccountNumber) -> None:
        """The arrears are paid."""
        self._book.set_arrears(number, False)

    def sign(self, key: TransferId, channel: Channel) -> None:
        """At the signing address; signed, lapsed or not there yet, nothing happens."""
        if not self._waits_for_signature(key):
            return
        if self._dice.odds(FALLS_BEHIND, "water.falls_behind", list(self._cases).index(key)):
            self.fall_behind(self._cases[key].account_number)
            self._witness.behind[key] = True
        self._tells(key, self._book.sign(key, channel))
        if self._story(key).signing is Signing.BOTH:
            # Both doors lead to the contract, and both tell that it is signed.
            other = Channel.SMS if channel is Channel.WECHAT else Channel.WECHAT
            self._send(key, Signed(other), "signed-too")
        self.door(key).set()

    def decline(self, key: TransferId) -> None:
        """The citizen does not want to."""
        if self._waits_for_signature(key):
            self._tells(key, self._book.decline(key))
            self.door(key).set()

    def door(self, key: TransferId) -> asyncio.Event:
        """Set once nobody waits for a signature any more."""
        return self._signed.setdefault(key, asyncio.Event())

    def invited(self, key: TransferId) -> asyncio.Event:
        """Set once its SMS with the link has gone out."""
        return self._invited.setdefault(key, asyncio.Event())

    # ---------------------------------------------------------------------------------------------------- its own work

    def stop(self) -> None:
        """Everything under way is lost, but for the book and the outbox; nobody answers."""
        self.is_up = False
        self._loop.kill(OWNER)

    def start(self) -> None:
        """Begin again from the book and the outbox."""
        if self.is_up:
            return
        self.is_up = True
        for key in self._cases:
            self._work_at(key)
        self._reporting.begin_again()

    def cancel(self, key: TransferId) -> WithdrawalAnswer:
        """Takes effect once, before the application has come as well."""
        self._answer()
        answer = at_once(self._book.cancel(key))
        if isinstance(answer, Cancelled) and key not in self.cancelled:
            self.cancelled.add(key)
            self._witness.tell(f"water {key.text[-6:]} Cancelled")
            if key in self.reports:
                self.reports[key].append(answer)
            self.door(key).set()
        return answer

    def renew_signing_address(self, key: TransferId) -> SigningAddress | None:
        self._answer()
        return at_once(self._book.renew_signing_address(key))

    def statement(self, changed_since: datetime, cursor: str | None) -> Page:
        self._answer()
        return at_once(self._book.statement(changed_since, cursor))

    @property
    def applications(self) -> Mapping[TransferId, Case]:
        """What came in, each once."""
        return self._cases

    @property
    def booked(self) -> tuple[TransferId, ...]:
        """The transfer of each application in the book, in order."""
        return tuple(case.transfer for case in self._book.applications)

    def _line(self) -> Incoming:
        assert self.incoming is not None  # noqa: S101 - it is connected before anything runs
        return self.incoming

    def _answer(self) -> None:
        if not self.is_up:
            raise Unavailable(Party.NETWORK, "Nobody listens there.")

    def _work_at(self, key: TransferId) -> None:
        if self.is_up and self.reports[key][-1].goes_on:
            self._loop.create_task(self._work(key), name=OWNER)

    async def _work(self, key: TransferId) -> None:
        """From wherever the book says it stands to the end."""
        story = self._story(key)
        if len(self.reports[key]) == 1:
            await self._pause(key, "review", 600.0, DAY_S / 2)
            await self._verify(key, "certificate")
            if len(self.reports[key]) == 1:  # Not taken back meanwhile.
                self._review(key, story)
        if self._waits_for_signature(key):
            if story.address_comes_later:
                await self._pause(key, "address", 60.0, 7200.0)
                if self._waits_for_signature(key):
                    self._send(key, Cleared(self._address(key)), "address")
            await self._verify(key, "identity")
            await self._until_signed(key, story)
        if isinstance(self.reports[key][-1], Signed):
            await self._pause(key, "handle", 600.0, 2 * DAY_S)
            if self._witness.behind.get(key):
                self.pay(self._cases[key].account_number)
                self._witness.behind[key] = False
            self._tells(key, self._book.handle(key) if story.handles else self._book.not_handle(key, "合同信息不符"))

    def _review(self, key: TransferId, story: Story) -> None:
        if not story.clears:
            self._tells(key, self._book.fail(key, "原户号与房屋坐落不一致"))
        else:
            self._tells(key, self._book.clear(key, self._address(key) if story.gives_address else None))
            self.invited(key).set()

    async def _until_signed(self, key: TransferId, story: Story) -> None:
        try:
            async with asyncio.timeout(CONTRACT_LASTS_S if story.signing is Signing.EXPIRED else None):
                await self.door(key).wait()
        except TimeoutError:
            self._tells(key, self._book.expire(key))
            self.door(key).set()

    async def _verify(self, key: TransferId, what: str) -> None:
        """Some reviewers look, others do not."""
        if not self._dice.odds(0.4, f"water.without.{what}", list(self._cases).index(key)):
            await self._reporting.ask(key, what)

    def _tells(self, key: TransferId, report: Report) -> None:
        """It is in the book, and shall be reported."""
        self.reports[key].append(report)
        self._witness.tell(f"water {key.text[-6:]} {type(report).__name__}")
        self._send(key, report, str(len(self.reports[key])))

    def _send(self, key: TransferId, report: Report, mark: str) -> None:
        self._reporting.send(key, report, mark, now=self.is_up)

    async def _pause(self, key: TransferId, what: str, low_s: float, high_s: float) -> None:
        nth = list(self._cases).index(key)
        await asyncio.sleep(self._dice.between(low_s, high_s, f"water.{what}", nth))

    def _waits_for_signature(self, key: TransferId) -> bool:
        return key in self.reports and isinstance(self.reports[key][-1], Cleared | ClearedForSms)

    def _story(self, key: TransferId) -> Story:
        return self._stories[self._cases[key].account_number]

    @staticmethod
    def _address(key: TransferId) -> SigningAddress:
        return SigningAddress(f"https://sign.kmwater.example/c/{key.text[-12:]}")
