"""The benchmark: what it prints, and what it refuses. No test here looks at a time."""

import contextlib
import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cotransfer.bench import backlog as backlog_part
from cotransfer.bench import memory as memory_part
from cotransfer.bench import recovery as recovery_part
from cotransfer.bench import reports as reports_part
from cotransfer.bench import simulating as simulating_part
from cotransfer.bench import transfers as transfers_part
from cotransfer.bench.contender import contending
from cotransfer.bench.engines import Engines, engines
from cotransfer.bench.figures import Spread, percentile
from cotransfer.bench.plan import EngineName, Mode, Part, Plan
from cotransfer.bench.watching import WatchedTransfers
from cotransfer.cli import bench as command
from cotransfer.cli.entry import app
from cotransfer.domain.events import ApplicationTaken
from cotransfer.domain.notices import NoticeKind
from cotransfer.domain.states import Completed
from cotransfer.domain.transfer import fold

SPREAD = {"median", "min", "max"}


def bench(*options: str) -> Result:
    """The command, in this process."""
    return CliRunner().invoke(app, ["bench", *options])


def lines(result: Result) -> list[dict[str, Any]]:
    """What it printed, when it came out well."""
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture(autouse=True)
def small_samples(monkeypatch):
    """Nothing here is about how long it takes."""
    monkeypatch.setattr("cotransfer.bench.core.SAMPLE_S", 1e-4)
    monkeypatch.setattr(transfers_part, "WARM_UP", 2)
    monkeypatch.setattr(memory_part, "WARM_UP", 2)
    monkeypatch.setattr(backlog_part, "IDLE_SAMPLES", 3)
    monkeypatch.setattr(backlog_part, "OUTAGE_S", 0.01)
    monkeypatch.setattr(backlog_part, "PROBE_S", 0.05)


class TestTransfers:
    def test_every_cell_has_a_line_a_mode_and_a_ratio(self):
        """Each engine and each number under way: both modes, then what one comes to over the other."""
        told = lines(
            bench(
                *("--only", "transfers", "--engine", "sqlite", "--transfers", "2", "--repeat", "2"),
                *("--under-way", "1", "--under-way", "3"),
            )
        )
        assert [(line["measure"], line.get("under_way"), line.get("mode")) for line in told] == [
            ("machine", None, None),
            ("transfers", 1, "group"),
            ("transfers", 1, "one_commit_per_step"),
            ("ratio", 1, None),
            ("transfers", 3, "group"),
            ("transfers", 3, "one_commit_per_step"),
            ("ratio", 3, None),
        ]
        assert told[3]["group_over_one_commit_per_step"].keys() == SPREAD
        figures = told[1]
        assert figures["engine"] == "sqlite"
        assert figures["transfers_per_s"].keys() == figures["commits_per_transfer"].keys() == SPREAD
        assert figures["report_to_visible_ms"].keys() == {"p50", "p95"}
        assert (figures["steps"], figures["transfers"], figures["repeated"]) == (8, 2, 2)

    @pytest.mark.slow
    def test_postgresql_is_measured_on_a_server_of_our_own(self):
        """PostgreSQL with its own defaults, started for the run: nobody has to start one by hand."""
        machine, *told = lines(
            bench(
                "--only", "transfers", "--engine", "postgresql", "--under-way", "2", "--transfers", "2", "--repeat", "1"
            )
        )
        assert set(machine["engines"]) == {"postgresql"}
        assert [line["measure"] for line in told] == ["transfers", "transfers", "ratio"]

    def test_modes_take_turns_in_slices(self):
        """A neighbour on the machine slows both modes alike; a busy round is too short to be cut."""
        turns = list(transfers_part._turns(50, 1))
        assert [share for share, _ in turns] == [5] * 20
        assert [mode for _, mode in turns][:4] == [*Mode, *reversed(Mode)]
        assert [share for share, _ in transfers_part._turns(400, 64)] == [400, 400]

    async def test_one_commit_per_step_is_eight_steps_and_three_claims(self):
        """The slow mode commits each step by itself; alone, the group cannot save any of them either."""
        with engines((EngineName.SQLITE,)) as started:
            for mode in Mode:
                async with contending(started.running[EngineName.SQLITE].new_database(), mode) as contender:
                    assert (await contender.play(2, under_way=1)).commits == 2 * (8 + 3)

    async def test_a_transfer_is_complete_with_eight_events(self):
        """Eight durable steps a transfer: what is measured is the whole way, and ends as the scheme says."""
        with engines((EngineName.SQLITE,)) as started:
            address = started.running[EngineName.SQLITE].new_database()
            async with contending(address, Mode.GROUP) as contender:
                moved = _remembering(contender.transfers)
                played = await contender.play(3, under_way=2)
                journals = [await contender.transfers.journal(transfer) for transfer in moved]
        assert len(played.report_to_visible_s) == 3 * 3
        assert [len(journal) for journal in journals] == [8, 8, 8]
        assert all(isinstance(fold(entry.event for entry in journal), Completed) for journal in journals)

    async def test_who_waits_for_a_mark_that_has_passed_waits_no_more(self):
        """A worker may be quicker than the one who waits for it."""
        with engines((EngineName.SQLITE,)) as started:
            async with contending(started.running[EngineName.SQLITE].new_database(), Mode.GROUP) as contender:
                moved = _remembering(contender.transfers, forgetting=False)
                await contender.play(1, under_way=1)
                await contender.transfers.until(moved[0], ApplicationTaken)
                await contender.transfers.until(moved[0], NoticeKind.RESULT)


