"""Several stores on one PostgreSQL, each with connections of its own as processes have them, in one another's way.

What they were told they did is held against what the database has in the end, and against one another meanwhile.
"""

import asyncio
import itertools
import random
from collections import defaultdict
from datetime import timedelta

import attrs
import psycopg
import pytest

from cotransfer.adapters.memory.time import ManualClock
from cotransfer.adapters.sql import open_store
from cotransfer.app.desk import Desk
from cotransfer.app.errand import Errand, Message
from cotransfer.domain import events as e
from cotransfer.domain.agenda import Duty
from cotransfer.domain.notices import NoticeKind
from cotransfer.domain.parties import Step
from cotransfer.domain.states import Open
from cotransfer.domain.transfer import evolve, fold
from cotransfer.ports.agenda import Claimed, Postponed
from cotransfer.ports.standing import Revival
from cotransfer.ports.transfers import Blocked, Change, Committed, MessageKey, Stale
from cotransfer.ports.transfers import Step as Moved
from cotransfer.testing.histories import AT, history, message
from cotransfer.testing.keys import SEALING
from cotransfer.testing.samples import GROUNDS, SUBMIT


@pytest.fixture
def address(postgres_with_tables):
    """A database with the tables of this version."""
    return postgres_with_tables


@pytest.fixture
async def three(address):
    """Three stores on one database."""
    async with (
        open_store(address, sealing=SEALING) as one,
        open_store(address, sealing=SEALING) as two,
        open_store(address, sealing=SEALING) as three,
    ):
        yield one, two, three


CHAIN = (Duty.SEND_APPLICATION, Duty.CHASE_RECEIPT, Duty.CHASE_PRE_REVIEW, Duty.ANNOUNCE_RESULT)
"""Each duty is owed by the change that finishes the one before, so that a transfer owes none of them twice."""

LEASE_S = 3


@attrs.define
class Ledger:
    """What everybody was told, and the clock that they share: it runs only when somebody moves it."""

    now: int = 0
    histories: dict = attrs.field(factory=dict)
    steps: defaultdict = attrs.field(factory=lambda: defaultdict(dict))
    seen: dict = attrs.field(factory=dict)
    keys: set = attrs.field(factory=set)
    owed: set = attrs.field(factory=set)
    finished: list = attrs.field(factory=list)
    attempts: defaultdict = attrs.field(factory=lambda: defaultdict(list))
    holders: dict = attrs.field(factory=dict)
    told: defaultdict = attrs.field(factory=lambda: defaultdict(int))

    @property
    def at(self):
        """What the clock shows."""
        return AT + timedelta(seconds=self.now)

    def note(self, changes, outcomes):
        """Remember a group's outcomes, each of which must make sense by itself."""
        assert len(outcomes) == len(changes)
        for change, outcome in zip(changes, outcomes, strict=True):
            self.told[type(outcome).__name__] += 1
            if isinstance(outcome, Committed):
                self._committed(change)
            if isinstance(outcome, Blocked):
                assert outcome.by != change.step.transfer
                case, other = change.step.state.case, self.histories[outcome.by].case
                assert set(case.claims) & set(other.claims)

    def _committed(self, change):
        if change.step is not None:
            steps = self.steps[change.step.transfer]
            assert change.step.expected not in steps, "two steps were decided on one version"
            steps[change.step.expected] = change.step.events
        for seen in change.seen:
            assert seen.message not in self.seen, "a message was dealt with twice"
            self.seen[seen.message] = seen
        self.finished += [(lease.transfer, lease.duty) for lease in change.finished]
        self.owed |= {(due.transfer, due.duty) for due in change.owed}

    def hold(self, claimed, at):
        """Nobody else may hold a task while its lease runs, unless it was given back."""
        for one in claimed:
            key = (one.due.transfer, one.due.duty)
            other_at, other_until, token = self.holders.get(key, (at, at, None))
            assert not (at < other_until and other_at < one.until), (key, token, one.lease.token)
            self.holders[key] = (at, one.until, one.lease.token)
            self.attempts[key].append(one.attempt)

    def let_go(self, claimed):
        """The holder is about to give the task back; from here on others may have it."""
        key = (claimed.due.transfer, claimed.due.duty)
        if self.holders.get(key, (0, 0, None))[2] == claimed.lease.token:
            del self.holders[key]


