"""The transport of production on real connections: whatever breaks, it never says "unsent" of what was sent."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from cotransfer.adapters.wire.client import Allowance, Line
from cotransfer.domain.parties import Party
from cotransfer.ports.errors import Unavailable, Unintelligible

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
GOOD = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 7\r\n\r\n{"a":1}'
PATIENT = Allowance()
QUICK = Allowance(read_s=0.2, whole_s=1)
"""For those who keep us waiting. With all others patience decides nothing, and a busy machine may need some."""


@pytest.fixture(params=["swift", "httpx"])
def transport(request: pytest.FixtureRequest) -> Callable[[], httpx.AsyncBaseTransport | None]:
    """Ours, and httpx's own beside it: both must mean the same."""
    return (lambda: None) if request.param == "swift" else httpx.AsyncHTTPTransport


@contextlib.asynccontextmanager
async def counterparty(script: Script) -> AsyncIterator[str]:
    """Somebody on loopback who reads a request and then does as `script` says."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await script(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def request_read(reader: asyncio.StreamReader) -> None:
    """Until the end of a request with a body of two bytes."""
    await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(2)


def line_to(
    address: str, transport: Callable[[], httpx.AsyncBaseTransport | None], allowance: Allowance = PATIENT
) -> Line:
    """A line to the counterparty."""
    return Line(address, name="water", party=Party.UTILITY, allowance=allowance, transport=transport())


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reads the request and closes."""
    await request_read(reader)


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reads the request and resets the connection."""
    await request_read(reader)
    raw: socket.socket = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    writer.transport.abort()


async def fall_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reads the request and says nothing."""
    await request_read(reader)
    await asyncio.sleep(5)


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says something all the time, and never comes to an end."""
    await request_read(reader)
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.03)


async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Half an answer."""
    await request_read(reader)
    writer.write(GOOD[:-3])
    await writer.drain()


async def break_off_in_chunks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Half an answer, in chunks."""
    await request_read(reader)
    writer.write(b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n9\r\n{"a')
    await writer.drain()


async def talk_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Another protocol."""
    await request_read(reader)
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    await writer.drain()


async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A header without end."""
    await request_read(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nx: " + b"x" * 400_000 + b"\r\n\r\n")
    await writer.drain()


async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """An answer without end."""
    await request_read(reader)
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")
    while True:
        writer.write(b" " * 65536)
        await writer.drain()


@pytest.mark.parametrize(
    "script",
    [hang_up, reset, fall_silent, drip, break_off, break_off_in_chunks, talk_nonsense, shout],
    ids=lambda script: script.__name__,
)
async def test_after_sending_nothing_is_certain(
    script: Script, transport: Callable[[], httpx.AsyncBaseTransport | None]
) -> None:
    """Step 5: the application may have arrived; it is asked about, and never sent twice on a guess."""
    allowance = QUICK if script in (fall_silent, drip) else PATIENT
    served = 0

    async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal served
        served += 1
        await script(reader, writer)

    async with counterparty(counted) as address, line_to(address, transport, allowance) as line:
        with pytest.raises(Unavailable) as raised:
            await line.post("/v1/applications", {})
    assert (raised.value.party, raised.value.certain, served) == (Party.NETWORK, False, 1)


async def test_nobody_there_is_certain(transport: Callable[[], httpx.AsyncBaseTransport | None]) -> None:
    """A refused connection has carried nothing."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        async with line_to(f"http://127.0.0.1:{taken.getsockname()[1]}", transport) as line:
            with pytest.raises(Unavailable) as raised:
                await line.post("/v1/applications", {})
    assert (raised.value.party, raised.value.certain) == (Party.NETWORK, True)


async def test_an_endless_answer_is_cut_off(transport: Callable[[], httpx.AsyncBaseTransport | None]) -> None:
    """However much comes, we keep no more than allowed."""
    async with counterparty(flood) as address, line_to(address, transport) as line:
        with pytest.raises(Unintelligible, match="more than 262144 bytes"):
            await line.post("/v1/applications", {})


async def test_the_line_survives_a_bad_answer(transport: Callable[[], httpx.AsyncBaseTransport | None]) -> None:
    """After a broken exchange the next one works, and a kept connection is used again."""
    opened = 0

    async def better(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        if opened == 1:
            return await break_off(reader, writer)
        while True:
            await request_read(reader)
            writer.write(GOOD)
            await writer.drain()

    async with counterparty(better) as address, line_to(address, transport) as line:
        with pytest.raises(Unavailable):
            await line.post("/x", {})
        assert [await line.post("/x", {}) for _ in range(3)] == [{"a": 1}] * 3
    assert opened == 2


async def test_many_are_under_way_at_once() -> None:
    """One process waits for hundreds; the pool's limit holds back the rest without failing them."""
    at_work, most = 0, 0

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal at_work, most
        while True:
            await request_read(reader)
            at_work += 1
            most = max(most, at_work)
            await asyncio.sleep(0.005)
            at_work -= 1
            writer.write(GOOD)
            await writer.drain()

    allowance = Allowance(connections=8)
    async with (
        counterparty(slow) as address,
        Line(address, name="water", party=Party.UTILITY, allowance=allowance) as line,
    ):
        answers = await asyncio.gather(*(line.post("/x", {}) for _ in range(100)))
    assert answers == [{"a": 1}] * 100
    assert 1 < most <= 8
