"""Whose chain it is, kept as a keyed hash: the current key marks what is new, every key still finds what is old.

An identity number has so little entropy that its hash is only as secret as the key. Never keeps or shows a number.
"""

import attrs

from cotransfer.adapters.crypto.hashing import keyed_hash
from cotransfer.adapters.sql.claims import under
from cotransfer.domain.values import IdentityNumber
from cotransfer.ports.keys import KeyProvider, KeyUse, current

_FIELD = "audit_subject"


@attrs.frozen
class Subjects:
    """Hashes under the index keys of `keys`."""

    keys: KeyProvider

    def mark(self, subject: IdentityNumber) -> str:
        """Under the current key; raises `KeyMissing`."""
        return self._mark(current(self.keys, KeyUse.INDEX), subject)

    def marks(self, subject: IdentityNumber) -> tuple[str, ...]:
        """Under every key; raises `KeyMissing`."""
        return tuple(self._mark(name, subject) for name in self.keys.names(KeyUse.INDEX))

    def _mark(self, name: str, subject: IdentityNumber) -> str:
        key = self.keys.key(KeyUse.INDEX, name)
        return under(name, keyed_hash(key, _FIELD, f"{subject.document_type.value}:{subject.text}"))
