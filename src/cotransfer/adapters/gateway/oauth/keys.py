"""The keys that access tokens are signed with: published before they are used, and some time after.

Never hands out a private key, and never verifies with a key that is neither the current one nor the one before.
"""

from datetime import datetime, timedelta

from cotransfer.adapters.wire.jose import SigningKey, VerifyingKey
from cotransfer.ports.clock import Clock
from cotransfer.ports.keys import KeyMissing, KeyProvider, KeyUse

PUBLISHED_BEFORE = timedelta(seconds=2)
"""A new key signs only when every process has had the time to see it: providers look once a second."""

PUBLISHED_AFTER = timedelta(hours=1)
"""How long after the last token under it has ended a key is still published, for caches."""


class TokenKeys:
    """The last two keys of the provider, by the time this process first saw them."""

    def __init__(self, keys: KeyProvider, clock: Clock, *, token_life: timedelta) -> None:
        self._keys = keys
        self._clock = clock
        self._kept = token_life + PUBLISHED_AFTER
        self._pairs: dict[str, tuple[SigningKey, VerifyingKey]] = {}
        # None: it was there when the process began, and signs at once.
        self._seen: dict[str, datetime | None] = {}
        self._began = clock.now()

    def signing(self) -> SigningKey:
        """The newest key that has been published long enough; raises `KeyMissing`."""
        live, now = self._live(), self._clock.now()
        for name in reversed(live):
            seen = self._seen[name]
            if seen is None or now - seen >= PUBLISHED_BEFORE:
                return self._pairs[name][0]
        return self._pairs[live[0]][0]  # All are new: one of them has to sign.

    def verifying(self, kid: str) -> VerifyingKey | None:
        """The key of this name, while it is published."""
        return self._pairs[kid][1] if kid in self._live() else None

    def published(self) -> tuple[VerifyingKey, ...]:
        """What stands at the `jwks_uri`, the newest last."""
        return tuple(self._pairs[name][1] for name in self._live())

    def _live(self) -> tuple[str, ...]:
        names = self._keys.names(KeyUse.TOKENS)[-2:]
        if not names:
            raise KeyMissing(
                KeyUse.TOKENS, "There is no key to sign tokens with. Make one: `cotransfer keys new tokens`."
            )
        first = not self._seen
        for name in names:
            if name not in self._pairs:
                pair = SigningKey.from_pem(self._keys.key(KeyUse.TOKENS, name), kid=name)
                self._pairs[name] = (pair, pair.public())
                self._seen[name] = None if first else self._clock.now()
        since = self._seen[names[-1]] or self._began
        return names if self._clock.now() - since <= self._kept else names[-1:]
