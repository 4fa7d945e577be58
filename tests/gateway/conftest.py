"""A fresh gateway for each test."""

from collections.abc import AsyncIterator

import pytest_asyncio
from tests.gateway.stage import Stage, staged


@pytest_asyncio.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as fresh:
        yield fresh
