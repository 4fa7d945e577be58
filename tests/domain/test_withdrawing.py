"""Steps 5 to 7: the citizen takes the application back, and the race with the signature has one outcome."""

import pytest

from cotransfer.domain import events as e
from cotransfer.domain import states as s
from cotransfer.domain.commands import OpenSigning, ReportWithdrawal, Withdraw, hearing
from cotransfer.domain.consents import consequence
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.reports import Cancelled, Channel, Cleared, Handled, Signed, Taken, TooLate
from cotransfer.domain.states import Closed, State, Unsigned
from cotransfer.domain.transfer import decide, evolve, fold
from cotransfer.testing.samples import ADDRESS, CASE, KUNMING_WATER
from cotransfer.testing.transitions import STATES

UNSIGNED = [state for state in STATES if isinstance(state, Unsigned)]
WITHDRAWING = [state for state in STATES if isinstance(state, s.Withdrawing)]
BEFORE_SIGNING = s.Withdrawing(s.AwaitingSigning(CASE, ADDRESS))


def after(state: State, *commands: object) -> State:
    """The state once those have been decided, one after the other."""
    for command in commands:
        state = fold(decide(state, command), state)  # type: ignore[arg-type]
    return state


class TestAsking:
    @pytest.mark.parametrize("state", UNSIGNED)
    def test_until_it_is_signed(self, state: Unsigned) -> None:
        """The citizen may withdraw in every state before the signature; it stands where it stood until answered."""
        assert decide(state, Withdraw()) == (e.WithdrawalAsked(),)
        assert evolve(state, e.WithdrawalAsked()) == s.Withdrawing(state)

    def test_asked_again_is_no_news(self) -> None:
        """A second tap changes nothing, before the answer and after it."""
        assert decide(BEFORE_SIGNING, Withdraw()) == ()
        assert decide(s.Withdrawn(CASE), Withdraw()) == ()

    def test_signed_is_too_late(self) -> None:
        """Step 7: from the signature on only the utility's counter, or a reversal, can help."""
        with pytest.raises(Refused) as refused:
            decide(s.InHandling(CASE), Withdraw())
        assert refused.value.refusal.why is Why.SIGNED_ALREADY

    @pytest.mark.parametrize("state", [one for one in STATES if isinstance(one, Closed) and one != s.Withdrawn(CASE)])
    def test_an_end_stays(self, state: Closed) -> None:
        """What has ended in another way cannot be withdrawn."""
        with pytest.raises(Refused) as refused:
            decide(state, Withdraw())
        assert refused.value.refusal.why is Why.ENDED_ALREADY

    @pytest.mark.parametrize("state", [one for one in STATES if not isinstance(one, Unsigned)])
    def test_as_a_consequence_it_refuses_nothing(self, state: State) -> None:
        """A consent is withdrawn whatever becomes of the transfer: where it comes too late, nothing happens."""
        assert decide(state, Withdraw(where_possible=True)) == ()

    def test_nothing_is_signed_meanwhile(self) -> None:
        """Whoever wants it back is not led to the contract."""
        with pytest.raises(Refused) as refused:
            decide(BEFORE_SIGNING, OpenSigning())
        assert refused.value.refusal.why is Why.BEING_WITHDRAWN


class TestTheAnswer:
    @pytest.mark.parametrize("state", WITHDRAWING)
    def test_in_time(self, state: s.Withdrawing) -> None:
        """Taken back is an end."""
        assert after(state, ReportWithdrawal(Cancelled())) == s.Withdrawn(CASE)

    @pytest.mark.parametrize("state", WITHDRAWING)
    def test_too_late(self, state: s.Withdrawing) -> None:
        """Too late leads back to where it was; told again, it is no news."""
        assert after(state, ReportWithdrawal(TooLate())) == state.stood
        assert decide(state.stood, ReportWithdrawal(TooLate())) == ()

    @pytest.mark.parametrize("state", UNSIGNED)
    def test_at_the_utilitys_own_counter(self, state: Unsigned) -> None:
        """The utility is the authority on its own progress: it may have taken it back without us."""
        assert after(state, hearing(Cancelled())) == s.Withdrawn(CASE)

    def test_after_the_signature_it_contradicts(self) -> None:
        """Withdrawn after it said signed: kept for a person, and the signature counts."""
        assert decide(s.InHandling(CASE), hearing(Cancelled())) == (e.ReportKept(Cancelled(), e.Standing.CONTRADICTS),)


class TestTheRaceWithTheSignature:
    def test_the_signature_first(self) -> None:
        """Signed at the utility before it was asked: too late, in whichever order the two are heard."""
        signed, late = hearing(Signed(Channel.SMS)), ReportWithdrawal(TooLate())
        assert after(BEFORE_SIGNING, signed, late) == after(BEFORE_SIGNING, late, signed) == s.InHandling(CASE)

    def test_the_end_is_heard_while_withdrawing(self) -> None:
        """The answer was lost and the utility went on to the end: the end counts."""
        assert after(BEFORE_SIGNING, hearing(Handled())) == s.Completed(CASE)

    def test_progress_goes_on_beneath(self) -> None:
        """Reports move the transfer on while its withdrawal is under way, and too late leads to where it is by then."""
        moved = after(s.Withdrawing(s.Submitted(CASE)), hearing(Taken("W-1")), hearing(Cleared(ADDRESS)))
        assert moved == BEFORE_SIGNING
        assert after(moved, ReportWithdrawal(TooLate())) == s.AwaitingSigning(CASE, ADDRESS)

    def test_what_moves_nothing_leaves_the_very_state(self) -> None:
        """Memory is enough: a notice or a deadline changes no state, and too late twice is too late once."""
        for event in (e.DeadlinePassed(BEFORE_SIGNING.waits_for), e.OperatorTold(BEFORE_SIGNING.waits_for)):
            assert evolve(BEFORE_SIGNING, event) is BEFORE_SIGNING
        assert evolve(s.InHandling(CASE), e.WithdrawalTooLate()) == s.InHandling(CASE)
        assert evolve(s.Completed(CASE), e.WithdrawalAsked()) == s.Completed(CASE)


class TestConsents:
    @pytest.mark.parametrize("state", UNSIGNED)
    def test_without_the_utility_there_is_no_transfer(self, state: Unsigned) -> None:
        """PIPL art. 15: withdrawing the consent to the utility takes the transfer back where that still can be."""
        assert consequence(state, KUNMING_WATER.text) == (Withdraw(where_possible=True),)

    @pytest.mark.parametrize("state", STATES)
    def test_notices_are_not_needed(self, state: State) -> None:
        """Who wants no notices any more still wants the transfer."""
        assert consequence(state, "notifier") == ()

    def test_what_was_given_stays_lawful(self) -> None:
        """After the signature nothing follows: no more data go out, and the transfer goes on."""
        assert consequence(s.InHandling(CASE), KUNMING_WATER.text) == ()
