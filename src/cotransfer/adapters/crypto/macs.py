"""Message authentication under a shared key: HMAC (RFC 2104) over SHA-256 or SM3.

Never compares: a caller compares with `hmac.compare_digest`, in one place where that can be seen.
"""

import hmac

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """RFC 4231's HMAC-SHA-256; 32 bytes."""
    return hmac.digest(key, message, "sha256")  # One call into C, and SHA-256 is in every build of Python.


def hmac_sm3(key: bytes, message: bytes) -> bytes:
    """HMAC over SM3 (GB/T 15852.2); 32 bytes. Python's own `hmac` has SM3 only where its OpenSSL was built with it."""
    context = HMAC(key, hashes.SM3())
    context.update(message)
    return context.finalize()