class Actor:
    """One of many on one store; what it does next is drawn from its own seed."""

    TOKENS = itertools.count()

    def __init__(self, store, ledger, homes, seed):
        self.store, self.ledger, self.homes = store, ledger, homes
        self.random = random.Random(seed)

    async def act(self, times):
        """That many things, one after the other."""
        for _ in range(times):
            self.ledger.now += self.random.randrange(2)
            await self.random.choice((self.bring, self.bring, self.work, self.revive, self.inspect))()

    def heard(self):
        """A message that perhaps somebody else brings as well, with another answer."""
        if self.random.random() < 0.5:
            return ()
        seen = message("platform", f"k-{self.random.randrange(60)}", answer=str(next(self.TOKENS)).encode())
        self.ledger.keys.add(seen.message)
        return (seen,)

    async def bring(self):
        """A group of a few submissions and reports, some on what may have moved since."""
        some = self.random.sample(list(self.ledger.histories), min(3, len(self.ledger.histories)))
        loaded = await self.store.load(some)
        changes = [self.report(record) for record in loaded.records.values()]
        for _ in range(self.random.randrange(3)):
            one = history(home=self.random.choice(self.homes))
            self.ledger.histories[one.transfer] = one
            changes.append(one.submit(owed=(CHAIN[0],), seen=self.heard()))
        self.random.shuffle(changes)
        self.ledger.note(changes, await self.store.commit(changes))

    def report(self, record):
        """One that nobody else makes, and sometimes the end."""
        mark = e.NoticeSent(NoticeKind.RESULT, f"{next(self.TOKENS)}")
        ends = self.random.random() < 0.25
        also = self.random.choice([(), (e.SigningOpened(),), (e.DeadlinePassed(Step.SIGN),)])
        end = (e.PreReviewNotPassed(GROUNDS),) if ends else ()
        return Change(step=moved(record, (mark, *also, *end), self.ledger.at), seen=self.heard())

    async def work(self):
        """Claim a few tasks; finish, give back, bury or forget each of them."""
        at, limit = self.ledger.at, self.random.randint(1, 6)
        claimed = await self.store.claim(at=at, limit=limit, lease_s=LEASE_S, token=f"t{next(self.TOKENS)}")
        assert len(claimed) <= limit
        assert all(one.due.at <= at for one in claimed)
        self.ledger.hold(claimed, at)
        self.ledger.now += self.random.choice((0, 0, 0, 1, LEASE_S))
        back: list[Claimed] = []
        done: list[Claimed] = []
        for one in claimed:
            (done if self.random.random() < 0.6 else back).append(one)
        await self.finish(done)
        for one in back:
            match self.random.randrange(3):
                case 0:
                    self.ledger.let_go(one)
                    await self.store.postpone([Postponed(one.lease, self.ledger.at, "later")])
                case 1:
                    self.ledger.let_go(one)
                    await self.store.bury(one.lease, why="given up", at=self.ledger.at)
                case _:
                    pass  # It died, and its lease runs out.

    async def finish(self, done):
        """Tasks are done, some with news of their transfers; each owes the next."""
        loaded = await self.store.load({one.due.transfer for one in done})
        changes, stepped = [], set()
        for one in done:
            self.ledger.let_go(one)
            record = loaded.record(one.due.transfer)
            after = CHAIN[CHAIN.index(one.due.duty) + 1 :][:1]
            owed = tuple(attrs.evolve(one.due, duty=duty, at=self.ledger.at) for duty in after)
            step = None
            if one.due.transfer not in stepped and self.random.random() < 0.7:
                stepped.add(one.due.transfer)
                step = moved(record, (e.NoticeSent(NoticeKind.RESULT, f"{next(self.TOKENS)}"),), self.ledger.at)
            changes.append(Change(step=step, owed=owed, finished=(one.lease,)))
        self.ledger.note(changes, await self.store.commit(changes))

    async def revive(self):
        """Put back what was given up."""
        for grave in (await self.store.buried())[:3]:
            await self.store.revive([revival(grave, self.ledger.at)])

    async def inspect(self):
        """At any moment, no two open transfers have one home."""
        loaded = await self.store.load(tuple(self.ledger.histories))
        in_use = open_claims(loaded)
        assert len(in_use) == len(set(in_use))


def revival(grave, at):
    """A buried task, to be put back."""
    return Revival(transfer=grave.due.transfer, duty=grave.due.duty, at=at, who="li-na", why="mended")


def moved(record, events, at):
    """The step that `events` make."""
    state = record.state
    for event in events:
        state = evolve(state, event)
    return Moved(transfer=record.transfer, expected=record.version, state=state, events=events, at=at)


