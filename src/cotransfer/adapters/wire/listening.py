"""Serves an ASGI application on a socket, inside the event loop that is already running.

Never takes the process's signals, and never leaves a port behind, also when starting fails half-way.
"""

import asyncio
import errno
import socket
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from cotransfer.adapters.wire.heads import BoundedHeads

BACKLOG = 1024


class CannotListen(RuntimeError):
    """The address that was asked for cannot be had; the text names the cause and the remedy."""


class PortInUse(CannotListen):
    """Somebody else listens on the port that was asked for."""


class Listener:
    """One server; its port is bound from construction (0 takes a free one), and served from `start` to `stop`.

    `on` is a socket of `bound` for the same host, where the port had to be had before there was an application.
    While `connections` are open, whoever is among them or comes is answered 503, before the application sees anything.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        name: str,
        host: str = "127.0.0.1",
        port: int = 0,
        on: socket.socket | None = None,
        http: Any = BoundedHeads,
        grace_s: int = 5,
        connections: int | None = None,
    ) -> None:
        self._socket = on or bound(name, host, port)
        self.port: int = self._socket.getsockname()[1]
        self.address = f"http://{host}:{self.port}"
        config = uvicorn.Config(
            app,
            http=http,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=grace_s,
            limit_concurrency=connections,
        )
        config.load()
        self._server = uvicorn.Server(config)
        # The parts of uvicorn's `serve`, called one by one: as a whole it would take over the process's signals.
        self._server.lifespan = config.lifespan_class(config)
        self._ticking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take connections."""
        await self._server.startup(sockets=[self._socket])
        self._ticking = asyncio.create_task(self._server.main_loop())

    async def stop(self) -> None:
        """Answer what is under way, and give the port back."""
        self._server.should_exit = True
        if self._ticking is not None:
            await self._ticking
            await self._server.shutdown(sockets=[self._socket])
        self._socket.close()


def bound(name: str, host: str, port: int) -> socket.socket:
    """A socket on that port, for a server called `name` in the complaint. Raises `CannotListen`.

    Connections to it wait until a `Listener` takes them.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol by name: asyncio turns Nagle's delay off only for sockets that say they are TCP.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # Reuse only spares us the wait after a restart; it does not let two servers share a port.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise PortInUse(
                f"Port {port} on {host}, wanted for {name}, is in use by another program: "
                "stop that program, or choose another port (0 takes a free one)."
            ) from error
        raise CannotListen(
            f"Port {port} on {host}, wanted for {name}, cannot be opened: choose an address of this machine "
            "and a port between 1024 and 65535 (0 takes a free one)."
        ) from error
    return listener
