"""Databases at a revision, upgraded, and a gateway started on them afterwards: what the tests of migrations share.

Never leaves anything undone quietly: what goes on to its end is asserted on the way there.
"""

from datetime import timedelta
from pathlib import Path

import attrs
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from tests.golden.histories import way_to_an_end
from tests.golden.kept import kept, under_way
from tests.golden.stores import WHEN_CLAIMED, rows

from cotransfer.adapters.memory.notifier import MemoryNotifier
from cotransfer.adapters.memory.registry import MemoryRegistry
from cotransfer.adapters.memory.time import CountedIdentifiers, ManualClock
from cotransfer.adapters.memory.utility import MemoryUtility
from cotransfer.adapters.sql import SqlStore, schema
from cotransfer.adapters.sql.address import tongue_of
from cotransfer.adapters.sql.trust import tables
from cotransfer.app.directory import Directory, Listing
from cotransfer.app.errand import Errand
from cotransfer.app.office import Office, World, open_office
from cotransfer.domain.agenda import CHASES
from cotransfer.domain.notices import NoticeKind
from cotransfer.domain.states import Closed, Open, Withdrawing, Withdrawn
from cotransfer.domain.values import Service
from cotransfer.ports.standing import Due, Revival
from cotransfer.testing.samples import ACCOUNT, KUNMING_WATER

ROOT = Path(__file__).parents[2]

SEALED = schema.REVISIONS[1:]
"""Since personal data is sealed."""

ANYTHING_LATER = WHEN_CLAIMED + timedelta(days=2)
"""When every lease has run out, and what was given back is due again."""


def at_revision(address: str, revision: str) -> None:
    """The tables as they were at `revision`."""
    with schema._transaction(tongue_of(address)) as connection:
        schema._run_migrations(connection, revision)


def differences(address: str) -> list[object]:
    """What the tables have that this version's have not, and the other way round."""
    with schema._transaction(tongue_of(address)) as connection:
        found: list[object] = compare_metadata(MigrationContext.configure(connection), tables.data_keys.metadata)
        return found


@attrs.frozen
class Town:
    """A gateway over an upgraded database, with people of memory around it."""

    address: str
    release: str
    store: SqlStore
    clock: ManualClock
    utility: MemoryUtility
    notifier: MemoryNotifier
    office: Office

    async def do_what_is_due(self) -> int:
        """Until nothing is: how many tasks were tried."""
        tried = 0
        while now := await self.office.worker.drain():
            tried += now
        return tried


def town(address: str, release: str, store: SqlStore) -> Town:
    """Some time later, when the new version has been started."""
    numbers = [one.state.case.account_number for one in kept(release)]
    utility = MemoryUtility(KUNMING_WATER, [attrs.evolve(ACCOUNT, number=number) for number in numbers])
    clock, notifier = ManualClock(ANYTHING_LATER), MemoryNotifier()
    world = World(
        transfers=store,
        agenda=store,
        registry=MemoryRegistry(),
        directory=Directory(Listing(id=utility.id, service=Service.WATER, utility=utility)),
        notifier=notifier,
        clock=clock,
        identifiers=CountedIdentifiers(),
    )
    return Town(address, release, store, clock, utility, notifier, open_office(world))


def put_back(due: Due) -> Revival:
    """A buried task, by the operator."""
    return Revival(transfer=due.transfer, duty=due.duty, at=ANYTHING_LATER, who="li-na", why="upgraded")


async def go_on_to_the_end(there: Town) -> None:
    """All that is owed is done and asserted on the way, from the first start of the new version to the last erasure."""
    store, living, gone = there.store, kept(there.release), kept(there.release, erased=True)
    await store.revive([put_back(one.due) for one in await store.buried(1_000)])
    assert await there.do_what_is_due() > len(living)
    await _is_watched(there)
    await _end(there)
    assert await there.do_what_is_due() > 0
    results = [notice.transfer for notice in there.notifier.inbox if notice.kind is NoticeKind.RESULT]
    assert sorted(one.text for one in results) == sorted(one.transfer.text for one in living)
    there.clock.move(timedelta(days=365))
    assert await there.do_what_is_due() == len(living)
    everybody = {one.transfer for one in (*living, *gone)}
    assert set((await store.load(everybody)).erased) == everybody
    assert await store.buried(1) == ()
    there.clock.move(timedelta(days=3_650))
    assert await there.do_what_is_due() == 0


async def _is_watched(there: Town) -> None:
    """Nobody waits unwatched: what was never sent has been sent, and the next deadline is on the agenda."""
    taken = {case.transfer for case in there.utility.applications}
    loaded = await there.store.load([one.transfer for one in under_way(there.release)])
    watched = {(row["transfer"], row["duty"]) for row in rows(there.address) if row["table"] == "agenda"}
    for one in under_way(there.release):
        state = loaded.records[one.transfer].state
        if isinstance(one.state, Withdrawing):
            assert isinstance(state, Withdrawn)  # Nothing was signed: the utility has taken it back.
            continue
        assert isinstance(state, Open)
        assert (one.transfer in taken) == (one.state.code == "submitted")
        assert (one.transfer.text, CHASES[state.waits_for].value) in watched


async def _end(there: Town) -> None:
    """The reports come."""
    loaded = await there.store.load([one.transfer for one in under_way(there.release)])
    for one in under_way(there.release):
        state = loaded.records[one.transfer].state
        if isinstance(state, Withdrawn):
            continue
        way = way_to_an_end(state)
        assert way
        reply = await there.office.desk.handle(Errand(transfer=one.transfer, commands=way))
        assert isinstance(reply.decided.state, Closed)
