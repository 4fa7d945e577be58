"""Answers before they are HTTP, and the bytes they are stored as. Never changes one that was given.

What was answered once is what comes again under the same key: status, headers and body, byte for byte.
"""

from typing import Any

import attrs
import orjson
from starlette.responses import Response

from cotransfer.adapters.gateway.language import Language

JSON = "application/json"
PROBLEM = "application/problem+json"
REPLAYED = "Idempotency-Replayed"


@attrs.frozen
class Answer:
    """A status, a body, and the headers that belong to it."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]

    def pack(self) -> bytes:
        """As the desk keeps it: one line of JSON for status and headers, then the body as it is."""
        return orjson.dumps([self.status, self.headers]) + b"\n" + self.body

    @classmethod
    def unpack(cls, packed: bytes) -> "Answer":
        head, _, body = packed.partition(b"\n")
        status, headers = orjson.loads(head)
        return cls(status, body, tuple((name, value) for name, value in headers))

    def response(self, *, replayed: bool = False) -> Response:
        """The answer on its way out."""
        again = {REPLAYED: "true"} if replayed else {}
        return Response(self.body, self.status, headers={**dict(self.headers), **again})


def answer(
    value: Any, *, language: Language, status: int = 200, media_type: str = JSON, headers: dict[str, str] | None = None
) -> Answer:
    """An answer that says `value` in JSON."""
    usual = {"Content-Type": media_type, "Content-Language": language.value}
    return Answer(status, orjson.dumps(value), (*usual.items(), *(headers or {}).items()))
