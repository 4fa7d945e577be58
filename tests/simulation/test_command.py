"""`cotransfer simulate` as somebody types it, and the shortest form of what fails."""

import json

import pytest
from tests.planted.mutants import unknown_falls_to_the_sms
from typer.testing import CliRunner, Result

from cotransfer.cli.entry import app
from cotransfer.domain import transfer
from cotransfer.simulation.schedule import play
from cotransfer.simulation.shrinking import replay_command, shrunk


def simulate(*options: str) -> Result:
    """The command, in this process."""
    return CliRunner().invoke(app, ["simulate", *options])


@pytest.fixture
def failing_seed(monkeypatch: pytest.MonkeyPatch) -> int:
    """A defect is planted, and this is the first seed that shows it."""
    monkeypatch.setattr(transfer, "_check", lambda submit: None)
    return next(seed for seed in range(100) if play(seed).violations)


class TestCommand:
    def test_it_ends_with_a_line(self) -> None:
        """How many schedules and faults, that no rule was broken, and how quick it was."""
        result = simulate("--seeds", "5")
        assert result.exit_code == 0, result.output
        assert result.stdout.startswith("simulated 5 schedules, ")
        assert ", 0 violations, " in result.stdout
        assert result.stdout.rstrip().endswith(" a second")

    def test_it_goes_on_for_as_long_as_told(self) -> None:
        """`make simulate SECONDS=…` ends by the clock; at least one schedule is played."""
        told = json.loads(simulate("--seconds", "0.2", "--from-seed", "77", "--json").stdout)
        assert told["schedules"] >= 1
        assert told["violations"] == 0

    def test_on_sqlite(self) -> None:
        """The real store, by name."""
        told = json.loads(simulate("--seeds", "2", "--store", "sqlite", "--json").stdout)
        assert (told["options"], told["schedules"], told["failing"]) == (["--store sqlite"], 2, [])

    def test_over_http(self) -> None:
        """The real adapters in between, on SQLite as well."""
        told = json.loads(simulate("--seeds", "2", "--lines", "http", "--store", "sqlite", "--json").stdout)
        assert (told["options"], told["violations"]) == (["--store sqlite", "--lines http"], 0)

    def test_one_seed_is_shown_with_its_trace(self) -> None:
        """What happened, line by line, and whose story it was."""
        result = simulate("--seed", "3")
        assert result.exit_code == 0, result.output
        assert "calm" in result.stdout
        assert "story#0: " in result.stdout
        told = json.loads(simulate("--seed", "3", "--json").stdout)
        assert told["hash"] == play(3).hash

    def test_a_failing_seed_prints_its_shortest_form(self, failing_seed: int) -> None:
        """The rule, how it was broken, and what to type; and typed, it fails again, with exit code 1."""
        result = simulate("--seeds", "1", "--from-seed", str(failing_seed))
        assert result.exit_code == 1
        assert "I6: " in result.stdout
        (line,) = [line for line in result.stdout.splitlines() if f"--seed {failing_seed} " in line]
        again = simulate(*line.split()[2:])
        assert again.exit_code == 1
        assert "I6" in again.stdout

    def test_a_failure_for_machines(self, failing_seed: int) -> None:
        """With the parts that are left and the command that plays them."""
        result = simulate("--seeds", "1", "--from-seed", str(failing_seed), "--json")
        assert result.exit_code == 1
        (shortest,) = json.loads(result.stdout)["shortest"]
        assert shortest["seed"] == failing_seed
        assert {one["rule"] for one in shortest["violations"]} >= {"I6"}
        assert shortest["replay"].startswith(f"cotransfer simulate --seed {failing_seed} --only ")

    @pytest.mark.parametrize("options", [("--seeds", "0"), ("--store", "oracle"), ("--only", "story#0")])
    def test_nonsense_is_refused(self, options: tuple[str, ...]) -> None:
        """A wrong option is named, and nothing is played."""
        result = simulate(*options)
        assert result.exit_code == 2
        assert options[0] in result.stderr


class TestShrinking:
    def test_nothing_is_left_that_could_go(self, failing_seed: int) -> None:
        """Arrears need no fault at all: one story is left."""
        failing = play(failing_seed)
        shortest = shrunk(failing)
        assert [name.partition("#")[0] for name in shortest.parts] == ["story"]
        assert replay_command(shortest, "--store sqlite").endswith(f"--store sqlite --only {shortest.parts[0]}")

    def test_a_fault_that_is_needed_stays(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A notice shown twice, by both channels, needs a lost answer: one story, and few faults."""
        unknown_falls_to_the_sms(monkeypatch)
        failing = next(outcome for outcome in map(play, range(100)) if outcome.violations)
        shortest = shrunk(failing)
        assert {one.rule for one in shortest.violations} == {"I3"}
        assert 2 <= len(shortest.parts) < len(failing.parts)
