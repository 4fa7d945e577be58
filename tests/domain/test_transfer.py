"""The decider, rule by rule and cell by cell."""

from typing import Any

import attrs
import pytest

from cotransfer.domain import events as e
from cotransfer.domain.case import Policy
from cotransfer.domain.commands import (
    Command,
    NoteOperatorTold,
    NoteOverdue,
    OpenSigning,
    RecordNotice,
    ReportHandling,
    ReportPreReview,
    ReportReceipt,
    ReportSigning,
    Submit,
)
from cotransfer.domain.events import ReportKept, Standing
from cotransfer.domain.matching import Matching, MatchOutcome
from cotransfer.domain.notices import Delivered, NoticeKind, Undeliverable
from cotransfer.domain.parties import Step
from cotransfer.domain.refusals import Why
from cotransfer.domain.reports import (
    Channel,
    Cleared,
    ClearedForSms,
    Declined,
    Expired,
    Failed,
    Handled,
    NotHandled,
    NotTaken,
    Signed,
    Taken,
)
from cotransfer.domain.states import NotSubmitted
from cotransfer.domain.transfer import decide, evolve
from cotransfer.domain.values import RegistryState, RegistryStatus, Restriction, UnitNumber
from cotransfer.testing.samples import (
    ACCOUNT,
    ADDRESS,
    CASE,
    CURRENT,
    GROUNDS,
    OTHER_ADDRESS,
    OTHER_GROUNDS,
    SUBMIT,
)
from cotransfer.testing.scenario import given
from cotransfer.testing.transitions import REPORTS, STATES, cell, title

SUBMITTED = e.ApplicationSubmitted(CASE)
TAKEN = e.ApplicationTaken("W-1")
CLEARED = e.PreReviewPassed(ADDRESS)
SIGNED = e.ContractSigned(Channel.SMS)


def submit_with(
    *, state: RegistryState = CURRENT, units: tuple[UnitNumber, ...] = CASE.application.unit_numbers, **changes: Any
) -> Submit:
    """The sample submission with something else about it."""
    application = attrs.evolve(CASE.application, registry_state=state, unit_numbers=units)
    return attrs.evolve(SUBMIT, case=attrs.evolve(CASE, application=application), **changes)


