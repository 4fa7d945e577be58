"""The SQL store on PostgreSQL keeps every law of both ports; several of them share one database."""

import asyncio

import psycopg
import pytest

from cotransfer.adapters.sql import SchemaOutdated, open_store
from cotransfer.domain import events as e
from cotransfer.domain.agenda import Duty
from cotransfer.domain.parties import Step
from cotransfer.domain.values import TransferId
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.standing import ALL
from cotransfer.ports.transfers import Blocked, Change, Committed, Stale
from cotransfer.testing.agenda import AgendaLaws
from cotransfer.testing.histories import AT, history, message
from cotransfer.testing.keys import SEALING
from cotransfer.testing.transfers import TransfersLaws


@pytest.fixture
def address(postgres_with_tables):
    """A database with the tables of this version."""
    return postgres_with_tables


@pytest.fixture
async def two(address):
    """Two stores on one database, as two worker processes have them."""
    async with open_store(address, sealing=SEALING) as one, open_store(address, sealing=SEALING) as other:
        yield one, other


def sever(address, application="cotransfer"):
    """End every connection of ours, as a restart or a fail-over does."""
    with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", [application]
        )


class TestPostgresStore(TransfersLaws, AgendaLaws):
    """As `cotransfer work` has it."""

    @pytest.fixture
    async def store(self, address):
        """A new database for each law."""
        async with open_store(address, sealing=SEALING) as store:
            yield store


class TestTwoStores:
    """What one process sees of another is what the database holds."""

    async def test_every_task_has_one_holder(self, two):
        """Two processes that claim at the same time share the tasks: none is skipped for good, none done twice."""
        many = [history() for _ in range(200)]
        await two[0].commit([Change(owed=tuple(one.due(Duty.SEND_APPLICATION) for one in many))])

        async def work(store, token):
            mine, idle = [], 0
            while idle < 3:
                claimed = await store.claim(at=AT, limit=7, lease_s=60, token=token)
                assert len(claimed) <= 7
                idle = 0 if claimed else idle + 1  # A row that the other is just claiming is skipped, not waited for.
                mine += claimed
            return mine

        shares = await asyncio.gather(
            *(work(store, f"{nth}-{which}") for nth in range(8) for which, store in enumerate(two))
        )
        held = [claimed.due.transfer.text for share in shares for claimed in share]
        assert sorted(held) == sorted(one.transfer.text for one in many)

    async def test_order_holds_between_two(self, two):
        """Steps 7 and 9: whoever claims, no result before its invitation is done, and never more than asked for."""
        many = [history() for _ in range(60)]
        over: set[TransferId] = set()
        dues = [one.due(duty) for one in many for duty in (Duty.INVITE_TO_SIGN, Duty.ANNOUNCE_RESULT)]
        await two[0].commit([Change(owed=tuple(dues))])

        async def work(store, token):
            idle = 0
            while idle < 50:
                claimed = await store.claim(at=AT, limit=7, lease_s=60, token=token)
                assert len(claimed) <= 7
                idle = 0 if claimed else idle + 1
                for held in claimed:
                    assert held.due.duty is Duty.INVITE_TO_SIGN or held.due.transfer in over
                over.update(held.due.transfer for held in claimed)
                assert set(await store.commit([Change(finished=(held.lease,)) for held in claimed])) <= {Committed()}

        await asyncio.gather(*(work(store, f"{nth}-{which}") for nth in range(4) for which, store in enumerate(two)))
        assert await two[1].items(ALL, at=AT) == ()

    async def test_one_of_two_has_the_home(self, two):
        """Two processes that submit for one home at the same time: one commits, the other is told who holds it."""
        for _ in range(20):
            one = history()
            rival = history(home=one.home)
            outcomes = await asyncio.gather(two[0].commit([one.submit()]), two[1].commit([rival.submit()]))
            assert sorted(type(outcome).__name__ for (outcome,) in outcomes) == ["Blocked", "Committed"]
            assert (Blocked(one.transfer),) in outcomes or (Blocked(rival.transfer),) in outcomes

    async def test_one_of_two_has_the_message(self, two):
        """A message that two processes take at the same time is dealt with once, and its neighbours are unspoilt."""
        for nth in range(20):
            seen = message("platform", f"k-{nth}")
            groups = [[history().submit(), history().submit(seen=(seen,)), history().submit()] for _ in two]
            outcomes = await asyncio.gather(*(store.commit(group) for store, group in zip(two, groups, strict=True)))
            assert sorted(type(middle).__name__ for _, middle, _ in outcomes) == ["Committed", "Stale"]
            assert all((first, last) == (Committed(), Committed()) for first, _, last in outcomes)

    async def test_crossing_groups_end(self, two):
        """Groups that touch the same transfers in opposite order wait for one another, never in a circle."""
        many = [history() for _ in range(16)]
        await two[0].commit([one.submit(owed=(Duty.CHASE_RECEIPT,)) for one in many])
        for nth in range(10):
            groups = [
                [
                    one.move(
                        e.DeadlinePassed(Step.SIGN),
                        owed=(Duty.CHASE_RECEIPT,),
                        settled=(Duty.CHASE_RECEIPT,),
                        stay=True,
                    )
                    for one in order
                ]
                for order in (many, many[::-1])
            ]
            outcomes = await asyncio.gather(*(store.commit(group) for store, group in zip(two, groups, strict=True)))
            flat = [outcome for group in outcomes for outcome in group]
            assert (flat.count(Committed()), flat.count(Stale())) == (16, 16), nth
            for one in many:
                one.version += 1

    async def test_a_hint_reaches_the_other_process(self, two):
        """What one process owes wakes the other."""
        await two[1].nudged(0.001)
        waiting = asyncio.create_task(two[1].nudged(30))
        while not waiting.done():  # The listener may still be connecting: whoever is not heard is heard later.
            await two[0].commit([Change(owed=(history().due(Duty.SEND_APPLICATION),))])
            await asyncio.wait([waiting], timeout=0.05)
        await waiting


