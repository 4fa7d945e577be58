"""Client secrets: 256 random bits each, of which we keep only a keyed hash. Never keeps a secret in clear.

A secret of that size cannot be guessed, so a slow hash would protect nothing more; the key makes a stolen table of
hashes worthless.
"""

import hashlib
import hmac
import re
import secrets

from cotransfer.ports.keys import KeyProvider, KeyUse, current

SECRET_BYTES = 32
HASH = re.compile(r"[0-9a-f]{64}")
"""HMAC-SHA256 in hexadecimal."""


def new_secret() -> str:
    """A fresh one, for its owner alone."""
    return secrets.token_urlsafe(SECRET_BYTES)


def secret_hash(keys: KeyProvider, client: str, secret: str) -> str:
    """What the settings hold in its place, under the current index key."""
    return _hashed(keys.key(KeyUse.INDEX, current(keys, KeyUse.INDEX)), client, secret)


def candidates(keys: KeyProvider, client: str, secret: str) -> tuple[str, ...]:
    """What the settings may hold in its place: a hash for each index key, for the key may have changed since."""
    return tuple(_hashed(keys.key(KeyUse.INDEX, name), client, secret) for name in keys.names(KeyUse.INDEX))


def _hashed(key: bytes, client: str, secret: str) -> str:
    # Bound to the client, so that a hash under another's name proves nothing.
    said = b"client-secret\0" + client.encode() + b"\0" + secret.encode()
    return hmac.new(key, said, hashlib.sha256).hexdigest()
