"""Under which ids work goes on, from the request or the attempt that began it to the journal and the agenda."""

import asyncio
import contextvars

from tests.app.test_worker import Shop, telling
from tests.app.world import nth_transfer

from cotransfer.app.errand import Errand
from cotransfer.app.failing import failed, ours, waited_for
from cotransfer.domain.agenda import Duty
from cotransfer.domain.commands import Command, NoteOperatorTold, NoteOverdue, hearing
from cotransfer.domain.correlation import UNCORRELATED, Correlation
from cotransfer.domain.grants import NotGranted, WhyNot
from cotransfer.domain.ledger import Failure
from cotransfer.domain.parties import Party, Step
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.reports import Taken
from cotransfer.domain.states import InPreReview, NotSubmitted, State, Submitted
from cotransfer.ports import correlation as ids
from cotransfer.ports.agenda import Claimed
from cotransfer.ports.errors import NotAdmitted, Unavailable, Unintelligible
from cotransfer.testing.samples import CASE


class TestAtHand:
    def test_before_anything_began_nothing_is_known(self) -> None:
        """A program that begins nothing has no ids."""

        def look() -> None:
            assert (ids.begun(), ids.last_asked()) == (None, None)
            assert ids.at_hand() == ids.ourselves() == UNCORRELATED
            ids.answered("kw-1")
            assert ids.at_hand() == UNCORRELATED

        contextvars.Context().run(look)

    async def test_how_it_began(self) -> None:
        """Under our id, and theirs who asked us."""
        ids.begin("c-1", "theirs-1")
        assert ids.begun() == "c-1"
        assert ids.at_hand() == Correlation(ours="c-1", theirs="theirs-1")
        assert ids.ourselves() == Correlation(ours="c-1")
        assert ids.last_asked() is None

    async def test_whom_we_asked_since(self) -> None:
        """The latest call counts, answered or not; of each party the latest is known."""
        ids.begin("c-1", "theirs-1")
        ids.asking(Party.REGISTRY, "c-1")
        ids.answered("r-1")
        ids.asking(Party.UTILITY, "c-1")
        assert ids.at_hand() == ids.last_asked() == Correlation(ours="c-1")
        ids.answered("kw-1")
        assert ids.at_hand() == Correlation(ours="c-1", theirs="kw-1")
        ids.asking(Party.UTILITY, "c-2")
        ids.answered(None)
        assert ids.last_asked(Party.UTILITY) == Correlation(ours="c-2")
        assert ids.last_asked(Party.REGISTRY) == Correlation(ours="c-1", theirs="r-1")
        assert ids.last_asked(Party.NOTIFIER) is None
        ids.begin("c-3")
        assert ids.last_asked() is None

    async def test_neighbours_do_not_mix(self) -> None:
        """Two at work at once each have their own."""

        async def work(name: str) -> Correlation:
            ids.begin(name)
            ids.asking(Party.UTILITY, name)
            await asyncio.sleep(0)
            ids.answered(f"of-{name}")
            await asyncio.sleep(0)
            return ids.at_hand()

        told = tuple(await asyncio.gather(work("a"), work("b")))
        assert told == (Correlation(ours="a", theirs="of-a"), Correlation(ours="b", theirs="of-b"))


class TestErrors:
    async def test_an_error_has_the_ids_of_the_call_at_hand(self) -> None:
        """Whoever raises it need not say them."""
        ids.begin("c-1", "theirs-1")
        ids.asking(Party.UTILITY, "c-1")
        ids.answered("kw-1")
        both = Correlation(ours="c-1", theirs="kw-1")
        assert Unavailable(Party.NETWORK, "It broke off.").correlation == both
        assert Unintelligible(Party.UTILITY, "A poem.").correlation == both
        assert NotAdmitted(Party.UTILITY, "401").correlation == both

    async def test_what_is_ours_has_no_id_of_theirs(self) -> None:
        """Whomever we asked before: they know nothing of it."""
        ids.begin("c-1", "theirs-1")
        assert Unavailable(Party.NETWORK, "x").correlation == Correlation(ours="c-1")
        ids.asking(Party.UTILITY, "c-1")
        ids.answered("kw-1")
        assert Unavailable(Party.US, "The disk is full.").correlation == Correlation(ours="c-1")

    async def test_what_is_told_counts(self) -> None:
        """An error that is raised again keeps its own."""
        ids.begin("c-1")
        told = Correlation(ours="c-0", theirs="kw-0")
        assert Unavailable(Party.UTILITY, "x", correlation=told).correlation == told
        assert Unintelligible(Party.UTILITY, "x", correlation=told).correlation == told
        assert NotAdmitted(Party.UTILITY, "x", correlation=told).correlation == told


