"""The platform's side: steps 1 to 5, the transfer at any time, the tap on "sign the contract", consents.

Never sees a counterparty: it reads the message, calls the use case and shows what came of it, as far as it is granted.
"""

from collections.abc import Callable

import attrs

from cotransfer.adapters.gateway import rendering, showing
from cotransfer.adapters.gateway.answers import Answer, answer
from cotransfer.adapters.gateway.asking import ANOTHER_ATTEMPT, ENQUIRY, SUBMISSION, TAP, WHOSE
from cotransfer.adapters.gateway.exchange import Exchange
from cotransfer.adapters.gateway.granted import about_one
from cotransfer.adapters.gateway.posting import Post
from cotransfer.adapters.wire.forms import Terms
from cotransfer.adapters.wire.today import day_of
from cotransfer.app.accounts import Asker, Finder, Finding
from cotransfer.app.citizens import must_be, their_transfer
from cotransfer.app.errand import Reply, Ruling
from cotransfer.app.matter import Matter, about
from cotransfer.app.office import Office
from cotransfer.app.properties import Linked
from cotransfer.app.sharing import Clearance
from cotransfer.domain.consents import Offer
from cotransfer.domain.datasets import FIELDS, Dataset
from cotransfer.domain.grants import NotGranted, WhyNot
from cotransfer.domain.masking import Shown
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.states import NotSubmitted
from cotransfer.domain.values import IdentityNumber, Service
from cotransfer.ports.clock import Clock

ACCOUNT_SHOWN = {
    Shown.MASKED: frozenset(FIELDS[Dataset.ACCOUNT]),
    Shown.COMPARED: frozenset({"in_arrears"}),
    Shown.FULL: frozenset(FIELDS[Dataset.ACCOUNT]),
}
"""Which fields an answer about an account holds at most: no others are asked for, and no others written down."""


