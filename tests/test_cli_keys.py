"""`cotransfer keys` and `cotransfer erase`: made, listed, rotated beside whoever serves; asked first, erased once."""

import asyncio
from pathlib import Path

import pytest
from tests.test_cli import complaint, run

from cotransfer.adapters.keys.folder import KeyFolder
from cotransfer.adapters.sql import Sealing, open_store, upgrade
from cotransfer.adapters.sql.ownership import Ownership
from cotransfer.adapters.sql.sqlite import FIXED_LOG, MODULE
from cotransfer.domain.values import TransferId
from cotransfer.ports.keys import KeyUse
from cotransfer.ports.transfers import Change, Loaded
from cotransfer.testing.erasure import ended
from cotransfer.testing.histories import AT, history

NOWHERE = "01997c5e-8000-7000-8000-ffffffffffff"
USES = [use.value for use in KeyUse]


class Home:
    """A folder with a database, its keys, a transfer that has ended and one that has not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "cotransfer.db"
        self.keys = KeyFolder(folder / "cotransfer.db.keys")
        self.closed, changes = ended()
        self.open = history()
        upgrade(self.address)
        self.keys.make_missing(AT)
        asyncio.run(self._fill([*changes, self.open.submit()]))

    @property
    def address(self) -> str:
        """Of the database."""
        return f"sqlite:///{self.file}"

    async def _fill(self, changes: list[Change]) -> None:
        async with open_store(self.address, sealing=Sealing(self.keys)) as store:
            for change in changes:
                await store.commit([change])

    def loaded(self, *transfers: TransferId) -> Loaded:
        """What a store finds."""

        async def look() -> Loaded:
            async with open_store(self.address, sealing=Sealing(self.keys), read_only=True) as store:
                return await store.load(transfers)

        return asyncio.run(look())


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A fresh one."""
    return Home(tmp_path)


class TestKeys:
    @pytest.mark.parametrize("use", USES)
    def test_a_new_key_is_current(self, tmp_path: Path, use: str) -> None:
        """In the folder that was named, under the time; and never shown."""
        said = run("keys", "new", use, "--folder", str(tmp_path / "k"), cwd=tmp_path).stdout
        (file,) = (tmp_path / "k" / use).iterdir()
        assert f"made the {use} key {file.stem}" in said
        assert file.read_text().splitlines()[0] not in said
        run("keys", "new", use, "--folder", str(tmp_path / "k"), cwd=tmp_path)
        assert len(KeyFolder(tmp_path / "k").names(KeyUse(use))) == 2

    def test_the_list_says_what_each_key_wraps(self, home: Home) -> None:
        """And which is current; and which is missing although something is under it."""
        listed = run("keys", "list", cwd=home.folder).stdout
        (old,) = home.keys.names(KeyUse.WRAPPING)
        assert f"wrapping  {old}  current  wraps 2 data keys: keep it" in listed
        assert all(use in listed for use in USES)
        (home.folder / "cotransfer.db.keys" / "wrapping" / f"{old}.key").unlink()
        listed = run("keys", "list", cwd=home.folder).stdout
        assert f"the wrapping key {old} is missing, and 2 data keys are lost without it" in listed

    def test_the_list_says_what_still_needs_an_index_key(self, home: Home) -> None:
        """The old one finds an open transfer that the new one does not; missing, it is named with what it found."""
        (old,) = home.keys.names(KeyUse.INDEX)
        run("keys", "new", "index", cwd=home.folder)
        listed = run("keys", "list", cwd=home.folder).stdout
        assert f"index     {old}  alone finds 1 open transfers and 0 audit chains: keep it" in listed
        assert "current  finds nothing that no later key finds" in listed
        (home.folder / "cotransfer.db.keys" / "index" / f"{old}.key").unlink()
        listed = run("keys", "list", cwd=home.folder).stdout
        assert f"the index key {old} is missing, and 1 open transfers and 0 audit chains are not found" in listed

    def test_only_an_index_key_that_is_gone_can_be_given_up(self, home: Home) -> None:
        """It asks first; afterwards nothing is missed any more, and the gateway starts."""
        (old,) = home.keys.names(KeyUse.INDEX)
        assert "is there" in complaint(run("keys", "give-up", old, "--yes", cwd=home.folder), code=1)
        run("keys", "new", "index", cwd=home.folder)
        (home.folder / "cotransfer.db.keys" / "index" / f"{old}.key").unlink()
        assert f"index key {old} was removed too early" in complaint(run("serve", cwd=home.folder))
        assert run("keys", "give-up", old, cwd=home.folder).returncode == 1
        assert "is missing, and 1 open" in run("keys", "list", cwd=home.folder).stdout
        assert "gave up 2 rows" in run("keys", "give-up", old, "--yes", cwd=home.folder).stdout
        assert "is missing" not in run("keys", "list", cwd=home.folder).stdout

    @pytest.mark.skipif(MODULE.sqlite_version_info < FIXED_LOG, reason="An older SQLite must not.")
    def test_rotation_goes_on_beside_the_owner(self, home: Home) -> None:
        """While the gateway holds the file; afterwards the old key wraps nothing, and everything is readable."""
        (old,) = home.keys.names(KeyUse.WRAPPING)
        run("keys", "new", "wrapping", cwd=home.folder)
        owner = Ownership(home.file)
        assert "wrapped 2 data keys anew" in run("keys", "rotate", cwd=home.folder).stdout
        assert "wrapped 0 data keys anew" in run("keys", "rotate", cwd=home.folder).stdout
        owner.release()
        assert f"wrapping  {old}  wraps nothing" in run("keys", "list", cwd=home.folder).stdout
        assert not home.loaded(home.open.transfer, home.closed.transfer).unreadable

    def test_without_a_key_the_remedy_is_told(self, home: Home) -> None:
        """A database without keys cannot rotate, and the sentence says what to do."""
        for file in (home.folder / "cotransfer.db.keys" / "wrapping").iterdir():
            file.unlink()
        assert "cotransfer keys new wrapping" in complaint(run("keys", "rotate", cwd=home.folder))


class TestErase:
    def test_it_asks_first(self, home: Home) -> None:
        """Nothing brings it back: who does not say yes has erased nothing."""
        assert run("erase", home.closed.transfer.text, cwd=home.folder).returncode == 1
        assert home.closed.transfer in home.loaded(home.closed.transfer).records

    def test_what_has_ended_is_erased_once(self, home: Home) -> None:
        """A second time is told, and who looks at it afterwards is told as well."""
        transfer = home.closed.transfer.text
        assert run("erase", transfer, "--yes", cwd=home.folder).stdout == f"erased: {transfer}\n"
        assert run("erase", transfer, "--yes", cwd=home.folder).stdout == f"erased before: {transfer}\n"
        assert set(home.loaded(home.closed.transfer, home.open.transfer).erased) == {home.closed.transfer}
        assert "erased" in complaint(run("transfers", "show", transfer, cwd=home.folder), code=1)

    def test_what_is_under_way_or_unknown_is_refused(self, home: Home) -> None:
        """Each with its sentence; an open transfer could not be ended without its data."""
        said = complaint(run("erase", home.open.transfer.text, "--yes", cwd=home.folder), code=1)
        assert "under way" in said
        assert "no such transfer" in complaint(run("erase", NOWHERE, "--yes", cwd=home.folder), code=1)
        assert home.open.transfer in home.loaded(home.open.transfer).records
