"""What an operator takes away is gone within a second, in a gateway that another process serves."""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from cotransfer.adapters.sql import upgrade
from cotransfer.demo.stage import Stage, stage

BITES_S = 1.0
POLL_S = 0.05


@contextlib.asynccontextmanager
async def set_stage(engine: str, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """A whole deployment; on PostgreSQL too, where several gateways share what is granted."""
    database = None
    if engine == "postgres":
        database = request.getfixturevalue("postgres_database")
        await asyncio.to_thread(upgrade, database)
    async with stage(pace=0, database=database) as running:
        yield running


async def typed(*arguments: str, on: Stage) -> None:
    """A command of its own process, as an operator types it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cotransfer", *arguments, "--config", str(on.settings),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, complained = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, (said + complained).decode()


async def asked(on: Stage) -> httpx.Response:
    """The platform asks for a citizen's homes."""
    someone = on.city.someone("plain")
    return await on.platform.post("/v1/properties/search", someone.property_search(), who=someone)


async def until(holds: Callable[[httpx.Response], bool], on: Stage) -> float:
    """How many seconds from now on the last request was sent that was still answered otherwise.

    What a busy machine takes for a request is not in it: only what was asked later than allowed is answered too late.
    """
    began, last = time.monotonic(), 0.0
    while (sent := time.monotonic() - began) < 10 * BITES_S:
        if holds(await asked(on)):
            return last
        last = sent
        await asyncio.sleep(POLL_S)
    raise AssertionError(f"Nothing has changed after {last:.2f} s.")


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
async def test_a_suspended_grant_bites_within_a_second(engine, request, count):
    """Beside a running gateway, from another process: suspended and resumed, each within a second."""
    async with set_stage(engine, request) as running:
        assert (await asked(running)).status_code == 200
        side = ("--side", "city", "--why", "incident")
        await typed("grants", "suspend", "platform.transfers", *side, on=running)
        bitten = await until(lambda answer: answer.status_code == 403, running)
        await typed("grants", "resume", "platform.transfers", *side, on=running)
        back = await until(lambda answer: answer.status_code == 200, running)
    count(f"grants on {engine}: suspended within {bitten:.2f} s, resumed within {back:.2f} s, from another process")
    assert bitten < BITES_S
    assert back < BITES_S


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
async def test_a_barred_client_is_out_within_a_second(engine, request, count):
    """The token it holds is worth nothing any more; admitted again, it is worth something again."""
    async with set_stage(engine, request) as running:
        assert (await asked(running)).status_code == 200
        await typed("clients", "bar", "platform", "--why", "leaked", on=running)
        bitten = await until(lambda answer: answer.status_code == 401, running)
        await typed("clients", "admit", "platform", "--why", "mended", on=running)
        back = await until(lambda answer: answer.status_code == 200, running)
    count(f"clients on {engine}: barred within {bitten:.2f} s, admitted within {back:.2f} s, from another process")
    assert bitten < BITES_S
    assert back < BITES_S
