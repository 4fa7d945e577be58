"""What each event leaves owed, and what it settles."""

from datetime import timedelta

import attrs
import pytest

from cotransfer.domain import events as e
from cotransfer.domain.agenda import BY_SMS, CHASED, CHASES, OWNERS, Duty, Task, closes, owed, settled
from cotransfer.domain.allowances import USUAL, Allowance, Allowances, Timetable
from cotransfer.domain.calendars import WorkingDays
from cotransfer.domain.events import Event
from cotransfer.domain.notices import OUTCOME_UNKNOWN, NoticeChannel, NoticeKind
from cotransfer.domain.parties import Party, Step
from cotransfer.domain.reports import Channel, Taken
from cotransfer.domain.reversals.agenda import DUTIES
from cotransfer.testing.samples import ADDRESS, CASE, GROUNDS

HOUR = timedelta(hours=1)
ALLOW = Allowances(
    receipt=Allowance(1 * HOUR, 11 * HOUR),
    pre_review=Allowance(2 * HOUR, 12 * HOUR),
    signing=Allowance(3 * HOUR, 13 * HOUR),
    handling=Allowance(4 * HOUR, 14 * HOUR),
    reminder=1 * HOUR,
    again=5 * HOUR,
    retention=9 * HOUR,
)
BY_SMS_TOO = attrs.evolve(ALLOW, by_sms=True)
ENDS: tuple[Event, ...] = (
    e.PreReviewNotPassed(GROUNDS),
    e.ContractDeclined(),
    e.ContractExpired(),
    e.ApplicationWithdrawn(),
    e.HandlingDone(),
    e.HandlingNotDone(GROUNDS),
)
MEMORIES: tuple[Event, ...] = (
    e.SigningAddressReplaced(ADDRESS),
    e.SigningOpened(),
    e.NoticeSent(NoticeKind.RESULT, "1"),
    e.NoticeUndeliverable(NoticeKind.RESULT, "no_openid"),
    e.ReportKept(Taken("W-1"), e.Standing.LATE),
)


def ladder(chase: Duty, hours: int) -> tuple[Task, ...]:
    """A step that waits: the utility is asked at its deadline, the operator told ten hours after that."""
    return (Task(chase, hours * HOUR), Task(Duty.TELL_OPERATOR, (hours + 10) * HOUR))


@pytest.mark.parametrize(
    ("event", "tasks"),
    [
        (
            e.ApplicationSubmitted(CASE),
            (Task(Duty.SEND_APPLICATION), *ladder(Duty.CHASE_RECEIPT, 1)),
        ),
        (e.ApplicationTaken("W-1"), ladder(Duty.CHASE_PRE_REVIEW, 2)),
        (
            e.PreReviewPassed(ADDRESS),
            (Task(Duty.INVITE_TO_SIGN), Task(Duty.REMIND_TO_SIGN, 1 * HOUR), *ladder(Duty.CHASE_SIGNING, 3)),
        ),
        (e.PreReviewPassedForSms(), (Task(Duty.REMIND_TO_SIGN, 1 * HOUR), *ladder(Duty.CHASE_SIGNING, 3))),
        (e.SigningAddressCame(ADDRESS), (Task(Duty.INVITE_TO_SIGN),)),
        (e.ContractSigned(Channel.SMS), ladder(Duty.CHASE_HANDLING, 4)),
        (e.WithdrawalAsked(), (Task(Duty.CANCEL_APPLICATION),)),
        (e.WithdrawalTooLate(), ()),
        (e.OperatorTold(Step.SIGN), (Task(Duty.TELL_OPERATOR, 5 * HOUR),)),
        *((end, (Task(Duty.ANNOUNCE_RESULT), Task(Duty.ERASE, 9 * HOUR))) for end in ENDS),
        *((memory, ()) for memory in MEMORIES),
    ],
)
def test_what_is_owed(event: Event, tasks: tuple[Task, ...]) -> None:
    """Steps 5 to 9: what has happened says what is to be done next, and by when somebody is chased."""
    assert owed(event, ALLOW) == tasks


@pytest.mark.parametrize(
    "event",
    [e.ApplicationSubmitted(CASE), e.ApplicationTaken("W-1"), e.PreReviewPassed(ADDRESS), e.PreReviewPassedForSms()],
)
def test_a_utility_that_reports_late_is_asked_at_its_pace(event: Event) -> None:
    """Steps 5 to 8: where the deployment says so, progress is asked for in every state that waits."""
    asking = Task(Duty.ASK_PROGRESS, 1 * HOUR)
    assert asking in owed(event, attrs.evolve(ALLOW, ask=1 * HOUR))
    assert asking in owed(e.ContractSigned(Channel.SMS), attrs.evolve(ALLOW, ask=1 * HOUR))
    assert Duty.ASK_PROGRESS not in {task.duty for task in owed(event, ALLOW)}