class TestSubmitting:
    def test_a_clean_application_is_submitted(self) -> None:
        """Step 5: the confirmed data are stored, and are the first thing stored."""
        given().when(SUBMIT).then(SUBMITTED)

    def test_arrears_block(self) -> None:
        """Step 4: an account in arrears goes no further, even when all else is well and confirmed."""
        in_arrears = attrs.evolve(ACCOUNT, in_arrears=True)
        given().when(submit_with(account=in_arrears, confirmed=True)).refused(Why.IN_ARREARS)

    @pytest.mark.parametrize("status", [one for one in RegistryStatus if one is not RegistryStatus.CURRENT])
    def test_only_a_current_certificate_counts(self, status: RegistryStatus) -> None:
        """Step 1: what is not on the register now, or not known to be, cannot be transferred."""
        given().when(submit_with(state=RegistryState(status, frozenset()))).refused(Why.CERTIFICATE_NOT_CURRENT)

    def test_a_restriction_stops_nothing_by_itself(self) -> None:
        """A mortgage or a seizure does not change who uses the water."""
        seized = RegistryState(RegistryStatus.CURRENT, frozenset({Restriction.SEIZURE}))
        command = submit_with(state=seized)
        given().when(command).then(e.ApplicationSubmitted(command.case))

    def test_a_restriction_stops_where_the_deployment_says_so(self) -> None:
        """The deployment's policy may name restrictions under which nothing is transferred."""
        seized = RegistryState(RegistryStatus.CURRENT, frozenset({Restriction.SEIZURE}))
        policy = Policy(refused_restrictions=frozenset({Restriction.SEIZURE}))
        given().when(submit_with(state=seized, policy=policy)).refused(Why.RESTRICTED)

    def test_only_homes_have_accounts(self) -> None:
        """A unit number names a home by the F at its twentieth place."""
        land = UnitNumber("530102003004GB00012W00000000")
        given().when(submit_with(units=(land,))).refused(Why.NOT_A_HOME)

    def test_a_mismatch_is_refused(self) -> None:
        """Step 4: name and location are checked so that the right account is transferred."""
        mismatch = Matching(MatchOutcome.MISMATCH, ())
        given().when(submit_with(matching=mismatch, confirmed=True)).refused(Why.WRONG_ACCOUNT)

    def test_a_mismatch_may_be_left_to_the_utility(self) -> None:
        """Where the deployment says so, a confirmed mismatch is for the pre-review to judge."""
        mismatch, policy = Matching(MatchOutcome.MISMATCH, ()), Policy(mismatch_to_utility=True)
        given().when(submit_with(matching=mismatch, policy=policy)).refused(Why.MATCH_UNCONFIRMED)
        given().when(submit_with(matching=mismatch, policy=policy, confirmed=True)).then(SUBMITTED)

    def test_a_possible_match_wants_the_citizens_word(self) -> None:
        """Step 4: what only may be the right account is confirmed by the citizen, explicitly."""
        possible = Matching(MatchOutcome.POSSIBLE, ())
        given().when(submit_with(matching=possible)).refused(Why.MATCH_UNCONFIRMED)
        given().when(submit_with(matching=possible, confirmed=True)).then(SUBMITTED)

    def test_a_transfer_is_submitted_once(self) -> None:
        """A second submission under the same identifier is a mistake of the sender."""
        given(SUBMITTED).when(SUBMIT).refused(Why.ALREADY_SUBMITTED)

    @pytest.mark.parametrize(
        "command",
        [
            ReportReceipt(Taken("W-1")),
            ReportSigning(Signed(Channel.SMS)),
            OpenSigning(),
            NoteOverdue(Step.SIGN),
            RecordNotice(NoticeKind.RESULT, Delivered("1")),
        ],
    )
    def test_nothing_else_begins_a_transfer(self, command: Command) -> None:
        """What was never submitted is unknown, whoever speaks of it."""
        given().when(command).refused(Why.UNKNOWN_TRANSFER)


class TestSigning:
    def test_a_second_report_is_no_news(self) -> None:
        """Step 7: the SMS and the WeChat route may both report the signature."""
        given(SUBMITTED, CLEARED, SIGNED).when(ReportSigning(Signed(Channel.WECHAT))).then()

    def test_the_button_leads_to_the_contract(self) -> None:
        """Step 7, second way: not yet signed, the button goes to the signing address."""
        given(SUBMITTED, CLEARED).when(OpenSigning()).then(e.SigningOpened())

    @pytest.mark.parametrize("history", [(SUBMITTED, CLEARED, SIGNED), (SUBMITTED, e.PreReviewPassedForSms())])
    def test_there_is_nothing_to_open(self, history: tuple[e.Event, ...]) -> None:
        """Step 7: signed already, the page just shows "in handling"; without an address only the SMS leads there."""
        given(*history).when(OpenSigning()).then()

    @pytest.mark.parametrize("history", [(SUBMITTED,), (SUBMITTED, TAKEN)])
    def test_before_pre_review_there_is_no_contract(self, history: tuple[e.Event, ...]) -> None:
        """Step 6 comes before step 7."""
        given(*history).when(OpenSigning()).refused(Why.NOT_READY_TO_SIGN)

    def test_an_address_that_comes_late_invites_after_all(self) -> None:
        """A pass for SMS may be followed by the address: then either channel is open."""
        given(SUBMITTED, e.PreReviewPassedForSms()).when(ReportPreReview(Cleared(ADDRESS))).then(
            e.SigningAddressCame(ADDRESS)
        )

    def test_a_new_address_replaces_the_old_one(self) -> None:
        """Signing links die; the newest one heard is the one the button leads to."""
        given(SUBMITTED, CLEARED).when(ReportPreReview(Cleared(OTHER_ADDRESS))).then(
            e.SigningAddressReplaced(OTHER_ADDRESS)
        )


