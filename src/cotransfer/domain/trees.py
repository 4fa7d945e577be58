"""The Merkle tree of RFC 6962: leaves, roots, and proofs that a leaf is in a tree, and a tree at the head of another.

Pure mathematics over hashes. Never proves anything about an empty tree or from an empty hash: RFC 9162 leaves those to
the reader, verifiers have differed on them, and no log of ours is ever asked about one.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

import attrs

HASH_BYTES = 32
EMPTY = sha256().digest()
"""The root of a tree without leaves."""


def leaf_hash(entry: bytes) -> bytes:
    """RFC 6962, 2.1: of an entry."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962, 2.1: of two subtrees."""
    return sha256(b"\x01" + left + right).digest()


@attrs.frozen
class Frontier:
    """All that has to be kept of a tree to make it grow: its size, and the roots of its complete subtrees.

    There is one subtree for each bit set in `size`, the largest first.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __attrs_post_init__(self) -> None:
        if self.size < 0 or len(self.hashes) != self.size.bit_count() or any(map(_is_no_hash, self.hashes)):
            raise ValueError("These are not the complete subtrees of a tree of that size.")

    @classmethod
    def read(cls, size: int, packed: bytes) -> "Frontier":
        """From the hashes one after the other; raises `ValueError` when they cannot be that."""
        return cls(size, tuple(packed[at : at + HASH_BYTES] for at in range(0, len(packed), HASH_BYTES)))

    def packed(self) -> bytes:
        """The hashes one after the other."""
        return b"".join(self.hashes)

    def grown(self, leaves: Iterable[bytes]) -> "Frontier":
        """With `leaves` (their hashes) after those that are there."""
        size, hashes = self.size, list(self.hashes)
        for leaf in leaves:
            subtree, place = leaf, size
            while place & 1:
                subtree, place = node_hash(hashes.pop(), subtree), place >> 1
            hashes.append(subtree)
            size += 1
        return Frontier(size, tuple(hashes))

    def root(self) -> bytes:
        """The hash of the whole tree."""
        if not self.hashes:
            return EMPTY
        *left, root = self.hashes
        for subtree in reversed(left):
            root = node_hash(subtree, root)
        return root


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over the hashes of leaves."""
    return Frontier().grown(leaves).root()


def inclusion_proof(leaves: Sequence[bytes], place: int) -> tuple[bytes, ...]:
    """RFC 6962, 2.1.1: what proves that the leaf at `place` is among `leaves`; `ValueError` when there is none."""
    if not 0 <= place < len(leaves):
        raise ValueError("There is no such leaf.")
    if len(leaves) == 1:
        return ()
    half = _left(len(leaves))
    if place < half:
        return (*inclusion_proof(leaves[:half], place), root_of(leaves[half:]))
    return (*inclusion_proof(leaves[half:], place - half), root_of(leaves[:half]))


def consistency_proof(leaves: Sequence[bytes], old: int) -> tuple[bytes, ...]:
    """RFC 6962, 2.1.2: what proves that the tree over the first `old` of `leaves` is at the head of the whole."""
    if not 0 < old <= len(leaves):
        raise ValueError("There is no such older tree.")
    return _subproof(leaves, old, whole=True)


def _subproof(leaves: Sequence[bytes], old: int, *, whole: bool) -> tuple[bytes, ...]:
    if old == len(leaves):
        return () if whole else (root_of(leaves),)
    half = _left(len(leaves))
    if old <= half:
        return (*_subproof(leaves[:half], old, whole=whole), root_of(leaves[half:]))
    return (*_subproof(leaves[half:], old - half, whole=False), root_of(leaves[:half]))


def is_included(*, leaf: bytes, place: int, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the tree of `size` leaves under `root` has `leaf` (its hash) at `place`."""
    if not 0 <= place < size or any(map(_is_no_hash, (leaf, root, *proof))):
        return False
    left, last, reckoned = place, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if left & 1 or left == last:
            reckoned = node_hash(step, reckoned)
            while left and not left & 1:
                left, last = left >> 1, last >> 1
        else:
            reckoned = node_hash(reckoned, step)
        left, last = left >> 1, last >> 1
    return last == 0 and reckoned == root


def is_consistent(*, old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the tree of `old` leaves is the head of the tree of `size` leaves."""
    if not 0 < old <= size or any(map(_is_no_hash, (old_root, root, *proof))):
        return False
    if old == size:
        return not proof and old_root == root
    # Where the old tree is one complete subtree of the new one, its root begins the proof and is not said again.
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    left, last = old - 1, size - 1
    while left & 1:
        left, last = left >> 1, last >> 1
    before = after = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if left & 1 or left == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while left and not left & 1:
                left, last = left >> 1, last >> 1
        else:
            after = node_hash(after, step)
        left, last = left >> 1, last >> 1
    return last == 0 and before == old_root and after == root


def _left(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1


def _is_no_hash(value: bytes) -> bool:
    return len(value) != HASH_BYTES
