"""A fresh stage for each case."""

import pytest
from tests.attacks.signin.stage import staged


@pytest.fixture
async def stage():
    async with staged() as fresh:
        yield fresh
