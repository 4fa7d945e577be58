"""A sign-in under way: what has to match when the browser comes back, sealed in the browser's own cookie.

Never held in memory, so that any process can finish what another began; never readable or changeable on the way, and
over after ten minutes.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import attrs
import orjson

from cotransfer.adapters.crypto.boxes import BoxBroken, seal, unseal
from cotransfer.adapters.gateway.signin.faults import NotVouched

LIFE = timedelta(minutes=10)
PURPOSE = b"sign-in under way"


@attrs.frozen(kw_only=True, repr=False)
class Pending:
    """`kind` is citizen or operator; `next` is where on this site the person goes afterwards; times are seconds."""

    kind: str
    next: str
    state: str
    nonce: str
    verifier: str
    until: int

    @classmethod
    def drawn(cls, kind: str, next_path: str, at: datetime) -> "Pending":
        """256 random bits for each of state, nonce and PKCE verifier."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        until = int((at + LIFE).timestamp())
        return cls(kind=kind, next=next_path, state=state, nonce=nonce, verifier=verifier, until=until)

    @property
    def tag(self) -> str:
        """Names the cookie; tells nothing of the state to who reads only cookies' names."""
        return tag_of(self.state)


def tag_of(state: str) -> str:
    return hashlib.sha256(state.encode(errors="surrogatepass")).hexdigest()[:16]


@attrs.frozen
class Jar:
    """Seals with the last of the keys, opens with any: 256 bits each, the same in every process."""

    keys: Callable[[], Sequence[bytes]] = attrs.field(repr=False)

    def sealed(self, pending: Pending) -> str:
        """As a cookie's value, bound to that cookie."""
        body = orjson.dumps(attrs.asdict(pending))
        box = seal(body, secret=self.keys()[-1], purpose=PURPOSE, bound_to=pending.tag.encode())
        return base64.urlsafe_b64encode(box).rstrip(b"=").decode()

    def opened(self, value: str, state: str, at: datetime) -> Pending:
        """What was sealed for this state, or `NotVouched`."""
        pending = self._unsealed(value, tag_of(state))
        if not hmac.compare_digest(pending.state.encode(), state.encode(errors="surrogatepass")):
            raise NotVouched("state")
        if at.timestamp() >= pending.until:
            raise NotVouched("too_late")
        return pending

    def _unsealed(self, value: str, tag: str) -> Pending:
        try:
            box = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        except ValueError:
            raise NotVouched("cookie") from None
        for key in reversed(self.keys()):
            try:
                body = unseal(box, secret=key, purpose=PURPOSE, bound_to=tag.encode())
            except BoxBroken:
                continue
            return Pending(**orjson.loads(body))
        raise NotVouched("cookie")
