"""The seven laws of the decider (DESIGN §3), each for whatever hypothesis can think of; `test_walk` walks them all."""

import functools

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cotransfer.domain.agenda import CHASES, OWNERS, Duty, closes, owed, settled
from cotransfer.domain.commands import Command, Submit, hearing
from cotransfer.domain.events import ContractSigned, Event, ReportKept, Standing
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.reports import Cancelled, Channel, Declined, Failed, Handled, Report, Signed
from cotransfer.domain.states import Closed, NotSubmitted, Open, State, Submitted
from cotransfer.domain.transfer import decide, evolve, fold
from cotransfer.testing import strategies as some
from cotransfer.testing.samples import GROUNDS, SUBMIT

SUBMITTED = fold(decide(NotSubmitted(), SUBMIT))


histories = functools.partial(some.histories, submit=SUBMIT)
"""Of the sample transfer: what was submitted makes no difference to where its reports lead."""


def after(state: State, *commands: Command) -> State:
    """The state once all that can be done of `commands` has been done."""
    for command in commands:
        try:
            state = fold(decide(state, command), state)
        except Refused:
            continue
    return state


def heard(state: State, *reports: Report) -> State:
    """The state after those reports."""
    return after(state, *map(hearing, reports))


def agenda(history: tuple[Event, ...]) -> frozenset[Duty]:
    """What is owed at the end of a history, nothing of it having been done."""
    duties: set[Duty] = set()
    for event in history:
        duties.difference_update(settled(event))
        duties.update(task.duty for task in owed(event))
    return frozenset(duties)


class TestConvergence:
    @given(data=st.data(), story=some.stories())
    def test_every_telling_ends_alike(self, data: st.DataObject, story: tuple[Report, ...]) -> None:
        """Law 1: late, twice and out of order, a whole story ends as it does when told in the scheme's order."""
        told = data.draw(some.retellings(story))
        assert heard(SUBMITTED, *told) == heard(SUBMITTED, *story)

    @given(data=st.data(), story=some.stories())
    def test_every_excerpt_ends_alike(self, data: st.DataObject, story: tuple[Report, ...]) -> None:
        """Law 1: the same holds while reports are still missing: what was heard counts, not when."""
        told = data.draw(some.excerpts(story))
        in_order = [report for report in story if report in told]
        assert heard(SUBMITTED, *told) == heard(SUBMITTED, *in_order)

    @given(data=st.data(), story=some.stories(), between=st.lists(some.commands(), max_size=6))
    def test_what_comes_between_does_not_matter(
        self, data: st.DataObject, story: tuple[Report, ...], between: list[Command]
    ) -> None:
        """Law 1: taps, notices and deadlines between the reports change nothing of where they lead."""
        # Left out is what the utility reports, which is the story's to say; that it was taken back has no `outcome`.
        reported = hearing(Cancelled())
        others = [command for command in between if not hasattr(command, "outcome") and command != reported]
        told = data.draw(st.permutations([*map(hearing, story), *others]))
        assert after(SUBMITTED, *told) == heard(SUBMITTED, *story)

    @given(story=some.stories())
    def test_the_last_word_is_enough(self, story: tuple[Report, ...]) -> None:
        """Law 1: the utility is the authority on its own progress: its last report alone proves all before it."""
        assert heard(SUBMITTED, story[-1]) == heard(SUBMITTED, *story)


class TestTheEndAbsorbs:
    @given(history=histories(closed=True), command=some.commands())
    def test_after_the_end_nothing_moves(self, history: tuple[Event, ...], command: Command) -> None:
        """Law 2: what comes after the end is told, kept, refused or no news, and the end stays the very same."""
        state = fold(history)
        assert isinstance(state, Closed)
        try:
            events = decide(state, command)
        except Refused as refused:
            assert refused.refusal.why is Why.ENDED_ALREADY  # noqa: PT017 - most commands are not refused
            return
        assert all(evolve(state, event) is state for event in events)

    @given(history=histories(closed=True), report=some.reports().filter(lambda report: not report.goes_on))
    def test_a_contradiction_is_kept(self, history: tuple[Event, ...], report: Report) -> None:
        """Law 2: an ending that is not this ending is kept for the operator, never swallowed."""
        state = fold(history)
        assert isinstance(state, Closed)
        assume(heard(Submitted(state.case), report) != state)
        assert decide(state, hearing(report)) == (ReportKept(report, Standing.CONTRADICTS),)


