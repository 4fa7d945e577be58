"""Who calls: the token and the signature that a call bears, right ones or, by a twist, wrong ones.

Never keeps a secret longer than the run, and never shows one.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import attrs

from cotransfer.adapters.wire.client import Tokens
from cotransfer.adapters.wire.signing import (
    Outgoing,
    Scheme,
    Signer,
    SigningKey,
    StandardRequests,
    draw_pair,
    draw_secret,
    signing_key,
)

TOKEN, SIGNATURE = "token:", "signature:"
WRONG_TOKEN = "a-token-that-nobody-gave-out-0000"  # noqa: S105 (it opens nothing)
OLD = timedelta(hours=1)


@attrs.frozen(kw_only=True)
class Client:
    """One party that the kit plays: its token (fixed, fetched, or none asked for) and the keys that it signs with."""

    tokens: Tokens | str | None = attrs.field(default=None, repr=False)
    keys: tuple[SigningKey, ...] = attrs.field(default=(), repr=False)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def token(self) -> str | None:
        """The token in use."""
        return self.tokens if self.tokens is None or isinstance(self.tokens, str) else await self.tokens.current()

    async def close(self) -> None:
        if self.tokens is not None and not isinstance(self.tokens, str):
            await self.tokens.aclose()

    async def authorization(self, twists: tuple[str, ...]) -> dict[str, str]:
        """The header that lets in, or not."""
        if "token:none" in twists:
            return {}
        token = WRONG_TOKEN if "token:wrong" in twists else await self.token()
        return {} if token is None else {"Authorization": f"Bearer {token}"}

    def signature(self, method: str, path: str, key: str, body: bytes, twists: tuple[str, ...]) -> dict[str, str]:
        """The headers of the signature, or of one that is not for this message."""
        twist = next((each.removeprefix(SIGNATURE) for each in twists if each.startswith(SIGNATURE)), "")
        if not self.keys or twist == "none":
            return {}
        keys = [_other(self.keys[0].scheme)] if twist == "wrong" else list(self.keys)
        at = self.now() - OLD if twist == "old" else self.now()
        outgoing = Outgoing(
            method=method,
            target=f"{path}/elsewhere" if twist == "moved" else path,
            key=key,
            body=b'{"another": "message"}' if twist == "body" else body,
            at=at,
        )
        return StandardRequests(Signer(keys)).dress(outgoing).headers


def _other(scheme: Scheme) -> SigningKey:
    """A good key that nobody agreed on."""
    if scheme is Scheme.ED25519:
        return signing_key(scheme, draw_pair()[0])
    shared = scheme if scheme in (Scheme.HMAC_SHA256, Scheme.HMAC_SM3) else Scheme.HMAC_SHA256
    return signing_key(shared, draw_secret())
