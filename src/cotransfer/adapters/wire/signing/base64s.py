"""Base64 (RFC 4648) in its one canonical spelling. Never takes a second spelling for the same bytes."""

import base64
import binascii


def written(raw: bytes) -> str:
    """With the standard alphabet, padded."""
    return base64.b64encode(raw).decode("ascii")


def read(text: bytes | str) -> bytes:
    """`ValueError` for another alphabet, wrong padding, or bits that canonical spelling leaves zero."""
    spelled = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        raw = base64.b64decode(spelled, validate=True)
    except binascii.Error:
        raise ValueError("It is not base64.") from None
    if base64.b64encode(raw) != spelled:
        raise ValueError("It is not canonical base64.")
    return raw
