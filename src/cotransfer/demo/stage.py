"""The stage of a demo: counterparties and gateway as real HTTP servers on loopback, on a database of their own.

Never leaves a server or a file behind, unless told where to keep the database.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import attrs
import httpx

from cotransfer.adapters.machine import SystemClock
from cotransfer.adapters.sql import upgrade
from cotransfer.adapters.wire.listening import Listener, bound
from cotransfer.demo.insiders import OperatorDesk, WaterDesk
from cotransfer.sandbox import Agreed, City, Pace, Platform, Sandbox, settings_text
from cotransfer.settings import AuditTrail, Settings, Worker, load
from cotransfer.wiring import assembled, key_folder, scheme_grants

HOST = "127.0.0.1"
RETRY_SCHEDULE_S = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
WITHHELD_PAUSE_S = 0.5
GATHER_S = 1.0
"""As impatient as a demo should be."""


@attrs.frozen(kw_only=True)
class Stage:
    """Everything a story needs: the city and its counterparties, the gateway's address, the platform, who acts for the
    water company and at the gateway itself, and the settings file, for another command to look at the same database.
    """

    sandbox: Sandbox
    gateway: str
    platform: Platform
    water: WaterDesk
    operator: OperatorDesk
    database: str
    settings: Path
    http: httpx.AsyncClient

    @property
    def city(self) -> City:
        """Who lives where."""
        return self.sandbox.city

    @property
    def addresses(self) -> dict[str, str]:
        """Every server by name."""
        return {"gateway": self.gateway, **self.sandbox.addresses}


@contextlib.asynccontextmanager
async def stage(*, pace: float = 0.4, database: str | None = None, port: int = 0) -> AsyncIterator[Stage]:
    """Set the stage; `pace` scales every wait of the counterparties, `database` is an address (default: a file that
    goes when the stage does), `port` the gateway's.
    """
    async with contextlib.AsyncExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="cotransfer-demo-")))
        agreed = Agreed()
        sandbox = await opened.enter_async_context(
            Sandbox(tokens=agreed.shown, desks=agreed.desks, signing=agreed.signing, pace=Pace(scale=pace))
        )
        door = opened.enter_context(bound("the gateway", HOST, port))
        address = database or f"sqlite:///{folder / 'cotransfer.db'}"
        file = folder / "cotransfer.toml"
        text = settings_text(sandbox.addresses, agreed, gateway_port=door.getsockname()[1], database=address)
        # The keys go with the folder too, wherever the database is.
        file.write_text(f"{text}\n[keys]\nfolder = '{folder / 'keys'}'\n", encoding="utf-8")
        for name, content in {**agreed.files(file.stem), **agreed.keepsakes(file.stem)}.items():
            (folder / name).write_bytes(content)
        settings = _impatient(load(file, {}))
        await asyncio.to_thread(upgrade, address)
        key_folder(settings).make_missing(SystemClock().now())
        assembly = await opened.enter_async_context(assembled(settings))
        await assembly.granting.add(*scheme_grants(settings, SystemClock().now()), who="demo")
        listener = Listener(assembly.app, name="the gateway", host=HOST, on=door)
        opened.push_async_callback(listener.stop)
        await listener.start()
        for work in assembly.runs():
            opened.push_async_callback(_stopped, asyncio.create_task(work))
        sandbox.connect_gateway(listener.address, agreed.reporting(listener.address))
        sandbox.connect_platform(listener.address, agreed.platform)
        http = await opened.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=10))
        water = WaterDesk(http, gateway=listener.address, agreed=agreed)
        opened.push_async_callback(water.close)
        platform = Platform(
            http,
            gateway=listener.address,
            identity=sandbox.addresses["identity"],
            secret=agreed.platform,
            city=sandbox.city,
        )
        yield Stage(
            sandbox=sandbox,
            gateway=listener.address,
            platform=platform,
            water=water,
            operator=OperatorDesk(assembly, key_folder(settings)),
            database=address,
            settings=file,
            http=http,
        )


def _impatient(settings: Settings) -> Settings:
    return attrs.evolve(
        settings,
        worker=Worker(retry_schedule_s=RETRY_SCHEDULE_S, withheld_pause_s=WITHHELD_PAUSE_S),
        audit=AuditTrail(gather_s=GATHER_S),
    )


async def _stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
