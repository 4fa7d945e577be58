"""Claims as the store keeps them: a keyed hash, because a claim names a home or an account in clear, behind the name
of the index key, so that it can be told which keys are still needed (see `trust.index_keys`).

Never reversible without the key, and never the same under another key.
"""

from collections.abc import Iterable, Mapping

from cotransfer.adapters.crypto.hashing import keyed_hash


def hashed(claims: Iterable[str], keys: Mapping[str, bytes]) -> tuple[str, ...]:
    """Each claim once under each key, in the order of the hashes, so that every group locks them in one order.

    While one index key follows another, both are live: whoever took a claim under the old one alone is still found.
    """
    return tuple(
        sorted({under(name, keyed_hash(key, "claim", claim)) for claim in claims for name, key in keys.items()})
    )


def under(name: str, digest: str) -> str:
    """A hash with the name of its key. No name holds a blank, and none sorts before a blank that follows it: what is
    under one key stands together, and the keys in the order of their names.
    """
    return f"{name} {digest}"
