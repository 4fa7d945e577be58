#!/usr/bin/env python3
"""Commits one change after the other to an SQLite store, round after round, and says when each was acknowledged.

    python committing.py FOLDER TRANSFERS CALL AT FIRST LAST STEP

Whoever lets the AT-th CALL (`pwrite64` or a sync) of a thread fail meets another one of them in each round: the N-th in
the round N, because AT - N more are made before. A round is a process of its own, on a copy of FOLDER/empty.db. On
standard output stands a JSON line for each commit ({"round", "transfer", "version"} once it has answered, {"round",
"away"} when the store was unavailable), and one for the end of each round ({"round", "status"}).
"""

import asyncio
import json
import os
import shutil
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import attrs

from cotransfer.adapters.sql import SqlStore, open_store
from cotransfer.domain import events as e
from cotransfer.domain.agenda import Duty
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.transfers import Change, Committed
from cotransfer.testing.histories import history
from cotransfer.testing.keys import SEALING
from cotransfer.testing.samples import ADDRESS

STEPS = 3
"""Of each transfer; the first owes a task, the second settles it."""


@attrs.frozen(kw_only=True)
class Round:
    """One process's life: how many transfers, and how many calls in vain before the first."""

    number: int
    folder: Path
    transfers: int
    call: str
    in_vain: int

    def live(self) -> int:
        """In a child, to its end; the status it ended with, negative for a signal."""
        shutil.copy(self.folder / "empty.db", self.folder / f"{self.number}.db")
        child = os.fork()
        if child == 0:
            try:
                asyncio.run(self.commit())
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    async def commit(self) -> None:
        """All changes, in order."""
        async with open_store(f"sqlite:///{self.folder / f'{self.number}.db'}", sealing=SEALING, hints=False) as store:
            await store._writing_place.run(self.call_in_vain)
            for _ in range(self.transfers):
                for change in changes():
                    await self.store(store, change)

    def call_in_vain(self) -> None:
        """In the thread that writes: each thread's calls are counted by themselves."""
        with (self.folder / "vain").open("wb") as file:
            for _ in range(self.in_vain):
                if self.call == "pwrite64":
                    os.pwrite(file.fileno(), b"x", 0)
                else:
                    os.fsync(file.fileno())

    async def store(self, store: SqlStore, change: Change) -> None:
        """Until it is there; what may have been stored all the same is looked for before it is brought again."""
        assert change.step is not None
        transfer, version = change.step.transfer, change.step.expected + len(change.step.events)
        while True:
            try:
                record = (await store.load([transfer])).records.get(transfer)
                if record is None or record.version < version:
                    assert await store.commit([change]) == (Committed(),)
            except Unavailable as away:
                say(round=self.number, away=away.what)
            else:
                return say(round=self.number, transfer=transfer.text, version=version)


def changes() -> Iterator[Change]:
    """Of one transfer."""
    one = history()
    yield one.submit(owed=(Duty.SEND_APPLICATION,))
    yield one.move(e.ApplicationTaken("KM"), settled=(Duty.SEND_APPLICATION,))
    yield one.move(e.PreReviewPassed(ADDRESS))


def say(**told: object) -> None:
    """At once, and whole."""
    os.write(1, json.dumps(told).encode() + b"\n")


def main(folder: str, transfers: str, call: str, at: str, *places: str) -> None:
    """Round after round."""
    first, last, step = map(int, places)
    for number in range(first, last + 1, step):
        one = Round(number=number, folder=Path(folder), transfers=int(transfers), call=call, in_vain=int(at) - number)
        say(round=number, status=one.live())


if __name__ == "__main__":
    main(*sys.argv[1:])
