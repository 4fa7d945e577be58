"""The laws of `Agenda` about what is seen of tasks and kept with them: part of `cotransfer.testing.agenda.AgendaLaws`.

Never looks at a task but through the port.
"""

# ruff: noqa: S106 - the token of a lease is no secret

from datetime import timedelta

import attrs

from cotransfer.domain.ledger import LEDGER_LIMIT, Ledger, Revived
from cotransfer.ports.agenda import Postponed
from cotransfer.ports.standing import ALL, Held, Item, Pending, Phase, Resting, Retrying, Wanted
from cotransfer.ports.transfers import Change
from cotransfer.testing.histories import AT, history
from cotransfer.testing.owing import (
    BARE,
    CHASE,
    ERASE,
    INVITE,
    LATER,
    LEASE_S,
    MARK,
    REVIVED,
    SEND,
    claim,
    owe,
    revival,
)
from cotransfer.testing.transfers import Store


class ViewLaws:
    """One test for each law of items, ledgers and revivals."""

    async def test_an_attempt_that_was_none_does_not_count(self, store: Store) -> None:
        """Given back with as many attempts as it had, a task counts on from there."""
        await owe(store, SEND)
        for nth, attempts in enumerate((0, None, 1, 1, None)):
            (held,) = await claim(store, nth, token=f"t{nth}")
            await store.postpone([Postponed(held.lease, AT, "Nobody was called.", attempts=attempts)])
        (held,) = await claim(store, 60, token="last")
        assert held.attempt == 3

    async def test_what_is_revived_together(self, store: Store) -> None:
        """Those that are buried are put back and told, the others are left as they are, and each only once."""
        one, other = await owe(store, SEND, INVITE), await owe(store, SEND)
        for held in await claim(store):
            if held.due.duty is SEND:
                await store.bury(held.lease, why="gone", at=AT)
        asked = [revival(other, SEND), revival(one, INVITE), revival(history(), SEND), revival(one, SEND)]
        assert set(await store.revive(asked)) == {asked[0], asked[3]}
        assert await store.revive(asked) == ()
        assert await store.revive([]) == ()
        assert {again.due.transfer for again in await claim(store, 3600, token="u") if again.due.duty is SEND} == {
            one.transfer,
            other.transfer,
        }

    async def test_a_ledger_goes_with_the_task(self, store: Store) -> None:
        """What it was given back with a claim shows; given back without a word it stays; owed anew there is none."""
        one = await owe(store, SEND)
        ledgers: list[Ledger] = []
        for nth, ledger in enumerate(((MARK,), None, (MARK, REVIVED, BARE), None)):
            (held,) = await claim(store, nth, token=f"t{nth}")
            ledgers.append(held.ledger)
            await store.postpone([Postponed(held.lease, AT, "busy", ledger=ledger)])
        assert ledgers == [(), (MARK,), (MARK,), (MARK, REVIVED, BARE)]
        await store.commit([Change(owed=(one.due(SEND),))])
        assert [held.ledger for held in await claim(store, 60)] == [()]

    async def test_a_ledger_is_buried_and_revived(self, store: Store) -> None:
        """Buried, a task shows what became of it; revived, who put it back, when and why."""
        one = await owe(store, SEND, INVITE)
        for held in await claim(store):
            await store.bury(held.lease, why="gone", at=AT, ledger=(MARK,) if held.due.duty is SEND else None)
        assert {item.due.duty: item.ledger for item in await store.items(ALL, at=AT)} == {SEND: (MARK,), INVITE: ()}
        assert {grave.due.duty: grave.ledger for grave in await store.buried()} == {SEND: (MARK,), INVITE: ()}
        await store.revive([revival(one, SEND)])
        (again,) = await claim(store, 3600)
        assert again.ledger == (MARK, Revived(at=LATER, who="li-na", why="mended"))

    async def test_a_ledger_has_a_limit(self, store: Store) -> None:
        """However often a task is revived, the latest marks are kept."""
        one = await owe(store, SEND)
        full = tuple(attrs.evolve(MARK, number=nth) for nth in range(1, LEDGER_LIMIT + 1))
        (held,) = await claim(store)
        await store.bury(held.lease, why="gone", at=AT, ledger=full)
        await store.revive([revival(one, SEND)])
        (again,) = await claim(store, 3600)
        assert again.ledger == (*full[1:], Revived(at=LATER, who="li-na", why="mended"))

    async def test_every_task_is_shown_as_it_stands(self, store: Store) -> None:
        """Never tried, held, to be tried again, buried: with its attempts, its doubt and its reason."""
        one = history()
        await store.commit([one.owes(*(one.due(duty, AT) for duty in (SEND, INVITE, CHASE)), one.due(ERASE, LATER))])
        held = {claimed.due.duty: claimed for claimed in await claim(store)}
        await store.postpone([Postponed(held[INVITE].lease, LATER, "busy", AT)])
        await store.bury(held[CHASE].lease, why="gone", at=LATER + timedelta(seconds=1))
        until = AT + timedelta(seconds=LEASE_S)
        shown = {item.due.duty: item for item in await store.items(ALL, at=AT)}
        assert shown == {
            SEND: Item(due=one.due(SEND), attempts=1, standing=Held(until), doubt=AT),
            INVITE: Item(due=one.due(INVITE, LATER), attempts=1, standing=Retrying("busy"), doubt=AT),
            CHASE: Item(due=one.due(CHASE), attempts=1, standing=Resting(LATER + timedelta(seconds=1), "gone")),
            ERASE: Item(due=one.due(ERASE, LATER), attempts=0, standing=Pending()),
        }
        died = {item.due.duty: item for item in await store.items(ALL, at=until)}
        assert died[SEND].standing == Retrying(None)
        await store.revive([revival(one, CHASE)])
        assert {item.due.duty: item.standing for item in await store.items(ALL, at=LATER)}[CHASE] == Retrying(None)

    async def test_what_was_left_alone_says_so(self, store: Store) -> None:
        """Given back without an attempt, a task tells why; claimed again, that is over."""
        await owe(store, SEND)
        (held,) = await claim(store)
        await store.postpone([Postponed(held.lease, AT, "left alone", attempts=0)])
        assert [item.standing for item in await store.items(ALL, at=AT)] == [Retrying("left alone")]
        await claim(store, token="u")
        await store.release()
        assert [item.standing for item in await store.items(ALL, at=AT)] == [Retrying(None)]

    async def test_what_was_done_and_comes_again_is_as_new(self, store: Store) -> None:
        """Given back without a reason, with no attempts and an empty ledger, a task is pending, as if owed anew."""
        one = await owe(store, SEND)
        (held,) = await claim(store)
        await store.postpone([Postponed(held.lease, AT, "busy", AT, ledger=(MARK,))])
        (held,) = await claim(store)
        await store.postpone([Postponed(held.lease, LATER, None, attempts=0, ledger=())])
        assert await store.items(ALL, at=LATER) == (Item(due=one.due(SEND, LATER), attempts=0, standing=Pending()),)

    async def test_only_the_wanted_are_shown(self, store: Store) -> None:
        """By transfer, counterparty, duty, phase and time: whatever is asked for holds, all of it."""
        one, other = history(), history()
        dues = [
            one.due(SEND),
            one.due(INVITE, LATER, "notifier"),
            other.due(SEND, LATER),
            other.due(CHASE, AT, "kunming-gas"),
        ]
        await store.commit([Change(owed=tuple(dues))])
        held = {(each.due.transfer, each.due.duty): each for each in await claim(store)}
        await store.bury(held[other.transfer, CHASE].lease, why="gone", at=LATER)
        await store.postpone([Postponed(held[one.transfer, SEND].lease, AT, "busy")])
        everything = await store.items(ALL, at=LATER)
        asked = [
            Wanted(transfer=one.transfer),
            Wanted(counterparty="kunming-gas"),
            Wanted(duty=SEND),
            *(Wanted(phase=phase) for phase in Phase),
            Wanted(since=LATER),
            Wanted(until=LATER),
            Wanted(since=AT, until=LATER),
            Wanted(transfer=other.transfer, duty=SEND, phase=Phase.PENDING, since=LATER, counterparty="kunming-water"),
            Wanted(transfer=other.transfer, phase=Phase.RETRYING),
        ]
        for wanted in asked:
            assert await store.items(wanted, at=LATER) == tuple(filter(wanted.holds, everything)), wanted
        counts = [len(await store.items(wanted, at=LATER)) for wanted in asked]
        assert counts == [2, 1, 2, 2, 0, 1, 1, 3, 1, 1, 1, 0]

    async def test_what_is_shown_has_an_order_and_a_limit(self, store: Store) -> None:
        """By when it is due, or was buried, then by name; no more than asked for."""
        one = history()
        await store.commit([one.owes(one.due(INVITE, LATER), one.due(CHASE, AT), one.due(SEND, AT))])
        for limit in (0, 1, 2, 3, 4):
            shown = await store.items(ALL, at=AT, limit=limit)
            assert [item.due.duty for item in shown] == [CHASE, SEND, INVITE][:limit]
