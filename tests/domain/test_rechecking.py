"""Step 8: what changed since the submission is found before handling, told, and by policy undone."""

import attrs
import pytest

from cotransfer.domain import events as e
from cotransfer.domain import states as s
from cotransfer.domain.agenda import Duty, owed, settled
from cotransfer.domain.allowances import Allowances
from cotransfer.domain.case import Policy
from cotransfer.domain.commands import LookAgain, NoteNotLooked, OpenSigning, ReportWithdrawal, Withdraw, hearing
from cotransfer.domain.parties import Party
from cotransfer.domain.rechecking import BeforeHandling, Changed, changed
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.reports import Cancelled, Channel, Handled, Signed, TooLate
from cotransfer.domain.states import State
from cotransfer.domain.transfer import decide, fold
from cotransfer.domain.values import RegistryState, RegistryStatus, Restriction
from cotransfer.testing.samples import ACCOUNT, CASE, GROUNDS, LOOKS
from cotransfer.testing.transitions import STATES

CURRENT = RegistryState(RegistryStatus.CURRENT, frozenset())
PAST = RegistryState(RegistryStatus.HISTORICAL, frozenset())
SEIZED = RegistryState(RegistryStatus.CURRENT, frozenset({Restriction.SEIZURE}))
STRICT = Policy(refused_restrictions=frozenset({Restriction.SEIZURE}))
OWING = attrs.evolve(ACCOUNT, in_arrears=True)
SIGNED = s.InHandling(CASE)
ASKED_BACK = s.Withdrawing(SIGNED)
GONE = LookAgain(account=OWING, certificate=CURRENT, asks_back=True)


class TestWhatHasChanged:
    @pytest.mark.parametrize(
        ("account", "certificate", "policy", "found"),
        [
            (ACCOUNT, CURRENT, Policy(), ()),
            (OWING, CURRENT, Policy(), (Changed.IN_ARREARS,)),
            (None, CURRENT, Policy(), (Changed.ACCOUNT_UNKNOWN,)),
            (ACCOUNT, PAST, Policy(), (Changed.CERTIFICATE_NOT_CURRENT,)),
            (ACCOUNT, None, Policy(), (Changed.CERTIFICATE_NOT_CURRENT,)),
            (ACCOUNT, SEIZED, Policy(), ()),
            (ACCOUNT, SEIZED, STRICT, (Changed.RESTRICTED,)),
            (OWING, SEIZED, STRICT, (Changed.IN_ARREARS, Changed.RESTRICTED)),
            (None, None, STRICT, (Changed.ACCOUNT_UNKNOWN, Changed.CERTIFICATE_NOT_CURRENT)),
        ],
    )
    def test_by_the_rules_of_step_4(self, account, certificate, policy, found) -> None:
        """What would refuse the same submission now, and nothing else."""
        assert changed(CASE, account, certificate, policy) == found

    def test_a_new_holder_is_no_change(self) -> None:
        """A utility that is quick has written the new name by now: that is what all this is for."""
        renamed = attrs.evolve(ACCOUNT, holder=CASE.application.right_holder_name)
        assert changed(CASE, renamed, CURRENT, Policy()) == ()


class TestTheLook:
    def test_nothing_has_changed(self) -> None:
        """A quiet event."""
        look = LookAgain(account=ACCOUNT, certificate=CURRENT, asks_back=True)
        assert decide(SIGNED, look) == (e.FoundUnchanged(),)

    def test_what_has_changed_is_told(self) -> None:
        """Informed alone, the transfer goes on as it was."""
        events = decide(SIGNED, LookAgain(account=OWING, certificate=CURRENT))
        assert events == (e.FoundChanged((Changed.IN_ARREARS,)),)
        assert fold(events, SIGNED) == SIGNED

    def test_it_is_asked_back(self) -> None:
        """By policy the utility is asked to take it back; until it has answered the transfer stands where it stood."""
        events = decide(SIGNED, GONE)
        assert events == (e.FoundChanged((Changed.IN_ARREARS,)), e.WithdrawalAsked())
        assert fold(events, SIGNED) == ASKED_BACK
        assert [task.duty for task in owed(events[1])] == [Duty.CANCEL_APPLICATION]

    def test_nobody_could_look(self) -> None:
        """It is noted, with who could not be asked, and holds nothing up."""
        events = decide(SIGNED, NoteNotLooked(Party.REGISTRY))
        assert events == (e.NotLookedAgain(Party.REGISTRY),)
        assert fold(events, SIGNED) == SIGNED

    @pytest.mark.parametrize("state", [one for one in STATES if one != SIGNED])
    @pytest.mark.parametrize("look", LOOKS)
    def test_only_between_signature_and_end(self, state: State, look) -> None:
        """Before it there is nothing to handle, after it nothing to look at; nor while it is asked back."""
        assert decide(state, look) == ()


class TestAskedBack:
    def test_in_time(self) -> None:
        """Taken back is an end, whichever way it is heard."""
        for heard in (ReportWithdrawal(Cancelled()), hearing(Cancelled())):
            assert fold(decide(ASKED_BACK, heard), ASKED_BACK) == s.Withdrawn(CASE)

    def test_too_late(self) -> None:
        """It is told, and handling goes on."""
        events = decide(ASKED_BACK, ReportWithdrawal(TooLate()))
        assert events == (e.WithdrawalTooLate(),)
        assert fold(events, ASKED_BACK) == SIGNED

    def test_handled_all_the_same(self) -> None:
        """The answer was lost and the utility went on: the end counts."""
        assert fold(decide(ASKED_BACK, hearing(Handled())), ASKED_BACK) == s.Completed(CASE)

    def test_a_second_report_of_the_signature_is_no_news(self) -> None:
        """Step 7: both ways may tell it."""
        assert decide(ASKED_BACK, hearing(Signed(Channel.WECHAT))) == ()

    def test_the_citizen_is_told_as_ever(self) -> None:
        """They may want it back themselves, and have nothing to sign."""
        assert decide(ASKED_BACK, Withdraw()) == ()
        with pytest.raises(Refused) as refused:
            decide(ASKED_BACK, OpenSigning())
        assert refused.value.refusal.why is Why.BEING_WITHDRAWN


class TestOwing:
    @pytest.mark.parametrize("wanted", BeforeHandling)
    def test_owed_by_the_signature_where_it_is_wanted(self, wanted: BeforeHandling) -> None:
        """At once, beside the deadlines of handling."""
        duties = [task.duty for task in owed(e.ContractSigned(Channel.SMS), Allowances(before_handling=wanted))]
        assert (Duty.LOOK_AGAIN in duties) is (wanted is not BeforeHandling.OFF)

    def test_pointless_after_the_end(self) -> None:
        """Whatever the end."""
        for end in (e.HandlingDone(), e.HandlingNotDone(GROUNDS), e.ApplicationWithdrawn()):
            assert Duty.LOOK_AGAIN in settled(end)
