"""The store in dictionaries keeps every law of both ports."""

import pytest

from cotransfer.adapters.memory.store import MemoryStore
from cotransfer.testing.agenda import AgendaLaws
from cotransfer.testing.transfers import TransfersLaws


class TestMemoryStore(TransfersLaws, AgendaLaws):
    """The simplest store that is one."""

    @pytest.fixture
    async def store(self):
        """A new one for each law."""
        return MemoryStore()
