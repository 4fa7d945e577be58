"""The stage of a demo: counterparties and gateway as real HTTP servers on loopback, on a database of their own.

Never leaves a server or a file behind, unless told where to keep the database.
"""

import asyncio
import contextlib
import secrets
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import attrs
import httpx

from cotransfer.adapters.sql import upgrade
from cotransfer.adapters.wire.listening import Listener
from cotransfer.domain.values import Service, UtilityId
from cotransfer.sandbox import INVITATION_TEMPLATE, RESULT_TEMPLATE, City, Pace, Sandbox
from cotransfer.sandbox.wechat import APP_ID, APP_SECRET
from cotransfer.settings import (
    Client,
    Database,
    Gateway,
    Registry,
    Role,
    Secret,
    Settings,
    Template,
    Templates,
    UtilityEntry,
    WeChat,
    Worker,
)
from cotransfer.wiring import assembled

UTILITY = UtilityId("kunming-water")
RETRY_SCHEDULE_S = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
INVITATION_FIELDS = {"thing1": "location", "thing2": "service", "phrase3": "phrase", "time4": "time"}
RESULT_FIELDS = {"thing1": "location", "thing2": "result", "character_string3": "transfer", "date4": "time"}


@attrs.frozen(kw_only=True)
class Stage:
    """Everything a story needs: the city and its counterparties, the gateway's address, and the platform's token."""

    sandbox: Sandbox
    gateway: str
    platform_token: str
    database: str
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
        folder = opened.enter_context(tempfile.TemporaryDirectory(prefix="cotransfer-demo-"))
        tokens = {name: secrets.token_urlsafe(24) for name in ("registry", "water", "platform", "reports")}
        sandbox = await opened.enter_async_context(Sandbox(tokens=tokens_of(tokens), pace=Pace(scale=pace)))
        address = database or f"sqlite:///{Path(folder) / 'cotransfer.db'}"
        settings = demo_settings(sandbox.addresses, tokens, address)
        await asyncio.to_thread(upgrade, address)
        assembly = await opened.enter_async_context(assembled(settings))
        listener = Listener(assembly.app, name="the gateway", port=port)
        opened.push_async_callback(listener.stop)
        await listener.start()
        working = asyncio.create_task(assembly.office.worker.run())
        opened.push_async_callback(_stopped, working)
        sandbox.connect_gateway(listener.address, tokens["reports"])
        yield Stage(
            sandbox=sandbox,
            gateway=listener.address,
            platform_token=tokens["platform"],
            database=address,
            http=await opened.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=10)),
        )


def tokens_of(tokens: dict[str, str]) -> dict[str, str]:
    """Those that the sandbox insists on."""
    return {name: tokens[name] for name in ("registry", "water")}


def demo_settings(addresses: dict[str, str], tokens: dict[str, str], database: str) -> Settings:
    """A deployment that knows the sandbox at `addresses` and is as impatient as a demo should be."""
    return Settings(
        gateway=Gateway(),
        database=Database(url=Secret(database)),
        worker=Worker(retry_schedule_s=RETRY_SCHEDULE_S),
        registry=Registry(url=addresses["registry"], token=Secret(tokens["registry"])),
        wechat=WeChat(
            url=addresses["wechat"],
            appid=APP_ID,
            secret=Secret(APP_SECRET),
            templates=Templates(
                invitation=Template(template_id=INVITATION_TEMPLATE, fields=INVITATION_FIELDS),
                result=Template(template_id=RESULT_TEMPLATE, fields=RESULT_FIELDS),
            ),
        ),
        utilities=(
            UtilityEntry(
                id=UTILITY,
                service=Service.WATER,
                url=addresses["water"],
                token=Secret(tokens["water"]),
                signing_hosts=(addresses["water"],),
            ),
        ),
        clients=(
            Client(id="platform", role=Role.PLATFORM, token=Secret(tokens["platform"])),
            Client(id="kunming-water", role=Role.UTILITY, utility=UTILITY, token=Secret(tokens["reports"])),
        ),
    )


async def _stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