@attrs.frozen
class PlatformSide:
    """What the real-estate platform may call; `shown` says how much of an account is shown at most."""

    office: Office
    clock: Clock
    shown: Shown = Shown.MASKED

    async def search_properties(self, post: Post) -> Reply:
        """Step 1. The answer is kept, so that the same key tells the same."""
        exchange = post.exchange
        identity = WHOSE.read(post.body, self._terms())
        with about(self._enquiry(exchange, identity)) as matter:
            linked = await self.office.properties.linked_to(identity)
            cleared = [
                (one, clearance)
                for one in linked
                if (clearance := await self._of_home(exchange, one, matter)) is not None
            ]
        shown = answer(
            showing.properties([(one, clearance.fields) for one, clearance in cleared], exchange.texts),
            language=exchange.language,
            matter=about_one(matter.about_home(one.home) for one, _ in cleared),
        )
        noted = tuple(note for _, clearance in cleared for note in clearance.noted)
        return await self.office.desk.keep(post.message, shown.pack(), noted)

    async def search_account(self, post: Post) -> Reply:
        """Steps 3 and 4; kept likewise."""
        exchange = post.exchange
        enquiry = ENQUIRY.read(post.body, self._terms())
        with about(self._enquiry(exchange, enquiry.identity, enquiry.service)) as matter:
            finding = await self._finder.find(enquiry, by=_asker(exchange))
            of_home = matter.about_home(finding.home, enquiry.service)
            offers = await self._offers(finding, of_home)
            clearance = await self._cleared(exchange, Dataset.ACCOUNT, of_home, wanted=ACCOUNT_SHOWN[self.shown])
        shown = answer(
            showing.account(finding, exchange.texts, self.shown, clearance.fields, offers),
            language=exchange.language,
            matter=of_home,
        )
        return await self.office.desk.keep(post.message, shown.pack(), clearance.noted)

    async def submit(self, post: Post) -> Reply:
        """Step 5."""
        exchange = post.exchange
        request = SUBMISSION.read(post.body, self._terms())
        with about(self._enquiry(exchange, request.enquiry.identity, request.enquiry.service)):
            try:
                return await self.office.submission.submit(
                    request, post.message, by=_asker(exchange), permit=exchange.permit, answer=_submitted(exchange)
                )
            except Refused as refused:
                raise await self._without_strangers(refused, exchange) from None

    async def submit_again(self, post: Post) -> Reply:
        """Step 5, after an attempt that came to nothing."""
        exchange = post.exchange
        changes = ANOTHER_ATTEMPT.read(post.body, self._terms())
        former = await self.office.viewing.state(exchange.transfer)
        if isinstance(former, NotSubmitted):
            raise Refused(Why.UNKNOWN_TRANSFER)
        with about(self._enquiry(exchange, former.case.application.identity_number, former.case.service)):
            try:
                return await self.office.again.submit(
                    exchange.transfer,
                    changes,
                    post.message,
                    by=_asker(exchange),
                    permit=exchange.permit,
                    answer=_submitted(exchange),
                )
            except Refused as refused:
                raise await self._without_strangers(refused, exchange) from None

    async def withdraw(self, post: Post) -> Reply:
        """Steps 5 to 7: the citizen wants it back."""
        exchange = post.exchange
        TAP.read(post.body, self._terms())

        def told(ruling: Ruling) -> bytes:
            return answer(rendering.withdrawal(ruling, exchange.texts), language=exchange.language).pack()

        return await self.office.withdrawal.withdraw(exchange.transfer, post.message, answer=told)

    async def _without_strangers(self, refused: Refused, exchange: Exchange) -> Refused:
        """A transfer in the way is named to whom it belongs; to a co-owner it is only said that there is one."""
        blocking = refused.refusal.blocking
        if blocking is None or exchange.citizen is None:
            return refused
        try:
            their_transfer(exchange.citizen, await self.office.viewing.state(blocking))
        except Refused:
            return Refused(refused.refusal.why)
        return refused

    async def show(self, exchange: Exchange) -> Answer:
        """Steps 5 to 9, at any time."""
        seen = await self.office.viewing.of(exchange.transfer, permit=exchange.permit)
        return answer(rendering.view(seen, exchange.texts), language=exchange.language)

    async def open_signing(self, post: Post) -> Reply:
        """Step 7, second way."""
        exchange = post.exchange
        TAP.read(post.body, self._terms())

        def told(ruling: Ruling) -> bytes:
            way = rendering.signing_way(ruling, exchange.texts)
            return answer(way, language=exchange.language, matter=rendering.matter_of(ruling)).pack()

        return await self.office.signing.open(exchange.transfer, post.message, permit=exchange.permit, answer=told)

    @property
    def _finder(self) -> Finder:
        """Rationed where look-ups are counted."""
        return self.office.enquiring or self.office.accounts

    def _enquiry(self, exchange: Exchange, identity: IdentityNumber, service: Service | None = None) -> Matter:
        """About whom is asked: whoever is signed in, where somebody has to be."""
        if exchange.citizen is not None:
            must_be(exchange.citizen, identity)
        matter = Matter(subject=identity, service=service)
        return matter if self.office.sharing is None else self.office.sharing.filed(matter)

    async def _of_home(self, exchange: Exchange, linked: Linked, matter: Matter) -> Clearance | None:
        """What may be shown of one home, None where it lies outside of what was granted."""
        try:
            return await self._cleared(exchange, Dataset.PROPERTIES, matter.about_home(linked.home))
        except NotGranted as refused:
            if refused.why_not is WhyNot.OUT_OF_REGION:
                return None
            raise

    async def _cleared(
        self, exchange: Exchange, dataset: Dataset, matter: Matter, *, wanted: frozenset[str] | None = None
    ) -> Clearance:
        if self.office.sharing is None or exchange.permit is None:
            return Clearance(frozenset(FIELDS[dataset]))
        return await self.office.sharing.clear(exchange.permit, dataset, matter, wanted=wanted)

    async def _offers(self, finding: Finding, matter: Matter) -> tuple[Offer, ...]:
        """What the citizen has to agree to next; nothing where nobody asks for consents."""
        if self.office.consenting is None:
            return ()
        return await self.office.consenting.offers(finding.listing.id, finding.listing.service, matter, notices=True)

    def _terms(self) -> Terms:
        # By the gateway's own clock: nobody is born later than today.
        return Terms(on=day_of(self.clock.now()))


def _submitted(exchange: Exchange) -> Callable[[Ruling], bytes]:
    """How a submission is answered."""

    def told(ruling: Ruling) -> bytes:
        return answer(
            rendering.submitted(ruling, exchange.texts),
            language=exchange.language,
            status=201,
            headers={"Location": f"/v1/transfers/{ruling.transfer.text}"},
        ).pack()

    return told


def _asker(exchange: Exchange) -> Asker:
    return Asker(exchange.known_client.id, None if exchange.citizen is None else exchange.citizen.identity)
