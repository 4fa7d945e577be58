"""Consents of a transfer: asked about one that there is not."""

from typing import Any

import pytest

from cotransfer.adapters.memory.store import MemoryStore
from cotransfer.adapters.memory.time import ManualClock
from cotransfer.app.consenting import Consenting
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.values import TransferId


async def test_of_a_transfer_that_there_is_not() -> None:
    """It is refused, not answered with no consents."""
    store, unused = MemoryStore(), Any
    consenting = Consenting(unused, store, store, unused, ManualClock(), {})  # type: ignore[arg-type]
    with pytest.raises(Refused) as refused:
        await consenting.of(TransferId("01997c5e-8000-7000-8000-000000000001"))
    assert refused.value.refusal.why is Why.UNKNOWN_TRANSFER
