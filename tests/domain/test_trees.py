"""RFC 6962 trees: another implementation as oracle, and proofs that prove what is so and nothing else.

The known roots are in tests/vectors.
"""

from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_consistency, verify_inclusion

from cotransfer.domain.trees import (
    EMPTY,
    Frontier,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    node_hash,
    root_of,
)

LEAVES = [leaf_hash(str(nth).encode()) for nth in range(64)]
ROOT_OF = [root_of(LEAVES[:size]) for size in range(65)]


def test_leaves_and_nodes_are_told_apart():
    """RFC 6962, 2.1: a leaf is hashed after a zero and a node after a one, so that neither can pass for the other."""
    assert leaf_hash(b"ab") == sha256(b"\x00ab").digest()
    assert node_hash(b"a", b"b") == sha256(b"\x01ab").digest()
    assert root_of([]) == EMPTY == sha256(b"").digest()


@given(entries=st.lists(st.binary(max_size=8), max_size=70), cut=st.integers(0, 70))
def test_growing_needs_the_frontier_only(entries, cut):
    """A tree grown in two goes, from what is packed of it in between, has the root of the whole."""
    leaves = [leaf_hash(entry) for entry in entries]
    first = Frontier().grown(leaves[:cut])
    again = Frontier.read(first.size, first.packed())
    assert again == first
    assert again.grown(leaves[cut:]) == Frontier().grown(leaves)
    oracle = InmemoryTree(algorithm="sha256")
    for entry in entries:
        oracle.append_entry(entry)
    assert again.grown(leaves[cut:]).root() == oracle.get_root()


@pytest.mark.parametrize(
    ("size", "packed"), [(1, b""), (0, bytes(32)), (3, bytes(32)), (1, bytes(31)), (-1, bytes(32))]
)
def test_what_is_no_frontier_is_refused(size, packed):
    """A size says how many complete subtrees there are: anything else was tampered with, or cut off."""
    with pytest.raises(ValueError, match="complete subtrees"):
        Frontier.read(size, packed)


def test_every_inclusion_proof_proves_and_no_other(count):
    """Every leaf of every tree up to 64 is proved; the same proof for another place, leaf, size or root is not."""
    proved = refused = 0
    for size in range(1, 65):
        for place in range(size):
            proof = inclusion_proof(LEAVES[:size], place)
            known: dict[str, Any] = {
                "leaf": LEAVES[place],
                "place": place,
                "size": size,
                "root": ROOT_OF[size],
                "proof": proof,
            }
            assert is_included(**known)
            proved += 1
            wrong = (
                known | {"leaf": LEAVES[place - 1] if size > 1 else leaf_hash(b"x")},
                known | {"place": place + 1},
                known | {"place": -1},
                known | {"root": ROOT_OF[size - 1]},
                known | {"proof": (*proof, LEAVES[0])},
                known | {"proof": proof[:-1]} if proof else known | {"proof": (LEAVES[0],)},
            )
            assert not any(is_included(**one) for one in wrong)
            refused += len(wrong)
    count(f"inclusion proofs: {proved} proved, {refused} wrong ones refused")


def test_consistency_between_all_sizes(count):
    """Every tree up to 64 is proved to be at the head of every larger one; a rewritten head is not."""
    proved = 0
    for size in range(1, 65):
        for old in range(1, size + 1):
            proof = consistency_proof(LEAVES[:size], old)
            known: dict[str, Any] = {
                "old": old,
                "old_root": ROOT_OF[old],
                "size": size,
                "root": ROOT_OF[size],
                "proof": proof,
            }
            assert is_consistent(**known)
            proved += 1
            assert not is_consistent(**known | {"old_root": ROOT_OF[old - 1]})
            assert not is_consistent(**known | {"root": ROOT_OF[size - 1]})
            assert not is_consistent(**known | {"proof": (*proof, LEAVES[0])})
            assert not proof or not is_consistent(**known | {"proof": proof[:-1]})
    count(f"consistency proofs: {proved} pairs of sizes")


