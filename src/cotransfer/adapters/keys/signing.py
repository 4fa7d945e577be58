"""Signs checkpoints of the audit trail with the current audit key (Ed25519), and tells the public halves of them all.

Never lets a private half out. A signer with another algorithm, or elsewhere, is another adapter of the same port.
"""

from base64 import b64encode
from typing import cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from cotransfer.domain.trails import statement
from cotransfer.ports.audit import Signature
from cotransfer.ports.keys import KeyProvider, KeyUse, current


class KeySigner:
    """A `CheckpointSigner` over a provider's keys; a new key is used from the moment the provider has it."""

    def __init__(self, keys: KeyProvider) -> None:
        self._keys = keys
        self._opened: dict[str, Ed25519PrivateKey] = {}

    async def sign(self, size: int, root: bytes) -> Signature:
        """Raises `KeyMissing` when there is no audit key."""
        name = current(self._keys, KeyUse.AUDIT)
        return Signature(name, self._key(name).sign(statement(size, root, name)))

    def public_keys(self) -> dict[str, str]:
        """Every audit key's public half, 32 bytes in Base64, by name: what a verifier is given."""
        names = self._keys.names(KeyUse.AUDIT)
        return {name: b64encode(self._key(name).public_key().public_bytes_raw()).decode() for name in names}

    def _key(self, name: str) -> Ed25519PrivateKey:
        if name not in self._opened:
            # The provider has checked of which kind it is.
            pair = load_pem_private_key(self._keys.key(KeyUse.AUDIT, name), None)
            self._opened[name] = cast(Ed25519PrivateKey, pair)
        return self._opened[name]
