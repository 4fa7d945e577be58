"""Where grants are kept, and how often each has been used on a day. See `domain.grants`."""

from datetime import datetime
from typing import Protocol

import attrs

from cotransfer.domain.grants import Grant, GrantId
from cotransfer.domain.notes import Note


@attrs.frozen
class Held:
    """A grant as it stands, and how many times it was put (`version`, from 1)."""

    grant: Grant
    version: int


class Grants(Protocol):
    """What every process asks before data leave.

    Laws: a grant that was put is found by every later call of any process, and none is ever lost; of two that were
    decided on the same version one is put and the other is told; a grant and its note are written together or not at
    all. However many spend at once and from wherever, what was spent of a grant on a day never exceeds the quota that
    they name, and what is refused counts for nothing.
    Raises `Unavailable` (party US) when the store fails, and `Unintelligible` when a stored grant cannot be read;
    nothing may leave on the strength of either.
    """

    async def all(self) -> tuple[Held, ...]:
        """Every grant, the ended ones as well, in the order of their names; in one look."""

    async def put(self, grant: Grant, expected: int, note: Note) -> bool:
        """Keep `grant` as it now stands; False, and nothing written, unless version `expected` is held (0: none)."""

    async def spend(self, grant: GrantId, day: int, amount: int, quota: int) -> bool:
        """Count `amount` (from 1) more disclosures on `day`; False, and nothing counted, if that exceeds `quota`."""

    async def spent(self, grant: GrantId, day: int) -> int:
        """How many were counted on `day` (days since 1970 in China)."""

    async def forget(self, before: datetime) -> int:
        """Drop the counts of the days that were over a whole day before `before`; how many. Never a grant."""
