"""Quotas: what leaves on several grants is counted on all of them, or on none.

Never lets more leave than a quota has room for; what did not leave after all is given back.
"""

import contextlib
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Protocol

from cotransfer.domain.grants import Grant, NotGranted, WhyNot, seconds_left


class Granted(Protocol):
    """Who grants what, as it stands now, and how often it has been used today."""

    async def current(self) -> tuple[Grant, ...]:
        """Every grant; what was changed a second ago is in it."""

    async def spend(self, grant: Grant, amount: int) -> bool:
        """Count disclosures towards today's quota; False, and nothing counted, when it has no room for them."""

    async def give_back(self, grant: Grant, amount: int) -> None:
        """What was spent just now has not left."""


class Spending:
    """What has been counted so far for things that leave together."""

    def __init__(self, granted: Granted) -> None:
        self._granted = granted
        self._spent: list[tuple[Grant, int]] = []

    async def spend(self, grants: Iterable[Grant], count: int, at: datetime) -> None:
        """Raises `NotGranted` when one of the quotas is spent."""
        for grant in grants:
            if not await self._granted.spend(grant, count):
                raise NotGranted(WhyNot.QUOTA_SPENT, retry_after_s=seconds_left(at))
            self._spent.append((grant, count))

    async def give_back(self) -> None:
        """All of it."""
        while self._spent:
            await self._granted.give_back(*self._spent.pop())


@contextlib.asynccontextmanager
async def together(granted: Granted) -> AsyncIterator[Spending]:
    """What is spent inside stays spent when all goes well."""
    spending = Spending(granted)
    try:
        yield spending
    except BaseException:
        await spending.give_back()
        raise
