"""SM3, the digest of GB/T 32905-2016. Never keyed: the keyed form is in `macs`."""

from cryptography.hazmat.primitives import hashes


def digest(data: bytes) -> bytes:
    """The 32 bytes that stand for `data`."""
    context = hashes.Hash(hashes.SM3())
    context.update(data)
    return context.finalize()
