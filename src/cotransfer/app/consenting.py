"""Consents asked for, given and withdrawn. Never takes one for words that are not today's, nor gives one back."""

import contextlib
from collections.abc import Callable, Collection, Iterable, Mapping

import attrs

from cotransfer.app.desk import Desk
from cotransfer.app.errand import Errand, Message, Reply
from cotransfer.app.guarded import NOTIFIER, SMS
from cotransfer.app.matter import Matter
from cotransfer.app.sharing import Sharing
from cotransfer.domain.commands import Command
from cotransfer.domain.consents import Agreement, Consent, Offer, accepted, consequence
from cotransfer.domain.datasets import Operation
from cotransfer.domain.grants import NotGranted
from cotransfer.domain.notes import Decision, Note, about_transfer
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.states import NotSubmitted, State
from cotransfer.domain.values import Service, TransferId, UtilityId
from cotransfer.ports.clock import Clock
from cotransfer.ports.consents import Consents
from cotransfer.ports.transfers import Transfers

TO_UTILITY = (Operation.SUBMIT_APPLICATION, Operation.SHOW_CERTIFICATE_STATUS, Operation.SHOW_IDENTITY)
NOTICES = "citizen-notices"


@attrs.frozen
class Receiver:
    """How a receiver of data is named to a citizen, and where it can be reached."""

    name: str
    contact: str


class Consenting:
    """`receivers` are named by counterparty; one that is not listed is named by its identifier. `by_sms`: whether
    there is a channel for the notices that WeChat cannot deliver.
    """

    def __init__(
        self,
        sharing: Sharing,
        consents: Consents,
        transfers: Transfers,
        desk: Desk,
        clock: Clock,
        receivers: Mapping[str, Receiver],
        cancelling: Collection[UtilityId] = (),
        *,
        by_sms: bool = False,
    ) -> None:
        self._by_sms = by_sms
        self._cancelling = frozenset(cancelling)
        self._sharing = sharing
        self._consents = consents
        self._transfers = transfers
        self._desk = desk
        self._clock = clock
        self._receivers = receivers

    async def offers(self, utility: UtilityId, service: Service, matter: Matter, *, notices: bool) -> tuple[Offer, ...]:
        """What a citizen is asked to agree to before the submission; `notices` when they want to be told by WeChat.

        Raises `NotGranted` where the utility may not be given what it needs: then nothing is asked for. A notifier that
        may not be told anything now is not asked for: the transfer goes on without notices. Nobody has to agree to be
        told by SMS: nothing of a transfer depends on it (PIPL art. 16).
        """
        offers = [await self._offer(utility.text, f"{service.value}-account-transfer", TO_UTILITY, matter)]
        if notices:
            with contextlib.suppress(NotGranted):
                offers.append(await self._offer(NOTIFIER, NOTICES, (Operation.SEND_NOTICE,), matter))
        if self._by_sms:
            with contextlib.suppress(NotGranted):
                offer = await self._offer(SMS, NOTICES, (Operation.SEND_SMS,), matter)
                offers.append(attrs.evolve(offer, optional=True))
        return tuple(offers)

    def accept(self, offers: Iterable[Offer], agreements: Iterable[Agreement]) -> tuple[Consent, ...]:
        """The consents, at this moment. Raises `Refused`."""
        return accepted(offers, agreements, self._clock.now())

    async def of(self, transfer: TransferId) -> tuple[Consent, ...]:
        """Given and withdrawn ones; raises `Refused` for a transfer that there is not."""
        if (await self._transfers.load((transfer,))).record(transfer) is None:
            raise Refused(Why.UNKNOWN_TRANSFER)
        return await self._consents.consents_of(transfer)

    async def withdraw(
        self,
        transfer: TransferId,
        receiver: str,
        message: Message | None = None,
        *,
        answer: Callable[[tuple[Consent, ...]], bytes] | None = None,
    ) -> Reply:
        """From now on nothing more goes to `receiver`. Withdrawn before, it stays as it was.

        Without the utility's part the transfer is taken back as well, where that can be asked of the utility.
        Raises `Refused` for a transfer or a consent that there is not, or as the desk does.
        """
        record = (await self._transfers.load((transfer,))).record(transfer)
        if record is None:
            raise Refused(Why.UNKNOWN_TRANSFER)
        at = self._clock.now()
        consents = tuple(
            one.withdrawn(at) if one.receiver == receiver else one for one in await self._consents.consents_of(transfer)
        )
        withdrawn = tuple(one for one in consents if one.receiver == receiver)
        if not withdrawn:
            raise Refused(Why.CONSENT_MISSING)
        decision = Decision(what="consent.withdrawn", who="citizen", about=receiver)
        note = Note(chain=about_transfer(transfer), at=at, what=decision)
        is_news = any(one.withdrawn_at == at for one in withdrawn)
        return await self._desk.handle(
            Errand(
                transfer=transfer,
                commands=self._follows(record.state, receiver),
                message=message,
                answer=lambda _: b"" if answer is None else answer(consents),
                noted=lambda _: (note,) if is_news else (),
                consents=withdrawn,
            )
        )

    def _follows(self, state: State, receiver: str) -> tuple[Command, ...]:
        is_possible = not isinstance(state, NotSubmitted) and state.case.utility in self._cancelling
        return consequence(state, receiver) if is_possible else ()

    async def _offer(self, receiver: str, purpose: str, operations: tuple[Operation, ...], matter: Matter) -> Offer:
        named = self._receivers.get(receiver, Receiver(receiver, ""))
        return Offer(
            receiver=receiver,
            receiver_name=named.name,
            contact=named.contact,
            purpose=purpose,
            fields=await self._sharing.offered(receiver, operations, matter),
        )


def given_notes(transfer: TransferId, consents: Iterable[Consent]) -> tuple[Note, ...]:
    """What the audit trail says of consents as they are given."""
    return tuple(
        Note(
            chain=about_transfer(transfer),
            at=one.given_at,
            what=Decision(what="consent.given", who="citizen", about=one.receiver, why=one.text_digest[:16]),
        )
        for one in consents
    )
