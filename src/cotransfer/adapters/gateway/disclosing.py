"""A citizen reads who saw which of their data, for what. Never shows the data: they are not in the audit trail."""

from collections.abc import Sequence
from typing import Any

import attrs

from cotransfer.adapters.gateway.answers import Answer, answer
from cotransfer.adapters.gateway.exchange import Exchange
from cotransfer.adapters.gateway.language import Language
from cotransfer.adapters.gateway.rendering import moment
from cotransfer.adapters.gateway.texts.disclosed import DATASETS, FIELDS, PURPOSES, word
from cotransfer.app.disclosures import Disclosed, Disclosures
from cotransfer.domain.parties import Party
from cotransfer.domain.values import IdentityNumber
from cotransfer.ports.errors import Unavailable

SHOWN_LIMIT = 1_000
"""Disclosures in one answer, the latest."""


@attrs.frozen
class Disclosing:
    """Answers out of the audit trail; without one there is nothing that could be said."""

    disclosures: Disclosures | None

    async def of_transfer(self, exchange: Exchange) -> Answer:
        """Within one transfer. Raises `Refused` for one that there is not."""
        found = await self._known().of(exchange.transfer)
        return answer(shown(found, exchange.language), language=exchange.language)

    async def about(self, identity: IdentityNumber, exchange: Exchange) -> Answer:
        """Over everything, for the person that has signed in."""
        found, complete = await self._known().about(identity)
        return answer(shown(found, exchange.language, complete=complete), language=exchange.language)

    def _known(self) -> Disclosures:
        if self.disclosures is None:
            raise Unavailable(Party.US, "This gateway keeps no audit trail.", certain=True)
        return self.disclosures


def shown(found: Sequence[Disclosed], language: Language, *, complete: bool = True) -> dict[str, Any]:
    """The earliest first; `complete` says whether that is all."""
    return {
        "disclosures": [_line(one, language) for one in found[-SHOWN_LIMIT:]],
        "complete": complete and len(found) <= SHOWN_LIMIT,
    }


def _line(one: Disclosed, language: Language) -> dict[str, Any]:
    what = one.what
    return {
        "at": moment(one.at),
        "to": what.to,
        "operation": what.operation.value,
        "dataset": word(DATASETS, what.dataset.value, language),
        "fields": [word(FIELDS, name, language) for name in what.fields],
        "purpose": word(PURPOSES, what.purpose, language),
        "transfer": None if one.transfer is None else one.transfer.text,
        "count": what.count,
    }
