"""The audit trail as it is kept: entries in their chains, gathered under signed checkpoints. See `domain.notes`.

Entries come in with the changes that they are about (`ports.transfers.Change.noted`) and no other way. Nothing here
changes or takes away an entry.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import attrs

from cotransfer.domain.trails import Link
from cotransfer.domain.trees import Frontier
from cotransfer.domain.values import IdentityNumber

PAGE_LIMIT = 1_000
"""Entries or checkpoints in one answer, and entries gathered at once, whatever was asked for."""


@attrs.frozen
class Signature:
    """Whose key signed, by its name, and the signature."""

    signer: str
    signature: bytes


@attrs.frozen(kw_only=True)
class Checkpoint:
    """The first `tree.size` entries in the order of their leaves, signed; `follows` is the size of the one before."""

    tree: Frontier
    follows: int
    at: datetime
    root: bytes
    signed: Signature

    @property
    def size(self) -> int:
        return self.tree.size


@attrs.frozen
class Pending:
    """What waits to be gathered, in the order in which it shall be, and the checkpoint that it goes on from."""

    latest: Checkpoint | None
    waiting: tuple[Link, ...]


class CheckpointSigner(Protocol):
    """Signs checkpoints: with a key of ours, or somewhere that has one.

    Law: the signature is over `trails.statement(size, root, signer)`. Raises `Unavailable` when it cannot sign now.
    """

    async def sign(self, size: int, root: bytes) -> Signature:
        """Under the signer's current key."""


class Audit(Protocol):
    """The trail.

    Laws: an entry is in it exactly when the change that it came with is committed; each chain counts from 1 without a
    gap, and each entry names the hash of the one before, whoever writes and however many at once; the notes of one
    change are one after the other in its chain. Gathered entries keep their leaves for good; leaves count from 0
    without a gap, and within a chain they are in its order. Gathering is all or nothing, and of two rivals one is told
    that it lost. No commit waits for it.
    Raises `Unavailable` (party US) when the store fails.
    """

    async def chain(self, chain: str) -> tuple[Link, ...]:
        """All entries of a chain, in order; `()` when there is none."""

    async def chains_about(self, subject: IdentityNumber) -> tuple[str, ...]:
        """The chains that hold a note about `subject`, sorted."""

    async def unlink(self, chain: str) -> None:
        """Forget whom a chain is about; its entries, which never said it, stay."""

    async def unlink_between(self, first: str, last: str) -> int:
        """The same for each chain from `first` up to but without `last`, in the order of names; how many it were."""

    async def pending(self, limit: int = PAGE_LIMIT) -> Pending:
        """The next entries to be gathered."""

    async def gather(self, checkpoint: Checkpoint, entries: Sequence[Link]) -> bool:
        """Give `entries` the leaves from `checkpoint.follows` on and keep the checkpoint; False when another did."""

    async def latest(self) -> Checkpoint | None:
        """The largest checkpoint."""

    async def gathered(self, leaf: int, limit: int = PAGE_LIMIT) -> tuple[Link, ...]:
        """The entries from `leaf` on, in the order of their leaves."""

    async def checkpoints(self, after: int, limit: int = PAGE_LIMIT) -> tuple[Checkpoint, ...]:
        """Those of more than `after` entries, the smallest first."""
