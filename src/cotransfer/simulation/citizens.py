"""A citizen of the simulated city, with the platform they do it through: looks up, submits, signs, looks again.

The platform repeats what was not answered, under the same key. Never knows more than it was told.
"""

import asyncio
import itertools
from typing import TypeVar

import attrs

from cotransfer.app.accounts import Enquiry
from cotransfer.app.submission import Request
from cotransfer.domain.consents import Offer
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.reports import Channel
from cotransfer.domain.values import Service, TransferId
from cotransfer.ports.errors import Unavailable, Unintelligible
from cotransfer.simulation.dice import Dice
from cotransfer.simulation.door import Door, agreements
from cotransfer.simulation.incoming import Incoming, Work
from cotransfer.simulation.notifier import SimulatedNotifier
from cotransfer.simulation.people import Person
from cotransfer.simulation.plan import DAY_S, HOUR_S
from cotransfer.simulation.stories import Signing, Story
from cotransfer.simulation.utility import SimulatedUtility
from cotransfer.simulation.weather import INCOMING
from cotransfer.simulation.witness import Gone, Witness

T = TypeVar("T")

OWNER = "citizens"
MOST_TAPS = 12
"""Who gets no address on the page for days looks for the SMS."""

FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = HOUR_S

_PASSING = (Why.GRANT_SUSPENDED, Why.GRANT_QUOTA_SPENT)
"""Refusals that end by themselves."""


@attrs.frozen(kw_only=True)
class Surroundings:
    """What a citizen can reach; `asks_first`: whether the account is looked up before it is submitted, as it must be
    where consents are asked for.
    """

    incoming: Incoming
    utility: SimulatedUtility
    notifier: SimulatedNotifier
    witness: Witness
    dice: Dice
    asks_first: bool


