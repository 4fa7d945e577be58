"""What a signature is over, beside the body: method, address and idempotency key, folded into the signed message id.

    webhook-id = NAME "_" TAG
    TAG = the first 24 hexadecimal digits of SHA-256("METHOD TARGET\\nIDEMPOTENCY-KEY")

Standard Webhooks signs the id but no address, so a message caught on its way could be delivered at another one. Any
library of the standard lets its caller choose the id, so partners need no other library. Never draws an id at random
when there is a key: the same message has the same id however often it is sent.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from typing import Any

from cotransfer.adapters.wire.signing.faults import BadSignature, Flaw

TAG_DIGITS = 24
"""96 bits: whoever redirects a message needs a second preimage of it within the five minutes that it is good for."""

LONGEST_NAME = 64 - 1 - TAG_DIGITS
_NAME = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST_NAME}}}")


def tag(method: str, target: str, key: str) -> str:
    """What the id has to end with. `target` is the contract's path with its query; `key` is "" where there is none."""
    bound = f"{method} {target}\n{key}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(bound).hexdigest()[:TAG_DIGITS]


def message_id(method: str, target: str, key: str) -> str:
    """The id of a message to `target`: the key says which message it is, and without one each is another."""
    if not key:
        name = secrets.token_hex(16)
    elif _NAME.fullmatch(key):
        name = key
    else:
        name = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{name}_{tag(method, target, key)}"


def check_bound(message_id: str, *, method: str, target: str, key: str) -> None:
    """`BadSignature` unless the id was made for this method, target and key."""
    name, _, shown = message_id.rpartition("_")
    if not name or not hmac.compare_digest(shown.encode(), tag(method, target, key).encode()):
        raise BadSignature(Flaw.OTHER_TARGET)


def target_of(scope: Mapping[str, Any]) -> str:
    """The target of an ASGI request as it stood on the wire, undecoded, so that one address has one spelling."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")
    query: bytes = scope.get("query_string", b"")
    return (raw + (b"?" + query if query else b"")).decode("latin-1")
