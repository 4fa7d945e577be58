"""New keys, and what a key of each use looks like. Never keeps one."""

import secrets

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from cotransfer.ports.keys import KeyMissing, KeyUse

RAW_BYTES = 32

SIGNING = frozenset({KeyUse.TOKENS, KeyUse.AUDIT})
"""Uses whose keys are pairs, kept as PKCS8 PEM; those of the others are raw bytes."""


def make_key(use: KeyUse) -> bytes:
    """A new key of `use`, from the system's randomness."""
    pair: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
    match use:
        case KeyUse.WRAPPING | KeyUse.INDEX:
            return secrets.token_bytes(RAW_BYTES)
        case KeyUse.TOKENS:
            pair = ec.generate_private_key(ec.SECP256R1())
        case KeyUse.AUDIT:
            pair = ed25519.Ed25519PrivateKey.generate()
    return pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def checked(use: KeyUse, name: str, key: bytes) -> bytes:
    """`key` as it is; raises `KeyMissing` when it is not one of `use`, without a byte of it."""
    if not _is_one(use, key):
        raise KeyMissing(
            use,
            f"What is kept as the {use.value} key {name} is not a key of that use. "
            "Restore it from where it is kept in safety; no other key will do.",
        ) from None
    return key


def _is_one(use: KeyUse, key: bytes) -> bool:
    if use not in SIGNING:
        return len(key) == RAW_BYTES
    try:
        pair = load_pem_private_key(key, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
    if use is KeyUse.AUDIT:
        return isinstance(pair, ed25519.Ed25519PrivateKey)
    return isinstance(pair, ec.EllipticCurvePrivateKey) and isinstance(pair.curve, ec.SECP256R1)
