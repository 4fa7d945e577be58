"""Putting back what was buried, on every store: who did it and why is written where it cannot be lost."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from cotransfer.adapters.memory.store import MemoryStore
from cotransfer.adapters.memory.time import ManualClock
from cotransfer.adapters.sql import open_store, upgrade
from cotransfer.adapters.sql.ledgers import read, spelt
from cotransfer.adapters.sql.trust.audit import SqlAudit
from cotransfer.app import reviving
from cotransfer.app.reviving import Reviving
from cotransfer.domain import trails
from cotransfer.domain.agenda import Duty
from cotransfer.domain.ledger import WHAT_LIMIT, Failure, Revived, Tried, kept
from cotransfer.domain.notes import Decision
from cotransfer.domain.parties import Party
from cotransfer.ports.standing import Phase, Revival, Wanted
from cotransfer.ports.transfers import Change
from cotransfer.testing.histories import AT, history
from cotransfer.testing.keys import SEALING
from cotransfer.testing.owing import claim, owe, revival

SEND, INVITE = Duty.SEND_APPLICATION, Duty.INVITE_TO_SIGN


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    """Each of the three."""
    if request.param == "memory":
        yield MemoryStore()
        return
    address = request.getfixturevalue(f"{request.param}_database")
    upgrade(address)
    async with open_store(address, sealing=SEALING) as store:
        yield store


def audit(store: Any) -> Any:
    """The trail of that store."""
    return store.audit if isinstance(store, MemoryStore) else SqlAudit(store)


async def decisions(store: Any, chain: str) -> list[Decision]:
    """What was decided, in order; the chain is whole."""
    links = await audit(store).chain(chain)
    assert [link.sequence for link in links] == list(range(1, len(links) + 1))
    told = [trails.read(link.body).what for link in links]
    return [what for what in told if isinstance(what, Decision)]


async def bury(store: Any, *, at_s: float = 0) -> None:
    """Whatever is due, at that time."""
    for held in await claim(store, at_s, limit=1_000):
        await store.bury(held.lease, why="utility: It is away.", at=AT + timedelta(seconds=at_s))


async def test_each_revival_is_in_the_audit_trail(store: Any) -> None:
    """Who, why and which task, in the transfer's own chain, once for each time; of what was not buried, nothing."""
    one, other = await owe(store, SEND, INVITE), await owe(store, SEND)
    await bury(store)
    await store.revive([revival(one, SEND), revival(one, INVITE), revival(other, INVITE)])
    await store.revive([revival(one, SEND)])
    await bury(store, at_s=3600)
    await store.revive([revival(one, INVITE)])
    shared = {"what": "task.revived", "who": "li-na", "why": "mended"}
    told = await decisions(store, one.transfer.text)
    assert sorted(told[:2], key=lambda what: str(what.about)) == [
        Decision(about="invite_to_sign", **shared),
        Decision(about="send_application", **shared),
    ]
    assert told[2:] == [Decision(about="invite_to_sign", **shared)]
    assert await decisions(store, other.transfer.text) == []


async def test_a_revival_is_noted_beside_other_notes(store: Any) -> None:
    """A transfer's chain goes on where it was, whoever writes next."""
    one = history()
    note = Revival(transfer=one.transfer, duty=SEND, at=AT, who="before", why="test").note
    await store.commit([Change(noted=(note,), owed=(one.due(SEND),))])
    await bury(store)
    await store.revive([revival(one, SEND)])
    await store.commit([Change(noted=(note,))])
    assert [what.who for what in await decisions(store, one.transfer.text)] == ["before", "li-na", "before"]


async def test_many_revive_the_same(store: Any) -> None:
    """Of sixteen who put the same tasks back at once, each task is put back by one, and noted once."""
    many = [await owe(store, SEND) for _ in range(5)]
    await bury(store)
    asked = [revival(one, SEND) for one in many]
    done = await asyncio.gather(*(store.revive(asked) for _ in range(16)))
    assert sorted(one.transfer.text for each in done for one in each) == sorted(one.transfer.text for one in many)
    assert [len(await decisions(store, one.transfer.text)) for one in many] == [1] * 5


