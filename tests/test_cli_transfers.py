"""`cotransfer transfers show`: what happened, and where it is a failure whose matter it is and how to find it."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cotransfer.adapters.sql import open_store, upgrade
from cotransfer.cli import transfers
from cotransfer.cli.transfers import app
from cotransfer.domain import events as e
from cotransfer.domain.correlation import UNCORRELATED, Correlation
from cotransfer.domain.notices import NoticeKind
from cotransfer.domain.parties import Step
from cotransfer.testing.histories import History, history
from cotransfer.testing.keys import SEALING

BOTH = Correlation(ours="c-20261123-8f2a", theirs="kw-77812")
Run = Callable[..., Result]


@pytest.fixture
def one() -> History:
    """A transfer that is late."""
    return history()


@pytest.fixture
def run(one: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Type `cotransfer transfers show …` in the folder of its database."""
    address = f"sqlite:///{tmp_path / 'cotransfer.db'}"
    upgrade(address)

    async def fill() -> None:
        async with open_store(address, sealing=SEALING) as store:
            events = (
                e.ApplicationTaken("KM-1"),
                e.DeadlinePassed(Step.PRE_REVIEW),
                e.OperatorTold(Step.PRE_REVIEW),
                e.NoticeUndeliverable(NoticeKind.RESULT, "not_following"),
            )
            brought = (BOTH, BOTH, Correlation(ours="c-3"), UNCORRELATED)
            await store.commit([one.submit()])
            await store.commit([one.move(*events, brought=brought)])

    asyncio.run(fill())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(transfers, "sealing_of", lambda settings: SEALING)
    return lambda *options: CliRunner().invoke(app, ["show", one.transfer.text, *options])


class TestShow:
    def test_for_machines(self, run: Run) -> None:
        """Each entry has its ids, and a failure its party and what helps."""
        journal = json.loads(run("--json").stdout)["journal"]
        told = [
            (one["step"], one["code"], one["correlation_id"], one["counterparty_correlation_id"], one["fault"])
            for one in journal
        ]
        assert told == [
            (5, "submitted", None, None, None),
            (5, "taken_by_utility", BOTH.ours, BOTH.theirs, None),
            (6, "deadline_passed", BOTH.ours, BOTH.theirs, {"party": "utility", "next_action": "wait"}),
            (6, "operator_told", "c-3", None, {"party": "utility", "next_action": "call_operator"}),
            (9, "result_undeliverable", None, None, {"party": "citizen", "next_action": "none"}),
        ]

    def test_in_words(self, run: Run) -> None:
        """Of a failure in the line itself."""
        lines = [line.split("step ")[1] for line in run().stdout.splitlines() if "  step " in line]
        assert lines == [
            "5  submitted",
            "5  taken_by_utility",
            "6  deadline_passed  (utility → wait; correlation ids: ours c-20261123-8f2a, theirs kw-77812)",
            "6  operator_told  (utility → call_operator; correlation ids: ours c-3)",
            "9  result_undeliverable, wechat, not_following  (citizen → none)",
        ]
