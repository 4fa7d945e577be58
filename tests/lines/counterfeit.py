"""A counterparty on loopback that answers what no contract allows: whatever bytes it is told, in whatever manner.

Never HTTP's own server: that would mend half of what is to be wrong here.
"""

import asyncio
import contextlib
import gzip
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import attrs

from cotransfer.domain.parties import Party
from cotransfer.ports.errors import Unavailable, Unintelligible

MIB = 1024 * 1024
TEN_MB = 10 * MIB


@attrs.frozen(kw_only=True)
class Call:
    """What is asked: a good answer to it, and two that come close: a wrong type, and a word that nobody knows."""

    good: Mapping[str, Any]
    wrong_type: Mapping[str, Any]
    unknown: Mapping[str, Any]

    @property
    def well(self) -> "Answer":
        """The good answer, in the right manner."""
        return Answer(body=_json(self.good))


@attrs.frozen(kw_only=True)
class Answer:
    """As it goes over the wire; `says` is the content length that it claims, `pause_s` comes before each byte."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict)
    content_type: str | None = "application/json"
    says: int | None = None
    pause_s: float = 0.0

    @property
    def head(self) -> bytes:
        """Status line and headers."""
        length = len(self.body) if self.says is None else self.says
        lines = {"content-length": str(length), "connection": "close", **self.headers}
        if self.content_type is not None:
            lines["content-type"] = self.content_type
        shown = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"HTTP/1.1 {self.status} So it is\r\n{shown}\r\n".encode()


@attrs.frozen
class Kind:
    """One way to answer badly, and what it must be taken for; the fault is theirs, or else the network's."""

    answer: Callable[[Call], Answer]
    meaning: type[Unavailable] | type[Unintelligible] = Unintelligible
    network: bool = False

    def blames(self, party: Party) -> Party:
        """Whose fault it is, when `party` is asked."""
        return Party.NETWORK if self.network else party


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _html(status: int) -> Answer:
    return Answer(body="<html><body>系统维护中</body></html>".encode(), status=status, content_type="text/html")


def _twice(call: Call) -> bytes:
    """The same first key twice, with another value."""
    name = next(iter(call.good))
    return b"{" + _json(name) + b":null," + _json(call.good)[1:]


FAILED = {"type": "about:blank", "title": "Failed", "status": 500, "code": "internal", "detail": "it failed"}

KINDS: dict[str, Kind] = {
    "html": Kind(lambda call: _html(200)),
    "html_with_502": Kind(lambda call: _html(502), Unavailable),
    "nothing": Kind(lambda call: Answer()),
    "nothing_with_204": Kind(lambda call: Answer(status=204, content_type=None)),
    "a_list": Kind(lambda call: Answer(body=b"[]")),
    "null": Kind(lambda call: Answer(body=b"null")),
    "a_wrong_type": Kind(lambda call: Answer(body=_json(call.wrong_type))),
    "an_unknown_code": Kind(lambda call: Answer(body=_json(call.unknown))),
    "success_in_a_500": Kind(lambda call: Answer(body=_json(call.good), status=500), Unavailable),
    "success_in_a_404": Kind(lambda call: Answer(body=_json(call.good), status=404)),
    "failure_in_a_200": Kind(lambda call: Answer(body=_json(FAILED))),
    "problem_in_a_200": Kind(lambda call: Answer(body=_json(FAILED), content_type="application/problem+json")),
    "ten_mb": Kind(lambda call: Answer(body=b'{"a":"' + b"a" * TEN_MB + b'"}')),
    "ten_mb_of_blanks": Kind(lambda call: Answer(body=b" " * TEN_MB + _json(call.good))),
    "byte_after_byte": Kind(lambda call: Answer(body=_json(call.good), pause_s=0.1), Unavailable, network=True),
    "another_content_type": Kind(lambda call: Answer(body=_json(call.good), content_type="application/xml")),
    "no_content_type": Kind(lambda call: Answer(body=_json(call.good), content_type=None)),
    "json_cut_short": Kind(lambda call: Answer(body=_json(call.good)[:-9])),
    "cut_short": Kind(
        lambda call: Answer(body=_json(call.good)[:-9], says=len(_json(call.good))), Unavailable, network=True
    ),
    "a_key_twice": Kind(lambda call: Answer(body=_twice(call))),
    "nan": Kind(lambda call: Answer(body=_json(call.good)[:-1] + b',"more":NaN}')),
    "too_deep": Kind(lambda call: Answer(body=_json(call.good)[:-1] + b',"more":' + b"[" * 99 + b"]" * 99 + b"}")),
    "not_utf_8": Kind(lambda call: Answer(body=_json(call.good)[:-1] + b',"more":"\xff"}')),
    "compressed": Kind(
        lambda call: Answer(body=gzip.compress(_json(call.good), mtime=0), headers={"content-encoding": "gzip"})
    ),
    "a_redirect": Kind(lambda call: Answer(status=302, headers={"location": "/elsewhere"})),
    "a_permanent_redirect": Kind(lambda call: Answer(status=308, headers={"location": "/elsewhere"})),
}


@attrs.define
class Counterfeit:
    """`choose` says what a request is answered, from its path and body; `paths` are what was asked, in order.

    Each answer bears a correlation id of its own: `asked` has it by the one that was asked under.
    """

    choose: Callable[[str, bytes], Answer]
    address: str = ""
    paths: list[str] = attrs.field(factory=list)
    asked: dict[str, str] = attrs.field(factory=dict)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request to a connection."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = head.partition("content-length: ")[2].partition("\r\n")[0]
            body = await reader.readexactly(int(length or "0"))
            path = head.split(" ", 2)[1]
            self.paths.append(path)
            theirs = f"their-{len(self.paths)}"
            self.asked[head.partition("x-correlation-id: ")[2].partition("\r\n")[0]] = theirs
            answer = self.choose(path, body)
            await _send(writer, attrs.evolve(answer, headers={**answer.headers, "x-correlation-id": theirs}))
        writer.close()


async def _send(writer: asyncio.StreamWriter, answer: Answer) -> None:
    step = 1 if answer.pause_s else 64 * 1024
    for part in (memoryview(answer.head), memoryview(answer.body)):
        for start in range(0, len(part), step):
            await asyncio.sleep(answer.pause_s)
            writer.write(part[start : start + step])
            await writer.drain()


@contextlib.asynccontextmanager
async def counterfeiting(choose: Callable[[str, bytes], Answer]) -> AsyncIterator[Counterfeit]:
    """A counterparty that answers so, on a port of its own."""
    counterfeit = Counterfeit(choose)
    server = await asyncio.start_server(counterfeit.serve, "127.0.0.1", 0)
    async with server:
        counterfeit.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield counterfeit
