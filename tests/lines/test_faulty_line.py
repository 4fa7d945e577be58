"""The faulty line does what it is told, on sockets: nothing else would be a fault of the program under test."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from cotransfer.testing.faulty_line import Cut, Deaf, Dripping, Fault, FaultyLine, Late, Mute, Refused, Sound, Way

SAID = b"0123456789"


class Echo:
    """A server that answers each piece in capitals, and remembers it."""

    def __init__(self) -> None:
        self.heard = b""
        self.more = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until the caller hangs up."""
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(4096):
                self.heard += data
                self.more.set()
                writer.write(b"<" + data + b">")
                await writer.drain()
        writer.close()

    async def until(self, heard: bytes) -> None:
        """It has heard so much."""
        while self.heard != heard:
            self.more.clear()
            await self.more.wait()


@pytest.fixture
async def echo() -> Echo:
    """A fresh one."""
    return Echo()


@pytest.fixture
async def line(echo: Echo) -> AsyncIterator[FaultyLine]:
    """A line to it."""
    server = await asyncio.start_server(echo.serve, "127.0.0.1", 0)
    async with server, FaultyLine(server.sockets[0].getsockname()[1]) as line:
        yield line


@contextlib.asynccontextmanager
async def call(line: FaultyLine) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A caller of it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
    yield reader, writer
    writer.close()


async def everything(reader: asyncio.StreamReader) -> tuple[bytes, bool]:
    """What comes until the end, and whether that was a reset."""
    came = b""
    try:
        while data := await reader.read(1):
            came += data
    except ConnectionResetError:
        return came, True
    return came, False


@pytest.mark.parametrize("fault", [Sound(), Late(0.01), Dripping(0.001)])
async def test_what_arrives_late_arrives_whole(line: FaultyLine, echo: Echo, fault: Fault) -> None:
    """Late or byte by byte: nothing is changed or lost, and the goodbye is passed on."""
    await line.suffer(fault)
    async with call(line) as (reader, writer):
        writer.write(SAID)
        writer.write_eof()
        came, reset = await everything(reader)
    assert (echo.heard, reset) == (SAID, False)
    assert came.replace(b"<", b"").replace(b">", b"") == SAID


@pytest.mark.parametrize("after", [0, 4])
async def test_cut_on_the_way_there(line: FaultyLine, echo: Echo, after: int) -> None:
    """So much of the question has arrived, no answer, and both ends are reset."""
    await line.suffer(Cut(after=after, way=Way.THERE))
    async with call(line) as (reader, writer):
        writer.write(SAID)
        came, reset = await everything(reader)
    assert reset
    assert came in (b"", b"<0123>")
    assert echo.heard in (b"", SAID[:after])


@pytest.mark.parametrize("after", [0, 4])
async def test_cut_on_the_way_back(line: FaultyLine, echo: Echo, after: int) -> None:
    """The question has arrived; no more than so much of the answer comes, and then a reset."""
    await line.suffer(Cut(after=after, way=Way.BACK))
    async with call(line) as (reader, writer):
        writer.write(SAID)
        came, reset = await everything(reader)
    assert (echo.heard, reset) == (SAID, True)
    assert (b"<" + SAID).startswith(came)
    assert len(came) <= after


async def test_a_cut_is_counted_from_when_the_line_begins_to_suffer(line: FaultyLine, echo: Echo) -> None:
    """On a connection that has carried much before."""
    async with call(line) as (reader, writer):
        writer.write(SAID)
        assert await reader.readexactly(12) == b"<" + SAID + b">"
        await line.suffer(Cut(after=12, way=Way.BACK))
        writer.write(SAID)
        assert await reader.readexactly(12) == b"<" + SAID + b">"
        writer.write(SAID)
        assert (await everything(reader))[1]


async def test_a_deaf_line_is_heard_late(line: FaultyLine, echo: Echo) -> None:
    """Half open: the caller is accepted and waits; once healed, what was said arrives after all."""
    await line.suffer(Deaf())
    async with call(line) as (reader, writer):
        writer.write(SAID)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.05)
        assert echo.heard == b""
        await line.heal()
        assert await reader.readexactly(12) == b"<" + SAID + b">"


async def test_a_mute_line_brings_everything_there_and_nothing_back(line: FaultyLine, echo: Echo) -> None:
    """The server has done it, and the caller does not know."""
    await line.suffer(Mute())
    async with call(line) as (reader, writer):
        writer.write(SAID)
        await echo.until(SAID)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.05)


async def test_where_nobody_listens_callers_are_refused(line: FaultyLine) -> None:
    """Whoever was connected is reset; the port stays the same when it is healed."""
    async with call(line) as (reader, writer):
        writer.write(SAID)
        await reader.readexactly(12)
        await line.suffer(Refused())
        assert await everything(reader) == (b"", True)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", line.port)
    port = line.port
    await line.heal()
    assert line.port == port
    async with call(line) as (reader, writer):
        writer.write(SAID)
        assert await reader.readexactly(12) == b"<" + SAID + b">"
    assert line.accepted == 2


async def test_a_server_that_is_away_resets_its_callers() -> None:
    """The line is there, the other end is not."""
    server = await asyncio.start_server(Echo().serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    async with FaultyLine(port) as line, call(line) as (reader, _):
        assert await everything(reader) == (b"", True)


@pytest.mark.parametrize("fault", [Deaf(), Dripping(5.0), Late(5.0)])
async def test_it_ends_whatever_is_on_its_way(line: FaultyLine, fault: Fault) -> None:
    """A test that is over does not wait for what its line holds back."""
    await line.suffer(fault)
    async with call(line) as (_, writer):
        writer.write(SAID)
        await writer.drain()
        await asyncio.sleep(0.01)
