"""An upgrade that fails, is interrupted or killed leaves the database as it was, with all that was under way in it."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import alembic.config
import pytest
from sqlalchemy.exc import DBAPIError
from tests.adapters.upgrading import (
    ROOT,
    differences,
    go_on_to_the_end,
    town,
)
from tests.golden.kept import newest, stored, under_way
from tests.golden.stores import put, rows

from cotransfer.adapters.sql import CannotOpen, check, open_store, schema, upgrade
from cotransfer.testing.keys import SEALING

FAILING = """
import os, signal
import sqlalchemy as sa
from alembic import op

revision, down_revision = "9999", "{newest}"


def upgrade():
    op.add_column("transfers", sa.Column("more", sa.BigInteger))
    op.create_table("more", sa.Column("id", sa.Text, primary_key=True))
    op.drop_index("agenda_due", "agenda")
    op.execute("UPDATE transfers SET version = version + 1, details = facts")
    op.execute("DELETE FROM agenda")
    op.execute("DELETE FROM data_keys")
    {ends}
"""
"""A revision that has spoilt everything by the time it fails."""

ENDS = {
    "in an error": 'op.execute("SELECT nothing FROM nowhere")',  # The engine's own refusal, not ours.
    "interrupted": "raise KeyboardInterrupt",
    "killed": "os.kill(os.getpid(), signal.SIGKILL)",
}


@contextlib.contextmanager
def a_version_with(folder: str) -> Iterator[None]:
    """A version that has the revisions in `folder` as well."""
    own = Path(schema.__file__).parent / "migrations" / "versions"

    class Config(alembic.config.Config):
        def __init__(self) -> None:
            super().__init__()
            self.set_main_option("version_locations", f"{own}:{folder}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alembic.config, "Config", Config)
        patch.setattr(schema, "REVISIONS", (*schema.REVISIONS, "9999"))
        yield


def upgrade_with(folder: str, address: str) -> None:
    """Upgrade as such a version would."""
    with a_version_with(folder):
        upgrade(address)


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest) -> str:
    """An empty database of either engine."""
    found: str = request.getfixturevalue(f"{request.param}_database")
    return found


class TestFailedUpgrades:
    """An upgrade is whole or not at all, whatever is under way in the database."""

    @pytest.fixture
    def filled(self, address: str) -> str:
        """With the newest golden rows, at this version's revision."""
        upgrade(address)
        put(address, stored(newest())[1])
        return address

    @pytest.mark.parametrize("ends", ENDS)
    async def test_nothing_has_happened(self, filled: str, tmp_path: Path, ends: str) -> None:
        """After an error, an interruption or a kill in the last statement every row and table is as it was, the store
        opens, and nothing under way is lost; mended, the upgrade is made, and all goes on to its end.
        """
        before, folder = list(rows(filled)), tmp_path / "more"
        folder.mkdir()
        script = FAILING.format(newest=schema.REVISIONS[-1], ends=ENDS[ends])
        (folder / "9999_failing.py").write_text(script)
        if ends == "killed":
            command = [sys.executable, "-m", "tests.adapters.test_sql_failed_upgrades", str(folder), filled]
            done = subprocess.run(command, check=False, timeout=300, cwd=ROOT)  # noqa: ASYNC221 - nothing else waits
            assert done.returncode == -9
        else:
            with pytest.raises((CannotOpen, DBAPIError, KeyboardInterrupt)):
                upgrade_with(str(folder), filled)
        assert list(rows(filled)) == before
        assert differences(filled) == []
        check(filled)
        async with open_store(filled, sealing=SEALING) as store:
            assert set((await store.load([one.transfer for one in under_way(newest())])).records) == {
                one.transfer for one in under_way(newest())
            }
        (folder / "9999_failing.py").write_text(script[: script.index("    op.execute")])
        with a_version_with(str(folder)):
            assert upgrade(filled) == "9999"
            async with open_store(filled, sealing=SEALING) as store:
                await go_on_to_the_end(town(filled, newest(), store))


if __name__ == "__main__":
    upgrade_with(*sys.argv[1:])
