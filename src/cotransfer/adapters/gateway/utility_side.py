"""A utility's side: its reports at steps 6 to 8, and what it may ask about its own open transfers.

Never shows a utility another one's transfer: to it, there is no such thing.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import attrs

from cotransfer.adapters.gateway import rendering
from cotransfer.adapters.gateway.answers import Answer, answer
from cotransfer.adapters.gateway.exchange import Exchange
from cotransfer.adapters.gateway.granted import only
from cotransfer.adapters.gateway.posting import Post
from cotransfer.adapters.gateway.problems import contradiction
from cotransfer.adapters.wire.forms import Form, Terms
from cotransfer.adapters.wire.spelling import IDENTITY_DATA
from cotransfer.adapters.wire.statuses import CERTIFICATE_STATUS
from cotransfer.adapters.wire.today import day_of
from cotransfer.app.errand import Reply, Ruling
from cotransfer.app.office import Office
from cotransfer.app.reports import contradicts
from cotransfer.domain.datasets import Dataset
from cotransfer.domain.reports import Report
from cotransfer.domain.values import RightHolder, UtilityId
from cotransfer.ports.clock import Clock

R = TypeVar("R", bound=Report)


@attrs.frozen
class UtilitySide:
    """What a utility may call; `signing_hosts` are the hosts that its signing addresses may name."""

    office: Office
    clock: Clock
    signing_hosts: Mapping[UtilityId, frozenset[str]]

    def hears(self, form: Form[R]) -> Callable[[Post], Awaitable[Reply]]:
        """The operation that takes reports of one form."""

        async def hear(post: Post) -> Reply:
            utility = _utility(post.exchange)
            hosts = self.signing_hosts.get(utility, frozenset())
            report = form.read(post.body, Terms(on=day_of(self.clock.now()), hosts=hosts))
            return await self.office.reports.hear(
                report,
                transfer=post.exchange.transfer,
                utility=utility,
                message=post.message,
                answer=lambda ruling: _told(ruling, post.exchange).pack(),
            )

        return hear

    async def show_certificate(self, exchange: Exchange) -> Answer:
        """Steps 6 and 8: the certificate's status, asked of the registry now."""
        found = await self.office.verification.certificate(
            exchange.transfer, utility=_utility(exchange), permit=exchange.permit
        )
        return answer(
            only(found.fields, Dataset.CERTIFICATE_STATUS, CERTIFICATE_STATUS.write(found.value)),
            language=exchange.language,
        )

    async def show_identity(self, exchange: Exchange) -> Answer:
        """Step 7: who signs."""
        found = await self.office.verification.identity(
            exchange.transfer, utility=_utility(exchange), permit=exchange.permit
        )
        signer = RightHolder(found.value.right_holder_name, found.value.identity_number)
        return answer(only(found.fields, Dataset.IDENTITY, IDENTITY_DATA.write(signer)), language=exchange.language)


def _told(ruling: Ruling, exchange: Exchange) -> Answer:
    if contradicts(ruling):
        return contradiction(exchange)
    return answer(rendering.heard(ruling), language=exchange.language)


def _utility(exchange: Exchange) -> UtilityId:
    utility = exchange.known_client.utility
    assert utility is not None  # noqa: S101 - the role was checked before
    return utility
