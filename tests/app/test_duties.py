"""How each duty is done, and what it tells the transfer."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest
import structlog

from cotransfer.adapters.memory.notifier import MemoryNotifier, MemorySms
from cotransfer.adapters.memory.registry import MemoryRegistry
from cotransfer.adapters.memory.time import ManualClock
from cotransfer.adapters.memory.utility import MemoryUtility
from cotransfer.app.duties import Later, performances
from cotransfer.app.rechecking import LookingAgain
from cotransfer.domain.agenda import CHASED, CHASES, Duty
from cotransfer.domain.allowances import Allowances, Timetable
from cotransfer.domain.case import Policy
from cotransfer.domain.commands import (
    Command,
    NoteOperatorTold,
    NoteOverdue,
    RecordNotice,
    ReportPreReview,
    ReportReceipt,
    ReportWithdrawal,
)
from cotransfer.domain.notices import (
    NO_CHANNEL,
    OUTCOME_UNKNOWN,
    QUOTA_SPENT,
    Delivered,
    NoticeChannel,
    NoticeKind,
    Phrase,
    Undeliverable,
)
from cotransfer.domain.parties import Party, Step
from cotransfer.domain.reports import Cancelled, Cleared, ClearedForSms, Report, Taken
from cotransfer.domain.reversals.agenda import DUTIES
from cotransfer.domain.states import (
    AwaitingSigning,
    AwaitingSmsSigning,
    Completed,
    HandlingFailed,
    InHandling,
    InPreReview,
    Lapse,
    NotSubmitted,
    PreReviewFailed,
    SigningLapsed,
    State,
    Submitted,
    Withdrawing,
)
from cotransfer.domain.values import TransferId
from cotransfer.ports.agenda import Claimed, Due, Lease
from cotransfer.ports.errors import QuotaSpent, Unavailable, Unintelligible
from cotransfer.testing.samples import ACCOUNT, ADDRESS, CASE, GROUNDS, KUNMING_WATER, TRANSFER
from cotransfer.testing.transitions import STATES

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
TIMETABLE = Timetable(usual=Allowances(ask=timedelta(hours=1)))


class Garbling(MemoryUtility):
    """A utility that cannot be understood."""

    async def progress(self, key: TransferId) -> tuple[Report, ...] | None:
        """Nonsense."""
        raise Unintelligible(Party.UTILITY, "It answered with a poem.")


@pytest.fixture
def utility() -> MemoryUtility:
    """The water company."""
    return MemoryUtility(KUNMING_WATER, [ACCOUNT])


@pytest.fixture
def notifier() -> MemoryNotifier:
    """The channel to people."""
    return MemoryNotifier()


@pytest.fixture
def sms() -> MemorySms:
    """The next one."""
    return MemorySms()


def claimed(duty: Duty, attempt: int = 1, doubt: datetime | None = None) -> Claimed:
    """That duty of the sample transfer, in hand."""
    return Claimed(Due(TRANSFER, duty, "anybody", AT), Lease(TRANSFER, duty, "t"), attempt, AT, doubt)


async def do(
    duty: Duty,
    state: State,
    utility: MemoryUtility | None = None,
    *,
    notifier: MemoryNotifier | None = None,
    sms: MemorySms | None = None,
    attempt: int = 1,
    doubt: datetime | None = None,
) -> tuple[Command, ...]:
    """Do one duty, at `AT`."""
    done = await perform(duty, state, utility, notifier=notifier, sms=sms, attempt=attempt, doubt=doubt)
    assert not isinstance(done, Later)
    return done


async def perform(
    duty: Duty,
    state: State,
    utility: MemoryUtility | None = None,
    *,
    notifier: MemoryNotifier | None = None,
    sms: MemorySms | None = None,
    attempt: int = 1,
    doubt: datetime | None = None,
    timetable: Timetable = TIMETABLE,
) -> tuple[Command, ...] | Later:
    """The same, whether it is done or comes up again."""
    utilities = {KUNMING_WATER: utility} if utility else {}
    every = performances(
        utilities,
        notifier or MemoryNotifier(),
        ManualClock(AT),
        timetable,
        LookingAgain(utilities, MemoryRegistry(), timetable, Policy()),
        sms=sms,
    )
    return await every[duty](state, claimed(duty, attempt, doubt))


def test_every_duty_has_its_performance() -> None:
    """Nothing on the agenda is without somebody who knows how to do it; erasing is the worker's own, and a reversal's
    duties are done by `app.reversal_duties`.
    """
    looking = LookingAgain({}, MemoryRegistry(), TIMETABLE, Policy())
    done = set(performances({}, MemoryNotifier(), ManualClock(), TIMETABLE, looking))
    assert done == set(Duty) - DUTIES - {Duty.ERASE}


class TestSending:
    async def test_the_application_is_handed_in(self, utility: MemoryUtility) -> None:
        """Step 5: the receipt is told to the transfer."""
        assert await do(Duty.SEND_APPLICATION, Submitted(CASE), utility) == (ReportReceipt(Taken("M-000001")),)
        assert utility.applications == (CASE,)

    async def test_a_lost_answer_is_asked_for(self, utility: MemoryUtility) -> None:
        """An answer that was lost is unknown, not failed: the next attempt asks before it sends."""
        utility.loses_answers = True
        with pytest.raises(Unavailable):
            await do(Duty.SEND_APPLICATION, Submitted(CASE), utility)
        utility.clear(TRANSFER)
        told = await do(Duty.SEND_APPLICATION, Submitted(CASE), utility, attempt=2)
        assert told == (ReportReceipt(Taken("M-000001")), ReportPreReview(ClearedForSms()))
        assert len(utility.applications) == 1

    async def test_what_never_arrived_is_sent_again(self, utility: MemoryUtility) -> None:
        """Asked first and not known there, the application goes out again under the same key."""
        told = await do(Duty.SEND_APPLICATION, Submitted(CASE), utility, attempt=2)
        assert told == (ReportReceipt(Taken("M-000001")),)

    @pytest.mark.parametrize("state", [one for one in STATES if not isinstance(one, Submitted)])
    async def test_a_report_made_it_pointless(self, utility: MemoryUtility, state: State) -> None:
        """Whatever proves that the utility has it leaves nothing to send."""
        assert await do(Duty.SEND_APPLICATION, state, utility) == ()
        assert utility.applications == ()

    async def test_a_utility_that_has_left(self) -> None:
        """A utility no longer in the settings is our own fault, and surely nothing was sent."""
        with pytest.raises(Unavailable, match="no longer in the settings") as away:
            await do(Duty.SEND_APPLICATION, Submitted(CASE))
        assert (away.value.party, away.value.certain) == (Party.US, True)


class TestChasing:
    async def test_a_step_that_waits_is_overdue(self, utility: MemoryUtility) -> None:
        """Never stuck: the deadline is noted, and what the utility tells meanwhile comes with it."""
        await utility.submit(CASE, key=TRANSFER)
        utility.clear(TRANSFER, ADDRESS)
        told = await do(Duty.CHASE_PRE_REVIEW, InPreReview(CASE), utility)
        assert ReportPreReview(Cleared(ADDRESS)) in told
        assert told[-1] == NoteOverdue(Step.PRE_REVIEW)

    async def test_an_address_that_was_lost_is_learned(self, utility: MemoryUtility) -> None:
        """The step just passed may bring an address that never came: the chase brings it."""
        await utility.submit(CASE, key=TRANSFER)
        utility.clear(TRANSFER, ADDRESS)
        told = await do(Duty.CHASE_SIGNING, AwaitingSmsSigning(CASE), utility)
        assert told == (ReportPreReview(Cleared(ADDRESS)), NoteOverdue(Step.SIGN))

    async def test_what_is_long_known_is_not_told(self, utility: MemoryUtility) -> None:
        """Reports on steps passed long ago would only fill the journal, day after day."""
        await utility.submit(CASE, key=TRANSFER)
        utility.clear(TRANSFER)
        utility.sign(TRANSFER)
        told = await do(Duty.CHASE_HANDLING, InHandling(CASE), utility)
        assert not any(isinstance(one, ReportReceipt | ReportPreReview) for one in told)

    async def test_an_application_that_arrived_after_all(self, utility: MemoryUtility) -> None:
        """The utility may have it although our sending failed and was given up: the chase brings the receipt."""
        await utility.submit(CASE, key=TRANSFER)
        told = await do(Duty.CHASE_RECEIPT, Submitted(CASE), utility)
        assert told == (ReportReceipt(Taken("M-000001")), NoteOverdue(Step.SUBMIT))

    async def test_an_application_that_never_arrived(self, utility: MemoryUtility) -> None:
        """Not known there is no news: the step is overdue, and nothing is sent from here."""
        assert await do(Duty.CHASE_RECEIPT, Submitted(CASE), utility) == (NoteOverdue(Step.SUBMIT),)
        assert utility.applications == ()

    async def test_a_utility_that_cannot_be_asked(self, utility: MemoryUtility) -> None:
        """Away, incomprehensible or gone from the settings: the step is overdue all the same."""
        overdue = (NoteOverdue(Step.PRE_REVIEW),)
        utility.away = True
        assert await do(Duty.CHASE_PRE_REVIEW, InPreReview(CASE), utility) == overdue
        assert await do(Duty.CHASE_PRE_REVIEW, InPreReview(CASE), Garbling(KUNMING_WATER)) == overdue
        assert await do(Duty.CHASE_PRE_REVIEW, InPreReview(CASE)) == overdue

    async def test_a_utility_that_knows_nothing(self, utility: MemoryUtility) -> None:
        """No progress is no news."""
        assert await do(Duty.CHASE_HANDLING, InHandling(CASE), utility) == (NoteOverdue(Step.HANDLE),)

    @pytest.mark.parametrize("duty", CHASED)
    async def test_a_step_that_is_passed_is_not_chased(self, utility: MemoryUtility, duty: Duty) -> None:
        """Only the step that the transfer waits for can be overdue."""
        for state in (NotSubmitted(), *STATES):
            told = await do(duty, state, utility)
            assert bool(told) == (CHASES.get(getattr(state, "waits_for", Step.ANNOUNCE)) is duty)


class TestNotifying:
    async def test_the_invitation(self, notifier: MemoryNotifier) -> None:
        """Step 7: the citizen is told that the contract waits, with all that the notice needs."""
        told = await do(Duty.INVITE_TO_SIGN, AwaitingSigning(CASE, ADDRESS), notifier=notifier)
        assert told == (RecordNotice(NoticeKind.INVITATION, Delivered("1")),)
        (notice,) = notifier.inbox
        assert (notice.phrase, notice.grounds, notice.key) == (Phrase.TO_SIGN, None, f"{TRANSFER}.invite_to_sign")
        assert (notice.openid, notice.location) == (CASE.openid, CASE.application.location)

    @pytest.mark.parametrize(
        ("state", "phrase"),
        [
            (Completed(CASE), Phrase.COMPLETED),
            (PreReviewFailed(CASE, GROUNDS), Phrase.FAILED),
            (HandlingFailed(CASE, GROUNDS), Phrase.FAILED),
            (SigningLapsed(CASE, Lapse.DECLINED), Phrase.LAPSED),
        ],
    )
    async def test_the_result(self, notifier: MemoryNotifier, state: State, phrase: Phrase) -> None:
        """Step 9: how it ended, with the utility's grounds where it gave any."""
        assert await do(Duty.ANNOUNCE_RESULT, state, notifier=notifier) == (
            RecordNotice(NoticeKind.RESULT, Delivered("1")),
        )
        (notice,) = notifier.inbox
        assert notice.phrase is phrase
        assert notice.grounds == (GROUNDS if phrase is Phrase.FAILED else None)

    @pytest.mark.parametrize("duty", [Duty.INVITE_TO_SIGN, Duty.ANNOUNCE_RESULT])
    async def test_never_twice(self, duty: Duty) -> None:
        """Sent perhaps, and so long ago that the channel has forgotten: the doubt is recorded, and nothing is sent."""
        state = AwaitingSigning(CASE, ADDRESS) if duty is Duty.INVITE_TO_SIGN else Completed(CASE)
        notifier = MemoryNotifier(remembers_s=540)
        (told,) = await do(duty, state, notifier=notifier, attempt=2, doubt=AT - timedelta(seconds=540.001))
        assert isinstance(told, RecordNotice)
        assert told.fate == Undeliverable(OUTCOME_UNKNOWN)
        assert notifier.inbox == []

    @pytest.mark.parametrize(
        ("remembers_s", "doubt"),
        [(540, AT - timedelta(seconds=540)), (540, None), (None, AT - timedelta(days=3))],
    )
    async def test_again_as_long_as_that_is_safe(self, remembers_s: float | None, doubt: datetime | None) -> None:
        """While the channel remembers, or where nothing can have been sent, a notice is tried as long as it takes."""
        notifier = MemoryNotifier(remembers_s=remembers_s)
        await do(Duty.ANNOUNCE_RESULT, Completed(CASE), notifier=notifier, attempt=9, doubt=doubt)
        assert len(notifier.inbox) == 1

    async def test_nobody_to_tell(self, notifier: MemoryNotifier) -> None:
        """A citizen who cannot be reached is a fact to remember, not an error."""
        nobody = attrs.evolve(CASE, openid=None)
        told = await do(Duty.ANNOUNCE_RESULT, Completed(nobody), notifier=notifier)
        assert told == (RecordNotice(NoticeKind.RESULT, Undeliverable("no_openid")),)

    @pytest.mark.parametrize(
        ("duty", "state"),
        [
            (Duty.INVITE_TO_SIGN, InHandling(CASE)),
            (Duty.INVITE_TO_SIGN, AwaitingSmsSigning(CASE)),
            (Duty.INVITE_TO_SIGN, Completed(CASE)),
            (Duty.ANNOUNCE_RESULT, InHandling(CASE)),
        ],
    )
    async def test_a_notice_that_has_no_point_any_more(
        self, notifier: MemoryNotifier, duty: Duty, state: State
    ) -> None:
        """Nobody is invited to what is signed, nor told the end of what goes on."""
        assert await do(duty, state, notifier=notifier) == ()
        assert notifier.inbox == []