class TestLostConnections:
    """PostgreSQL goes away and comes back."""

    async def test_the_next_call_connects_again(self, address):
        """A connection cut while idle is replaced, and nobody hears of it."""
        async with open_store(address, sealing=SEALING) as store:
            one = history()
            await store.commit([one.submit()])
            sever(address)
            assert await store.commit([one.move(e.ApplicationTaken("KM"))]) == (Committed(),)
            sever(address)
            assert (await store.load([one.transfer])).records[one.transfer].version == 2

    async def test_a_database_that_is_gone_is_said_to_be_away(self, postgres, upgraded_postgres):
        """Without a connection nothing has happened: the failure is certain, ours, and worth a later try."""
        name = postgres.create_database(template=upgraded_postgres)
        async with open_store(postgres.url(name), sealing=SEALING) as store:
            await store.commit([history().submit()])
            postgres.drop_database(name)
            for call in (store.commit([history().submit()]), store.load([history().transfer])):
                with pytest.raises(Unavailable, match="no such database") as failure:
                    await call
                assert failure.value.certain
                assert failure.value.retry_after_s

    async def test_an_unheard_commit_is_of_unknown_outcome(self, address, monkeypatch):
        """A line that breaks at the commit leaves open whether it happened; the store says so and guesses nothing."""
        async with open_store(address, sealing=SEALING) as store:
            one = history()
            await store.commit([one.submit()])
            talk = store._writing._open()
            execute = talk.execute

            def breaking(sql, parameters=()):
                if sql == "COMMIT":
                    sever(address)
                return execute(sql, parameters)

            monkeypatch.setattr(talk, "execute", breaking)
            with pytest.raises(Unavailable) as failure:
                await store.commit([one.move(e.ApplicationTaken("KM"), stay=True)])
            assert not failure.value.certain
            assert await store.commit([one.move(e.ApplicationTaken("KM"))]) in ((Committed(),), (Stale(),))

    def test_no_tables_no_store(self, postgres_database):
        """A database without tables of ours is named so, with the remedy."""
        with pytest.raises(SchemaOutdated, match="cotransfer db upgrade"):
            open_store(postgres_database, sealing=SEALING)
