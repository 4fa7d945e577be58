"""Whoever listens to anybody keeps nobody's half of a request for long, nor much of it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from cotransfer.adapters.wire import heads
from cotransfer.adapters.wire.listening import Listener

HEAD = b"GET / HTTP/1.1\r\nHost: here\r\nX-Long: "


async def _echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


@contextlib.asynccontextmanager
async def connected() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to a server that counts the bytes of bodies."""
    app = Starlette(routes=[Route("/", _echo, methods=["GET", "POST"])])
    listener = Listener(app, name="the server", grace_s=1)
    await listener.start()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        yield reader, writer
        writer.close()
    finally:
        await listener.stop()


async def closed(reader: asyncio.StreamReader) -> bool:
    """Whether the server hangs up, having said nothing."""
    with contextlib.suppress(ConnectionError):
        return await asyncio.wait_for(reader.read(), 10) == b""
    return True


async def test_a_head_without_an_end() -> None:
    """What is longer than any head is not gathered in memory: the line is cut."""
    async with connected() as (reader, writer):
        writer.write(HEAD)
        with contextlib.suppress(ConnectionError):
            for _ in range(64):
                writer.write(b"a" * heads.HEAD_BYTES)
                await writer.drain()
        assert await closed(reader)


@pytest.mark.parametrize("said", [b"", b"GET / HT", HEAD])
async def test_a_head_that_does_not_come(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that is only held open is given back to others."""
    monkeypatch.setattr(heads, "HEAD_S", 0.05)
    async with connected() as (reader, writer):
        writer.write(said)
        assert await closed(reader)


async def test_the_second_head_of_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each request has its own time and its own room; a body that is as slow and large as it likes has both."""
    monkeypatch.setattr(heads, "HEAD_S", 0.3)  # A busy machine must not need longer for a head that does come.
    body = b"b" * (2 * heads.HEAD_BYTES)
    async with connected() as (reader, writer):
        for _ in range(2):
            writer.write(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n" % len(body))
            await asyncio.sleep(2 * heads.HEAD_S)
            writer.write(body)
            await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(6) == b"131072"
        writer.write(HEAD)
        assert await closed(reader)


async def test_so_many_connections_and_no_more() -> None:
    """While as many are open as may be, nobody reaches the application; when they have gone, whoever comes does."""
    app = Starlette(routes=[Route("/", _echo, methods=["GET", "POST"])])
    listener = Listener(app, name="the server", grace_s=1, connections=3)
    await listener.start()
    try:
        idle = [await asyncio.open_connection("127.0.0.1", listener.port) for _ in range(3)]
        assert await _status(listener.port) == b"503"
        for _, writer in idle:
            writer.close()
            await writer.wait_closed()
        assert await _status(listener.port) == b"200"
    finally:
        await listener.stop()


async def _status(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
    said = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return said.split(b" ", 2)[1]
