"""Keyed hashes that stand for personal values where they are looked up (HMAC-SHA-256, RFC 2104).

Never reversible without the key, and never the same under another key or for another field. What has little entropy,
such as an identity number, is only as secret as the key.
"""

import hmac
import unicodedata

HASH_BYTES = 16


def keyed_hash(key: bytes, field: str, value: str) -> str:
    """The first 16 bytes, as hexadecimal digits, of a hash over `field`, a zero byte, and `value` folded.

    Folding is NFKC and upper case: 18X and １８x are the same number.
    """
    folded = unicodedata.normalize("NFKC", value).upper()
    return hmac.digest(key, f"{field}\0{folded}".encode(), "sha256")[:HASH_BYTES].hex()
