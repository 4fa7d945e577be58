"""The platform's side: steps 1 to 5, the transfer at any time, and the tap on "sign the contract".

Never sees a counterparty: it reads the message, calls the use case and shows what came of it.
"""

import attrs

from cotransfer.adapters.gateway import rendering, showing
from cotransfer.adapters.gateway.answers import Answer, answer
from cotransfer.adapters.gateway.asking import ENQUIRY, SUBMISSION, TAP, WHOSE
from cotransfer.adapters.gateway.exchange import Exchange
from cotransfer.adapters.gateway.posting import Post
from cotransfer.adapters.wire.forms import Terms
from cotransfer.adapters.wire.today import day_of
from cotransfer.app.errand import Reply, Ruling
from cotransfer.app.office import Office
from cotransfer.ports.clock import Clock


@attrs.frozen
class PlatformSide:
    """What the real-estate platform may call."""

    office: Office
    clock: Clock

    async def search_properties(self, post: Post) -> Reply:
        """Step 1. The answer is kept, so that the same key tells the same."""
        identity = WHOSE.read(post.body, self._terms())
        linked = await self.office.properties.linked_to(identity)
        shown = answer(showing.properties(linked, post.exchange.texts), language=post.exchange.language)
        return await self.office.desk.keep(post.message, shown.pack())

    async def search_account(self, post: Post) -> Reply:
        """Steps 3 and 4; kept likewise."""
        finding = await self.office.accounts.find(ENQUIRY.read(post.body, self._terms()))
        shown = answer(showing.account(finding, post.exchange.texts), language=post.exchange.language)
        return await self.office.desk.keep(post.message, shown.pack())

    async def submit(self, post: Post) -> Reply:
        """Step 5."""

        def told(ruling: Ruling) -> bytes:
            return answer(
                rendering.submitted(ruling, post.exchange.texts),
                language=post.exchange.language,
                status=201,
                headers={"Location": f"/v1/transfers/{ruling.transfer.text}"},
            ).pack()

        request = SUBMISSION.read(post.body, self._terms())
        return await self.office.submission.submit(request, post.message, answer=told)

    async def show(self, exchange: Exchange) -> Answer:
        """Steps 5 to 9, at any time."""
        seen = await self.office.viewing.of(exchange.transfer)
        return answer(rendering.view(seen, exchange.texts), language=exchange.language)

    async def open_signing(self, post: Post) -> Reply:
        """Step 7, second way."""
        exchange = post.exchange
        TAP.read(post.body, self._terms())

        def told(ruling: Ruling) -> bytes:
            return answer(rendering.signing_way(ruling, exchange.texts), language=exchange.language).pack()

        return await self.office.signing.open(exchange.transfer, post.message, answer=told)

    def _terms(self) -> Terms:
        # By the gateway's own clock: nobody is born later than today.
        return Terms(on=day_of(self.clock.now()))
