"""Real processes under load: sandbox, gateway and workers, each to be killed and started again at will.

Everything is on loopback, and everything ends with the test. The sandbox has a memory, as a real counterparty has.
"""

import asyncio
import contextlib
import io
import json
import os
import signal
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import httpx
from tests.processes.page import free_ports

from cotransfer.adapters.keys.folder import KeyFolder
from cotransfer.adapters.machine import SystemClock
from cotransfer.adapters.sql import upgrade
from cotransfer.sandbox import City, Platform, Someone

PATIENCE_S = 180.0
"""Far more than anything takes, for a machine that has much else to do."""

LONGEST_S = 2_200.0
"""How long a whole trial may take: then it fails, and tells what everybody was waiting for."""

CITY_TIMES = 20

HURRY = {
    "COTRANSFER_WORKER__LEASE_S": "2.0",
    "COTRANSFER_WORKER__RETRY_SCHEDULE_S": str([0.05, 0.1, 0.2, 0.4, 0.8, *[1.0] * 45]),
    "COTRANSFER_CIRCUITS__FIRST_PAUSE_S": "0.2",
    "COTRANSFER_CIRCUITS__LONGEST_PAUSE_S": "1.0",
    "COTRANSFER_LOOKUPS__PER_CLIENT_A_MINUTE": "100000",
    "COTRANSFER_LOOKUPS__CLIENT_BURST": "10000",
    "COTRANSFER_LOOKUPS__PER_CLIENT_A_DAY": "1000000",
}
"""A deployment that takes up again soon what a killed process held, leaves nobody alone for long whose process was
killed, and whose platform has many citizens."""