@given(data=st.data(), size=st.integers(1, 64))
def test_a_flipped_bit_proves_nothing(data, size):
    """RFC 6962, 2.1: whichever bit of a proof, a leaf or a root is flipped, neither kind of proof holds any more."""
    place, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    bit = data.draw(st.integers(0, 255))

    def flipped(digest):
        return (int.from_bytes(digest) ^ (1 << bit)).to_bytes(32)

    included = {"leaf": LEAVES[place], "root": ROOT_OF[size], "proof": inclusion_proof(LEAVES[:size], place)}
    consistent = {"old_root": ROOT_OF[old], "root": ROOT_OF[size], "proof": consistency_proof(LEAVES[:size], old)}
    for known, holds in (
        (included, lambda one: is_included(place=place, size=size, **one)),
        (consistent, lambda one: is_consistent(old=old, size=size, **one)),
    ):
        name = data.draw(st.sampled_from(sorted(known)))
        value = known[name]
        if name == "proof":
            if not value:
                continue
            nth = data.draw(st.integers(0, len(value) - 1))
            value = (*value[:nth], flipped(value[nth]), *value[nth + 1 :])
        else:
            value = flipped(value)
        assert not holds(known | {name: value})


@given(size=st.integers(1, 40), data=st.data())
def test_another_implementation_agrees(size, data):
    """`pymerkle` makes the proofs that we make, and holds ours good."""
    place, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    oracle = InmemoryTree(algorithm="sha256")
    for nth in range(size):
        oracle.append_entry(str(nth).encode())
    theirs = oracle.prove_inclusion(place + 1, size)
    verify_inclusion(LEAVES[place], ROOT_OF[size], theirs)
    assert _path(theirs, LEAVES[place]) == inclusion_proof(LEAVES[:size], place)
    verify_consistency(ROOT_OF[old], ROOT_OF[size], oracle.prove_consistency(old, size))


def _path(proof, leaf):
    """The hashes of a proof in pymerkle's form, without the leaf that it begins from."""
    path = [bytes.fromhex(one) for one in proof.serialize()["path"]]
    path.remove(leaf)
    return tuple(path)


@pytest.mark.parametrize(
    "asked",
    [
        {"old": 0, "old_root": EMPTY, "size": 3, "root": ROOT_OF[3], "proof": ()},
        {"old": 0, "old_root": b"", "size": 0, "root": b"", "proof": ()},
        {"old": 0, "old_root": EMPTY, "size": 0, "root": EMPTY, "proof": ()},
        {"old": 2, "old_root": b"", "size": 3, "root": ROOT_OF[3], "proof": consistency_proof(LEAVES[:3], 2)},
        {"old": 3, "old_root": ROOT_OF[3], "size": 4, "root": ROOT_OF[4], "proof": ()},
        {"old": 4, "old_root": ROOT_OF[4], "size": 3, "root": ROOT_OF[3], "proof": ()},
        {"old": 2, "old_root": ROOT_OF[2], "size": 3, "root": ROOT_OF[3], "proof": (b"",)},
        {"old": 5, "old_root": b"", "size": 5, "root": b"", "proof": ()},
    ],
)
def test_nothing_is_proved_of_an_empty_tree_or_from_an_empty_hash(asked):
    """Sizes of 0 and empty hashes, on which verifiers have differed, are refused."""
    assert not is_consistent(**asked)


@pytest.mark.parametrize("place", [-1, 3])
def test_what_is_not_there_is_not_proved(place):
    """No proof is made for a leaf that there is not, nor for a tree that never was."""
    with pytest.raises(ValueError, match="no such leaf"):
        inclusion_proof(LEAVES[:3], place)
    assert not is_included(leaf=b"", place=0, size=1, root=ROOT_OF[1], proof=())
    assert not is_included(leaf=LEAVES[0], place=0, size=0, root=EMPTY, proof=())
    with pytest.raises(ValueError, match="no such older tree"):
        consistency_proof(LEAVES[:3], 0 if place < 0 else 4)