class TestTheNextChannel:
    """Steps 7 and 9: what WeChat cannot deliver goes by SMS, and what may have arrived goes nowhere."""

    @pytest.mark.parametrize("why", ["not_following", "refused_by_citizen", "quota_spent", "no_openid", "no_consent"])
    @pytest.mark.parametrize("kind", NoticeKind)
    def test_the_undeliverable_falls_to_the_sms(self, kind: NoticeKind, why: str) -> None:
        """At once, whatever the reason, each kind by a duty of its own."""
        assert owed(e.NoticeUndeliverable(kind, why), BY_SMS_TOO) == (Task(BY_SMS[kind]),)

    @pytest.mark.parametrize("kind", NoticeKind)
    def test_the_uncertain_does_not(self, kind: NoticeKind) -> None:
        """It may have been shown already."""
        assert owed(e.NoticeUndeliverable(kind, OUTCOME_UNKNOWN), BY_SMS_TOO) == ()

    @pytest.mark.parametrize("kind", NoticeKind)
    def test_after_the_sms_there_is_the_page(self, kind: NoticeKind) -> None:
        """Nothing is owed to anybody: the transfer itself says it."""
        assert owed(e.NoticeUndeliverable(kind, "number_unknown", NoticeChannel.SMS), BY_SMS_TOO) == ()

    @pytest.mark.parametrize("channel", NoticeChannel)
    def test_what_arrived_goes_no_further(self, channel: NoticeChannel) -> None:
        """Sent is sent."""
        assert owed(e.NoticeSent(NoticeKind.INVITATION, "1", channel), BY_SMS_TOO) == ()

    def test_a_city_without_sms_owes_none(self) -> None:
        """Without the channel everything is as it was."""
        assert owed(e.NoticeUndeliverable(NoticeKind.INVITATION, "not_following"), ALLOW) == ()

    def test_a_signature_settles_the_sms_as_well(self) -> None:
        """Nobody is invited to what is signed, by whichever channel."""
        signed = settled(e.ContractSigned(Channel.SMS))
        assert {Duty.INVITE_BY_SMS, Duty.REMIND_BY_SMS} <= set(signed)
        assert Duty.ANNOUNCE_BY_SMS not in signed

    def test_every_utility_of_the_city_has_it(self) -> None:
        """The channel is the city's, whatever pace a utility keeps."""
        both = Timetable(own={CASE.utility: ALLOW}).with_sms()
        assert both.allowances(CASE.utility) == BY_SMS_TOO
        assert both.usual == attrs.evolve(USUAL, by_sms=True)


@pytest.mark.parametrize("step", CHASES)
def test_a_missed_deadline_is_followed_by_another(step: Step) -> None:
    """A step that waits is chased again and again, after the pause that the deployment allows."""
    assert owed(e.DeadlinePassed(step), ALLOW) == (Task(CHASES[step], 5 * HOUR),)
    assert settled(e.DeadlinePassed(step)) == ()


@pytest.mark.parametrize("event", [*ENDS, *MEMORIES, e.SigningAddressCame(ADDRESS), e.ApplicationSubmitted(CASE)])
def test_what_ends_a_transfer(event: Event) -> None:
    """An event ends a transfer exactly when the result is announced after it."""
    assert closes(event) == (event in ENDS)


def test_the_end_settles_everything_before_it() -> None:
    """Step 9: of a closed transfer nothing is chased, sent or invited to any more; only announced, later erased."""
    for end in ENDS:
        assert set(settled(end)) == set(Duty) - DUTIES - {Duty.ANNOUNCE_RESULT, Duty.ANNOUNCE_BY_SMS, Duty.ERASE}


def test_a_step_taken_settles_those_before_it() -> None:
    """A report on a later step proves the earlier ones: nobody is chased for what is proved."""
    taken, passed = settled(e.ApplicationTaken("W-1")), settled(e.PreReviewPassed(ADDRESS))
    signed = settled(e.ContractSigned(Channel.WECHAT))
    assert set(taken) < set(passed) < set(signed)
    assert settled(e.PreReviewPassedForSms()) == passed
    assert Duty.INVITE_TO_SIGN in signed
    assert Duty.CHASE_HANDLING not in signed


@pytest.mark.parametrize("event", MEMORIES)
def test_a_memory_settles_nothing(event: Event) -> None:
    """What only is remembered leaves the agenda as it was."""
    assert settled(event) == ()


def test_no_event_settles_what_it_owes() -> None:
    """An event's own duties are to be done, so it cannot have made them pointless."""
    for event in (*ENDS, e.ApplicationSubmitted(CASE), e.ApplicationTaken("W-1"), e.PreReviewPassed(ADDRESS)):
        assert not {task.duty for task in owed(event)} & set(settled(event))


def test_every_wait_has_an_owner() -> None:
    """Never stuck: each step that is watched has a duty that watches, and a party that keeps it waiting."""
    assert set(CHASES) == set(OWNERS)
    assert {duty: step for step, duty in CHASES.items()} == CHASED
    assert OWNERS[Step.SIGN] is Party.CITIZEN


def test_the_usual_allowance_is_the_schemes() -> None:
    """Scheme §1.6: a pre-review takes half a day, by the working hours of the city; handling takes five."""
    assert Allowances().pre_review.deadline == WorkingDays.of(0.5)
    assert Allowances().handling.deadline == WorkingDays.of(5)
