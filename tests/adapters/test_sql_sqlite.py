"""The SQL store on SQLite keeps every law of both ports, on threads of its own and inline."""

import shutil

import pytest

from cotransfer.adapters.sql import open_store, upgrade
from cotransfer.testing.agenda import AgendaLaws
from cotransfer.testing.keys import SEALING
from cotransfer.testing.transfers import TransfersLaws


@pytest.fixture(scope="session")
def upgraded(tmp_path_factory):
    """The tables, made once and copied for each test."""
    path = tmp_path_factory.mktemp("sqlite") / "upgraded.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def address(upgraded, tmp_path):
    """A fresh file with the tables of this version."""
    return f"sqlite:///{shutil.copy(upgraded, tmp_path / 'cotransfer.db')}"


class TestSqliteStore(TransfersLaws, AgendaLaws):
    """As it runs in `cotransfer serve`."""

    @pytest.fixture
    async def store(self, address):
        """A new file for each law."""
        async with open_store(address, sealing=SEALING) as store:
            yield store


class TestSqliteStoreInline(TransfersLaws, AgendaLaws):
    """As it runs in a simulation."""

    @pytest.fixture
    async def store(self, address):
        """A new file for each law."""
        async with open_store(address, inline=True, sealing=SEALING) as store:
            yield store