class TestEnding:
    def test_the_result_finalises(self) -> None:
        """Step 8: done, and nothing after it changes that."""
        history = (SUBMITTED, TAKEN, CLEARED, SIGNED, e.HandlingDone())
        given(*history).when(ReportHandling(Handled())).then()
        given(*history).when(ReportHandling(NotHandled(GROUNDS))).then(
            ReportKept(NotHandled(GROUNDS), Standing.CONTRADICTS)
        )

    def test_a_refused_receipt_is_a_pre_review_not_passed(self) -> None:
        """A utility that does not take the application ends it with its grounds, told again is no news."""
        given(SUBMITTED).when(ReportReceipt(NotTaken(GROUNDS))).then(e.PreReviewNotPassed(GROUNDS))
        given(SUBMITTED, e.PreReviewNotPassed(GROUNDS)).when(ReportReceipt(NotTaken(GROUNDS))).then()

    def test_other_grounds_contradict(self) -> None:
        """The same end for another reason is not the same end."""
        given(SUBMITTED, e.PreReviewNotPassed(GROUNDS)).when(ReportPreReview(Failed(OTHER_GROUNDS))).then(
            ReportKept(Failed(OTHER_GROUNDS), Standing.CONTRADICTS)
        )


class TestTelling:
    def test_a_notice_that_was_sent_is_remembered(self) -> None:
        """Step 9: the journal knows what the citizen was told, also after the end."""
        history = (SUBMITTED, e.HandlingDone())
        given(*history).when(RecordNotice(NoticeKind.RESULT, Delivered("8"))).then(e.NoticeSent(NoticeKind.RESULT, "8"))
        given(*history).when(RecordNotice(NoticeKind.RESULT, Undeliverable("not_following"))).then(
            e.NoticeUndeliverable(NoticeKind.RESULT, "not_following")
        )

    def test_the_operator_is_told_of_what_still_waits(self) -> None:
        """Never stuck: a person is told of a step that waits, and of none that has passed."""
        given(SUBMITTED, TAKEN).when(NoteOperatorTold(Step.PRE_REVIEW)).then(e.OperatorTold(Step.PRE_REVIEW))
        given(SUBMITTED, TAKEN).when(NoteOperatorTold(Step.SUBMIT)).then()
        given(SUBMITTED, e.HandlingDone()).when(NoteOperatorTold(Step.HANDLE)).then()

    def test_a_step_that_waits_too_long_is_overdue(self) -> None:
        """Every waiting state has a deadline; a step already passed cannot miss it any more."""
        given(SUBMITTED, TAKEN).when(NoteOverdue(Step.PRE_REVIEW)).then(e.DeadlinePassed(Step.PRE_REVIEW))
        given(SUBMITTED, TAKEN).when(NoteOverdue(Step.SUBMIT)).then()
        given(SUBMITTED, e.HandlingDone()).when(NoteOverdue(Step.HANDLE)).then()