class TestOtherParts:
    def test_core_and_parts_tell_microseconds(self):
        """The pure core, the matching and the codec: one line each, in microseconds."""
        told = lines(bench("--only", "core", "--only", "parts", "--repeat", "2"))
        assert {(line["measure"], line.get("what")) for line in told[1:]} == {
            ("core", "step"),
            ("core", "repeated_report"),
            ("matching", None),
            *(("codec", what) for what in ("write_state", "write_facts", "read_state", "write_event", "read_event")),
        }
        assert all(line["us"].keys() == SPREAD for line in told[1:])

    def test_sealing_tells_both_suites_and_the_rotation(self):
        """What a transfer's personal data costs with each suite, and how many data keys a second are wrapped anew."""
        *suites, rotation = lines(bench("--only", "sealing", "--repeat", "1"))[1:]
        assert [line["suite"] for line in suites] == ["aes-256-gcm", "sm4-gcm"]
        assert all(line["us"].keys() == SPREAD for line in suites)
        assert (rotation["what"], rotation["keys_per_s"].keys()) == ("rotation", SPREAD)

    def test_simulation_tells_schedules_a_second(self, monkeypatch):
        """In memory and over SQLite: how many schedules a second of computing, and how much goes wrong in each."""
        monkeypatch.setattr(simulating_part, "IN_MEMORY", 3)
        monkeypatch.setattr(simulating_part, "ON_SQLITE", 1)
        memory, sqlite = lines(bench("--only", "simulation", "--repeat", "2"))[1:]
        assert [memory["store"], sqlite["store"]] == ["memory", "sqlite"]
        assert memory["per_cpu_s"].keys() == SPREAD
        assert memory["faults_per_schedule"] > 0

    def test_signing_tells_both_halves_of_every_scheme(self):
        """What a signature costs who makes it, and who checks it."""
        told = lines(bench("--only", "signing", "--repeat", "1"))[1:]
        assert {line["what"].split("_")[0] for line in told} == {"sign", "check"}
        assert all(line["us"].keys() == SPREAD for line in told)

    def test_a_report_is_measured_with_and_without_protection(self, monkeypatch):
        """Both through the whole gateway, and the difference: with a token seen before, and with new ones."""
        for name, value in {"TRANSFERS": 2, "SLICES": 2, "WARM_UP": 1, "UNDER_WAY": (2,)}.items():
            monkeypatch.setattr(reports_part, name, value)
        told = lines(bench("--only", "report", "--repeat", "1"))[1:]
        assert [(line["measure"], line["what"]) for line in told] == [("report", what) for what in reports_part.TOKENS]
        assert all(line["protected_us"].keys() == line["more_us"].keys() == SPREAD for line in told)

    def test_memory_is_looked_at_on_the_way(self):
        """Ten looks, so that one sees whether it is flat or climbs."""
        _, line = lines(bench("--only", "memory", "--memory-transfers", "10"))
        assert line["transfers"] == 10
        assert len(line["on_the_way_mib"]) == memory_part.LOOKS
        assert line["grown_mib"] == round(line["after_mib"] - line["before_mib"], 1)

    @pytest.mark.slow
    def test_recovery_is_of_a_process_that_was_killed(self, monkeypatch):
        """A gateway dies by SIGKILL; from the start of the next one to its first delivery, and to its first answer."""
        monkeypatch.setattr(recovery_part, "WAITING", 2)
        _, line = lines(bench("--only", "recovery", "--repeat", "1"))
        assert (line["measure"], line["engine"], line["waiting"], line["repeated"]) == ("recovery", "sqlite", 2, 1)
        assert line["start_to_first_delivery_s"].keys() == line["start_to_serving_s"].keys() == SPREAD
        assert line["computing_s"]["median"] > 0

    async def test_a_gateway_that_ends_as_it_starts_is_told(self, monkeypatch):
        """Nothing is measured of what did not run."""
        monkeypatch.setattr(recovery_part, "settings_text", lambda *_, **__: "nonsense = 1")
        with pytest.raises(recovery_part.NotRecovered):
            await recovery_part.measure(1)

    def test_where_nothing_else_is_known_the_peak_is_told(self, monkeypatch):
        """Not every system says what a process holds now."""
        monkeypatch.setattr(memory_part, "TELLS_RESIDENT", False)
        assert memory_part.resident_mib() > 1