class TestReviving:
    async def revive(self, store: Any, wanted: Wanted, *, words: tuple[str, str] = ("li-na", "mended")) -> list[int]:
        """An hour later; the sizes of the batches."""
        put_back = Reviving(store, ManualClock(AT + timedelta(seconds=3600))).revive
        return [len(done) async for done in put_back(wanted, who=words[0], why=words[1])]

    async def test_an_outage_in_batches(self, store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """All that was buried towards a counterparty in a time comes back, each as the task that it was."""
        monkeypatch.setattr(reviving, "BATCH", 4)
        early, other = await owe(store, SEND), history()
        await bury(store)
        await store.commit([Change(owed=(other.due(SEND, AT, "kunming-gas"),))])
        outage = [await owe(store, SEND, INVITE) for _ in range(5)]
        await bury(store, at_s=100)
        wanted = Wanted(counterparty="kunming-water", since=AT + timedelta(seconds=100))
        assert len(await Reviving(store, ManualClock(AT + timedelta(seconds=3600))).buried(wanted, limit=99)) == 10
        assert await self.revive(store, wanted) == [4, 4, 2]
        assert {held.due.key for held in await claim(store, 3600, limit=99)} == {
            one.due(duty).key for one in outage for duty in (SEND, INVITE)
        }
        left = await store.items(Wanted(phase=Phase.BURIED), at=AT)
        assert {item.due.transfer for item in left} == {early.transfer, other.transfer}

    async def test_what_is_buried_again_is_not_revived_again(self, store: Any) -> None:
        """One command puts each task back once, however quickly it fails again."""
        await owe(store, SEND)
        await bury(store)
        clock = ManualClock(AT + timedelta(seconds=3600))
        batches = 0
        async for _ in Reviving(store, clock).revive(Wanted(), who="li-na", why="mended"):
            batches += 1
            await bury(store, at_s=3600)
        assert batches == 1

    @pytest.mark.parametrize("until_s", [50, 7200])
    async def test_only_what_was_buried_before(self, store: Any, until_s: float) -> None:
        """`until` holds, and never reaches past this moment."""
        await owe(store, SEND)
        await bury(store)
        await owe(store, SEND)
        await bury(store, at_s=100 if until_s == 50 else 5000)
        assert await self.revive(store, Wanted(until=AT + timedelta(seconds=until_s))) == [1]

    async def test_what_others_revived_meanwhile(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Somebody else was quicker with all of them: that is the end of it."""
        store = MemoryStore()
        one = await owe(store, SEND)
        await bury(store)
        seen = await store.items(Wanted(), at=AT)
        await store.revive([revival(one, SEND)])

        async def as_they_were(*_: object, **__: object) -> Any:
            return seen

        monkeypatch.setattr(store, "items", as_they_were)
        assert await self.revive(store, Wanted()) == []

    @pytest.mark.parametrize("words", [("", "mended"), ("li na", "mended"), ("li-na", "13812345678"), ("li-na", "坏")])
    async def test_words_that_are_none(self, words: tuple[str, str]) -> None:
        """Nothing is put back that could not be written down: free text and numbers are no words."""
        store = MemoryStore()
        await owe(store, SEND)
        await bury(store)
        with pytest.raises(ValueError, match="stable words only"):
            await self.revive(store, Wanted(), words=words)
        assert len(await store.buried()) == 1


class TestLedger:
    def test_it_is_read_as_it_was_spelt(self) -> None:
        """Every mark, to the microsecond."""
        ledger = (
            Tried(1, AT, Failure(Party.NETWORK, "No connection to water.")),
            Revived(at=AT + timedelta(microseconds=1), who="li-na", why="mended"),
            Tried(2, AT, Failure(Party.US, '昆明 "quoted"')),
        )
        assert read(spelt(ledger)) == ledger
        assert read(None) == ()

    def test_what_an_engine_cannot_keep(self) -> None:
        """No character of a failure keeps it from being written."""
        (mark,) = read(spelt((Tried(1, AT, Failure(Party.US, "a\0b\ud800c")),)))
        assert isinstance(mark, Tried)
        assert mark.failure.what == "a�b?c"

    @pytest.mark.parametrize(
        "text", ["", "{", "[1]", "7", '[["tried",1,0,"somebody","x"]]', '[["tried",1,1e99,"us","x"]]']
    )
    def test_what_cannot_be_read_explains_nothing(self, text: str) -> None:
        """It only explains: a spoilt one must not stand in the way of its task."""
        assert read(text) == ()

    def test_a_mark_of_a_newer_version(self) -> None:
        """It is left out, and the others stay."""
        assert read('[["moved",1],["revived",0,"li-na","mended"]]') == (
            Revived(at=AT - (AT - AT.fromtimestamp(0, tz=AT.tzinfo)), who="li-na", why="mended"),
        )

    def test_what_is_kept_is_bounded(self) -> None:
        """A long sentence is cut."""
        (mark,) = kept((), Tried(1, AT, Failure(Party.US, "x" * 999)))
        assert isinstance(mark, Tried)
        assert len(mark.failure.what) == WHAT_LIMIT
