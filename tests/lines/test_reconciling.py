"""Reconciliation over real connections with the simulated water company: every class found in one round, and mended."""

from datetime import timedelta

from tests.lines.stage import Stage, staged
from tests.sandbox.conftest import delivery

from cotransfer.adapters.memory.reconciliations import MemoryReconciliations
from cotransfer.adapters.utilities.standard import StandardUtility
from cotransfer.app.directory import Directory, Listing
from cotransfer.app.office import Office, World, open_office
from cotransfer.domain.agenda import Duty
from cotransfer.domain.reconciliation import Divergence, Remedy
from cotransfer.domain.states import Completed, InPreReview
from cotransfer.domain.values import Service, TransferId
from cotransfer.ports.reconciliations import Done
from cotransfer.ports.utility import Capability
from cotransfer.testing.samples import KUNMING_WATER


async def office_of(stage: Stage, kept: MemoryReconciliations) -> Office:
    """Over the adapters of production; the water company lists."""
    ports = await stage.ports()
    hosts = frozenset({stage.sandbox.addresses["water"]})
    water = StandardUtility(ports.lines["water"], KUNMING_WATER, signing_hosts=hosts, can=(Capability.LISTS,))
    world = World(
        transfers=stage.store,
        agenda=stage.store,
        registry=ports.registry,
        directory=Directory(Listing(id=KUNMING_WATER, service=Service.WATER, utility=water)),
        notifier=ports.notifier,
        clock=stage.clock,
        identifiers=stage.identifiers,
        reconciliations=kept,
    )
    office = open_office(world)
    stage.opened.push_async_callback(office.desk.close)
    return office


async def buried(stage: Stage) -> None:
    """What is due to be handed in is given up instead."""
    for held in await stage.store.claim(at=stage.clock.now(), limit=9, lease_s=60, token="t"):
        if held.due.duty is Duty.SEND_APPLICATION:
            await stage.store.bury(held.lease, why="network: gone for days", at=stage.clock.now())


async def test_seeded_divergence_is_found_in_one_round() -> None:
    """Steps 5 to 8, one of each class: and what can be mended is, without anything happening twice."""
    async with staged() as stage:
        kept = MemoryReconciliations(stage.store)
        office = await office_of(stage, kept)
        silent, lost, given_up, unknown, young = stage.sandbox.city.everyone("plain")[:5]
        never_sent = await stage.submit(office, given_up)
        await buried(stage)
        ahead, gone = await stage.submit(office, silent), await stage.submit(office, lost)
        await office.worker.drain()
        await stage.sandbox.water.handling.finished()
        del stage.sandbox.water.book.cases[gone.text]
        stranger = TransferId("01997c5e-8000-7000-8000-00000000ffff")
        stage.sandbox.water.book.take(stranger.text, delivery(unknown, stranger.text))
        stage.clock.move(timedelta(hours=5))
        fresh = await stage.submit(office, young)
        await office.worker.drain()
        del stage.sandbox.water.book.cases[fresh.text]
        assert office.reconciling is not None
        done = await office.reconciling.reconcile(KUNMING_WATER)
        assert done is not None
        assert done.failure is None
        found = {
            one.finding.transfer: (one.finding.divergence, one.finding.remedy, one.done)
            for one in await kept.findings(lasting=False)
        }
        assert found == {
            stranger: (Divergence.MISSING_HERE, Remedy.CALL_UTILITY, Done.OPERATOR_TOLD),
            gone: (Divergence.MISSING_THERE, Remedy.CALL_UTILITY, Done.OPERATOR_TOLD),
            never_sent: (Divergence.MISSING_THERE, Remedy.HAND_IN_AGAIN, Done.HANDED_IN_AGAIN),
            ahead: (Divergence.DIFFERS, Remedy.TAKE_REPORTS, Done.REPORTS_TAKEN),
            fresh: (Divergence.EXPECTED_LATE, Remedy.WAIT, Done.NOTHING),
        }
        assert isinstance(await stage.state(ahead), Completed)
        assert (await stage.store.load((stranger,))).record(stranger) is None
        await office.worker.drain()
        assert isinstance(await stage.state(never_sent), InPreReview)
        assert stage.effects(never_sent).count("taken") == 1