EXPECTED = """
report                     | submitted                | in_pre_review            | awaiting_signing         | awaiting_sms_signing     | in_handling     | withdrawing: submitted            | withdrawing: awaiting_signing | completed   | pre_review_failed | handling_failed | signing_lapsed: declined | signing_lapsed: expired | withdrawn   | withdrawing: in_handling
taken                      | in_pre_review            | =                        | late                     | late                     | late            | withdrawing: in_pre_review        | late                          | late        | late              | late            | late                     | late                    | late        | late
not taken                  | pre_review_failed        | contradicts              | contradicts              | contradicts              | contradicts     | pre_review_failed                 | contradicts                   | contradicts | =                 | contradicts     | contradicts              | contradicts             | contradicts | contradicts
cleared                    | awaiting_signing         | awaiting_signing         | =                        | awaiting_signing         | late            | withdrawing: awaiting_signing     | =                             | late        | contradicts       | late            | late                     | late                    | late        | late
cleared, other address     | awaiting_signing         | awaiting_signing         | awaiting_signing         | awaiting_signing         | late            | withdrawing: awaiting_signing     | withdrawing: awaiting_signing | late        | contradicts       | late            | late                     | late                    | late        | late
cleared, by SMS            | awaiting_sms_signing     | awaiting_sms_signing     | =                        | =                        | late            | withdrawing: awaiting_sms_signing | =                             | late        | contradicts       | late            | late                     | late                    | late        | late
failed                     | pre_review_failed        | pre_review_failed        | contradicts              | contradicts              | contradicts     | pre_review_failed                 | contradicts                   | contradicts | =                 | contradicts     | contradicts              | contradicts             | contradicts | contradicts
failed, other grounds      | pre_review_failed        | pre_review_failed        | contradicts              | contradicts              | contradicts     | pre_review_failed                 | contradicts                   | contradicts | contradicts       | contradicts     | contradicts              | contradicts             | contradicts | contradicts
signed by SMS              | in_handling              | in_handling              | in_handling              | in_handling              | =               | in_handling                       | in_handling                   | late        | contradicts       | late            | contradicts              | contradicts             | contradicts | =
signed by WeChat           | in_handling              | in_handling              | in_handling              | in_handling              | =               | in_handling                       | in_handling                   | late        | contradicts       | late            | contradicts              | contradicts             | contradicts | =
declined                   | signing_lapsed: declined | signing_lapsed: declined | signing_lapsed: declined | signing_lapsed: declined | contradicts     | signing_lapsed: declined          | signing_lapsed: declined      | contradicts | contradicts       | contradicts     | =                        | contradicts             | contradicts | contradicts
expired                    | signing_lapsed: expired  | signing_lapsed: expired  | signing_lapsed: expired  | signing_lapsed: expired  | contradicts     | signing_lapsed: expired           | signing_lapsed: expired       | contradicts | contradicts       | contradicts     | contradicts              | =                       | contradicts | contradicts
cancelled                  | withdrawn                | withdrawn                | withdrawn                | withdrawn                | contradicts     | withdrawn                         | withdrawn                     | contradicts | contradicts       | contradicts     | contradicts              | contradicts             | =           | withdrawn
handled                    | completed                | completed                | completed                | completed                | completed       | completed                         | completed                     | =           | contradicts       | contradicts     | contradicts              | contradicts             | contradicts | completed
not handled                | handling_failed          | handling_failed          | handling_failed          | handling_failed          | handling_failed | handling_failed                   | handling_failed               | contradicts | contradicts       | =               | contradicts              | contradicts             | contradicts | handling_failed
not handled, other grounds | handling_failed          | handling_failed          | handling_failed          | handling_failed          | handling_failed | handling_failed                   | handling_failed               | contradicts | contradicts       | contradicts     | contradicts              | contradicts             | contradicts | handling_failed
"""  # noqa: E501 - a table is read by its columns

_ROWS = [[word.strip() for word in line.split("|")] for line in EXPECTED.strip().splitlines()]
_STATES = {title(state): state for state in STATES}
CELLS = [
    (state, report, expected) for report, *row in _ROWS[1:] for state, expected in zip(_ROWS[0][1:], row, strict=True)
]


@pytest.mark.parametrize(("state", "report", "expected"), CELLS)
def test_each_cell(state: str, report: str, expected: str) -> None:
    """Steps 5 to 8: what each report does in each state, written here by hand and compared with the decider."""
    assert cell(_STATES[state], REPORTS[report]) == expected


def test_the_table_is_whole() -> None:
    """No state and no report is left out of the table above."""
    assert {(state, report) for state, report, _ in CELLS} == {(title(s), r) for s in STATES for r in REPORTS}


def test_kept_reports_move_nothing() -> None:
    """A late or contradicting report leaves the very same state."""
    for state in STATES:
        for report in REPORTS.values():
            kept = ReportKept(report, Standing.LATE)
            assert evolve(state, kept) is state


def test_a_history_begins_with_the_submission() -> None:
    """Nothing evolves from nothing but a submission: anything else is a broken journal."""
    with pytest.raises(AssertionError, match="begins with the submission"):
        evolve(NotSubmitted(), TAKEN)


def test_no_command_is_forgotten() -> None:
    """Every command meets every state: an answer or a refusal, never anything else."""
    for declined in (ReportSigning(Declined()), ReportSigning(Expired()), ReportPreReview(ClearedForSms())):
        for state in STATES:
            decide(state, declined)
