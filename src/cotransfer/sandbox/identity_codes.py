"""Authorization codes of the simulated identity provider: good once, for 60 seconds, for who holds the verifier."""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from typing import Any

import attrs

LIFE_S = 60.0
HELD_LIMIT = 10_000


@attrs.frozen(kw_only=True)
class Granted:
    """What a code stands for."""

    client: str
    redirect_uri: str
    challenge: str
    nonce: str | None
    claims: dict[str, Any] = attrs.field(repr=False)
    until: float


class Codes:
    """`now` gives seconds that only grow."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._held: dict[str, Granted] = {}

    def give(self, *, client: str, redirect_uri: str, challenge: str, nonce: str | None, claims: dict[str, Any]) -> str:
        """A new code; the oldest is forgotten where there are too many."""
        while len(self._held) >= HELD_LIMIT:
            del self._held[next(iter(self._held))]
        code = secrets.token_urlsafe(32)
        self._held[code] = Granted(
            client=client,
            redirect_uri=redirect_uri,
            challenge=challenge,
            nonce=nonce,
            claims=claims,
            until=self._now() + LIFE_S,
        )
        return code

    def redeem(self, code: str, *, client: str, redirect_uri: str, verifier: str) -> Granted | None:
        """What it stands for. Whoever tries a code uses it up, also with a wrong verifier."""
        granted = self._held.pop(code, None)
        if granted is None or granted.until <= self._now():
            return None
        if (granted.client, granted.redirect_uri) != (client, redirect_uri):
            return None
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        return granted if hmac.compare_digest(challenge, granted.challenge) else None