def open_claims(loaded):
    """The claims of all that are open."""
    return [claim for one in loaded.records.values() if isinstance(one.state, Open) for claim in one.state.case.claims]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_nothing_is_lost_doubled_or_held_twice(three, address, seed):
    """Whatever three processes do at once: acknowledged steps are there once and in order, each message counts once,
    no task has two holders or is lost, and no two open transfers have one home.
    """
    ledger, homes = Ledger(), [history().home for _ in range(12)]
    actors = [
        Actor(store, ledger, homes, f"{seed}-{which}-{nth}") for which, store in enumerate(three) for nth in "abcd"
    ]
    await asyncio.gather(*(actor.act(30) for actor in actors))
    assert {"Committed", "Stale", "Blocked"} <= set(ledger.told), "the plan brought nobody into anybody's way"

    loaded = await three[0].load(tuple(ledger.histories), tuple(ledger.keys))
    assert set(loaded.records) == set(ledger.steps)
    for transfer, steps in ledger.steps.items():
        journal = await three[1].journal(transfer)
        told = [event for _, events in sorted(steps.items()) for event in events]
        assert [entry.event for entry in journal] == told
        assert [entry.sequence for entry in journal] == list(range(1, len(told) + 1))
        assert list(itertools.accumulate((len(steps[at]) for at in sorted(steps)), initial=0))[:-1] == sorted(steps)
        assert (loaded.records[transfer].version, loaded.records[transfer].state) == (len(told), fold(told))
    assert dict(loaded.seen) == ledger.seen
    with psycopg.connect(address.replace("+psycopg", "")) as connection:
        holders = connection.execute("SELECT transfer FROM claims").fetchall()
    still_open = [record.transfer.text for record in loaded.records.values() if isinstance(record.state, Open)]
    assert sorted(text for (text,) in holders) == sorted(still_open * 2)  # A home and an account each.

    assert len(ledger.finished) == len(set(ledger.finished)), "a task was finished twice"
    assert all(sorted(tried) == list(range(1, len(tried) + 1)) for tried in ledger.attempts.values())
    for grave in await three[2].buried(1_000):
        assert await three[2].revive([revival(grave, ledger.at)])
    left = await three[2].claim(at=ledger.at + timedelta(days=1), limit=1_000, lease_s=1, token="last")
    assert {(one.due.transfer, one.due.duty) for one in left} == ledger.owed - set(ledger.finished)


async def test_one_message_at_64_counters_has_one_effect(three):
    """A message that 64 callers bring to two processes at once moves one transfer, and all of them get its answer."""
    desks = [Desk(store, ManualClock()) for store in three[:2]]
    for nth in range(10):
        home = history().home
        rivals = [history(home=home) for _ in range(64)]
        brought = Message(MessageKey("platform", f"k-{nth}"), b"d")
        replies = await asyncio.gather(
            *(desks[which % 2].handle(submitting(one, brought)) for which, one in enumerate(rivals))
        )
        (winner,) = [reply for reply in replies if not reply.replayed]
        assert {reply.answer for reply in replies} == {winner.answer}
        assert [one.text for one in (await three[2].load([one.transfer for one in rivals])).records] == [
            winner.answer.decode()
        ]


def submitting(one, brought):
    """The submission of that history, answered with its transfer."""
    return Errand(
        transfer=one.transfer,
        commands=(attrs.evolve(SUBMIT, case=one.case),),
        message=brought,
        answer=lambda ruling: ruling.transfer.text.encode(),
    )


