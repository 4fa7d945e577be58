"""`cotransfer keys` and `cotransfer erase`: made, listed, rotated beside whoever serves; asked first, erased once."""

import asyncio
from pathlib import Path

import pytest
from tests.test_cli import complaint, run

from cotransfer.adapters.keys.folder import KeyFolder
from cotransfer.adapters.sql import Sealing, open_store, upgrade
from cotransfer.adapters.sql.ownership import Ownership
from cotransfer.adapters.sql.sqlite import FIXED_LOG, MODULE
from cotransfer.adapters.sql.trust.audit import SqlAudit
from cotransfer.domain.notes import Decision
from cotransfer.domain.trails import read
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

    def decided(self) -> list[tuple[str, str, str | None]]:
        """What the audit trail says of keys, and of the transfer that has ended: what, who, about what."""

        async def look() -> list[tuple[str, str, str | None]]:
            async with open_store(self.address, read_only=True) as store:
                audit = SqlAudit(store)
                links = [*await audit.chain("keys"), *await audit.chain(self.closed.transfer.text)]
                told = [read(link.body).what for link in links]
                return [(one.what, one.who, one.about) for one in told if isinstance(one, Decision)]

        return asyncio.run(look())

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


class TestWhoDidWhat:
    """Each change of a key has its entry, in the same store, with who did it (data security law art. 27)."""

    def test_a_new_key_and_a_rotation(self, home: Home) -> None:
        """By name, never by value; a rotation with nothing to do is none."""
        (old,) = home.keys.names(KeyUse.WRAPPING)
        run("keys", "new", "wrapping", "--who", "operator-7", cwd=home.folder)
        made = KeyFolder(home.keys.path).names(KeyUse.WRAPPING)[-1]
        assert made != old
        assert home.decided() == [("key.made", "operator-7", f"wrapping:{made}")]
        for _ in range(2):
            assert run("keys", "rotate", "--who", "operator-8", cwd=home.folder).returncode == 0
        assert home.decided()[1:] == [("key.rotated", "operator-8", f"wrapping:{made}")]

    def test_a_key_that_is_given_up(self, home: Home) -> None:
        """It takes with it whom chains are about: that it did is not forgotten."""
        (old,) = home.keys.names(KeyUse.INDEX)
        run("keys", "new", "index", cwd=home.folder)
        (home.keys.path / "index" / f"{old}.key").unlink()
        assert run("keys", "give-up", old, "--yes", "--who", "operator-9", cwd=home.folder).returncode == 0
        assert home.decided()[-1] == ("key.given_up", "operator-9", f"index:{old}")

    def test_an_erasure(self, home: Home) -> None:
        """Whoever had a transfer erased is named in its own chain."""
        transfer = home.closed.transfer.text
        assert run("erase", transfer, "--yes", "--who", "operator-7", cwd=home.folder).returncode == 0
        assert ("key.destroyed", "operator-7", None) in home.decided()

    def test_what_cannot_be_written_down_is_not_done(self, home: Home) -> None:
        """A name with a blank in it is no word of the trail: there is no new key either."""
        before = home.keys.names(KeyUse.TOKENS)
        assert run("keys", "new", "tokens", "--who", "Li Si", cwd=home.folder).returncode != 0
        assert KeyFolder(home.keys.path).names(KeyUse.TOKENS) == before

    def test_before_there_is_a_database(self, tmp_path: Path) -> None:
        """Keys come first: the first ones are made where there is no trail yet, and no file is left behind."""
        assert run("keys", "new", "index", cwd=tmp_path).returncode == 0
        assert not (tmp_path / "cotransfer.db").exists()


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
