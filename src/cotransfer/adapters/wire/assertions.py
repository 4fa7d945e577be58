"""Client assertions (RFC 7523): how one proves with one's own key who one is. Never good for more than a minute.

Not Authlib's `private_key_jwt_sign`: it names no key, lives for an hour unless told, and warns at Ed25519.
"""

import secrets
import time

from cotransfer.adapters.wire.jose import SigningKey, signed

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFE_S = 60


def assertion(key: SigningKey, *, client_id: str, audience: str, now_s: float | None = None) -> str:
    """A proof for the token endpoint at `audience`, for one use."""
    issued = int(time.time() if now_s is None else now_s)
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": issued,
        "exp": issued + LIFE_S,
        "jti": secrets.token_urlsafe(16),
    }
    return signed(claims, key, typ="JWT")
