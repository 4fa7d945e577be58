"""What a socket sees of the listener: where a message ends is no matter of opinion, and no header speaks for others.

Written byte by byte, because no client library would send such things.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from cotransfer.adapters.wire.listening import Listener

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
CHUNKED = b"0\r\n\r\n" + SMUGGLED
AMBIGUOUS = {
    "a length, then chunks": b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n" % len(CHUNKED) + CHUNKED,
    "chunks, then a length": b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + CHUNKED,
    "two lengths": b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED,
    "two lengths in one": b"Content-Length: 0, %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED,
    "a length with a sign": b"Content-Length: +0\r\n\r\n" + SMUGGLED,
    "chunked, and not last": b"Transfer-Encoding: chunked, identity\r\n\r\n" + CHUNKED,
    "a blank before the colon": b"Transfer-Encoding : chunked\r\nContent-Length: 4\r\n\r\n" + CHUNKED,
    "a chunk of no number": b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n" + SMUGGLED,
}


class Heard:
    """An application that keeps what reached it."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    async def hear(self, request: Request) -> JSONResponse:
        """Who is there, as the listener has it."""
        await request.body()
        self.paths.append(request.url.path)
        assert request.client is not None
        return JSONResponse({"peer": request.client.host, "scheme": request.url.scheme})


@pytest.fixture
async def served() -> AsyncIterator[tuple[Heard, int]]:
    """It, and its port."""
    heard = Heard()
    app = Starlette(routes=[Route("/{path:path}", heard.hear, methods=["GET", "POST"])])
    listener = Listener(app, name="the tests")
    await listener.start()
    yield heard, listener.port
    await listener.stop()


async def said(port: int, request: bytes) -> bytes:
    """All that is answered until the line is closed, from either side."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize("how", AMBIGUOUS)
async def test_an_ambiguous_message_is_refused(served: tuple[Heard, int], how: str) -> None:
    """RFC 9112 §6.3: what two readers could end in two places gets 400 and a closed line; what is behind it is heard
    by nobody."""
    heard, port = served
    answer = await said(port, b"POST /first HTTP/1.1\r\nHost: a\r\n" + AMBIGUOUS[how])
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert heard.paths == []


async def test_a_plain_one_is_heard(served: tuple[Heard, int]) -> None:
    """Else the rest would prove nothing: two messages in a row are two."""
    heard, port = served
    answer = await said(port, b"POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n" + SMUGGLED)
    assert answer.count(b"HTTP/1.1 200 ") == 2
    assert heard.paths == ["/first", "/smuggled"]


async def test_no_header_tells_who_is_there(served: tuple[Heard, int]) -> None:
    """What intermediaries say of the peer and the scheme anybody could say: it is the connection that is believed."""
    _, port = served
    claims = b"X-Forwarded-For: 10.9.8.7\r\nX-Forwarded-Proto: https\r\nForwarded: for=10.9.8.7;proto=https\r\n"
    answer = await said(port, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + claims + b"\r\n")
    assert b'{"peer":"127.0.0.1","scheme":"http"}' in answer
