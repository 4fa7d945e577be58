"""`cotransfer agenda`: an operator sees every task, why it stands where it stands, and puts back what was given up."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cotransfer.adapters.sql import open_store, upgrade
from cotransfer.adapters.sql.sqlite import FIXED_LOG, MODULE
from cotransfer.adapters.sql.trust.audit import SqlAudit
from cotransfer.cli.agenda import app
from cotransfer.cli.agenda_words import DUTIES, PARTIES, at_fault, failed_as
from cotransfer.domain import trails
from cotransfer.domain.agenda import Duty
from cotransfer.domain.correlation import Correlation
from cotransfer.domain.ledger import Failure, Tried
from cotransfer.domain.notes import Decision
from cotransfer.domain.parties import NextAction, Party, Step
from cotransfer.ports.agenda import Postponed
from cotransfer.ports.standing import ALL, Phase
from cotransfer.ports.transfers import Change
from cotransfer.testing.histories import AT, History, history
from cotransfer.testing.keys import SEALING
from cotransfer.testing.owing import claim

SEND, INVITE, RESULT, CHASE = Duty.SEND_APPLICATION, Duty.INVITE_TO_SIGN, Duty.ANNOUNCE_RESULT, Duty.CHASE_RECEIPT
MENDED = ("--who", "li-na", "--why", "mended")
AWAY = Failure(
    Party.UTILITY,
    "kunming-water answered 503.",
    step=Step.SUBMIT,
    correlation=Correlation(ours="c-20261123-8f2a", theirs="kw-77812"),
    next_action=NextAction.CALL_OPERATOR,
)
FAULT = {
    "party": "utility",
    "what": "kunming-water answered 503.",
    "step": 5,
    "correlation_id": "c-20261123-8f2a",
    "counterparty_correlation_id": "kw-77812",
    "next_action": "call_operator",
}

Run = Callable[..., Result]


class Desk:
    """A database with two transfers: one could not be handed in and is buried, as is its notice; the other's tasks are
    pending, held and waiting for their next try.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.one, self.other = history(), history()
        upgrade(address)
        asyncio.run(self._fill())

    async def _fill(self) -> None:
        async with open_store(self.address, sealing=SEALING) as store:
            one, other = self.one, self.other
            await store.commit([one.submit(owed=(SEND,)), Change(owed=(one.due(RESULT, AT, "notifier"),))])
            for nth, held in enumerate(await claim(store), 1):
                at = AT + timedelta(hours=nth)
                ledger = (Tried(1, at, AWAY),)
                await store.bury(held.lease, why=str(AWAY), at=at, doubt=AT, ledger=ledger)
            await store.commit([other.submit(owed=(SEND, INVITE)), Change(owed=(other.due(CHASE, AT, "kunming-gas"),))])
            hands = {each.due.duty: each for each in await store.claim(at=AT, limit=9, lease_s=10**9, token="t")}
            later = AT + timedelta(days=1)
            await store.postpone([Postponed(hands[INVITE].lease, later, str(AWAY), ledger=(Tried(1, AT, AWAY),))])
            await store.commit([Change(owed=(other.due(CHASE, AT, "kunming-gas"),))])

    def decisions(self, one: History) -> list[Decision]:
        """What the audit trail has of revivals."""

        async def look() -> list[Decision]:
            async with open_store(self.address, sealing=SEALING, read_only=True) as store:
                told = [trails.read(link.body).what for link in await SqlAudit(store).chain(one.transfer.text)]
                return [what for what in told if isinstance(what, Decision) and what.what == "task.revived"]

        return asyncio.run(look())

    def buried(self) -> set[str]:
        """The keys of what rests."""

        async def look() -> set[str]:
            async with open_store(self.address, sealing=SEALING, read_only=True) as store:
                found = await store.items(ALL, at=AT)
                return {item.due.key for item in found if item.standing.phase is Phase.BURIED}

        return asyncio.run(look())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """The database."""
    return Desk(f"sqlite:///{tmp_path / 'cotransfer.db'}")