class TestArrears:
    @given(submit=some.submissions(), confirmed=st.booleans())
    def test_arrears_block(self, submit: Submit, confirmed: bool) -> None:
        """Law 3, step 4: with an account in arrears there is no way to a submission, confirmed or not."""
        in_arrears = attrs.evolve(submit, account=attrs.evolve(submit.account, in_arrears=True), confirmed=confirmed)
        with pytest.raises(Refused) as refused:
            decide(NotSubmitted(), in_arrears)
        assert refused.value.refusal.why is Why.IN_ARREARS

    @given(command=some.commands())
    def test_nothing_else_submits(self, command: Command) -> None:
        """Law 3: only a submission leads out of nothing, and it is the one that looks at arrears."""
        with pytest.raises(Refused):
            decide(NotSubmitted(), command)


class TestEitherChannel:
    @given(history=histories(most=20))
    def test_signed_once(self, history: tuple[Event, ...]) -> None:
        """Law 4, step 7: by SMS, by WeChat or by both, a contract is signed once."""
        assert sum(isinstance(event, ContractSigned) for event in history) <= 1

    @given(history=histories(closed=False), channels=st.permutations(list(Channel)))
    def test_the_first_channel_wins(self, history: tuple[Event, ...], channels: list[Channel]) -> None:
        """Law 4: the channel that is heard first signs; the other one is no news."""
        state = fold(history)
        assume(not any(isinstance(event, ContractSigned) for event in history))
        first, second = map(Signed, channels)
        assert decide(state, hearing(first)) == (ContractSigned(channels[0]),)
        assert decide(heard(state, first), hearing(second)) == ()


class TestTheResultFinalises:
    @given(history=histories(most=20))
    def test_one_result_notice_for_each_end(self, history: tuple[Event, ...]) -> None:
        """Law 5, step 9: exactly one result notice is owed by a closed transfer, and none by an open one."""
        results = [task for event in history for task in owed(event) if task.duty is Duty.ANNOUNCE_RESULT]
        assert len(results) == isinstance(fold(history), Closed) == sum(map(closes, history))

    @given(history=histories(most=20))
    def test_one_invitation_at_most(self, history: tuple[Event, ...]) -> None:
        """Law 5, step 7: nobody is invited twice, whatever becomes of the address."""
        invitations = [task for event in history for task in owed(event) if task.duty is Duty.INVITE_TO_SIGN]
        assert len(invitations) <= 1

    @given(history=histories(closed=True))
    def test_the_end_owes_nothing_else(self, history: tuple[Event, ...]) -> None:
        """Law 5: once it is closed, all that a transfer still owes is to say so, and to be erased in its time."""
        assert agenda(history) == {Duty.ANNOUNCE_RESULT, Duty.ERASE}


class TestNeverStuck:
    @given(history=histories(closed=False))
    def test_every_wait_has_a_deadline_and_an_owner(self, history: tuple[Event, ...]) -> None:
        """Law 6: an open transfer has a deadline for the step it waits for, and somebody whose turn it is."""
        state = fold(history)
        assert isinstance(state, Open)
        assert CHASES[state.waits_for] in agenda(history)
        assert state.waits_for in OWNERS

    @given(history=histories(closed=False), end=st.sampled_from((Failed(GROUNDS), Declined(), Handled())))
    def test_every_open_state_can_end(self, history: tuple[Event, ...], end: Report) -> None:
        """Law 6: the end is never out of reach: the handling result closes whatever is open."""
        state = fold(history)
        assert isinstance(state, Open)
        assert isinstance(heard(state, end, Handled()), Closed)


class TestMemoryIsEnough:
    @given(submit=some.submissions(), commands=st.lists(some.commands(), max_size=20))
    def test_the_journal_gives_the_state(self, submit: Submit, commands: list[Command]) -> None:
        """Law 7: folding what happened gives the state that was reached step by step."""
        events = list(decide(NotSubmitted(), submit))
        state = fold(events)
        for command in commands:
            try:
                news = decide(state, command)
            except Refused:
                continue
            state = fold(news, state)
            events += news
        assert fold(events) == state

    @given(history=histories(most=20), cut=st.integers(0, 40))
    def test_a_journal_may_be_read_in_parts(self, history: tuple[Event, ...], cut: int) -> None:
        """Law 7: what has been folded need not be folded again."""
        cut = min(max(cut, 1), len(history))
        assert fold(history[cut:], fold(history[:cut])) == fold(history)
