"""Sealing with associated data: AES-256-GCM (NIST SP 800-38D) or, where that is asked for, SM4-GCM (RFC 8998).

A sealed form is one byte that names the suite, 12 random bytes of nonce, then the ciphertext with its tag of 16 bytes.
Never opens what was changed, moved, or sealed under another key; then it says only that.
"""

import enum
import os
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12
TAG_BYTES = 16
OVERHEAD_BYTES = 1 + NONCE_BYTES + TAG_BYTES


class Tampered(Exception):
    """Not what was sealed under this key and in this place. Says nothing more."""


class Suite(enum.Enum):
    """An algorithm, the byte that names it in front of what it sealed, and how many bytes its keys have."""

    AES_256_GCM = ("aes-256-gcm", 1, 32)
    SM4_GCM = ("sm4-gcm", 2, 16)

    def __init__(self, word: str, mark: int, key_bytes: int) -> None:
        self.word = word
        self.mark = mark
        self.key_bytes = key_bytes

    @classmethod
    def marked(cls, mark: int) -> "Suite":
        """The suite that a byte names; raises `Tampered` for a byte that names none."""
        for suite in cls:
            if suite.mark == mark:
                return suite
        raise Tampered


class _Cipher(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes: ...
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes: ...


class _Sm4Gcm:
    """SM4-GCM in the form in which the library offers AES-GCM."""

    def __init__(self, key: bytes) -> None:
        self._key = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        made = Cipher(self._key, modes.GCM(nonce)).encryptor()
        made.authenticate_additional_data(associated_data)
        return made.update(data) + made.finalize() + made.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        read = Cipher(self._key, modes.GCM(nonce, data[-TAG_BYTES:])).decryptor()
        read.authenticate_additional_data(associated_data)
        return read.update(data[:-TAG_BYTES]) + read.finalize()


class Sealer:
    """One key of one suite, ready for use; any thread may use it. Never prints the key."""

    __slots__ = ("_cipher", "_mark", "suite")

    def __init__(self, suite: Suite, key: bytes) -> None:
        """Raises `ValueError` for a key of another length."""
        if len(key) != suite.key_bytes:
            raise ValueError(f"A key of {suite.word} has {suite.key_bytes} bytes.")
        self.suite = suite
        self._mark = bytes((suite.mark,))
        self._cipher: _Cipher = AESGCM(key) if suite is Suite.AES_256_GCM else _Sm4Gcm(key)

    def seal(self, clear: bytes, place: bytes) -> bytes:
        """`clear`, sealed for `place` alone (the associated data)."""
        nonce = os.urandom(NONCE_BYTES)
        return self._mark + nonce + self._cipher.encrypt(nonce, clear, place)

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """What was sealed for `place`; raises `Tampered`."""
        if len(sealed) < OVERHEAD_BYTES or sealed[:1] != self._mark:
            raise Tampered
        try:
            return self._cipher.decrypt(sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], place)
        except InvalidTag:
            raise Tampered from None


def derived(secret: bytes, suite: Suite, purpose: bytes) -> Sealer:
    """A key of `suite` for one purpose, out of a secret of 256 bits at least (HKDF-SHA-256, RFC 5869)."""
    info = b"cotransfer:" + purpose + b":" + suite.word.encode()
    return Sealer(suite, HKDF(algorithm=SHA256(), length=suite.key_bytes, salt=None, info=info).derive(secret))