class TestTheNextChannel:
    """Steps 7 and 9: WeChat first, then SMS where there is one, then the page; never twice."""

    TO_SIGN = AwaitingSigning(CASE, ADDRESS)

    @pytest.mark.parametrize("duty", [Duty.INVITE_BY_SMS, Duty.REMIND_BY_SMS])
    async def test_by_sms(self, duty: Duty, sms: MemorySms) -> None:
        """Step 7: the same notice, under a key of its own."""
        kind = NoticeKind.INVITATION if duty is Duty.INVITE_BY_SMS else NoticeKind.REMINDER
        told = await do(duty, self.TO_SIGN, sms=sms)
        assert told == (RecordNotice(kind, Delivered("1"), NoticeChannel.SMS),)
        (notice,) = sms.inbox
        assert (notice.kind, notice.key) == (kind, f"{TRANSFER}.{duty.value}")

    async def test_the_result_by_sms(self, sms: MemorySms) -> None:
        """Step 9: the provider's own reason is kept as it is."""
        sms.refuse(CASE.application.mobile_number)
        told = await do(Duty.ANNOUNCE_BY_SMS, Completed(CASE), sms=sms)
        assert told == (RecordNotice(NoticeKind.RESULT, Undeliverable("opted_out"), NoticeChannel.SMS),)

    async def test_signed_meanwhile(self, sms: MemorySms) -> None:
        """Step 7: the state of the transfer rules, whatever WeChat could not deliver."""
        assert await do(Duty.INVITE_BY_SMS, InHandling(CASE), sms=sms) == ()
        assert sms.inbox == []

    async def test_a_channel_that_was_taken_away(self) -> None:
        """The settings may have changed since the SMS was owed."""
        told = await do(Duty.INVITE_BY_SMS, self.TO_SIGN)
        assert told == (RecordNotice(NoticeKind.INVITATION, Undeliverable(NO_CHANNEL), NoticeChannel.SMS),)

    @pytest.mark.parametrize("duty", [Duty.INVITE_TO_SIGN, Duty.REMIND_TO_SIGN])
    async def test_what_is_urgent_does_not_wait_for_tomorrow(
        self, notifier: MemoryNotifier, sms: MemorySms, duty: Duty
    ) -> None:
        """A spent quota sends what somebody has to act on to the next channel, which its own event does."""
        notifier.quota_spent = True
        (told,) = await do(duty, self.TO_SIGN, notifier=notifier, sms=sms)
        assert isinstance(told, RecordNotice)
        assert (told.fate, told.channel) == (Undeliverable(QUOTA_SPENT), NoticeChannel.WECHAT)
        assert sms.inbox == []

    async def test_how_it_ended_waits(self, notifier: MemoryNotifier, sms: MemorySms) -> None:
        """Step 9: the result is tried again once WeChat takes more, and nothing is recorded."""
        notifier.quota_spent = True
        with pytest.raises(QuotaSpent):
            await do(Duty.ANNOUNCE_RESULT, Completed(CASE), notifier=notifier, sms=sms)

    async def test_without_sms_everything_waits(self, notifier: MemoryNotifier) -> None:
        """There is nothing to fall to."""
        notifier.quota_spent = True
        with pytest.raises(QuotaSpent):
            await do(Duty.INVITE_TO_SIGN, self.TO_SIGN, notifier=notifier)

    async def test_what_may_have_arrived_waits(self, notifier: MemoryNotifier, sms: MemorySms) -> None:
        """An attempt whose answer was lost may have shown it: it stays with its channel."""
        notifier.quota_spent = True
        with pytest.raises(QuotaSpent):
            await do(Duty.INVITE_TO_SIGN, self.TO_SIGN, notifier=notifier, sms=sms, attempt=2, doubt=AT)

    async def test_what_may_have_arrived_never_falls(self, notifier: MemoryNotifier, sms: MemorySms) -> None:
        """Shown perhaps, then refused: whoever left the account meanwhile may have read it before."""
        assert CASE.openid is not None
        notifier.unfollow(CASE.openid)
        told = await do(Duty.INVITE_TO_SIGN, self.TO_SIGN, notifier=notifier, sms=sms, attempt=2, doubt=AT)
        assert told == (RecordNotice(NoticeKind.INVITATION, Undeliverable(OUTCOME_UNKNOWN)),)

    async def test_on_the_last_channel_the_reason_is_kept(self, notifier: MemoryNotifier, sms: MemorySms) -> None:
        """Where only the page comes next nothing can be shown twice."""
        assert CASE.openid is not None
        notifier.unfollow(CASE.openid)
        told = await do(Duty.INVITE_TO_SIGN, self.TO_SIGN, notifier=notifier, attempt=2, doubt=AT)
        assert told == (RecordNotice(NoticeKind.INVITATION, Undeliverable("not_following")),)
        sms.refuse(CASE.application.mobile_number)
        (told_by_sms,) = await do(Duty.INVITE_BY_SMS, self.TO_SIGN, sms=sms, attempt=2, doubt=AT)
        assert isinstance(told_by_sms, RecordNotice)
        assert told_by_sms.fate == Undeliverable("opted_out")

    async def test_an_sms_is_never_sent_twice(self) -> None:
        """Sent perhaps, and so long ago that the provider has forgotten."""
        sms = MemorySms(remembers_s=60)
        (told,) = await do(Duty.INVITE_BY_SMS, self.TO_SIGN, sms=sms, attempt=2, doubt=AT - timedelta(seconds=61))
        assert isinstance(told, RecordNotice)
        assert told.fate == Undeliverable(OUTCOME_UNKNOWN)
        assert sms.inbox == []


