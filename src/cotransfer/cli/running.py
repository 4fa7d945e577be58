"""`cotransfer serve` and `cotransfer work`: the gateway, and its worker as a process of its own."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path

import typer
from sqlalchemy.engine import make_url

from cotransfer.adapters.machine import SystemClock
from cotransfer.adapters.sql import upgrade
from cotransfer.adapters.sql.clocks import clock_lead_s
from cotransfer.adapters.wire.listening import Listener, bound
from cotransfer.app.granting import Granting
from cotransfer.cli.facts import facts_of
from cotransfer.cli.saying import ConfigOption, complain, settings_file, settings_of
from cotransfer.ports.keys import KeyUse
from cotransfer.settings import Settings, is_trial, refuse, refuse_clock
from cotransfer.wiring import assembled, key_folder, scheme_grants


def serve(config: ConfigOption = None) -> None:
    """Serve the gateway over HTTP. On SQLite the agenda is worked in the same process."""
    settings = settings_of(config)
    judge(settings, config)
    # The port first: who cannot have it shall not leave a new database behind.
    with bound("the gateway", settings.gateway.host, settings.gateway.port) as port:
        new = _new_file(settings)
        if new is not None:
            upgrade(settings.database.url.text)
            print(f"made a new database: {new}", flush=True)
            folder = key_folder(settings)
            # Beside a new database only: for one that holds something, new keys would hide that the old ones are lost.
            if folder.make_missing(SystemClock().now()):
                print(
                    f"made new keys: {folder.path}; keep a copy elsewhere, nothing is readable without them", flush=True
                )
        asyncio.run(_serve(settings, port, new=new is not None))


def work(config: ConfigOption = None) -> None:
    """Work the agenda (PostgreSQL). As many workers as wanted share it."""
    settings = settings_of(config)
    if _is_sqlite(settings):
        complain(
            "A SQLite database belongs to one process: `cotransfer serve` works its agenda itself. "
            "Use PostgreSQL (database.url) for workers of their own."
        )
        raise typer.Exit(2)
    judge(settings, config)
    asyncio.run(_work(settings))


def judge(settings: Settings, config: Path | None) -> None:
    """Before anything is opened: raises `StartRefused` with every reason, and says what a trial is let off."""
    # A trial's keys are made beside its new database; where they are gone later, the store says so.
    keys = None if is_trial(settings) else key_folder(settings)
    let_off = refuse(settings, facts_of(settings, config=settings_file(config), keys=keys, uses=KeyUse))
    if let_off:
        places = ", ".join(dict.fromkeys(fault.key for fault in let_off))
        complain(f"This is a trial: nothing leads off this machine. Elsewhere it would not start because of: {places}.")


async def _serve(settings: Settings, port: socket.socket, *, new: bool) -> None:
    works = _is_sqlite(settings) and settings.worker.enabled
    async with assembled(settings) as assembly:
        refuse_clock(await clock_lead_s(assembly.store, SystemClock()))
        await _grant(assembly.granting, settings, new=new)
        listener = Listener(
            assembly.app,
            name="the gateway",
            host=settings.gateway.host,
            on=port,
            connections=settings.gateway.connections,
        )
        async with contextlib.AsyncExitStack() as running:
            running.push_async_callback(listener.stop)
            await listener.start()
            if works:
                await assembly.store.release()
            await running.enter_async_context(_running(*assembly.runs(works=works)))
            print(f"serving on {listener.address}", flush=True)
            await asked_to_end()


async def _work(settings: Settings) -> None:
    async with assembled(settings) as assembly:
        refuse_clock(await clock_lead_s(assembly.store, SystemClock()))
        async with _running(*assembly.runs()):
            print("working", flush=True)
            await asked_to_end()


async def _grant(granting: Granting, settings: Settings, *, new: bool) -> None:
    """A trial begins with what the scheme grants; anywhere else somebody has to decide it, and is told so."""
    if new and is_trial(settings):
        added = await granting.add(*scheme_grants(settings, SystemClock().now()), who="trial")
        print(f"granted for this trial what the scheme says: {', '.join(each.text for each in added)}", flush=True)
    elif not await granting.all():
        complain(
            "Nothing is granted, so nothing will be shared with anybody. `cotransfer grants standard` adds what the "
            "scheme says, `cotransfer grants add FILE` what you have agreed on; both while this runs."
        )


@contextlib.asynccontextmanager
async def _running(*works: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """All of them as long as this is open; one that breaks ends the process, for all to see."""
    async with asyncio.TaskGroup() as together:
        tasks = [together.create_task(work) for work in works]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


async def asked_to_end() -> None:
    """Until the process is asked to end (SIGINT, SIGTERM)."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked.set)
    try:
        await asked.wait()
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _is_sqlite(settings: Settings) -> bool:
    return settings.database.url.text.startswith("sqlite")


def _new_file(settings: Settings) -> Path | None:
    """The SQLite file that is not there yet; a database of another engine is made by its administrator."""
    if not _is_sqlite(settings):
        return None
    name = make_url(settings.database.url.text).database
    return Path(name) if name and not Path(name).exists() else None
