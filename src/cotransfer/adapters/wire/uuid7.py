"""UUIDs of version 7 (RFC 9562 §5.7): later ones sort later. Never reads a clock or draws at random: both are given."""

import uuid


def uuid7(milliseconds: int, noise: int) -> str:
    """48 bits of `milliseconds` since 1970, then version, variant and 74 bits of `noise`; lower-case canonical text."""
    value = (milliseconds & (1 << 48) - 1) << 80 | noise & (1 << 80) - 1
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    return str(uuid.UUID(int=value))
