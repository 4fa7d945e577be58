"""Claims as the store keeps them: a keyed hash, because a claim names a home or an account in clear.

Never reversible without the key, and never the same under another key.
"""

from collections.abc import Collection, Iterable

from cotransfer.adapters.crypto.hashing import keyed_hash


def hashed(claims: Iterable[str], keys: Collection[bytes]) -> tuple[str, ...]:
    """Each claim once under each key, in the order of the hashes, so that every group locks them in one order.

    While one index key follows another, both are live: whoever took a claim under the old one alone is still found.
    """
    return tuple(sorted({keyed_hash(key, "claim", claim) for claim in claims for key in keys}))
