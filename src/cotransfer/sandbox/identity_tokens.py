"""What the simulated identity provider signs: ES256 ID tokens about the city's people and a few operators.

The key is drawn when the sandbox starts, unless it has a memory; then it stays the same. Nobody here is real.
"""

import hashlib
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from cotransfer.sandbox.city import City

LIFE_S = 300
OPERATORS = {
    "read": ("阮知闻", ("read",)),
    "act": ("邵行之", ("act",)),
    "administer": ("顾明理", ("administer",)),
}
"""Who works for the city: the word by which one signs in as them, their name, their roles."""


class NoSuchPerson(LookupError):
    """A hint that names nobody; the text says who there is."""


def drawn_key() -> bytes:
    """A new key to sign with, as PEM."""
    return ECKey.generate_key("P-256", private=True).as_pem(private=True)


class Passports:
    """Signs for the people of one city. `now` gives seconds since 1970; `key` is one of `drawn_key`."""

    def __init__(self, city: City, *, now: Callable[[], float] = time.time, key: bytes | None = None) -> None:
        self._city = city
        self._now = now
        self._key = ECKey.import_key(key or drawn_key(), {"use": "sig", "alg": "ES256"})
        self._key.ensure_kid()

    @property
    def public_keys(self) -> dict[str, Any]:
        """The JWKS document."""
        return {"keys": [dict(self._key.as_dict(private=False))]}

    def someone(self, hint: str) -> dict[str, Any]:
        """The claims about whoever a hint names: "plain-0" the first plain citizen, "operator-act" an operator."""
        kind, _, which = hint.rpartition("-")
        if kind == "operator" and which in OPERATORS:
            name, roles = OPERATORS[which]
            return {"sub": f"staff-{which}", "name": name, "roles": list(roles)}
        if not (which.isascii() and which.isdecimal() and len(which) <= 9):
            raise NoSuchPerson(self._who_there_is())
        try:
            holder = self._city.someone(kind, int(which)).holder
        except LookupError:
            raise NoSuchPerson(self._who_there_is()) from None
        told = {"name": holder.name, "document_type": holder.document_type, "identity_number": holder.identity_number}
        return {"sub": hashlib.sha256(holder.identity_number.encode()).hexdigest()[:24], **told}

    def id_token(
        self, claims: dict[str, Any], *, issuer: str, audience: str, nonce: str | None = None, access_token: str = ""
    ) -> str:
        """A fresh token for one audience."""
        now = int(self._now())
        whole = {
            "iss": issuer,
            "aud": audience,
            "azp": audience,
            "iat": now,
            "exp": now + LIFE_S,
            "jti": secrets.token_urlsafe(16),
            **claims,
        }
        if nonce is not None:
            whole["nonce"] = nonce
        if access_token:
            half = hashlib.sha256(access_token.encode()).digest()[:16]
            whole["at_hash"] = urlsafe_b64encode(half).rstrip(b"=").decode()
        return jwt.encode({"alg": "ES256", "kid": self._key.kid}, whole, self._key, algorithms=["ES256"])

    def _who_there_is(self) -> str:
        people = [f"{kind}-0 to {kind}-{count - 1}" for kind, count in self._city.kinds.items()]
        return f"The hints are {', '.join(people)}; {', '.join(f'operator-{word}' for word in OPERATORS)}."