class TestFailures:
    async def test_as_the_ledger_has_them(self) -> None:
        """Party, words that may stand in a log, step and ids; what nobody foresaw shows its kind alone."""
        ids.begin("c-1")
        both, alone = Correlation(ours="c-0", theirs="kw-0"), Correlation(ours="c-1")
        away = Unavailable(Party.UTILITY, "It is away.", correlation=both)
        assert failed(Duty.SEND_APPLICATION, None, away) == Failure(
            Party.UTILITY, "It is away.", step=Step.SUBMIT, correlation=both
        )
        poem = Unintelligible(Party.UTILITY, "A poem.", correlation=both)
        assert failed(Duty.ASK_PROGRESS, Step.HANDLE, poem) == Failure(
            Party.UTILITY, "A poem.", step=Step.HANDLE, correlation=both
        )
        withheld = failed(Duty.INVITE_TO_SIGN, Step.SIGN, NotGranted(WhyNot.SUSPENDED))
        assert (withheld.party, withheld.step, withheld.correlation) == (Party.US, Step.SIGN, alone)
        assert withheld.what == f"grant_suspended ({WhyNot.SUSPENDED.code})"
        refused = failed(Duty.CHASE_SIGNING, None, Refused(Why.CLOSED))
        assert refused == ours(Step.SIGN, "refused as closed")
        assert failed(Duty.ERASE, None, ValueError("530102199003071238")) == Failure(
            Party.US, "ValueError", correlation=alone
        )

    async def test_what_the_store_raises_is_told_under_our_id(self) -> None:
        """It raises on a thread of its own, that knows of no work at hand."""
        away = contextvars.Context().run(lambda: Unavailable(Party.US, "The disk is full."))
        assert not away.correlation
        ids.begin("c-1")
        assert failed(Duty.ERASE, None, away).correlation == Correlation(ours="c-1")

    def test_which_step_is_waited_for(self) -> None:
        """Of an open transfer its own."""
        assert waited_for(NotSubmitted()) is None
        assert waited_for(Submitted(CASE)) is Step.SUBMIT


class TestInTheJournal:
    async def test_a_message_leaves_its_ids(self) -> None:
        """Step 5: what the platform brought is found by the id it brought it under."""
        shop = Shop(telling(hearing(Taken("KM-1"))))
        ids.begin("c-1", "platform-1")
        await shop.submit(1)
        (entry,) = await shop.store.journal(nth_transfer(1))
        assert entry.brought == Correlation(ours="c-1", theirs="platform-1")

    async def test_an_attempt_leaves_the_ids_of_its_call(self) -> None:
        """Step 5: what the utility answered is found by its own id, and by that of the attempt."""
        began: list[str | None] = []

        async def ask(state: State, claimed: Claimed) -> tuple[Command, ...]:
            began.append(ids.begun())
            ids.asking(Party.UTILITY, str(ids.begun()))
            ids.answered(f"kw-{claimed.attempt}")
            return (hearing(Taken("KM-1")),)

        shop = Shop(ask)
        await shop.submit(1)
        await shop.worker.drain()
        assert isinstance(await shop.state(1), InPreReview)
        _, taken = await shop.store.journal(nth_transfer(1))
        assert taken.brought == Correlation(ours=began[0], theirs="kw-1")
        assert began[0]

    async def test_two_in_one_commit_keep_their_own(self) -> None:
        """What is stored together came under different ids all the same."""
        shop = Shop(telling(hearing(Taken("KM-1"))))
        await shop.submit(1)
        await shop.worker.drain()

        async def brings(name: str, note: Command) -> None:
            ids.begin(name)
            await shop.desk.handle(Errand(transfer=nth_transfer(1), commands=(note,)))

        await asyncio.gather(brings("a", NoteOverdue(Step.PRE_REVIEW)), brings("b", NoteOperatorTold(Step.PRE_REVIEW)))
        late = (await shop.store.journal(nth_transfer(1)))[2:]
        assert [entry.brought.ours for entry in late] == ["a", "b"]
