"""The audit trail in lists: every law of the port at its shortest, and nothing durable."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice

from cotransfer.domain.notes import Note
from cotransfer.domain.trails import Link, Tip, chained
from cotransfer.domain.values import IdentityNumber
from cotransfer.ports.audit import PAGE_LIMIT, Checkpoint, Pending


class MemoryAudit:
    """`Audit` of one process; what it holds ends with it."""

    def __init__(self) -> None:
        self._chains: defaultdict[str, list[Link]] = defaultdict(list)
        self._subjects: defaultdict[IdentityNumber, set[str]] = defaultdict(set)
        self._waiting: dict[tuple[str, int], Link] = {}
        self._leaves: list[Link] = []
        self._checkpoints: list[Checkpoint] = []

    def write(self, notes: Iterable[Note]) -> None:
        """With the change that they came with."""
        for note in notes:
            chain = self._chains[note.chain]
            tip = Tip(chain[-1].sequence, chain[-1].hash) if chain else Tip()
            (link,) = chained({note.chain: tip}, (note,))
            chain.append(link)
            self._waiting[link.chain, link.sequence] = link
            if note.subject is not None:
                self._subjects[note.subject].add(note.chain)

    async def chain(self, chain: str) -> tuple[Link, ...]:
        return tuple(self._chains.get(chain, ()))

    async def chains_about(self, subject: IdentityNumber) -> tuple[str, ...]:
        return tuple(sorted(self._subjects.get(subject, ())))

    async def unlink(self, chain: str) -> None:
        self.unlink_now(chain)

    def unlink_now(self, chain: str) -> None:
        """In the middle of a change."""
        for chains in self._subjects.values():
            chains.discard(chain)

    async def unlink_between(self, first: str, last: str) -> int:
        gone = [(chains, one) for chains in self._subjects.values() for one in chains if first <= one < last]
        for chains, one in gone:
            chains.discard(one)
        return len(gone)

    async def pending(self, limit: int = PAGE_LIMIT) -> Pending:
        return Pending(await self.latest(), tuple(islice(self._waiting.values(), _bounded(limit))))

    async def gather(self, checkpoint: Checkpoint, entries: Sequence[Link]) -> bool:
        if checkpoint.size != checkpoint.follows + len(entries):
            raise ValueError("A checkpoint is as large as the one before and the entries that it gathers.")
        if checkpoint.follows != len(self._leaves):
            return False
        for one in entries:
            del self._waiting[one.chain, one.sequence]
        self._leaves += entries
        self._checkpoints.append(checkpoint)
        return True

    async def latest(self) -> Checkpoint | None:
        return self._checkpoints[-1] if self._checkpoints else None

    async def gathered(self, leaf: int, limit: int = PAGE_LIMIT) -> tuple[Link, ...]:
        return tuple(self._leaves[leaf : leaf + _bounded(limit)])

    async def checkpoints(self, after: int, limit: int = PAGE_LIMIT) -> tuple[Checkpoint, ...]:
        return tuple(one for one in self._checkpoints if one.size > after)[: _bounded(limit)]


def _bounded(limit: int) -> int:
    return max(0, min(limit, PAGE_LIMIT))
