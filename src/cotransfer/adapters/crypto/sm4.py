"""SM4, the block cipher of GB/T 32907-2016, in the two modes that partners' envelopes use: CBC and GCM.

Never draws an initialisation vector itself, and never tells why something does not open: `NotOpened` is all there is.
CBC keeps a secret but proves nothing, so whoever opens a CBC text has to have checked a signature over it before.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.padding import PKCS7

KEY_BYTES = 16
BLOCK_BYTES = 16
GCM_NONCE_BYTES = 12
TAG_BYTES = 16


class NotOpened(Exception):
    """The text, its tag, its padding or its length is wrong; nobody is told which."""


def cbc_seal(key: bytes, iv: bytes, plain: bytes) -> bytes:
    """CBC with the padding of PKCS #7; `iv` is 16 bytes drawn anew for each text."""
    padder = PKCS7(BLOCK_BYTES * 8).padder()
    cipher = Cipher(SM4(key), modes.CBC(iv)).encryptor()
    return cipher.update(padder.update(plain) + padder.finalize()) + cipher.finalize()


def cbc_open(key: bytes, iv: bytes, sealed: bytes) -> bytes:
    """What `cbc_seal` sealed, or `NotOpened`."""
    try:
        cipher = Cipher(SM4(key), modes.CBC(iv)).decryptor()
        padded = cipher.update(sealed) + cipher.finalize()
        unpadder = PKCS7(BLOCK_BYTES * 8).unpadder()
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError:
        raise NotOpened from None


def gcm_seal(key: bytes, nonce: bytes, plain: bytes, associated: bytes = b"") -> bytes:
    """RFC 8998's AEAD_SM4_GCM: the cipher text with its tag of 16 bytes behind; `nonce` is 12 bytes, used once."""
    cipher = Cipher(SM4(key), modes.GCM(nonce)).encryptor()
    cipher.authenticate_additional_data(associated)
    return cipher.update(plain) + cipher.finalize() + cipher.tag


def gcm_open(key: bytes, nonce: bytes, sealed: bytes, associated: bytes = b"") -> bytes:
    """What `gcm_seal` sealed with the same associated data, or `NotOpened`."""
    if len(sealed) < TAG_BYTES or len(nonce) != GCM_NONCE_BYTES:
        raise NotOpened
    try:
        cipher = Cipher(SM4(key), modes.GCM(nonce, sealed[-TAG_BYTES:])).decryptor()
        cipher.authenticate_additional_data(associated)
        return cipher.update(sealed[:-TAG_BYTES]) + cipher.finalize()
    except (InvalidTag, ValueError):
        raise NotOpened from None
