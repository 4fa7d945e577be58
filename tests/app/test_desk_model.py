"""Random crowds at the desk, over a store that answers Stale and fails as it likes, against one-by-one execution."""

import asyncio
import random
from collections.abc import Collection, Mapping, Sequence

import attrs
from hypothesis import given
from hypothesis import strategies as st
from tests.app.world import asking, message, nth_case, nth_transfer, submitting

from cotransfer.adapters.memory.store import MemoryStore
from cotransfer.adapters.memory.time import ManualClock
from cotransfer.app.desk import Desk
from cotransfer.app.errand import Errand, Reply
from cotransfer.domain.commands import Command
from cotransfer.domain.events import Event
from cotransfer.domain.parties import Party
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.states import NotSubmitted, State
from cotransfer.domain.transfer import decide, evolve, fold
from cotransfer.domain.values import TransferId
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.transfers import Change, Loaded, MessageKey, Outcome, Stale
from cotransfer.testing import strategies as some

TRANSFERS = 3

errands = st.one_of(
    st.builds(lambda nth: submitting(nth_case(nth)), st.integers(0, TRANSFERS - 1)),
    st.builds(asking, st.integers(0, TRANSFERS - 1), some.commands()),
    st.builds(asking, st.integers(0, TRANSFERS - 1), some.commands(), some.commands()),
)


class MoodyStore(MemoryStore):
    """Now and then slow, stale without cause, away before it writes, or away after it has written."""

    def __init__(self, seed: int, trouble: float) -> None:
        super().__init__()
        self._random = random.Random(seed)
        self.trouble = trouble

    async def load(self, transfers: Collection[TransferId], messages: Collection[MessageKey] = ()) -> Loaded:
        """Look, if it likes to."""
        await self._dawdle()
        self._fail(certain=True)
        return await super().load(transfers, messages)

    async def commit(self, changes: Sequence[Change]) -> tuple[Outcome, ...]:
        """Write each change or call it stale; fail before or after, or not at all."""
        await self._dawdle()
        self._fail(certain=True)
        outcomes: list[Outcome] = []
        for change in changes:
            stale = self._random.random() < self.trouble
            outcomes += (Stale(),) if stale else await super().commit([change])
        await self._dawdle()
        self._fail(certain=False)
        return tuple(outcomes)

    async def _dawdle(self) -> None:
        for _ in range(self._random.randrange(3)):
            await asyncio.sleep(0)

    def _fail(self, *, certain: bool) -> None:
        if self._random.random() < self.trouble / 2:
            raise Unavailable(Party.US, "The store is away.", certain=certain)


async def insist(desk: Desk, errand: Errand, chance: random.Random) -> Reply | Why:
    """Bring an errand, at a random moment, again and again until there is an answer: as a good client does."""
    while True:
        for _ in range(chance.randrange(4)):
            await asyncio.sleep(0)
        try:
            return await desk.handle(errand)
        except Refused as refused:
            return refused.refusal.why
        except Unavailable:
            continue


def crowd(seed: int, trouble: float, brought: Sequence[Errand]) -> tuple[MoodyStore, list[Reply | Why]]:
    """Everybody at once, each under a message of their own; the store afterwards, and who got what."""
    store = MoodyStore(seed, trouble)
    chance = random.Random(seed)
    mine = [attrs.evolve(errand, message=message(f"m-{nth}")) for nth, errand in enumerate(brought)]

    async def all_of_them() -> list[Reply | Why]:
        desk = Desk(store, ManualClock(), group_limit=chance.choice((1, 3, 128)))
        return await asyncio.gather(*(insist(desk, errand, chance) for errand in mine))

    answers = asyncio.run(all_of_them())
    store.trouble = 0.0
    return store, answers


def histories(store: MemoryStore) -> Mapping[TransferId, tuple[Event, ...]]:
    """Every journal, its sequence checked."""

    async def read() -> dict[TransferId, tuple[Event, ...]]:
        found = {}
        for nth in range(TRANSFERS):
            entries = await store.journal(nth_transfer(nth))
            assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
            record = (await store.load((nth_transfer(nth),))).records.get(nth_transfer(nth))
            assert (record.state if record else NotSubmitted()) == fold(entry.event for entry in entries)
            found[nth_transfer(nth)] = tuple(entry.event for entry in entries)
        return found

    return asyncio.run(read())


def ruled(state: State, commands: Sequence[Command]) -> tuple[Event, ...] | Why:
    """What one-by-one execution makes of an errand on that state."""
    events: tuple[Event, ...] = ()
    for command in commands:
        try:
            news = decide(state, command)
        except Refused as refused:
            return refused.refusal.why
        for event in news:
            state = evolve(state, event)
        events += news
    return events


def moments(history: Sequence[Event]) -> list[State]:
    """The states that a transfer went through, from nothing on."""
    states: list[State] = [NotSubmitted()]
    for event in history:
        states.append(evolve(states[-1], event))
    return states


crowds = given(
    seed=st.integers(0, 2**32), trouble=st.sampled_from((0.0, 0.1, 0.3)), brought=st.lists(errands, max_size=24)
)


@crowds
def test_every_answer_is_one_of_one_by_one_execution(seed: int, trouble: float, brought: list[Errand]) -> None:
    """§5: in a group each errand is decided as if alone: its answer follows from a state the transfer really was in."""
    store, answers = crowd(seed, trouble, brought)
    written = histories(store)
    for errand, answer in zip(brought, answers, strict=True):
        history = written[errand.transfer]
        states = moments(history)
        alone = [ruled(state, errand.commands) for state in states]
        if isinstance(answer, Why):
            assert answer in alone
        elif answer.ruling is None:
            assert answer.replayed
        else:
            news = answer.ruling.events
            assert any(
                alone[at] == news == history[at : at + len(news)] and states[at + len(news)] == answer.ruling.state
                for at in range(len(states) - len(news))
            )


@crowds
def test_everything_acknowledged_is_there_once(seed: int, trouble: float, brought: list[Errand]) -> None:
    """Nothing lost, nothing doubled: the journals hold the events of all accepted errands and not one more.

    An errand whose write was done but whose answer was lost is told its stored answer when it comes again.
    """
    store, answers = crowd(seed, trouble, brought)
    written = sum(map(len, histories(store).values()))
    told = sum(len(one.ruling.events) for one in answers if isinstance(one, Reply) and one.ruling is not None)
    replayed = sum(isinstance(one, Reply) and one.replayed for one in answers)
    most_of_one = max((len(errand.commands) for errand in brought), default=0)
    assert told <= written <= told + replayed * most_of_one


@given(seed=st.integers(0, 2**32), brought=st.lists(errands, max_size=24))
def test_without_trouble_nobody_is_replayed(seed: int, brought: list[Errand]) -> None:
    """On a store that works every errand is decided exactly once."""
    store, answers = crowd(seed, 0.0, brought)
    assert not any(isinstance(one, Reply) and one.replayed for one in answers)
    told = sum(len(one.ruling.events) for one in answers if isinstance(one, Reply) and one.ruling is not None)
    assert sum(map(len, histories(store).values())) == told
