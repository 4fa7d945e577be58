"""Serves one counterparty on a loopback port, inside the event loop that is already running.

Never listens on another address than 127.0.0.1, and leaves the process's signal handlers alone.
"""

import asyncio
import errno
import socket
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol

LOOPBACK = "127.0.0.1"


class CannotListen(RuntimeError):
    """The port that was asked for cannot be had; the text names the cause and the remedy."""


class PortInUse(CannotListen):
    """Somebody else listens on the port that was asked for."""

    def __init__(self, name: str, port: int) -> None:
        super().__init__(
            f"port {port} on {LOOPBACK}, wanted for the simulated {name}, is in use by another program: "
            f"stop that program, or choose another port (0 takes a free one)"
        )
        self.port = port


class Line(H11Protocol):
    """One connection; its transport goes into each request's state, so that a script can hang up on it."""

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it too
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class Served:
    """One running server. `stop` returns when the port is free again."""

    def __init__(self, name: str, app: ASGIApp, port: int = 0) -> None:
        self._socket = _bound(name, port)
        self.port: int = self._socket.getsockname()[1]
        self.address = f"http://{LOOPBACK}:{self.port}"
        # Any: uvicorn types `http` more narrowly than it accepts.
        http: Any = Line
        config = uvicorn.Config(
            app,
            http=http,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        config.load()
        self._server = uvicorn.Server(config)
        # The parts of uvicorn's `serve`, called one by one: as a whole it would take over the process's signals.
        self._server.lifespan = config.lifespan_class(config)
        self._ticking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._server.startup(sockets=[self._socket])
        self._ticking = asyncio.create_task(self._server.main_loop())

    async def stop(self) -> None:
        self._server.should_exit = True
        if self._ticking is not None:
            await self._ticking
            await self._server.shutdown(sockets=[self._socket])
        self._socket.close()


def _bound(name: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # Reuse only spares us the wait after a restart; it does not let two servers share a port.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise PortInUse(name, port) from error
        raise CannotListen(
            f"port {port} on {LOOPBACK}, wanted for the simulated {name}, cannot be opened: "
            f"choose a port between 1024 and 65535 (0 takes a free one)"
        ) from error
    return listener