def at_once(coroutine):
    """What a store that works inline answers, without a loop."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("It waited for something.")


@pytest.fixture
def inline_two(address):
    """Two stores whose statements run as they are said, so that a test may put one's work between another's."""
    two = [open_store(address, inline=True, hints=False, sealing=SEALING) for _ in range(2)]
    yield two
    for store in two:
        asyncio.run(store.close())


def after_statement(monkeypatch, line, nth, do):
    """`do` once when the `nth` statement of that line has been answered."""
    talk, counted = line._open(), itertools.count()
    execute = talk.execute

    def counting(sql, parameters=()):
        cursor = execute(sql, parameters)
        if next(counted) == nth:
            talk.settle()
            do()
        return cursor

    monkeypatch.setattr(talk, "execute", counting)


class TestInBetween:
    """One process commits between two statements of another."""

    @pytest.mark.parametrize("nth", range(4))
    def test_the_same_message_is_never_blocked_by_itself(self, inline_two, monkeypatch, nth):
        """Whenever a message's other copy commits, this one is stale, and so gets its answer: it is never told that
        its home has been taken, by its own copy.
        """
        one, other = inline_two
        mine = history()
        copy, seen = history(home=mine.home), (message("platform", "k"),)
        submitted = copy.submit(seen=seen)
        after_statement(monkeypatch, one._writing, nth, lambda: at_once(other.commit([submitted])))
        assert at_once(one.commit([mine.submit(seen=seen)])) == (Stale(),)
        assert set(at_once(one.load([mine.transfer, copy.transfer])).records) == {copy.transfer}

    @pytest.mark.parametrize("nth", range(3))
    def test_of_one_new_transfer_one_is_stale(self, inline_two, monkeypatch, nth):
        """A transfer is new once, and whoever comes second spoils no neighbour."""
        one, other = inline_two
        new, neighbour = history(), history()
        submitted = new.submit()
        after_statement(monkeypatch, one._writing, nth, lambda: at_once(other.commit([submitted])))
        assert at_once(one.commit([submitted, neighbour.submit()])) == (Stale(), Committed())
        assert len(at_once(one.journal(new.transfer))) == 1

    @pytest.mark.parametrize("nth", range(2))
    def test_what_a_message_moved_is_not_seen_without_it(self, inline_two, monkeypatch, nth):
        """A look never shows a transfer moved on by a message that it does not show: the message's second copy would
        be refused for what the first one did.
        """
        one, other = inline_two
        here, seen = history(), message("kunming-water", "k")
        at_once(other.commit([here.submit()]))
        moving = here.move(e.ContractDeclined(), seen=(seen,))
        after_statement(monkeypatch, one._reading, nth, lambda: at_once(other.commit([moving])))
        loaded = at_once(one.load([here.transfer], [seen.message]))
        assert loaded.records[here.transfer].version == 1 or seen.message in loaded.seen


async def test_what_is_owed_waits_in_its_turn(three, monkeypatch):
    """Groups that owe on one transfer and finish on the other, crosswise, never wait for one another in a circle."""
    raced = []

    def noting(ask):
        def is_race(error):
            raced.append(error)
            return ask(error)

        return is_race

    for store in three:
        tongue = store._writing._tongue
        monkeypatch.setattr(tongue, "is_race", noting(tongue.is_race))
    first, second = history(), history()
    owed = (Duty.SEND_APPLICATION, Duty.CHASE_RECEIPT)
    await three[0].commit([one.submit(owed=owed) for one in (first, second)])
    for nth in range(15):
        again = [one.due(duty) for one in (first, second) for duty in owed]
        await three[0].commit([Change(owed=tuple(again))])
        claimed = await three[0].claim(at=AT, limit=9, lease_s=60, token=f"t{nth}")
        lease = {(one.due.transfer, one.due.duty): one.lease for one in claimed}
        groups = [
            [
                here.move(e.DeadlinePassed(Step.SIGN), owed=(Duty.CHASE_RECEIPT,)),
                Change(finished=(lease[there.transfer, Duty.SEND_APPLICATION],)),
            ]
            for here, there in ((first, second), (second, first))
        ]
        outcomes = await asyncio.gather(*(store.commit(group) for store, group in zip(three[1:], groups, strict=True)))
        assert outcomes == [(Committed(), Committed())] * 2
    assert not raced


async def test_a_claim_reads_what_is_due_in_its_order(three):
    """However much is due, whatever the planner knows of it, the first few are found by the index, unsorted."""
    many = tuple(history().due(Duty.SEND_APPLICATION, AT + timedelta(seconds=nth)) for nth in range(3_000))
    claim, talk = three[0]._tasks.statements.claim, three[0]._writing._open()
    values = {"at": 2**60, "limit": 64, "token": "t", "until": 2**60, "listed": "[]"}

    def planned():
        talk.connection.prepare_threshold = None
        names = itertools.count(1)
        text = "".join(part + f"${next(names)}" for part in claim.sql.split("%s")[:-1]) + claim.sql.split("%s")[-1]
        talk.execute("PREPARE told AS " + text)
        given = ", ".join(f"'{values[name]}'" for name in claim.names)
        plan = talk.execute(f"EXPLAIN EXECUTE told({given})").fetchall()
        talk.execute("DEALLOCATE told")
        return "\n".join(line for (line,) in plan)

    plans = [planned()]
    await three[1].commit([Change(owed=many)])
    plans.append(planned())
    talk.execute("ANALYZE")
    plans.append(planned())
    assert all("Index Scan using agenda_due" in plan and "Sort" not in plan for plan in plans), plans


async def test_a_stricter_default_of_the_database_is_not_ours(address):
    """Groups wait for one another and look again, whatever isolation the database would give by itself."""
    with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'")
    async with open_store(address, sealing=SEALING) as store:
        await store.load([history().transfer])
        for line in (store._writing, store._reading):
            assert line._open().execute("SHOW transaction_isolation").fetchall() == [("read committed",)]
