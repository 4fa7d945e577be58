"""Golden sets stay as they were written: a change is found, a released set is not written again."""

import shutil
from pathlib import Path

import pytest
from tests.golden import __main__ as command
from tests.golden import files
from tests.golden.files import DIGESTS, GOLDEN, lines, noted

RELEASES = files.releases()
FROZEN = (
    "is not as it was released. Rows like these are in databases, and nothing of them changes there: undo the change. "
    "A new spelling is a new form with an upgrade (docs/releasing.md), and is written into the next version's set."
)


class TestFrozen:
    def test_every_set_is_as_it_was_written(self) -> None:
        """No file of any set was changed, added or lost since it was written down."""
        now, then = files.digests(), noted()
        changed = sorted(name for name in now.keys() | then.keys() if now.get(name) != then.get(name))
        assert not changed, f"{changed[0]} {FROZEN}"

    def test_every_set_but_the_one_being_built_is_of_a_release(self) -> None:
        """A set of a version that nobody has would be read for ever, for nobody."""
        assert [one for one in RELEASES if not files.is_released(one)] in ([], [files.version()])

    @pytest.mark.parametrize("change", ["changed", "lost", "added"])
    def test_a_change_is_found(self, tmp_path: Path, change: str) -> None:
        """Whatever is done to a file of a set, the list tells."""
        golden = Path(shutil.copytree(GOLDEN / RELEASES[0], tmp_path / "golden" / RELEASES[0])).parent
        shutil.copy(GOLDEN / DIGESTS, golden)
        of_release = {name: of for name, of in noted(golden).items() if name.startswith(RELEASES[0])}
        assert files.digests(golden) == of_release
        file = golden / RELEASES[0] / "facts.jsonl"
        match change:
            case "changed":
                file.write_bytes(file.read_bytes().replace(b"water", b"gas", 1))
            case "lost":
                file.unlink()
            case _:
                (golden / RELEASES[0] / "more.jsonl").write_bytes(b"{}\n")
        assert files.digests(golden) != of_release


class TestMakeGolden:
    """`make golden`."""

    def test_a_set_is_written_beside_the_others_with_its_digests(self, tmp_path: Path) -> None:
        """The newest last; what was there of that version goes."""
        one = {"events.jsonl": [{"type": "a"}]}
        for version in ("0.9.0", "0.10.0"):
            files.write(version, {**one, "old.jsonl": []}, tmp_path)
            files.write(version, one, tmp_path)
        assert files.releases(tmp_path) == ("0.9.0", "0.10.0")
        assert noted(tmp_path) == files.digests(tmp_path)
        assert list(noted(tmp_path)) == ["0.9.0/events.jsonl", "0.10.0/events.jsonl"]
        assert lines("0.9.0", "events.jsonl", tmp_path) == one["events.jsonl"]

    def test_a_released_set_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """With what to do instead, and nothing is touched."""
        files.write("0.9.0", {"events.jsonl": [{"type": "a"}]}, tmp_path)
        before = noted(tmp_path)
        monkeypatch.setattr(files, "is_released", lambda version: True)
        with pytest.raises(files.Released, match=r"0\.9\.0 is released.*Raise the version in pyproject\.toml"):
            files.write("0.9.0", {"events.jsonl": []}, tmp_path)
        assert files.digests(tmp_path) == before

    def test_the_command_says_what_it_did(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
        """Where the set is, or in one sentence why there is none; then 1."""
        written: list[str] = []
        monkeypatch.setattr(command, "made", dict)
        monkeypatch.setattr(command, "write", lambda version, sets: written.append(version))
        assert command.main() == 0
        assert (written, f"tests/golden/{files.version()}" in capsys.readouterr().out) == ([files.version()], True)

        def refuse(version: str, sets: object) -> None:
            raise files.Released(version)

        monkeypatch.setattr(command, "write", refuse)
        assert command.main() == 1
        assert "is released" in capsys.readouterr().err

    def test_the_changelog_tells_what_is_released(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A part of its own for a version means that it is out; being mentioned does not."""
        (tmp_path / "CHANGELOG.md").write_text(
            "# Changelog\n\n## [Unreleased]\n\nAfter 1.2.3\n\n## [1.2.2] - 2026-11-28\n"
        )
        monkeypatch.setattr(files, "ROOT", tmp_path)
        assert [files.is_released(one) for one in ("1.2.3", "1.2.2", "1.2", "Unreleased")] == [False, True, False, True]