class Citizen:
    """`begun` is set once the submission has come to something; `transfers` are those that were acknowledged."""

    def __init__(self, name: str, person: Person, story: Story, around: Surroundings) -> None:
        self.name = name
        self.person = person
        self.story = story
        self.begun = asyncio.Event()
        self.transfers: list[TransferId] = []
        self._around = around
        self._door = Door(around.witness)
        self._offers: tuple[Offer, ...] = ()
        self._paid = False

    async def live(self) -> None:
        """From the first look to the last."""
        await asyncio.sleep(self._drawn_s("begin", 0.0, 3 * HOUR_S))
        if self._around.asks_first:
            await self._look_up()
        keys = ("a", "b") if self.story.impatient else ("a",)
        submitted = await asyncio.gather(*(self._submit(f"{self.name}-{key}") for key in keys))
        self.begun.set()
        self._around.witness.on_news()
        await asyncio.gather(*(self._follow(transfer) for transfer in dict.fromkeys(submitted) if transfer is not None))
        await asyncio.sleep(self._drawn_s("look", HOUR_S, 4 * DAY_S))
        for key, transfer in zip(keys, submitted, strict=True):
            if transfer is not None:
                await self._look_again(f"{self.name}-{key}", transfer)

    # ---------------------------------------------------------------------------------------------------- steps 3 to 5

    async def _look_up(self) -> None:
        while True:
            try:
                _, self._offers = await self._patiently(
                    "platform.account", lambda office: self._door.look_up(office, self._enquiry)
                )
            except Refused as refused:
                if not await self._may_pass(refused):
                    return
            else:
                return

    async def _submit(self, key: str) -> TransferId | None:
        """The transfer; None where there is none to be."""
        while True:
            try:
                transfer = await self._patiently(
                    "platform.submit", lambda office: self._door.submit(office, self._request, key)
                )
            except Refused as refused:
                if not await self._mended(refused):
                    return None
            else:
                self._around.witness.acknowledged(transfer, key)
                if transfer not in self.transfers:
                    self.transfers.append(transfer)
                return transfer

    async def _mended(self, refused: Refused) -> bool:
        """Whether what was in the way is gone now, so that the same key may be tried again."""
        why = refused.refusal.why
        if why is Why.IN_ARREARS and self.story.in_arrears:
            if self.story.pays:
                await asyncio.sleep(self._drawn_s("pay", 60.0, DAY_S))
                self._around.utility.pay(self.person.account.number)
                self._around.witness.in_arrears.discard(self.person.account.number)
            return self.story.pays
        if why is Why.CONSENT_MISSING:
            # More may be shown than a moment ago: the citizen is asked again.
            await self._look_up()
            return True
        if why is Why.ALREADY_UNDER_WAY:
            blocking = refused.refusal.blocking
            if blocking not in self._around.witness.transfers or not self.story.impatient:
                self._around.witness.blame("I3", f"{self.name} was told that {blocking} is in the way")
            return False
        return await self._may_pass(refused)

    async def _may_pass(self, refused: Refused) -> bool:
        why = refused.refusal.why
        if why not in _PASSING:
            self._around.witness.blame("I6", f"{self.name} was refused: {why.code}")
            return False
        await asyncio.sleep(HOUR_S)
        return True

    # --------------------------------------------------------------------------------------------------- steps 7 and 9

    async def _follow(self, transfer: TransferId) -> None:
        if self.story.withdraws:
            await asyncio.gather(self._withdraw(transfer), self._sign(transfer))
        else:
            await self._sign(transfer)

    async def _withdraw(self, transfer: TransferId) -> None:
        """Signed or ended by then, it is too late; else the utility's answer decides."""
        await asyncio.sleep(self._drawn_s("withdraw", 0.0, 2 * DAY_S))
        while True:
            try:
                await self._patiently(
                    "platform.withdraw",
                    lambda office: self._door.withdraw(office, transfer, f"{self.name}-withdraw"),
                )
            except Refused as refused:
                if refused.refusal.why in _PASSING:
                    await asyncio.sleep(HOUR_S)
                    continue
                self._around.witness.tell(f"not withdrawn {refused.refusal.why.code}")
                if self.story.signing is Signing.NEVER:
                    self._around.witness.blame("I6", f"{self.name} could not withdraw: {refused.refusal.why.code}")
            return

    async def _sign(self, transfer: TransferId) -> None:
        around, signing = self._around, self.story.signing
        if not self.story.taken or not self.story.clears:
            return
        if signing is Signing.BY_WECHAT:
            await self._sign_by_wechat(transfer)
        elif signing not in (Signing.EXPIRED, Signing.NEVER):
            await self._until_invited(transfer)
            await asyncio.sleep(self._drawn_s("sign", 60.0, 2 * DAY_S))
            if signing is Signing.DECLINED:
                around.utility.decline(transfer)
            else:
                around.utility.sign(transfer, Channel.SMS)

    async def _sign_by_wechat(self, transfer: TransferId) -> None:
        """The notice leads to the page; without one, the citizen looks now and then, and takes the SMS at last."""
        taps, tap = 0, itertools.count()
        while not self._around.utility.door(transfer).is_set():
            if taps >= MOST_TAPS and self._around.utility.invited(transfer).is_set():
                self._around.utility.sign(transfer, Channel.SMS)
                taps = 0
            try:
                async with asyncio.timeout(self._drawn_s("wait", 6 * HOUR_S, DAY_S)):
                    await self._around.notifier.invited(transfer).wait()
            except TimeoutError:
                pass
            taps += 1
            try:
                way = await self._tap(transfer, f"{self.name}-tap-{next(tap)}")
            except Refused as refused:
                if refused.refusal.why is not Why.NOT_READY_TO_SIGN and not await self._may_pass(refused):
                    return
                way = ""
            if way.startswith("https://"):
                self._around.utility.sign(transfer, Channel.WECHAT)
            else:
                await asyncio.sleep(HOUR_S)

    async def _until_invited(self, transfer: TransferId) -> None:
        """By the utility's SMS; where it was all taken back there will be none."""
        waits = [
            asyncio.create_task(event.wait())
            for event in (self._around.utility.invited(transfer), self._around.utility.door(transfer))
        ]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def _tap(self, transfer: TransferId, key: str) -> str:
        return await self._patiently("platform.signing", lambda office: self._door.open_signing(office, transfer, key))

    async def _look_again(self, key: str, transfer: TransferId) -> None:
        """The page, and the platform's repetition of something long answered: told as it was the first time."""
        try:
            await self._patiently("platform.show", lambda office: self._door.show(office, transfer))
            again = await self._patiently(
                "platform.submit", lambda office: self._door.submit(office, self._request, key)
            )
        except Refused as refused:
            if refused.refusal.why not in (*_PASSING, Why.ERASED):
                self._around.witness.blame("I1", f"{key} was refused afterwards: {refused.refusal.why.code}")
        else:
            if again != transfer:
                self._around.witness.blame("I3", f"{key} was {transfer} and is {again} now")

    # ---------------------------------------------------------------------------------------------------- the platform

    async def _patiently(self, point: str, work: "Work[T]") -> T:
        """Again and again, with growing pauses, until there is an answer."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                return await self._around.incoming.call(point, INCOMING, work)
            except (Gone, Unavailable, Unintelligible):
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 3, LONGEST_PAUSE_S)

    @property
    def _enquiry(self) -> Enquiry:
        return Enquiry(
            service=Service.WATER,
            account_number=self.person.account.number.text,
            certificate_number=self.person.home.certificate_number,
            identity=self.person.holder.identity,
        )

    @property
    def _request(self) -> Request:
        return Request(
            enquiry=self._enquiry,
            right_holder_name=self.person.holder.name,
            mobile_number=self.person.mobile_number,
            confirmed=False,
            openid=self.person.openid,
            agreements=agreements(self._offers),
        )

    def _drawn_s(self, what: str, low_s: float, high_s: float) -> float:
        return self._around.dice.between(low_s, high_s, f"citizen.{what}", self.person.nth)
