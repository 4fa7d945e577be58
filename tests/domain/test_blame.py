"""Whose matter each failure is that a journal can tell of, and what helps; what went well is nobody's fault."""

from typing import get_args

import pytest

from cotransfer.domain import events as e
from cotransfer.domain.agenda import CHASED, OWNERS, STEPS, Duty, step_of
from cotransfer.domain.blame import UNDELIVERED, Blame, blame
from cotransfer.domain.events import Event, Standing
from cotransfer.domain.ledger import Failure, Revived, Tried, last_failure, left_to_do
from cotransfer.domain.notices import NoticeKind
from cotransfer.domain.parties import NextAction, Party, Step
from cotransfer.domain.rechecking import Changed
from cotransfer.domain.reports import Cleared
from cotransfer.testing.histories import AT
from cotransfer.testing.samples import ADDRESS, GROUNDS
from cotransfer.testing.transfers import EVERY_EVENT

U, C, N = Party.UTILITY, Party.CITIZEN, NextAction
TABLE: list[tuple[Event, Party, int, NextAction]] = [
    (e.PreReviewNotPassed(GROUNDS), U, 6, N.APPLY_AGAIN),
    (e.ContractDeclined(), C, 7, N.APPLY_AGAIN),
    (e.ContractExpired(), C, 7, N.APPLY_AGAIN),
    (e.WithdrawalTooLate(), U, 5, N.WAIT),
    (e.HandlingNotDone(GROUNDS), U, 8, N.APPLY_AGAIN),
    (e.DeadlinePassed(Step.SUBMIT), Party.US, 5, N.WAIT),
    (e.DeadlinePassed(Step.PRE_REVIEW), U, 6, N.WAIT),
    (e.DeadlinePassed(Step.SIGN), C, 7, N.SIGN),
    (e.DeadlinePassed(Step.HANDLE), U, 8, N.WAIT),
    (e.OperatorTold(Step.SUBMIT), Party.US, 5, N.CALL_OPERATOR),
    (e.OperatorTold(Step.PRE_REVIEW), U, 6, N.CALL_OPERATOR),
    (e.OperatorTold(Step.SIGN), C, 7, N.SIGN),
    (e.OperatorTold(Step.HANDLE), U, 8, N.CALL_OPERATOR),
    (e.NoticeUndeliverable(NoticeKind.INVITATION, "not_following"), C, 7, N.SIGN),
    (e.NoticeUndeliverable(NoticeKind.REMINDER, "refused_by_citizen"), C, 7, N.SIGN),
    (e.NoticeUndeliverable(NoticeKind.RESULT, "no_consent"), C, 9, N.NONE),
    (e.NoticeUndeliverable(NoticeKind.RESULT, "no_openid"), Party.PLATFORM, 9, N.NONE),
    (e.NoticeUndeliverable(NoticeKind.RESULT, "outcome_unknown"), Party.NETWORK, 9, N.NONE),
    (e.NoticeUndeliverable(NoticeKind.RESULT, "template_invalid"), Party.US, 9, N.CALL_OPERATOR),
    (e.NoticeUndeliverable(NoticeKind.INVITATION, "page_refused"), Party.US, 7, N.CALL_OPERATOR),
    (e.NoticeUndeliverable(NoticeKind.INVITATION, "whatever"), Party.NOTIFIER, 7, N.SIGN),
    (e.FoundChanged((Changed.IN_ARREARS,)), C, 8, N.PAY_ARREARS),
    (e.FoundChanged((Changed.IN_ARREARS, Changed.RESTRICTED)), C, 8, N.APPLY_AT_COUNTER),
    (e.FoundChanged((Changed.CERTIFICATE_NOT_CURRENT,)), C, 8, N.APPLY_AT_COUNTER),
    (e.NotLookedAgain(Party.REGISTRY), Party.REGISTRY, 8, N.CALL_OPERATOR),
    (e.ReportKept(Cleared(ADDRESS), Standing.CONTRADICTS), U, 6, N.CALL_OPERATOR),
]

WELL: tuple[type[Event], ...] = (
    e.ApplicationSubmitted,
    e.ApplicationTaken,
    e.PreReviewPassed,
    e.PreReviewPassedForSms,
    e.SigningAddressCame,
    e.SigningAddressReplaced,
    e.SigningOpened,
    e.ContractSigned,
    e.WithdrawalAsked,
    e.ApplicationWithdrawn,
    e.HandlingDone,
    e.FoundUnchanged,
    e.NoticeSent,
)


class TestEvents:
    @pytest.mark.parametrize(("event", "party", "step", "helps"), TABLE)
    def test_whose_matter_it_is(self, event: Event, party: Party, step: int, helps: NextAction) -> None:
        """The party, the step and the one thing that helps."""
        assert blame(event) == Blame(party=party, step=Step(step), next_action=helps)

    def test_what_went_well_is_nobodys(self) -> None:
        """Of each such event; a report that came late, too, for it changes nothing."""
        assert [event for event in EVERY_EVENT if isinstance(event, WELL) and blame(event)] == []
        assert blame(e.ReportKept(Cleared(ADDRESS), Standing.LATE)) is None

    def test_every_event_is_the_one_or_the_other(self) -> None:
        """A new event says which it is."""
        assert {type(event) for event, *_ in TABLE} | set(WELL) == set(get_args(Event))
        assert {type(event) for event, *_ in TABLE} & set(WELL) == set()

    def test_who_keeps_a_step_waiting_is_who_is_late(self) -> None:
        """The same table as the deadlines'."""
        assert {step: blame(e.DeadlinePassed(step)).party for step in OWNERS} == dict(OWNERS)  # type: ignore[union-attr]

    def test_a_reason_that_nobody_knows_is_the_notifiers(self) -> None:
        """All others are told in the table."""
        assert Party.NOTIFIER not in UNDELIVERED.values()


class TestTasks:
    @pytest.mark.parametrize("duty", Duty)
    def test_every_duty_has_a_step(self, duty: Duty) -> None:
        """Its own, or the one that waits; erasing belongs to none."""
        own = STEPS.get(duty)
        assert step_of(duty, Step.HANDLE) is (None if duty is Duty.ERASE else own or Step.HANDLE)
        assert step_of(duty, None) is own

    def test_a_chase_is_of_the_step_it_watches(self) -> None:
        """Whatever the transfer waits for by now."""
        assert {duty: step_of(duty, Step.SIGN) for duty in CHASED} == dict(CHASED)

    def test_what_is_left_to_do(self) -> None:
        """It goes on by itself until it is given up."""
        assert (left_to_do(given_up=False), left_to_do(given_up=True)) == (N.TRY_LATER, N.CALL_OPERATOR)

    def test_the_latest_failure_counts(self) -> None:
        """Whatever came after it was no failure."""
        first, second = Failure(Party.NETWORK, "No connection."), Failure(Party.UTILITY, "It answered 503.")
        revived = Revived(at=AT, who="li-na", why="mended")
        assert last_failure(()) is None
        assert last_failure((revived,)) is None
        assert last_failure((Tried(1, AT, first), Tried(2, AT, second), revived)) == second
