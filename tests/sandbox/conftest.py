"""What the sandbox's tests share: one city, a water company in process, and a gateway that only listens."""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import cache
from itertools import count
from typing import Any

import httpx
import pytest
from tests.sandbox.receiver import TOKEN, Receiver

from cotransfer.sandbox import City, Pace, Someone, Water

AT_ONCE = Pace(scale=0)
SERIALS = count(1)


@cache
def the_city() -> City:
    return City.from_seed(7)


@pytest.fixture
def city() -> City:
    return the_city()


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
async def water(city: City, receiver: Receiver) -> AsyncIterator[Water]:
    tokens = count(1)
    company = Water(
        city.accounts,
        pace=AT_ONCE,
        address="http://127.0.0.1:8002",
        draw_token=lambda: f"opaque-{next(tokens)}",
        page=2,
    )
    company.gateway.connect("http://gateway", TOKEN, transport=receiver.transport)
    yield company
    await company.close()


@pytest.fixture
async def client(water: Water) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(water) as client:
        yield client


def calling(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://counterparty")


def a_transfer() -> str:
    return f"019a9d2e-7c11-7a44-8b0e-{next(SERIALS):012x}"


def delivery(someone: Someone, transfer: str) -> dict[str, Any]:
    """The gateway's submission for somebody, as the contract has it."""
    assert someone.home is not None
    assert someone.account is not None
    return {
        "transfer": transfer,
        "service": "water",
        "account_number": someone.account.account_number,
        "application": {
            "right_holder_name": someone.holder.name,
            "document_type": someone.holder.document_type,
            "identity_number": someone.holder.identity_number,
            "mobile_number": someone.mobile_number,
            "certificate_number": someone.home.certificate_number,
            "location": someone.home.location,
            "unit_numbers": list(someone.home.unit_numbers),
            "registry_status": someone.home.registry_status,
        },
    }


async def submit(
    client: httpx.AsyncClient, someone: Someone, transfer: str | None = None
) -> tuple[str, httpx.Response]:
    """Hands somebody's application in; gives back the transfer and the answer."""
    transfer = transfer or a_transfer()
    answer = await client.post(
        "/v1/applications", json=delivery(someone, transfer), headers={"idempotency-key": transfer}
    )
    return transfer, answer


async def until(seen: Callable[[], bool]) -> None:
    """Lets the other tasks run until something is seen; fails rather than waiting for ever."""
    for _ in range(1000):
        if seen():
            return
        await asyncio.sleep(0)
    pytest.fail("it never happened")
