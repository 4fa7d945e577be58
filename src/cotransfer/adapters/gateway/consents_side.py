"""A transfer's consents: which there are, and the withdrawal of one, which is as easy as giving it was.

Never takes a consent back into force, and never tells more of it than the citizen was told.
"""

from collections.abc import Iterable
from typing import Any

import attrs

from cotransfer.adapters.gateway.answers import Answer, answer
from cotransfer.adapters.gateway.asking import TAP
from cotransfer.adapters.gateway.exchange import Exchange
from cotransfer.adapters.gateway.posting import Post
from cotransfer.adapters.gateway.rendering import moment
from cotransfer.adapters.wire.forms import Terms
from cotransfer.adapters.wire.today import day_of
from cotransfer.app.consenting import Consenting
from cotransfer.app.errand import Reply
from cotransfer.domain.consents import Consent
from cotransfer.ports.clock import Clock


@attrs.frozen
class ConsentsSide:
    """What the platform may call about consents."""

    consenting: Consenting
    clock: Clock

    async def show(self, exchange: Exchange) -> Answer:
        """Given and withdrawn ones."""
        return answer(_shown(await self.consenting.of(exchange.transfer)), language=exchange.language)

    async def withdraw(self, post: Post) -> Reply:
        """From now on nothing more goes to the receiver in the path."""
        exchange = post.exchange
        TAP.read(post.body, Terms(on=day_of(self.clock.now())))

        def told(consents: tuple[Consent, ...]) -> bytes:
            return answer(_shown(consents), language=exchange.language).pack()

        receiver = exchange.request.path_params["receiver"]
        return await self.consenting.withdraw(exchange.transfer, receiver, post.message, answer=told)


def _shown(consents: Iterable[Consent]) -> dict[str, Any]:
    return {"consents": [_consent(consent) for consent in consents]}


def _consent(consent: Consent) -> dict[str, Any]:
    return {
        "receiver": consent.receiver,
        "purpose": consent.purpose,
        "fields": consent.fields,
        "text_version": consent.text_version,
        "text_digest": consent.text_digest,
        "how": consent.how.value,
        "given_at": moment(consent.given_at),
        "withdrawn_at": None if consent.withdrawn_at is None else moment(consent.withdrawn_at),
    }
