"""Serves one counterparty on a loopback port, inside the event loop that is already running.

Never listens on another address than 127.0.0.1.
"""

import asyncio

from starlette.types import ASGIApp
from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol

from cotransfer.adapters.wire.listening import CannotListen, Listener, PortInUse

__all__ = ["CannotListen", "Line", "PortInUse", "Served"]


class Line(H11Protocol):
    """One connection; its transport goes into each request's state, so that a script can hang up on it."""

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it too
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class Served(Listener):
    """One running counterparty; raises `CannotListen` where its port cannot be had."""

    def __init__(self, name: str, app: ASGIApp, port: int = 0) -> None:
        super().__init__(app, name=f"the simulated {name}", port=port, http=Line, grace_s=1)
