"""Where keys come from: by use and by name, several of a use at a time, so that one can follow another."""

import enum
import re
from typing import Protocol

from cotransfer.domain.parties import Party
from cotransfer.ports.errors import Unavailable

KEY_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
"""What a key may be called: it stands in file names and beside what the key has sealed or signed."""


class KeyUse(enum.Enum):
    """What a key is for; no key is ever for two things."""

    WRAPPING = "wrapping"
    INDEX = "index"
    TOKENS = "tokens"
    AUDIT = "audit"


class KeyMissing(Unavailable):
    """There is no such key, or what there is in its place is none. Says how to bring it back; nothing was done."""

    def __init__(self, use: KeyUse, why: str) -> None:
        super().__init__(Party.US, why, certain=True)
        self.use = use


class KeyProvider(Protocol):
    """Where keys come from: files, the environment; a vault or a hardware module later.

    Laws: a name always gives the same key; names come sorted, and the last is the current one, with which whatever is
    new is sealed or signed; the others still open and prove what is old. What is unknown raises `KeyMissing`, which
    tells the remedy. Nothing of a provider prints a key.
    """

    def names(self, use: KeyUse) -> tuple[str, ...]:
        """The keys of a use, the current one last; `()` when there is none."""

    def key(self, use: KeyUse, name: str) -> bytes:
        """32 raw bytes to wrap or to index; a PKCS8 PEM to sign, EC P-256 for tokens and Ed25519 for the audit."""


def current(keys: KeyProvider, use: KeyUse) -> str:
    """The name of the current key; raises `KeyMissing` when there is none of that use."""
    names = keys.names(use)
    if not names:
        raise KeyMissing(use, f"There is no key for {use.value}. Make one with `cotransfer keys new {use.value}`.")
    return names[-1]