@attrs.define
class Life:
    """A process that lives more than once."""

    arguments: tuple[str, ...]
    ready: str
    folder: Path
    environment: Mapping[str, str] = attrs.field(factory=dict)
    process: asyncio.subprocess.Process | None = None
    kills: int = 0
    under: tuple[str, ...] = ()
    """The command that its next lives are run by, before its own words."""
    began: list[datetime] = attrs.field(factory=list)
    """When each of its lives began."""

    async def start(self) -> str:
        """Begin a life; returns the line that said it was ready."""
        self.began.append(datetime.now(UTC))
        complaints = (self.folder / "stderr.txt").open("ab")
        with contextlib.closing(complaints):
            self.process = await asyncio.create_subprocess_exec(
                *self.under,
                *(sys.executable, "-m", "cotransfer"),
                *self.arguments,
                stdout=asyncio.subprocess.PIPE,
                stderr=complaints,
                cwd=self.folder,
                env={**os.environ, **self.environment},
            )
        assert self.process.stdout is not None
        while line := (await asyncio.wait_for(self.process.stdout.readline(), PATIENCE_S)).decode():
            if self.ready in line:
                return line.strip()
        raise RuntimeError(f"{self.arguments[0]} ended: {(self.folder / 'stderr.txt').read_text()[-2000:]}")

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
            await self.process.wait()
            self.kills += 1

    async def end(self) -> None:
        """End it for good."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


Furnish = Callable[[str, KeyFolder], Awaitable[None]]


@attrs.frozen(kw_only=True)
class Fleet:
    """The processes of one deployment and the world around it."""

    sandbox: Life
    gateway: Life
    workers: tuple[Life, ...]
    addresses: dict[str, str]
    platform: Platform
    database: str
    keys: Path
    city: City
    http: httpx.AsyncClient
    applicants: dict[str, Someone] = attrs.field(factory=dict)

    def command(self, *arguments: str, ready: str) -> Life:
        """A command of the gateway, in the same surroundings; not begun yet."""
        return Life(arguments, ready, self.gateway.folder, self.gateway.environment)

    async def behind(self, counterparty: str, what: str) -> Any:
        """What a counterparty has on record."""
        return (await self.http.get(f"{self.addresses[counterparty]}/sandbox/{what}", timeout=PATIENCE_S)).json()

    async def get(self, transfer: str) -> httpx.Response:
        """The transfer as the platform shows it to the citizen who applied; 503 while nobody can be let in."""
        try:
            return await self.platform.get(f"/v1/transfers/{transfer}", who=self.applicants[transfer])
        except httpx.HTTPStatusError as refused:
            return refused.response

    async def submit(self, who: Someone) -> str:
        """Submit with what was agreed to, and again under the same key until it is acknowledged."""
        key = f"citizen-{who.mobile_number[-9:]}"
        body = {**who.submission(confirmed_match=True), "consents": await self.consents(who)}
        patience, heard = asyncio.get_running_loop().time() + PATIENCE_S, "nothing"
        while asyncio.get_running_loop().time() < patience:
            try:
                answer = await self.platform.post("/v1/transfers", body, who=who, key=key)
            except httpx.HTTPError as error:
                heard = repr(error)
            else:
                if answer.status_code == 201:
                    transfer = str(answer.json()["transfer"])
                    self.applicants[transfer] = who
                    return transfer
                heard = answer.text
                assert answer.status_code in (409, 503), heard
                assert answer.status_code == 503 or answer.json()["code"] == "still_running", heard
            await asyncio.sleep(0.05)
        raise AssertionError(f"never acknowledged; the last thing heard was {heard}")

    async def consents(self, who: Someone) -> list[dict[str, Any]]:
        """What they agreed to, asked for until it is shown."""
        patience = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if consents := await self.platform.agreements(who):
                    return consents
            assert asyncio.get_running_loop().time() < patience, "nothing was shown to agree to"
            await asyncio.sleep(0.05)

    async def finished(self, transfer: str) -> dict[str, Any]:
        """The transfer once it is closed and its result has been told."""
        patience = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            with contextlib.suppress(httpx.TransportError):
                answer = await self.get(transfer)
                assert answer.status_code in (200, 503), f"an acknowledged transfer is lost: {answer.text}"
                if answer.status_code == 200:
                    seen: dict[str, Any] = answer.json()
                    if seen["closed"] and any(entry["code"] == "result_sent" for entry in seen["timeline"]):
                        return seen
            if asyncio.get_running_loop().time() > patience:
                raise AssertionError(await self.why_stuck(transfer))
            await asyncio.sleep(0.2)

    async def is_over(self, transfer: str) -> bool:
        """Whether it is closed; nobody knows while the gateway is away."""
        with contextlib.suppress(httpx.TransportError):
            answer = await self.get(transfer)
            return answer.status_code == 200 and bool(answer.json()["closed"])
        return False

    async def under_way(self) -> int:
        """How many applications are open at the water company at this moment."""
        return sum(one["open"] for one in (await self.behind("water", "ledger"))["applications"])

    async def why_stuck(self, transfer: str) -> str:
        """What both sides have on record of a transfer that does not end."""
        ledger = await self.behind("water", "ledger")
        there = {what: [one for one in ledger[what] if one["transfer"] == transfer] for what in ledger}
        here = (await self.get(transfer)).text
        return f"stuck. Here: {here} There: {there}"


@contextlib.asynccontextmanager
async def fleet(database: str, *, workers: int = 0, furnish: Furnish | None = None) -> AsyncIterator[Fleet]:
    """Start everything; `workers` beside the gateway (0: the gateway works by itself, on SQLite). `furnish` may put
    something into the database before anybody runs.
    """
    async with contextlib.AsyncExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="cotransfer-fleet-")))
        # They stay the gateway's and the counterparties' over all their lives.
        port, registry, water, wechat, identity, sms = map(str, free_ports(6))
        address = f"http://127.0.0.1:{port}"
        sandbox = Life(
            (
                "sandbox", "--settings", "cotransfer.toml", "--gateway", address, "--memory", "memory",
                "--registry-port", registry, "--water-port", water, "--wechat-port", wechat,
                "--identity-port", identity, "--sms-port", sms,
                "--pace", "0.2", "--times", str(CITY_TIMES), "--report-attempts", "100000",
            ),
            "registry",
            folder,
        )  # fmt: skip
        opened.push_async_callback(sandbox.end)
        addresses: dict[str, str] = json.loads(await sandbox.start())
        clients = tomllib.loads((folder / "cotransfer.toml").read_text(encoding="utf-8"))["clients"]
        await asyncio.to_thread(upgrade, database)
        keys = KeyFolder(folder / "keys")
        keys.make_missing(SystemClock().now())
        if furnish is not None:
            await furnish(database, keys)
        environment = {"COTRANSFER_DATABASE__URL": database, "COTRANSFER_KEYS__FOLDER": str(keys.path), **HURRY}
        granting = Life(("grants", "standard"), "added: kunming-water", folder, environment)
        opened.push_async_callback(granting.end)
        await granting.start()
        gateway = Life(("serve",), "serving on", folder, environment)
        lives = tuple(Life(("work",), "working", folder, environment) for _ in range(workers))
        for life in (gateway, *lives):
            opened.push_async_callback(life.end)
            await life.start()
        http = await opened.enter_async_context(
            httpx.AsyncClient(
                trust_env=False, timeout=10, limits=httpx.Limits(max_keepalive_connections=0, max_connections=64)
            )
        )
        city = City.from_seed(times=CITY_TIMES)
        await opened.enter_async_context(_bounded(folder))
        yield Fleet(
            sandbox=sandbox,
            gateway=gateway,
            workers=lives,
            addresses={"gateway": address, **addresses},
            platform=Platform(
                http, gateway=address, identity=addresses["identity"], secret=clients[0]["client_secret"], city=city
            ),
            database=database,
            keys=keys.path,
            city=city,
            http=http,
        )


@contextlib.asynccontextmanager
async def _bounded(folder: Path) -> AsyncIterator[None]:
    """Whatever takes longer than `LONGEST_S` fails; a failure tells who waited for what, and what was complained of."""
    try:
        async with asyncio.timeout(LONGEST_S):
            yield
    except (Exception, asyncio.CancelledError) as error:
        waiting = io.StringIO()
        for task in asyncio.all_tasks():
            task.print_stack(limit=6, file=waiting)
        error.add_note(waiting.getvalue())
        error.add_note((folder / "stderr.txt").read_text(encoding="utf-8")[-4000:])
        raise


async def doubled(running: Fleet) -> list[str]:
    """Every effect at a counterparty that happened more than once; there must be none."""
    ledger = await running.behind("water", "ledger")
    effects = Counter((one["transfer"], one["what"]) for one in ledger["effects"])
    accounts = Counter(one["account_number"] for one in ledger["effects"] if one["what"] == "transferred")
    messages = (await running.behind("wechat", "inbox"))["messages"]
    notices = Counter((one["url"], one["template_id"]) for one in messages)
    return [str(what) for counts in (effects, accounts, notices) for what, count in counts.items() if count > 1]
