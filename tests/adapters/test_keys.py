"""Key folders and held keys keep the laws of the port; files are private, whole, and seen as soon as they are there."""

import os
from pathlib import Path

import pytest
from typing_extensions import override

from cotransfer.adapters.keys import folder as folders
from cotransfer.adapters.keys.folder import KeyFolder
from cotransfer.adapters.keys.held import HeldKeys
from cotransfer.adapters.keys.making import make_key
from cotransfer.ports.keys import KeyMissing, KeyProvider, KeyUse, current
from cotransfer.testing.keys import KeyProviderLaws


class TestFolder(KeyProviderLaws):
    @override
    @pytest.fixture
    def keys(self, tmp_path: Path) -> KeyProvider:
        made = KeyFolder(tmp_path / "keys")
        for use in KeyUse:
            for name in "bca":
                made.make(use, name)
        return made

    @override
    @pytest.fixture
    def bare(self, tmp_path: Path) -> KeyProvider:
        return KeyFolder(tmp_path / "nowhere")

    def test_files_and_folders_are_private(self, tmp_path: Path) -> None:
        """Whoever else uses the machine sees neither keys nor their names."""
        file = KeyFolder(tmp_path / "keys").make(KeyUse.WRAPPING, "a")
        assert file.stat().st_mode & 0o777 == 0o600
        assert {parent.stat().st_mode & 0o777 for parent in (file.parent, file.parent.parent)} == {0o700}
        assert [one.name for one in file.parent.iterdir()] == ["a.key"]

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
    def test_a_key_that_others_may_read_is_not_taken(self, tmp_path: Path, mode: int) -> None:
        """It may be known already: the sentence says what to do."""
        keys = KeyFolder(tmp_path)
        keys.make(KeyUse.INDEX, "a").chmod(mode)
        with pytest.raises(KeyMissing, match="chmod 600"):
            keys.key(KeyUse.INDEX, "a")

    @pytest.mark.parametrize("mode", [0o770, 0o702, 0o722])
    @pytest.mark.parametrize("inner", [True, False])
    def test_a_folder_that_others_may_change_is_not_taken(self, tmp_path: Path, mode: int, inner: bool) -> None:
        """They could put a key there that is current at once, or take one away: neither keys nor names come from it."""
        keys = KeyFolder(tmp_path / "keys")
        folder = keys.make(KeyUse.WRAPPING, "a").parent
        (folder if inner else folder.parent).chmod(mode)
        for asked in (lambda: keys.key(KeyUse.WRAPPING, "a"), lambda: keys.names(KeyUse.WRAPPING)):
            with pytest.raises(KeyMissing, match="chmod 700"):
                asked()

    @pytest.mark.parametrize("whose", ["", "wrapping", "wrapping/a.key"])
    def test_what_belongs_to_somebody_else_is_not_taken(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whose: str
    ) -> None:
        """Its owner may change it whenever they like; what is the system's or ours is taken."""
        KeyFolder(tmp_path).make(KeyUse.WRAPPING, "a")
        stranger = (tmp_path / whose).stat()
        real, us = os.fstat, 4711

        def stat_of(found: os.stat_result) -> os.stat_result:
            owner = 4712 if found.st_ino == stranger.st_ino else us
            return os.stat_result((*found[:4], owner, *found[5:]))

        path_stat = Path.stat
        monkeypatch.setattr(os, "geteuid", lambda: us)
        monkeypatch.setattr(os, "fstat", lambda descriptor: stat_of(real(descriptor)))
        monkeypatch.setattr(Path, "stat", lambda path, **how: stat_of(path_stat(path, **how)))
        with pytest.raises(KeyMissing, match="belongs to another user"):
            KeyFolder(tmp_path).key(KeyUse.WRAPPING, "a")
        stranger = os.stat_result((0,) * 10)
        assert len(KeyFolder(tmp_path).key(KeyUse.WRAPPING, "a")) == 32

    def test_a_new_key_is_seen_by_whoever_runs(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Another process makes it: it is there at once by name, and current as soon as the listing is old."""
        keys, other = KeyFolder(tmp_path), KeyFolder(tmp_path)
        other.make(KeyUse.WRAPPING, "a")
        assert current(keys, KeyUse.WRAPPING) == "a"
        other.make(KeyUse.WRAPPING, "b")
        assert len(keys.key(KeyUse.WRAPPING, "b")) == 32
        monkeypatch.setattr(folders, "LISTED_S", 0.0)
        assert current(keys, KeyUse.WRAPPING) == "b"

    def test_a_listing_is_believed_for_a_second(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The folder is not read for every transfer."""
        monkeypatch.setattr(folders, "LISTED_S", 1e6)
        keys = KeyFolder(tmp_path)
        assert keys.names(KeyUse.WRAPPING) == ()
        KeyFolder(tmp_path).make(KeyUse.WRAPPING, "a")
        assert keys.names(KeyUse.WRAPPING) == ()

    def test_a_key_is_never_written_over(self, tmp_path: Path) -> None:
        """A key that is gone takes with it whatever it has sealed."""
        keys = KeyFolder(tmp_path)
        file = keys.make(KeyUse.WRAPPING, "a")
        before = file.read_bytes()
        with pytest.raises(FileExistsError):
            keys.make(KeyUse.WRAPPING, "a")
        assert [one.read_bytes() for one in file.parent.iterdir()] == [before]

    @pytest.mark.parametrize("text", [b"", b"short", b"#" * 44, b"A" * 43 + b"=" + b"x", b"A" * 8192])
    @pytest.mark.parametrize("use", KeyUse)
    def test_what_is_no_key_is_told_and_not_shown(self, tmp_path: Path, use: KeyUse, text: bytes) -> None:
        """A damaged file is named; what stands in it is not."""
        keys = KeyFolder(tmp_path)
        keys.make(use, "a").write_bytes(text)
        with pytest.raises(KeyMissing, match=f"{use.value} key a is not a key of that use") as caught:
            keys.key(use, "a")
        assert not text or text.decode() not in str(caught.value)
        assert caught.value.__cause__ is None

    def test_other_files_are_no_keys(self, tmp_path: Path) -> None:
        """Notes, backups and half-written files beside the keys."""
        keys = KeyFolder(tmp_path)
        keys.make(KeyUse.AUDIT, "a")
        for name in ("README", "b.key.next", ".hidden.key", "C.key", "a b.key"):
            (tmp_path / "audit" / name).write_text("x")
        assert KeyFolder(tmp_path).names(KeyUse.AUDIT) == ("a",)

    @pytest.mark.skipif(os.geteuid() == 0, reason="The superuser may read every folder.")
    def test_a_closed_folder_is_told(self, tmp_path: Path) -> None:
        """With the system's own word for it."""
        keys = KeyFolder(tmp_path)
        folder = keys.make(KeyUse.AUDIT, "a").parent
        folder.chmod(0)
        with pytest.raises(KeyMissing, match="mend its rights"):
            KeyFolder(tmp_path).names(KeyUse.AUDIT)
        folder.chmod(0o700)


class TestHeld(KeyProviderLaws):
    @override
    @pytest.fixture
    def keys(self) -> KeyProvider:
        return HeldKeys({use: {name: make_key(use) for name in "cab"} for use in KeyUse})

    @override
    @pytest.fixture
    def bare(self) -> KeyProvider:
        return HeldKeys({})

    def test_only_keys_of_the_use_are_held(self) -> None:
        """A pair for tokens is no pair for the audit trail, and neither wraps."""
        for use in KeyUse:
            for other in {KeyUse.WRAPPING, KeyUse.TOKENS, KeyUse.AUDIT} - {use}:
                if {use, other} != {KeyUse.WRAPPING, KeyUse.INDEX}:
                    with pytest.raises(KeyMissing):
                        HeldKeys({use: {"a": make_key(other)}})

    def test_names_are_held_to_the_rule(self) -> None:
        """What stands beside sealed data has one spelling everywhere."""
        with pytest.raises(ValueError, match="A key's name"):
            HeldKeys({KeyUse.WRAPPING: {"A|b": make_key(KeyUse.WRAPPING)}})

    def test_new_ones_are_one_of_each_use(self) -> None:
        """A whole set for a test or a trial."""
        assert {use: HeldKeys.new().names(use) for use in KeyUse} == dict.fromkeys(KeyUse, ("1",))
