"""Both sides' transfers side by side, as both come in the order of their identifiers: in constant memory.

Never judges a pair.
"""

from collections.abc import AsyncIterator
from datetime import datetime

import attrs

from cotransfer.domain.parties import Party
from cotransfer.domain.statements import Stated
from cotransfer.domain.values import TransferId, UtilityId
from cotransfer.ports.errors import Unintelligible
from cotransfer.ports.reconciliations import Reconciliations
from cotransfer.ports.utility import Utility

BATCH = 200
"""Transfers looked at together."""

Pairs = tuple[tuple[TransferId, Stated | None], ...]
"""What is stated of each, None where nothing is."""

Pages = AsyncIterator[tuple[Stated, ...]]


@attrs.frozen
class Statement:
    """A statement that was brought, in pages by transfer in ascending order; `as_of` is when it was drawn up."""

    as_of: datetime
    pages: Pages


@attrs.frozen
class Pairing:
    """`kept` knows which of our transfers are compared."""

    kept: Reconciliations

    async def pairs(self, utility: UtilityId, since: datetime, pages: Pages) -> AsyncIterator[Pairs]:
        """Every transfer of either side, once. Raises `Unintelligible` when theirs are out of order."""
        after: TransferId | None = None
        async for page in pages:
            if not page:
                continue
            keys = [one.transfer.text for one in page]
            if keys != sorted(set(keys)) or (after is not None and keys[0] <= after.text):
                raise Unintelligible(Party.UTILITY, f"{utility.text} states its applications out of order, or twice.")
            stated = {one.transfer: one for one in page}
            async for ids in self._ours(utility, since, after, page[-1].transfer):
                yield tuple((transfer, stated.pop(transfer, None)) for transfer in ids)
            if stated:
                yield tuple(stated.items())
            after = page[-1].transfer
        async for ids in self._ours(utility, since, after):
            yield tuple((transfer, None) for transfer in ids)

    async def ours(self, utility: UtilityId, since: datetime) -> AsyncIterator[Pairs]:
        """Ours alone."""
        async for ids in self._ours(utility, since):
            yield tuple((transfer, None) for transfer in ids)

    async def _ours(
        self, utility: UtilityId, since: datetime, after: TransferId | None = None, until: TransferId | None = None
    ) -> AsyncIterator[tuple[TransferId, ...]]:
        while ids := await self.kept.tracked(utility, since, after=after, until=until, limit=BATCH):
            yield ids
            after = ids[-1]


async def listed(utility: Utility, changed_since: datetime) -> Pages:
    """What a utility states by itself, page by page. Raises `Unintelligible` when it would never end."""
    page = await utility.statement(changed_since)
    yield page.stated
    while page.next is not None:
        page = await utility.statement(changed_since, page.next)
        if not page.stated:
            raise Unintelligible(Party.UTILITY, "Its statement goes on with an empty page.")
        yield page.stated