class TestBacklog:
    def test_what_piled_up_is_done_once(self):
        """An idle worker's first attempts, then an outage: all that piled up is handed in, nothing of it twice."""
        told = lines(bench("--only", "backlog", "--engine", "sqlite", "--backlog-tasks", "30"))
        assert [(line["measure"], line.get("engine")) for line in told] == [
            ("machine", None),
            ("first_attempt", "sqlite"),
            ("backlog", "sqlite"),
        ]
        first, outage = told[1:]
        assert first["commit_to_first_attempt_ms"].keys() == {"p50", "p99", "max"}
        assert first["samples"] == 3
        assert (outage["tasks"], outage["handed_in_twice"]) == (30, 0)
        assert 1 <= outage["tried_in_the_outage"] < 30
        assert outage["fresh_tasks_per_s"].keys() == SPREAD
        assert outage["drained_over_fresh"] > 0

    def test_it_wants_its_engines(self):
        """Both are started for it, and its tasks are counted where progress is shown."""
        plan = Plan(parts=(Part.BACKLOG,), backlog_tasks=7)
        assert plan.needs == tuple(EngineName)
        assert plan.transfers_in_all == 14


class TestCommand:
    @pytest.mark.parametrize(
        "options",
        [
            ("--only", "everything"),
            ("--engine", "oracle"),
            ("--under-way", "0"),
            ("--under-way", "100000"),
            ("--transfers", "0"),
            ("--repeat", "-1"),
            ("--memory-transfers", "1"),
            ("--backlog-tasks", "1"),
            ("--memory-transfers", "many"),
        ],
    )
    def test_nonsense_is_refused_before_anything_runs(self, options):
        """A wrong option is named, and nothing is measured."""
        result = bench(*options)
        assert result.exit_code == 2
        assert options[0] in result.stderr
        assert result.stdout == ""

    def test_an_engine_that_is_not_there_is_told_and_the_rest_measured(self, monkeypatch):
        """A machine without PostgreSQL: a line says so, and the exit code that not all came out."""
        monkeypatch.setattr(command, "engines", lambda wanted: _without_postgresql())
        result = bench("--only", "core", "--only", "transfers", "--repeat", "1")
        told = [json.loads(line) for line in result.stdout.splitlines()]
        assert told[1] == {"measure": "transfers", "engine": "postgresql", "left_out": "There is none."}
        assert told[2]["measure"] == "core"
        assert "There is none." in result.stderr
        assert result.exit_code == 1

    def test_only_what_is_needed_is_started(self):
        """The core alone needs no database; memory needs a file."""
        assert Plan(parts=(Part.CORE,)).needs == ()
        assert Plan(parts=(Part.MEMORY,)).needs == (EngineName.SQLITE,)
        both = Plan(engines=(EngineName.POSTGRESQL,))
        assert set(both.needs) == set(EngineName)


class TestFigures:
    def test_a_spread_is_the_median_and_the_extremes(self):
        """No average: one pause of the machine would colour it."""
        assert Spread.of([3.0, 1.0, 9.0]).line() == {"median": 3.0, "min": 1.0, "max": 9.0}

    def test_percentiles_are_samples(self):
        """The nearest rank: never a figure that nobody measured."""
        hundred = [float(one) for one in range(1, 101)]
        assert (percentile(hundred, 50), percentile(hundred, 95), percentile([7.0], 95)) == (50.0, 95.0, 7.0)


def _without_postgresql() -> Any:
    return contextlib.nullcontext(Engines({}, {EngineName.POSTGRESQL: "There is none."}))


def _remembering(transfers: WatchedTransfers, *, forgetting: bool = True) -> list[Any]:
    """The transfers that have been through, in the order of their ends."""
    moved: list[Any] = []
    forget = transfers.leave

    def noted(transfer: Any) -> None:
        moved.append(transfer)
        if forgetting:
            forget(transfer)

    transfers.leave = noted  # type: ignore[method-assign]
    return moved
