"""One change in the making: what errands for one transfer come to before anything is written."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest
from tests.app.world import message

from cotransfer.app import guarded
from cotransfer.app.draft import NOTIFIER, OURSELVES, SMS, Draft, Kept, counterparty, is_party
from cotransfer.app.errand import Errand, Keeping
from cotransfer.domain.agenda import CHASED, Duty
from cotransfer.domain.allowances import USUAL, Timetable
from cotransfer.domain.commands import OpenSigning, ReportHandling, ReportPreReview, ReportReceipt
from cotransfer.domain.refusals import Refused
from cotransfer.domain.reports import Cleared, Handled, Taken
from cotransfer.domain.states import Completed, InPreReview, NotSubmitted, Submitted
from cotransfer.domain.values import UtilityId
from cotransfer.ports.agenda import Due, Lease
from cotransfer.ports.transfers import Change, Record, Seen
from cotransfer.testing.samples import ADDRESS, CASE, KUNMING_WATER, SUBMIT, TRANSFER

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
TAKEN = Errand(transfer=TRANSFER, commands=(ReportReceipt(Taken("W-1")),))
CLEARED = Errand(transfer=TRANSFER, commands=(ReportPreReview(Cleared(ADDRESS)),))
HANDLED = Errand(transfer=TRANSFER, commands=(ReportHandling(Handled()),))


def new() -> Draft:
    """A draft of a transfer that is not stored yet."""
    return Draft(TRANSFER, None, AT, Timetable())


def stored() -> Draft:
    """A draft on a stored transfer."""
    return Draft(TRANSFER, Record(TRANSFER, 1, Submitted(CASE), AT, AT), AT, Timetable())


def due(duty: Duty, towards: str, after: timedelta = timedelta(0)) -> Due:
    """A task of the sample transfer."""
    return Due(TRANSFER, duty, towards, AT + after)


def test_a_submission_owes_three_things() -> None:
    """Step 5: the application goes to the utility at once, its receipt is watched, and the operator told if need be."""
    draft = new()
    draft.add(Errand(transfer=TRANSFER, commands=(SUBMIT,)))
    change = draft.change()
    assert change.step is not None
    assert (change.step.expected, change.step.state, change.step.at) == (0, Submitted(CASE), AT)
    assert change.owed == (
        due(Duty.SEND_APPLICATION, "kunming-water"),
        due(Duty.CHASE_RECEIPT, "kunming-water", timedelta(hours=4)),
        # 17:00 on the Monday: two half days later by the city's working hours.
        due(Duty.TELL_OPERATOR, OURSELVES, timedelta(days=1)),
    )


def test_what_is_settled_in_the_same_breath_is_not_owed() -> None:
    """Two steps in one change: only what is still to be done afterwards is put on the agenda."""
    draft = stored()
    draft.add(TAKEN)
    draft.add(CLEARED)
    change = draft.change()
    assert {one.duty for one in change.owed} == {
        Duty.INVITE_TO_SIGN,
        Duty.REMIND_TO_SIGN,
        Duty.CHASE_SIGNING,
        Duty.TELL_OPERATOR,
    }
    assert set(change.settled) == {
        (TRANSFER, duty) for duty in (Duty.SEND_APPLICATION, Duty.CHASE_RECEIPT, Duty.CHASE_PRE_REVIEW)
    }


def test_the_end_leaves_notice_and_erasure() -> None:
    """Step 9: whatever came together, a closed transfer owes its result notice now, its erasure later, and no more."""
    draft = stored()
    for errand in (TAKEN, CLEARED, HANDLED):
        draft.add(errand)
    assert draft.state == Completed(CASE)
    announcing, erasing = draft.change().owed
    assert announcing == due(Duty.ANNOUNCE_RESULT, NOTIFIER)
    assert (erasing.duty, erasing.counterparty, erasing.at) == (Duty.ERASE, OURSELVES, announcing.at + USUAL.retention)


def test_a_refusal_leaves_the_draft_alone() -> None:
    """What is refused leaves no trace, not even of the commands before it in the same errand."""
    draft = stored()
    untouched = draft.change()
    with pytest.raises(Refused):
        draft.add(Errand(transfer=TRANSFER, commands=(*TAKEN.commands, OpenSigning()), message=message("k")))
    assert draft.change() == untouched == Change()
    assert draft.is_untouched


def test_a_finished_task_and_a_message_go_with_it() -> None:
    """The task that was done and the message that was answered are part of the same write."""
    lease = Lease(TRANSFER, Duty.SEND_APPLICATION, "t")
    draft = stored()
    draft.add(
        attrs.evolve(TAKEN, finishes=lease, message=message("k"), answer=lambda ruling: ruling.state.code.encode())
    )
    change = draft.change()
    assert change.finished == (lease,)
    assert change.seen == (Seen(message("k").key, b"d", b"in_pre_review", AT),)
    assert not draft.is_untouched


def test_finishing_without_news() -> None:
    """A task that has become pointless is taken off the agenda, and the transfer does not move."""
    lease = Lease(TRANSFER, Duty.CHASE_RECEIPT, "t")
    draft = stored()
    draft.add(Errand(transfer=TRANSFER, commands=(), finishes=lease))
    assert draft.change() == Change(finished=(lease,))
    assert draft.is_untouched


def test_towards_whom() -> None:
    """Notices go towards the notifier, what concerns nobody else towards ourselves, all else towards the utility."""
    towards = {duty: counterparty(duty, CASE) for duty in Duty}
    assert {duty for duty, name in towards.items() if name == NOTIFIER} == {
        Duty.INVITE_TO_SIGN,
        Duty.REMIND_TO_SIGN,
        Duty.ANNOUNCE_RESULT,
    }
    assert {duty for duty, name in towards.items() if name == SMS} == {
        Duty.INVITE_BY_SMS,
        Duty.REMIND_BY_SMS,
        Duty.ANNOUNCE_BY_SMS,
    }
    assert (NOTIFIER, SMS) == (guarded.NOTIFIER, guarded.SMS)
    assert {duty for duty, name in towards.items() if name == OURSELVES} == {Duty.ERASE, Duty.TELL_OPERATOR}
    assert {name for duty, name in towards.items() if duty in CHASED} == {"kunming-water"}


def test_whose_transfer_it_is() -> None:
    """A utility is party to its own transfers, and nobody to what is not submitted."""
    assert is_party(KUNMING_WATER, InPreReview(CASE))
    assert not is_party(UtilityId("kunming-gas"), InPreReview(CASE))
    assert not is_party(KUNMING_WATER, NotSubmitted())


def test_a_kept_answer_is_a_write_of_its_own() -> None:
    """The answer of a query touches no transfer."""
    assert Kept(Keeping(message("q"), b"one"), AT).change() == Change(seen=(Seen(message("q").key, b"d", b"one", AT),))
