"""The laws of `Transfers` about many at once: groups, and rivals. Never looks behind the ports."""

import asyncio
from typing import Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cotransfer.domain import events as e
from cotransfer.ports.agenda import Agenda
from cotransfer.ports.transfers import Blocked, Committed, Outcome, Stale, Transfers
from cotransfer.testing.histories import Scene, history

SHARED = (HealthCheck.function_scoped_fixture, HealthCheck.differing_executors)
"""Examples may share a store, since each brings transfers of its own; and every store's class runs the same laws."""


class Store(Transfers, Agenda, Protocol):
    """What one adapter is: the agenda is written with the transfers."""


class GroupLaws:
    """One test for each law of the port."""

    @pytest.fixture
    async def store(self) -> Store:
        """To be overridden."""
        raise NotImplementedError("A subclass brings the store.")

    async def test_of_many_at_once_one_is_not_stale(self, store: Store) -> None:
        """Of sixteen that decide on one version at the same time, one commits."""
        one = history()
        await store.commit([one.submit()])
        rivals = [one.move(e.ApplicationTaken(f"KM-{nth}"), stay=True) for nth in range(16)]
        outcomes = [outcome for (outcome,) in await asyncio.gather(*(store.commit([rival]) for rival in rivals))]
        assert sorted(map(repr, outcomes)) == sorted(map(repr, [Committed(), *[Stale()] * 15]))
        (taken,) = [entry.event for entry in await store.journal(one.transfer)][1:]
        assert taken == e.ApplicationTaken(f"KM-{outcomes.index(Committed())}")

    async def test_of_many_at_once_one_has_the_home(self, store: Store) -> None:
        """Of sixteen transfers of one home at the same time, one commits and blocks the others."""
        home = history().home
        rivals = [history(home=home) for _ in range(16)]
        outcomes = [one for (one,) in await asyncio.gather(*(store.commit([rival.submit()]) for rival in rivals))]
        (winner,) = [rival for rival, outcome in zip(rivals, outcomes, strict=True) if outcome == Committed()]
        assert outcomes.count(Blocked(winner.transfer)) == 15

    @settings(max_examples=25, deadline=None, suppress_health_check=SHARED)
    @given(plan=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2), st.sampled_from(Scene.KINDS)), max_size=12))
    async def test_a_group_is_as_good_as_one_by_one(self, store: Store, plan: list[tuple[int, int, str]]) -> None:
        """Good, stale, blocked and repeated changes of one group have the outcomes they would have had alone."""
        together, alone = Scene(), Scene()
        for scene in (together, alone):
            await store.commit(scene.start())
        in_group = await store.commit(together.changes(plan))
        in_turn: list[Outcome] = []
        for change in alone.changes(plan):
            in_turn += await store.commit([change])
        assert together.told(in_group) == alone.told(in_turn)
        assert await self._state_of(store, together) == await self._state_of(store, alone)

    async def _state_of(self, store: Store, scene: Scene) -> list[object]:
        records = (await store.load([one.transfer for one in scene.histories])).records
        found = [records.get(one.transfer) for one in scene.histories]
        return [
            (
                record and (record.version, type(record.state)),
                [entry.event for entry in await store.journal(one.transfer)][1:],
            )
            for record, one in zip(found, scene.histories, strict=True)
        ]
