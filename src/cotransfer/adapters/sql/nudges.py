"""Hints that something may have become due: from this process at once, from others through PostgreSQL.

A hint may be lost or be for nothing; nothing depends on one. Never keeps the process alive.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any

import psycopg

HEARD_WITHIN_S = 0.5
"""How long the listener may take to notice that it should end."""

PAUSE_S = 2.0
"""Between two tries to listen again; tasks are found without hints meanwhile."""


class Nudges:
    """What the waiting workers of this process wake up for."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def give(self) -> None:
        self._event.set()

    async def wait(self, timeout_s: float) -> None:
        try:
            await asyncio.wait_for(self._event.wait(), timeout_s)
        except TimeoutError:
            return
        self._event.clear()


class Listener:
    """A connection and a thread of its own that hear the other processes, from the first wait on."""

    def __init__(self, connect: Callable[[], "psycopg.Connection[Any]"], channel: str, *, own: str) -> None:
        self._connect = connect
        self._channel = channel
        self._own = own
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, give: Callable[[], None]) -> None:
        """`give` is called on the loop that is running now."""
        if self._thread is not None:
            return
        loop = asyncio.get_running_loop()

        def pass_on() -> None:
            with contextlib.suppress(RuntimeError):  # The loop has been closed: nobody waits any more.
                loop.call_soon_threadsafe(give)

        self._thread = threading.Thread(target=self._listen, args=(pass_on,), name="cotransfer-listener", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _listen(self, pass_on: Callable[[], None]) -> None:
        while not self._ended.is_set():
            try:
                with self._connect() as connection:
                    connection.execute(f"LISTEN {self._channel}")
                    self._hear(connection, pass_on)
            except psycopg.Error:
                # The writer's line says loudly that the database is away; hints just begin again later.
                self._ended.wait(PAUSE_S)

    def _hear(self, connection: "psycopg.Connection[Any]", pass_on: Callable[[], None]) -> None:
        while not self._ended.is_set():
            heard = list(connection.notifies(timeout=HEARD_WITHIN_S, stop_after=1))
            if any(notice.payload != self._own for notice in heard):
                pass_on()
