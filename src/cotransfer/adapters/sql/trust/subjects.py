"""Whose chain it is, kept as a keyed hash: the current key marks what is new, every key still finds what is old.

An identity number has so little entropy that its hash is only as secret as the key. Never keeps or shows a number.
"""

import attrs

from cotransfer.adapters.crypto.hashing import keyed_hash
from cotransfer.domain.values import IdentityNumber
from cotransfer.ports.keys import KeyProvider, KeyUse, current

_FIELD = "audit_subject"


@attrs.frozen
class Subjects:
    """Hashes under the index keys of `keys`."""

    keys: KeyProvider

    def mark(self, subject: IdentityNumber) -> str:
        """Under the current key; raises `KeyMissing`."""
        return _hash(self.keys.key(KeyUse.INDEX, current(self.keys, KeyUse.INDEX)), subject)

    def marks(self, subject: IdentityNumber) -> tuple[str, ...]:
        """Under every key; raises `KeyMissing`."""
        return tuple(_hash(self.keys.key(KeyUse.INDEX, name), subject) for name in self.keys.names(KeyUse.INDEX))


def _hash(key: bytes, subject: IdentityNumber) -> str:
    return keyed_hash(key, _FIELD, f"{subject.document_type.value}:{subject.text}")
