"""The laws of `Agenda` about what waits for what: a part of `cotransfer.testing.agenda.AgendaLaws`.

Never about times: those are the other laws'.
"""

# ruff: noqa: S106 - the token of a lease is no secret

import asyncio

from cotransfer.domain.agenda import FOLLOWS
from cotransfer.domain.values import TransferId
from cotransfer.ports.agenda import Postponed
from cotransfer.ports.standing import ALL
from cotransfer.ports.transfers import Change, Committed
from cotransfer.testing.histories import AT, history
from cotransfer.testing.owing import CHASE, INVITE, LATER, LEASE_S, RESULT, SEND, claim, owe, revive
from cotransfer.testing.transfers import Store


class OrderLaws:
    """One test for each law of what follows what."""

    async def test_what_follows_waits(self, store: Store) -> None:
        """Steps 5, 7 and 9: while what comes first is due, or somebody is at it, what follows is not claimed."""
        for follower, before in FOLLOWS.items():
            for first in before:
                one = await owe(store, first, follower)
                (held,) = await claim(store)
                assert held.due.duty is first
                assert await claim(store, LEASE_S - 1e-6, token="u") == ()
                (again,) = await claim(store, LEASE_S, token="u")
                assert again.due.duty is first
                assert await store.commit([Change(finished=(again.lease,))]) == (Committed(),)
                (held,) = await claim(store, LEASE_S, token="v")
                assert held.due == one.due(follower)
                assert await store.commit([Change(finished=(held.lease,))]) == (Committed(),)

    async def test_who_is_put_off_holds_nothing_back(self, store: Store) -> None:
        """Postponed, buried or settled, the invitation does not hold back the result, and its turn comes again."""
        for way in ("postponed", "buried", "settled"):
            one = await owe(store, INVITE, RESULT)
            (held,) = await claim(store, token=way)
            assert held.due == one.due(INVITE)
            if way == "postponed":
                await store.postpone([Postponed(held.lease, LATER, "busy")])
            elif way == "buried":
                await store.bury(held.lease, why="gone", at=AT)
            else:
                await store.commit([Change(settled=((one.transfer, INVITE),))])
            (result,) = await claim(store, token=way)
            assert result.due == one.due(RESULT)
            await store.commit([Change(finished=(result.lease,))])
        assert [held.due.duty for held in await claim(store, 3600)] == [INVITE]

    async def test_revived_it_comes_first_again(self, store: Store) -> None:
        """An invitation that is put back before the result is announced goes before it."""
        one = await owe(store, INVITE)
        (held,) = await claim(store)
        await store.bury(held.lease, why="gone", at=AT)
        await store.commit([one.owes(one.due(RESULT, LATER))])
        assert await revive(store, one, INVITE)
        assert [again.due.duty for again in await claim(store, 3600)] == [INVITE]

    async def test_only_what_has_an_order_waits(self, store: Store) -> None:
        """Other transfers, other counterparties, chases and applications wait for nobody."""
        one, other = history(), history()
        dues = (
            *(one.due(duty) for duty in (SEND, CHASE)),
            one.due(INVITE, AT, "wechat"),
            one.due(RESULT, AT, "sms"),
            other.due(RESULT, AT, "wechat"),
        )
        await store.commit([Change(owed=dues)])
        assert {held.due for held in await claim(store)} == set(dues)

    async def test_many_claim_in_order(self, store: Store) -> None:
        """However many claim at once, no result is claimed before its invitation is done, and no claim is too large."""
        many = [await owe(store, INVITE, RESULT) for _ in range(20)]
        over: set[TransferId] = set()

        async def work(token: str) -> None:
            idle = 0
            while len(over) < 2 * len(many) and idle < 50:
                claimed = await claim(store, token=token, limit=3)
                assert len(claimed) <= 3
                idle = 0 if claimed else idle + 1
                for held in claimed:
                    assert held.due.duty is INVITE or held.due.transfer in over
                    await asyncio.sleep(0)
                    if held.due.duty is INVITE:
                        over.add(held.due.transfer)
                    await store.commit([Change(finished=(held.lease,))])

        await asyncio.gather(*(work(f"t{nth}") for nth in range(8)))
        assert over == {one.transfer for one in many}
        assert await store.items(ALL, at=AT) == ()
