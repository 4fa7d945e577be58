"""Ed25519 signatures (RFC 8032) over raw keys: 32 bytes of seed, 32 bytes of public key.

Never raises on a bad signature. Edwards curves need no random number to sign, so no weak generator can give a key away.
"""

import attrs
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SEED_BYTES = 32
PUBLIC_BYTES = 32
SIGNATURE_BYTES = 64


@attrs.frozen
class Verifying:
    """The half of a key that may be shown."""

    _key: Ed25519PublicKey = attrs.field(repr=False)

    @classmethod
    def of(cls, raw: bytes) -> "Verifying":
        """Of 32 bytes; `ValueError` when there are more or fewer."""
        return cls(Ed25519PublicKey.from_public_bytes(raw))

    @property
    def raw(self) -> bytes:
        return self._key.public_bytes_raw()

    def agrees(self, message: bytes, signature: bytes) -> bool:
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


@attrs.frozen
class Signing:
    """The half that is a secret."""

    _key: Ed25519PrivateKey = attrs.field(repr=False)

    @classmethod
    def of(cls, seed: bytes) -> "Signing":
        """Of 32 bytes of seed; `ValueError` when there are more or fewer."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def public(self) -> Verifying:
        return Verifying(self._key.public_key())

    def sign(self, message: bytes) -> bytes:
        """64 bytes."""
        return self._key.sign(message)
