"""A box that only its key opens: HKDF-SHA-256 (RFC 5869) makes an AES-256-GCM key out of a secret, for one purpose.

Never keeps a secret beyond the call it was given for, and never opens a box that was made for something else.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12
TAG_BYTES = 16


class BoxBroken(Exception):
    """Another key, another purpose, another place, or bytes that somebody changed. Says nothing more."""


def seal(plain: bytes, *, secret: bytes, purpose: bytes, bound_to: bytes) -> bytes:
    """`plain` under a key of `secret` (256 bits at least) for `purpose`; opens only with the same `bound_to`."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(_key(secret, purpose)).encrypt(nonce, plain, bound_to)


def unseal(box: bytes, *, secret: bytes, purpose: bytes, bound_to: bytes) -> bytes:
    """What was sealed, or `BoxBroken`."""
    if len(box) < NONCE_BYTES + TAG_BYTES:
        raise BoxBroken
    try:
        return AESGCM(_key(secret, purpose)).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], bound_to)
    except InvalidTag:
        raise BoxBroken from None


def _key(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"cotransfer:" + purpose).derive(secret)
