"""Claims as the store keeps them: a keyed hash, because a claim names a home or an account in clear.

Never reversible without the key, and never the same under another key.
"""

import hashlib
from collections.abc import Iterable

DIGEST_BYTES = 16


def hashed(claims: Iterable[str], key: bytes) -> tuple[str, ...]:
    """Each claim once, in the order of the hashes, so that every group locks them in one order."""
    return tuple(
        sorted({hashlib.blake2b(claim.encode(), key=key, digest_size=DIGEST_BYTES).hexdigest() for claim in claims})
    )
