"""Answers before they are HTTP, and the bytes they are stored as. Never changes one that was given.

What was answered once is what comes again under the same key: status, headers and body, byte for byte.
"""

from typing import Any

import attrs
import orjson
from starlette.responses import Response

from cotransfer.adapters.gateway.language import Language
from cotransfer.app.matter import Matter
from cotransfer.domain.values import Service

JSON = "application/json"
PROBLEM = "application/problem+json"
REPLAYED = "Idempotency-Replayed"


@attrs.frozen
class Answer:
    """A status, a body, the headers that belong to it, and the matter that it discloses something about, if it does."""

    status: int
    body: bytes = attrs.field(repr=False)
    headers: tuple[tuple[str, str], ...]
    matter: Matter | None = None

    def pack(self) -> bytes:
        """As the desk keeps it: one line of JSON for status, headers and matter, then the body as it is."""
        return orjson.dumps([self.status, self.headers, _packed(self.matter)]) + b"\n" + self.body

    @classmethod
    def unpack(cls, packed: bytes) -> "Answer":
        head, _, body = packed.partition(b"\n")
        status, headers, matter = orjson.loads(head)
        return cls(status, body, tuple((name, value) for name, value in headers), _unpacked(matter))

    def response(self, *, replayed: bool = False) -> Response:
        """The answer on its way out."""
        again = {REPLAYED: "true"} if replayed else {}
        return Response(self.body, self.status, headers={**dict(self.headers), **again})


def answer(
    value: Any,
    *,
    language: Language,
    status: int = 200,
    media_type: str = JSON,
    headers: dict[str, str] | None = None,
    matter: Matter | None = None,
) -> Answer:
    """An answer that says `value` in JSON."""
    usual = {"Content-Type": media_type, "Content-Language": language.value}
    return Answer(status, orjson.dumps(value), (*usual.items(), *(headers or {}).items()), matter)


def _packed(matter: Matter | None) -> list[Any] | None:
    """Without whose it is: that stands in the audit trail's own index."""
    if matter is None:
        return None
    service = None if matter.service is None else matter.service.value
    return [matter.chain, service, None if matter.counties is None else sorted(matter.counties)]


def _unpacked(packed: list[Any] | None) -> Matter | None:
    if packed is None:
        return None
    chain, service, counties = packed
    return Matter(
        chain=chain,
        service=None if service is None else Service(service),
        counties=None if counties is None else frozenset(counties),
    )
