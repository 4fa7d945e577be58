"""The disk fails, is full, or the process dies in the middle of writing: what was acknowledged is there, whole."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.processes.committing import STEPS
from tests.processes.faulty_calls import KILLED, SYNCS, WRITES, Fault, Round, Run, committing, why_not

from cotransfer.adapters.sql import open_store, upgrade
from cotransfer.adapters.sql.sqlite import MODULE
from cotransfer.domain.agenda import Duty
from cotransfer.domain.transfer import fold
from cotransfer.domain.values import TransferId
from cotransfer.testing.histories import AT
from cotransfer.testing.keys import SEALING

pytestmark = pytest.mark.skipif(why_not() is not None, reason=f"System calls cannot be made to fail: {why_not()}.")

Count = Callable[[str], None]
TRANSFERS = 4
WIDTH = {WRITES: 7, SYNCS: 2}
"""How many calls in a row fail: so many that the store is tried again, and fails again."""

_each_in_a_campaign = [pytest.param(calls, 1, marks=pytest.mark.campaign) for calls in (WRITES, SYNCS)]

SYNC = re.compile(r" (?:fsync|fdatasync)\(|<\.\.\. (?:fsync|fdatasync) resumed>")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With an empty database to begin each round with."""
    upgrade(f"sqlite:///{tmp_path / 'empty.db'}")
    return tmp_path


async def nothing_is_lost(file: Path, seen: Round) -> None:
    """The file is sound; what was acknowledged is there; what was not is there whole, or not at all."""
    with MODULE.connect(file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    transfers = [TransferId(f"01997c5e-8000-7000-8000-{number:012x}") for number in range(1, TRANSFERS + 1)]
    async with open_store(f"sqlite:///{file}", sealing=SEALING, hints=False) as store:
        loaded = await store.load(transfers)
        assert not loaded.unreadable
        assert {one.text for one in loaded.records} >= set(seen.acknowledged)
        owed = set()
        for transfer, record in loaded.records.items():
            journal = await store.journal(transfer)
            assert fold(entry.event for entry in journal) == record.state
            assert [entry.sequence for entry in journal] == list(range(1, record.version + 1))
            assert record.version >= seen.acknowledged.get(transfer.text, 0)
            owed |= {transfer} if record.version == 1 else set()
        claimed = await store.claim(at=AT, limit=100, lease_s=60, token="after")
        assert {(one.due.transfer, one.due.duty) for one in claimed} == {(one, Duty.SEND_APPLICATION) for one in owed}


async def undisturbed(folder: Path) -> tuple[Run, dict[str, int]]:
    """The flow as it is, and how many writes and syncs the thread that writes makes in it."""
    run = await committing(folder, transfers=TRANSFERS)
    assert run.complaints == ""
    assert run.rounds[0].status == 0
    assert list(run.rounds[0].acknowledged.values()) == [STEPS] * TRANSFERS
    writes = Counter(line.split(" ", 1)[0] for line in run.calls if f" {WRITES}(" in line)
    syncs = Counter(line.split(" ", 1)[0] for line in run.calls if SYNC.search(line) and "resumed" not in line)
    return run, {WRITES: max(writes.values()), SYNCS: max(syncs.values())}


async def test_each_acknowledged_commit_was_synchronised(folder: Path) -> None:
    """Between the last write of a commit and its acknowledgement the file is synchronised with the disk."""
    run, _ = await undisturbed(folder)
    dirty, acknowledged = False, 0
    for line in run.calls:
        if f" {WRITES}(" in line:
            dirty = True
        elif SYNC.search(line) and line.endswith(" = 0"):
            dirty = False
        elif " write(1, " in line and acknowledged < TRANSFERS * STEPS:
            assert not dirty, f"acknowledgement {acknowledged + 1} came before the disk had it"
            acknowledged += 1
    assert acknowledged == TRANSFERS * STEPS


@pytest.mark.slow
@pytest.mark.parametrize(("calls", "every"), [(WRITES, 5), (SYNCS, 2), *_each_in_a_campaign])
async def test_killed_at_a_write_or_a_sync(folder: Path, calls: str, every: int, count: Count) -> None:
    """The process dies as its k-th write or sync begins: in each commit, and in the checkpoint at the end."""
    _, places = await undisturbed(folder)
    fault = Fault(calls=calls, answer="signal=SIGKILL", at=places[calls])
    run = await committing(folder, transfers=TRANSFERS, places=(1, places[calls], every), fault=fault)
    assert run.complaints == ""
    assert [seen.status for seen in run.rounds.values()] == [KILLED] * len(range(0, places[calls], every))
    for number, seen in run.rounds.items():
        await nothing_is_lost(folder / f"{number}.db", seen)
    acknowledged = [len(seen.acknowledged) for seen in run.rounds.values()]
    assert acknowledged[0] == 0
    assert acknowledged[-1] > 0
    count(
        f"system calls: killed at {len(run.rounds)} of {places[calls]} {calls}, {sum(acknowledged)} transfers "
        "acknowledged before, 0 lost, 0 half written, integrity ok"
    )


FULL = "The disk that holds the database is full: free some space."
BROKEN = "The disk that holds the database failed to read or write: look at the disk"


@pytest.mark.slow
@pytest.mark.parametrize(("calls", "every"), [(WRITES, 12), (SYNCS, 4), *_each_in_a_campaign])
@pytest.mark.parametrize("answer", ["error=ENOSPC", "error=EIO"])
async def test_the_disk_fails_for_a_while(folder: Path, calls: str, every: int, answer: str, count: Count) -> None:
    """ENOSPC or EIO for some writes or syncs in a row: it is told in words, and all is stored once the disk is well.

    SQLite takes every sync that fails for a disk that is broken, also one that is full.
    """
    _, places = await undisturbed(folder)
    fault = Fault(calls=calls, answer=answer, at=places[calls], width=WIDTH[calls])
    run = await committing(folder, transfers=TRANSFERS, places=(1, places[calls], every), fault=fault)
    assert run.complaints == ""
    for number, seen in run.rounds.items():
        assert seen.status == 0, (number, fault.words)
        assert list(seen.acknowledged.values()) == [STEPS] * TRANSFERS
        await nothing_is_lost(folder / f"{number}.db", seen)
    told = Counter(sentence for seen in run.rounds.values() for sentence in seen.away)
    said = FULL if (answer, calls) == ("error=ENOSPC", WRITES) else BROKEN
    assert any(sentence.startswith(said) for sentence in told), told
    count(
        f"system calls: {answer.removeprefix('error=')} at {len(run.rounds)} of {places[calls]} {calls} and after, "
        f"told in words {told.total()} times, 0 lost, 0 half written, integrity ok"
    )
