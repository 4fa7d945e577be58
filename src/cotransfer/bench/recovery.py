"""How soon a gateway that was killed delivers again: a real process on SQLite, from its start to its first delivery.

What is due was acknowledged by a process that then died by SIGKILL; the counterparties are the sandbox's, in this
process and over loopback. Never counts what came before: the killed process had no worker.
"""

import asyncio
import contextlib
import math
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import attrs
import httpx

from cotransfer.adapters.wire.listening import bound
from cotransfer.bench.figures import Spread
from cotransfer.sandbox import Agreed, City, Pace, Platform, Sandbox, Someone, settings_text

WAITING = 16
"""Applications that are due when the process starts."""

LOOK_EVERY_S = 0.002
LONGEST_S = 120.0


class NotRecovered(Exception):
    """The gateway did not start, or delivered nothing."""


@attrs.frozen(kw_only=True)
class Town:
    """The counterparties, and the settings file of a gateway with them."""

    sandbox: Sandbox
    platform: Platform
    settings: Path
    people: Iterator[Someone]

    @property
    def taken(self) -> int:
        """How many applications the water company has taken."""
        return sum(effect.what == "taken" for effect in self.sandbox.water.book.effects)

    async def submit(self) -> None:
        """Somebody else's application, acknowledged."""
        who = next(self.people)
        body = {**who.submission(confirmed_match=True), "consents": await self.platform.agreements(who)}
        (await self.platform.post("/v1/transfers", body, who=who)).raise_for_status()


async def measure(repeat: int) -> dict[str, Any]:
    """The line of this part. Raises `NotRecovered`."""
    delivered, served, computed = [], [], []
    async with _town(repeat) as town:
        for _ in range(repeat):
            async with _serving(town, works=False):
                await asyncio.gather(*(town.submit() for _ in range(WAITING)))
            before, begun, used = town.taken, time.perf_counter(), _used_by_children_s()
            async with _serving(town, works=True):
                served.append(time.perf_counter() - begun)
                await _until_taken(town, before)
                delivered.append(time.perf_counter() - begun)
            computed.append(_used_by_children_s() - used)
    return {
        "measure": "recovery",
        "engine": "sqlite",
        "waiting": WAITING,
        "start_to_first_delivery_s": Spread.of(delivered).line(),
        "start_to_serving_s": Spread.of(served).line(),
        "computing_s": Spread.of(computed).line(),
        "repeated": repeat,
    }


def _used_by_children_s() -> float:
    """Computing time of all processes of ours that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextlib.asynccontextmanager
async def _town(repeat: int) -> AsyncIterator[Town]:
    async with contextlib.AsyncExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="cotransfer-bench-")))
        with bound("the gateway", "127.0.0.1", 0) as door:
            port = int(door.getsockname()[1])
        agreed, city = Agreed(), City.from_seed(times=math.ceil(repeat * WAITING / 96))
        sandbox = await opened.enter_async_context(
            Sandbox(city=city, tokens=agreed.shown, desks=agreed.desks, signing=agreed.signing, pace=Pace(scale=0))
        )
        file = folder / "cotransfer.toml"
        file.write_text(settings_text(sandbox.addresses, agreed, gateway_port=port), encoding="utf-8")
        for name, content in agreed.files(file.stem).items():
            (folder / name).write_bytes(content)
        gateway = f"http://127.0.0.1:{port}"
        http = await opened.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=LONGEST_S))
        platform = Platform(
            http, gateway=gateway, identity=sandbox.addresses["identity"], secret=agreed.platform, city=city
        )
        yield Town(sandbox=sandbox, platform=platform, settings=file, people=iter(city.everyone("plain")))


@contextlib.asynccontextmanager
async def _serving(town: Town, *, works: bool) -> AsyncIterator[None]:
    """A gateway from when it serves, until it is killed."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("COTRANSFER_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cotransfer", "serve", "--config", str(town.settings)),
        env={**own, "COTRANSFER_WORKER__ENABLED": "true" if works else "false"},
        cwd=town.settings.parent,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await _until_served(process)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def _until_served(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None  # noqa: S101 - asked for above
    async with asyncio.timeout(LONGEST_S):
        while line := await process.stdout.readline():
            if line.startswith(b"serving on"):
                return
    raise NotRecovered("The gateway of the benchmark ended as it started.")


async def _until_taken(town: Town, before: int) -> None:
    async with asyncio.timeout(LONGEST_S):
        while town.taken == before:  # noqa: ASYNC110 - the company has no event to wait for
            await asyncio.sleep(LOOK_EVERY_S)