class TestCancelling:
    async def test_the_answer_is_told(self, utility: MemoryUtility) -> None:
        """Steps 5 to 7: whatever the utility answers decides."""
        state = Withdrawing(Submitted(CASE))
        assert await do(Duty.CANCEL_APPLICATION, state, utility) == (ReportWithdrawal(Cancelled()),)

    @pytest.mark.parametrize("state", [one for one in STATES if not isinstance(one, Withdrawing)])
    async def test_nothing_is_cancelled_that_nobody_wants_back(self, utility: MemoryUtility, state: State) -> None:
        """Signed, ended or told too late: nobody asks any more."""
        assert await do(Duty.CANCEL_APPLICATION, state, utility) == ()


class TestAsking:
    async def test_news_now_and_the_question_again(self, utility: MemoryUtility) -> None:
        """Steps 5 to 8: a utility that never reports is asked at its pace, for as long as the step waits."""
        await utility.submit(CASE, key=TRANSFER)
        told = await perform(Duty.ASK_PROGRESS, Submitted(CASE), utility)
        assert told == Later((ReportReceipt(Taken("M-000001")),), timedelta(hours=1))

    async def test_whoever_cannot_be_asked_is_asked_again(self, utility: MemoryUtility) -> None:
        """Asking is never given up: a utility that is away, or talks nonsense, is asked at the next turn."""
        utility.away = True
        nonsense = Garbling(KUNMING_WATER, [ACCOUNT])
        for asked in (utility, nonsense):
            assert await perform(Duty.ASK_PROGRESS, InPreReview(CASE), asked) == Later((), timedelta(hours=1))

    async def test_nobody_is_asked_any_more(self, utility: MemoryUtility) -> None:
        """After the end, or once the settings say so, the question is off the agenda."""
        assert await do(Duty.ASK_PROGRESS, Completed(CASE), utility) == ()
        assert await perform(Duty.ASK_PROGRESS, InPreReview(CASE), utility, timetable=Timetable()) == ()


class TestTelling:
    async def test_the_operator_is_told_who_keeps_it_waiting(self) -> None:
        """Never stuck: a word to a person, with the transfer, the step and the party; nothing personal."""
        with structlog.testing.capture_logs() as logs:
            assert await do(Duty.TELL_OPERATOR, InPreReview(CASE)) == (NoteOperatorTold(Step.PRE_REVIEW),)
        assert logs == [
            {
                "event": "overdue",
                "log_level": "error",
                "transfer": TRANSFER.text,
                "utility": "kunming-water",
                "state": "in_pre_review",
                "step": 6,
                "waits_for": "utility",
            }
        ]

    async def test_nobody_is_told_of_what_has_ended(self) -> None:
        """A closed transfer waits for nobody."""
        assert await do(Duty.TELL_OPERATOR, Completed(CASE)) == ()
