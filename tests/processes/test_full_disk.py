"""A gateway whose disk is full or fails: it says so, acknowledges only what it has, and goes on once it is well."""

import asyncio
from collections.abc import Callable

import pytest
from tests.processes.faulty_calls import WRITES, Fault, suffering, why_not
from tests.processes.fleet import doubled, fleet

pytestmark = pytest.mark.skipif(why_not() is not None, reason=f"System calls cannot be made to fail: {why_not()}.")

PEOPLE = 6


@pytest.mark.slow
@pytest.mark.parametrize("answer", ["error=ENOSPC", "error=EIO"])
async def test_a_disk_that_fails_under_a_gateway(
    sqlite_database: str, answer: str, count: Callable[[str], None]
) -> None:
    """Citizens are told to try again, with the cause; everybody who was acknowledged is completed, once, and the
    process never ended.
    """
    async with fleet(sqlite_database) as running:
        await running.gateway.end()
        running.gateway.under = suffering(Fault(calls=WRITES, answer=answer, at=150, width=60))
        await running.gateway.start()
        people = running.city.everyone("plain")[:PEOPLE]
        transfers = await asyncio.gather(*(running.submit(who) for who in people))
        ended = [await running.finished(transfer) for transfer in transfers]
        assert [seen["state"] for seen in ended] == ["completed"] * PEOPLE
        assert await doubled(running) == []
        assert running.gateway.process is not None
        assert running.gateway.process.returncode is None
        said = (running.gateway.folder / "stderr.txt").read_text(encoding="utf-8")
        told = [line for line in said.splitlines() if "The disk that holds the database" in line]
        assert told
        assert "Traceback" not in said
        count(f"full disk: {answer.removeprefix('error=')} at 60 writes of a gateway, told {len(told)} times, 0 lost")
