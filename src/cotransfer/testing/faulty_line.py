"""A TCP line that fails as lines do, on order: late, slow, cut, deaf, mute, refused. For whoever writes an adapter.

    async with FaultyLine(server_port) as line:
        ...                              # the program under test calls http://127.0.0.1:{line.port}
        await line.suffer(Cut(after=10, way=Way.BACK))
        ...
        await line.heal()

On loopback only. Never looks at what it carries, and never changes a byte of it.
"""

import asyncio
import contextlib
import enum
import socket
import struct
from types import TracebackType
from typing import Self

import attrs

HOST = "127.0.0.1"
CHUNK = 4096
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: whoever closes now sends no goodbye, but a reset, and what was not sent yet is gone."""


class Way(enum.Enum):
    """In which direction bytes go, seen from the caller."""

    THERE = "there"
    BACK = "back"


@attrs.frozen
class Sound:
    """Everything arrives at once."""


@attrs.frozen
class Late:
    """Everything arrives, each piece `seconds` after it was sent."""

    seconds: float


@attrs.frozen
class Dripping:
    """Everything arrives, a byte every `seconds`, in both directions."""

    seconds: float


@attrs.frozen
class Cut:
    """Both ends are reset once `after` bytes have passed in one direction, counted since the line began to suffer."""

    after: int
    way: Way


@attrs.frozen
class Deaf:
    """Half open: connections are accepted, and nothing that is said reaches the other end until the line is healed."""


@attrs.frozen
class Mute:
    """What is said reaches the server; no answer comes back, ever."""


@attrs.frozen
class Refused:
    """Nobody listens, and whoever was connected is reset."""


Fault = Sound | Late | Dripping | Cut | Deaf | Mute | Refused


class FaultyLine:
    """Listens on `port` of loopback, and carries every connection to `to`, a port of loopback as well.

    `accepted` counts the connections. Entering raises `OSError` where no port is to be had.
    """

    def __init__(self, to: int) -> None:
        self.to = to
        self.port = 0
        self.accepted = 0
        self._fault: Fault = Sound()
        self._changed = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._held: socket.socket | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._carrying: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        """For callers of HTTP."""
        return f"http://{HOST}:{self.port}"

    async def suffer(self, fault: Fault) -> None:
        """From now on, on connections that are open too."""
        before, self._fault = self._fault, fault
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
        if isinstance(fault, Refused):
            self._hold()
            self._reset(*self._open)
        elif isinstance(before, Refused):
            await self._listen()
        await asyncio.sleep(0)

    async def heal(self) -> None:
        """Sound again; what a deaf line has swallowed arrives now, late."""
        await self.suffer(Sound())

    async def __aenter__(self) -> Self:
        self._hold()
        await self._listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        if self._held is not None:
            self._held.close()
        self._reset(*self._open)
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    def _hold(self) -> None:
        """The port stays ours while nobody listens: whoever calls is refused."""
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._held is None:
            self._held = socket.socket()
            self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._held.bind((HOST, self.port))
            self.port = self._held.getsockname()[1]

    async def _listen(self) -> None:
        held, self._held = self._held, None
        self._server = await asyncio.start_server(self._accept, sock=held)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        task = asyncio.create_task(self._carry(reader, writer))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until both ends have closed it or it is cut."""
        self._open.add(writer)
        try:
            answers, asks = await asyncio.open_connection(HOST, self.to)
        except OSError:
            self._reset(writer)
            return
        self._open.add(asks)
        ends = (writer, asks)
        with contextlib.suppress(ConnectionError):
            await asyncio.gather(self._pump(reader, asks, Way.THERE, ends), self._pump(answers, writer, Way.BACK, ends))
        self._reset(*ends)

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        way: Way,
        ends: tuple[asyncio.StreamWriter, ...],
    ) -> None:
        fault, passed = self._fault, 0
        while data := await reader.read(CHUNK):
            if self._fault is not fault:
                fault, passed = self._fault, 0
            await self._pass(data, writer, way, passed, ends)
            passed += len(data)
        while isinstance(self._fault, Deaf) or (isinstance(self._fault, Mute) and way is Way.BACK):
            await self._changed.wait()
        writer.write_eof()

    async def _pass(
        self, data: bytes, writer: asyncio.StreamWriter, way: Way, passed: int, ends: tuple[asyncio.StreamWriter, ...]
    ) -> None:
        match self._fault:
            case Sound() | Refused():
                writer.write(data)
            case Late(seconds):
                await asyncio.sleep(seconds)
                writer.write(data)
            case Dripping(seconds):
                await self._drip(data, writer, seconds)
            case Cut(after, cut) if cut is way and passed + len(data) > after:
                writer.write(data[: max(0, after - passed)])
                await writer.drain()
                self._reset(*ends)
            case Cut():
                writer.write(data)
            case Mute():
                if way is Way.THERE:
                    writer.write(data)
            case Deaf():
                await self._changed.wait()
                await self._pass(data, writer, way, passed, ends)
        await writer.drain()

    async def _drip(self, data: bytes, writer: asyncio.StreamWriter, seconds: float) -> None:
        """Byte after byte; all the rest as soon as the line suffers something else."""
        changed = self._changed
        for nth in range(len(data)):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), seconds)
                writer.write(data[nth:])
                return
            writer.write(data[nth : nth + 1])

    def _reset(self, *ends: asyncio.StreamWriter) -> None:
        for end in ends:
            self._open.discard(end)
            raw = end.get_extra_info("socket")
            if not end.transport.is_closing():
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            end.transport.abort()