@pytest.fixture
def run(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Type `cotransfer agenda …` in the folder of the database."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, arguments)


def listed(result: Result) -> list[tuple[str, str]]:
    """The keys in their order, and how each task stands."""
    assert result.exit_code == 0, result.output
    return [(task["key"], task["state"]) for task in json.loads(result.stdout)["tasks"]]


class TestList:
    def test_every_task_as_it_stands(self, run: Run, desk: Desk) -> None:
        """Pending, held, waiting for a retry, buried: by when it is due, or was buried."""
        one, other = desk.one, desk.other
        everything = listed(run("list", "--json"))
        assert sorted(everything[:2]) == sorted([(other.due(SEND).key, "held"), (other.due(CHASE).key, "pending")])
        assert sorted(everything[2:4]) == sorted([(one.due(SEND).key, "buried"), (one.due(RESULT).key, "buried")])
        assert everything[4:] == [(other.due(INVITE).key, "retrying")]

    def test_in_words(self, run: Run, desk: Desk) -> None:
        """Each with its counterparty, its attempts, and why it is not done."""
        said = run("list").stdout
        for told in ("notifier, 1 attempt: utility: kunming-water answered 503.", "kunming-gas, 0 attempts", "hands"):
            assert told in said

    @pytest.mark.parametrize(
        ("options", "count"),
        [
            (("--state", "buried"), 2),
            (("--state", "held"), 1),
            (("--state", "pending"), 1),
            (("--state", "retrying"), 1),
            (("--counterparty", "notifier"), 1),
            (("--duty", "send_application"), 2),
            (("--since", "2026-03-02T10:00:00Z"), 3),
            (("--until", "2026-03-02T10:00:00Z"), 2),
            (("--since", "2026-03-02T18:30:00+08:00", "--until", "2026-03-02T19:30+08:00"), 1),
            (("--since", "2026-03-02T11:00:00Z", "--state", "buried", "--counterparty", "nobody"), 0),
        ],
    )
    def test_filtered(self, run: Run, options: tuple[str, ...], count: int) -> None:
        """By how it stands, whom it is towards, what it is and when: all that is asked for holds."""
        assert len(listed(run("list", "--json", *options))) == count

    def test_of_a_transfer(self, run: Run, desk: Desk) -> None:
        """All that it owes."""
        keys = {key for key, _ in listed(run("list", "--json", "--transfer", desk.one.transfer.text))}
        assert keys == {desk.one.due(SEND).key, desk.one.due(RESULT).key}

    def test_a_list_that_is_cut_says_so(self, run: Run) -> None:
        """What is not shown is not taken for all there is."""
        assert "these are the first 2" in run("list", "--limit", "2").stdout
        assert json.loads(run("list", "--limit", "2", "--json").stdout)["cut"]
        assert not json.loads(run("list", "--limit", "5", "--json").stdout)["cut"]
        assert "more" not in run("list", "--limit", "5").stdout

    def test_nothing_is_found(self, run: Run) -> None:
        """That is told, too."""
        assert "no such task" in run("list", "--counterparty", "nobody").stdout

    @pytest.mark.parametrize("options", [("--since", "yesterday"), ("--transfer", "five"), ("--state", "asleep")])
    def test_nonsense_is_refused(self, run: Run, options: tuple[str, ...]) -> None:
        """With what a right one looks like."""
        assert run("list", *options).exit_code == 2


class TestWhoseFault:
    """Party, step, both correlation ids and what helps: for machines, and in a line."""

    LINE = "utility at step 5; correlation ids: ours c-20261123-8f2a, theirs kw-77812; next: call_operator"

    def test_in_the_list(self, run: Run, desk: Desk) -> None:
        """Of each task that failed; one that never did has none."""
        told = {task["key"]: task["fault"] for task in json.loads(run("list", "--json").stdout)["tasks"]}
        assert told == {
            **dict.fromkeys((desk.one.due(SEND).key, desk.one.due(RESULT).key, desk.other.due(INVITE).key), FAULT),
            **dict.fromkeys((desk.other.due(SEND).key, desk.other.due(CHASE).key)),
        }
        assert run("list").stdout.count(self.LINE) == 3

    def test_of_the_buried(self, run: Run, desk: Desk) -> None:
        """Each grave says it."""
        assert [one["fault"] for one in json.loads(run("buried", "--json").stdout)["buried"]] == [FAULT, FAULT]
        assert run("buried").stdout.count(self.LINE) == 2

    def test_of_one(self, run: Run, desk: Desk) -> None:
        """Each attempt with its own."""
        said = json.loads(run("explain", desk.one.transfer.text, "send_application", "--json").stdout)
        assert said["fault"] == FAULT
        assert [{name: mark[name] for name in FAULT} for mark in said["ledger"]] == [FAULT]
        told = run("explain", desk.one.transfer.text, "send_application").stdout
        assert "answered 503. (ours c-20261123-8f2a, theirs kw-77812)" in told
        assert "whose fault: the utility's, at step 5" in told
        assert "correlation ids: ours c-20261123-8f2a, theirs kw-77812" in told

    def test_of_what_was_stored_before_more_was_kept(self) -> None:
        """Whose fault is told; nothing is made up for the rest."""
        bare = (Tried(1, AT, Failure(Party.NETWORK, "No connection.")),)
        assert failed_as(bare) == ("network",)
        assert at_fault(bare) == {
            "party": "network",
            "what": "No connection.",
            **dict.fromkeys(("step", "correlation_id", "counterparty_correlation_id", "next_action")),
        }
        assert (failed_as(()), at_fault(())) == ((), None)


class TestExplain:
    def test_a_buried_task(self, run: Run, desk: Desk) -> None:
        """What it is, for which state, every attempt, whose fault, what comes next, and what one can do."""
        said = run("explain", desk.one.transfer.text, "send_application").stdout
        for told in (
            "hand the application in at the utility (step 5), towards kunming-water",
            "attempts: 1",
            "attempt 1: utility: kunming-water answered 503.",
            "whose fault: the utility's",
            "in doubt: it may have been done since 2026-03-02T09:00:00+00:00",
            "nobody tries it until it is revived",
            "ask kunming-water about it",
            f"cotransfer agenda revive {desk.one.transfer.text} send_application --who YOU --why WORD",
        ):
            assert told in said

    def test_a_revived_one(self, run: Run, desk: Desk) -> None:
        """Who put it back, when and why stands in its ledger, after what it came from."""
        transfer = desk.one.transfer.text
        assert run("revive", transfer, "send_application", *MENDED).exit_code == 0
        said = json.loads(run("explain", transfer, "send_application", "--json").stdout)
        assert [mark.get("revived_by") for mark in said["ledger"]] == [None, "li-na"]
        assert (said["state"], said["attempts"], said["fault"]["party"]) == ("retrying", 1, "utility")
        assert said["remedies"] == ["call_counterparty", "wait"]
        assert "11 more failures bury it" in said["next"]

    def test_one_in_somebodys_hands(self, run: Run, desk: Desk) -> None:
        """Until when, and that nobody has told of it yet."""
        said = run("explain", desk.other.transfer.text, "send_application").stdout
        assert "a worker is at it" in said
        assert "without a word" not in said

    def test_without_the_keys_the_rest_is_told(self, run: Run, desk: Desk) -> None:
        """The state is the transfer's, and sealed: what is known of the task is told all the same."""
        assert "cannot be read here" in run("explain", desk.other.transfer.text, "chase_receipt").stdout

    def test_what_is_not_owed(self, run: Run, desk: Desk) -> None:
        """Done, pointless, or never owed: exit 1, and where to look."""
        result = run("explain", desk.one.transfer.text, "erase")
        assert result.exit_code == 1
        assert "agenda list --transfer" in result.stderr

    def test_every_duty_and_every_party_has_its_words(self) -> None:
        """Nothing on the agenda is without a sentence that says what it is, and nobody without a name."""
        assert DUTIES.keys() == set(Duty)
        assert PARTIES.keys() == set(Party)


class TestRevive:
    def test_one(self, run: Run, desk: Desk) -> None:
        """By transfer and duty: due now, and in the audit trail with who and why; the other one stays."""
        result = run("revive", desk.one.transfer.text, "send_application", *MENDED)
        assert (result.exit_code, result.stdout) == (0, "revived 1 task, due now\n")
        assert desk.buried() == {desk.one.due(RESULT).key}
        assert desk.decisions(desk.one) == [
            Decision(what="task.revived", who="li-na", about="send_application", why="mended")
        ]

    @pytest.mark.parametrize(
        ("options", "left"),
        [
            (("--all",), []),
            (("--counterparty", "kunming-water"), [RESULT]),
            (("--counterparty", "notifier", "--since", "2026-03-02"), [SEND]),
            (("--since", "2026-03-02T08:00:00Z", "--until", "2026-03-02T13:00:00Z"), []),
        ],
    )
    def test_all_of_an_outage(self, run: Run, desk: Desk, options: tuple[str, ...], left: list[Duty]) -> None:
        """By counterparty, by time, by both, or all of them."""
        result = run("revive", *options, *MENDED)
        assert result.exit_code == 0, result.output
        assert desk.buried() == {desk.one.due(duty).key for duty in left}
        assert len(desk.decisions(desk.one)) == 2 - len(left)

    def test_a_dry_run_changes_nothing(self, run: Run, desk: Desk) -> None:
        """It says what would be put back, and leaves it."""
        result = run("revive", "--all", "--dry-run", *MENDED)
        assert result.exit_code == 0
        assert "would revive 2 tasks; nothing was changed" in result.stdout
        assert desk.one.due(SEND).key in result.stdout
        assert len(desk.buried()) == 2
        assert desk.decisions(desk.one) == []

    def test_a_second_time_there_is_nothing(self, run: Run, desk: Desk) -> None:
        """Exit 1, with where to look."""
        assert run("revive", "--all", *MENDED).exit_code == 0
        again = run("revive", "--all", *MENDED)
        assert again.exit_code == 1
        assert "No such task is buried" in again.stderr
        assert run("revive", "--all", "--dry-run", *MENDED).exit_code == 0

    @pytest.mark.parametrize(
        "arguments",
        [
            (),
            ("--all", "--counterparty", "notifier"),
            ("01997c5e-8000-7000-8000-000000000001",),
            ("01997c5e-8000-7000-8000-000000000001", "--all"),
        ],
    )
    def test_which_ones_must_be_said(self, run: Run, desk: Desk, arguments: tuple[str, ...]) -> None:
        """Nothing, or two things that do not go together: nothing is done by guessing."""
        result = run("revive", *arguments, *MENDED)
        assert result.exit_code == 2
        assert "Say which" in result.stderr
        assert len(desk.buried()) == 2

    @pytest.mark.parametrize(
        "words", [(), ("--who", "li-na"), ("--who", "li na", "--why", "mended"), ("--who", "li-na", "--why", "修好了")]
    )
    def test_who_and_why_must_be_said(self, run: Run, desk: Desk, words: tuple[str, ...]) -> None:
        """Both, in words that the audit trail takes: nothing is done otherwise."""
        assert run("revive", "--all", *words).exit_code == 2
        assert len(desk.buried()) == 2

    @pytest.mark.skipif(MODULE.sqlite_version_info < FIXED_LOG, reason="An older SQLite must not.")
    def test_beside_the_owner(self, run: Run, desk: Desk) -> None:
        """A running gateway need not be stopped: it finds the tasks due."""
        owner = open_store(desk.address, sealing=SEALING)
        try:
            assert run("revive", "--all", *MENDED).exit_code == 0
            due = asyncio.run(claim(owner, 10**9, limit=99))
        finally:
            asyncio.run(owner.close())
        assert {desk.one.due(SEND).key, desk.one.due(RESULT).key} <= {one.due.key for one in due}
