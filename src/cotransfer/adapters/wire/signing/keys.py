"""Keys that messages are signed and checked with: shared, private and public; what is secret prints as `***`.

Never compares what is secret but in constant time, and never stops at the first signature that agrees.
"""

import enum
import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import attrs

from cotransfer.adapters.crypto import ed25519, sm2
from cotransfer.adapters.crypto.macs import hmac_sha256, hmac_sm3
from cotransfer.adapters.crypto.sm3 import digest


class Scheme(enum.Enum):
    """Under which name a signature stands in the header: two of Standard Webhooks, two of ours for GM algorithms."""

    HMAC_SHA256 = "v1"
    ED25519 = "v1a"
    HMAC_SM3 = "v1sm3"
    SM2 = "v1sm2"


class SigningKey(Protocol):
    """What makes signatures. `id` names the key in logs."""

    @property
    def scheme(self) -> Scheme: ...

    @property
    def id(self) -> str: ...

    def sign(self, content: bytes) -> bytes:
        """The signature of `content`."""


class CheckingKey(Protocol):
    """What tells good signatures from bad ones. `id` names the key in logs."""

    @property
    def scheme(self) -> Scheme: ...

    @property
    def id(self) -> str: ...

    def agrees(self, content: bytes, signatures: Sequence[bytes]) -> bool:
        """Whether one of `signatures` is this key's over `content`; all of them are looked at."""


_MACS: Mapping[Scheme, Callable[[bytes, bytes], bytes]] = {
    Scheme.HMAC_SHA256: hmac_sha256,
    Scheme.HMAC_SM3: hmac_sm3,
}


@attrs.frozen(repr=False)
class SharedKey:
    """A secret that both sides hold, for `v1` or `v1sm3`."""

    scheme: Scheme
    _secret: bytes
    id: str = attrs.field(
        init=False, default=attrs.Factory(lambda self: key_id(self.scheme, self._secret), takes_self=True)
    )

    def __repr__(self) -> str:
        return f"SharedKey({self.id}, ***)"

    def sign(self, content: bytes) -> bytes:
        return _MACS[self.scheme](self._secret, content)

    def agrees(self, content: bytes, signatures: Sequence[bytes]) -> bool:
        right = self.sign(content)
        agreeing = [hmac.compare_digest(right, shown) for shown in signatures]  # A list, so that none is left out.
        return any(agreeing)


@attrs.frozen(repr=False)
class PrivateKey:
    """The half of a pair that signs: of Ed25519 for `v1a`, of SM2 for `v1sm2`."""

    scheme: Scheme
    key: ed25519.Signing | sm2.PrivateKey

    @property
    def id(self) -> str:
        return key_id(self.scheme, self.key.public.raw)

    def __repr__(self) -> str:
        return f"PrivateKey({self.id}, ***)"

    def sign(self, content: bytes) -> bytes:
        return self.key.sign(content)


@attrs.frozen
class PublicKey:
    """The half of a pair that checks what the other half signed."""

    scheme: Scheme
    key: ed25519.Verifying | sm2.PublicKey

    @property
    def id(self) -> str:
        return key_id(self.scheme, self.key.raw)

    def agrees(self, content: bytes, signatures: Sequence[bytes]) -> bool:
        agreeing = [self.key.agrees(content, shown) for shown in signatures]
        return any(agreeing)


def key_id(scheme: Scheme, raw: bytes) -> str:
    """A short name that gives nothing away: 32 bits of a digest of what has at least 192."""
    return f"{scheme.value}:{digest(scheme.value.encode() + b' key id ' + raw)[:4].hex()}"
