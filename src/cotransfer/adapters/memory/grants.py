"""`Grants` of one process; what it holds ends with it. Its notes go into the trail that it is given."""

from collections import Counter
from datetime import datetime

from cotransfer.adapters.memory.audit import MemoryAudit
from cotransfer.domain.grants import Grant, GrantId, day_of
from cotransfer.domain.notes import Note
from cotransfer.ports.grants import Held


class MemoryGrants:
    """Grants and their days in dictionaries."""

    def __init__(self, audit: MemoryAudit) -> None:
        self._audit = audit
        self._held: dict[GrantId, Held] = {}
        self._spent: Counter[tuple[GrantId, int]] = Counter()

    async def all(self) -> tuple[Held, ...]:
        return tuple(self._held[name] for name in sorted(self._held))

    async def put(self, grant: Grant, expected: int, note: Note) -> bool:
        held = self._held.get(grant.id)
        if (held.version if held else 0) != expected:
            return False
        self._audit.write((note,))
        self._held[grant.id] = Held(grant, expected + 1)
        return True

    async def spend(self, grant: GrantId, day: int, amount: int, quota: int) -> bool:
        if amount < 1:
            raise ValueError("At least one disclosure is spent.")
        if self._spent[grant, day] + amount > quota:
            return False
        self._spent[grant, day] += amount
        return True

    async def spent(self, grant: GrantId, day: int) -> int:
        return self._spent[grant, day]

    async def forget(self, before: datetime) -> int:
        over = [one for one in self._spent if one[1] < day_of(before) - 1]
        for one in over:
            del self._spent[one]
        return len(over)
