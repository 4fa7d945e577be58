"""The transfer as a decider: what a command makes happen, and what a state becomes of it.

The rules of this page, from the scheme §1.4 to §1.9:

- An account in arrears never passes step 4, whatever was shown before; nor does an account that is not this home's.
- The utility is the authority on its own progress: a report on a later step proves the earlier ones.
- News heard again is no news; a late report on a passed step is kept and moves nothing.
- The first signature counts, by SMS or by WeChat.
- Until it is signed the citizen may take the application back; the utility says whether that came in time, and until it
  has, the transfer stands where it stood.
- Before handling it may be looked at again; what has changed is told, and by policy the utility is asked to take the
  application back.
- The end absorbs: what contradicts it, or contradicts a step already passed, is kept and moves nothing.

`decide` raises `Refused` and then nothing has happened; `evolve` remembers and never refuses. Neither reads a clock,
draws an identifier or looks anything up.
"""

from collections.abc import Iterable
from typing import assert_never

from cotransfer.domain import events as e
from cotransfer.domain import states as s
from cotransfer.domain.case import Case
from cotransfer.domain.commands import (
    Command,
    LookAgain,
    NoteNotLooked,
    NoteOperatorTold,
    NoteOverdue,
    OpenSigning,
    RecordNotice,
    ReportHandling,
    ReportPreReview,
    ReportReceipt,
    ReportSigning,
    ReportWithdrawal,
    Submit,
    Withdraw,
)
from cotransfer.domain.confirming import hindrance
from cotransfer.domain.events import Event, ReportKept, Standing
from cotransfer.domain.homes import obstacle
from cotransfer.domain.matching import MatchOutcome
from cotransfer.domain.notices import Delivered, Undeliverable
from cotransfer.domain.parties import Step
from cotransfer.domain.rechecking import changed
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.reports import (
    Cancelled,
    Cleared,
    ClearedForSms,
    Declined,
    Expired,
    Failed,
    Handled,
    NotHandled,
    NotTaken,
    Report,
    Signed,
    Taken,
    WithdrawalAnswer,
)
from cotransfer.domain.states import Closed, Open, State, Unsigned, Withdrawing


def decide(state: State, command: Command) -> tuple[Event, ...]:
    """What happens when `command` meets `state`: events in order, `()` when it is no news.

    Raises `Refused` with the reason, the party it falls to and the next action.
    """
    match state, command:
        case s.NotSubmitted(), Submit():
            _check(command)
            return (e.ApplicationSubmitted(command.case),)
        case s.NotSubmitted(), _:
            raise Refused(Why.UNKNOWN_TRANSFER)
        case _, Submit():
            raise Refused(Why.ALREADY_SUBMITTED)
        case _, ReportReceipt(said) | ReportPreReview(said) | ReportSigning(said) | ReportHandling(said):
            return _hear(state, said)
        case _, ReportWithdrawal(answer):
            return _hear_answer(state, answer)
        case s.Submitted() | s.InPreReview() | s.AwaitingSigning() | s.AwaitingSmsSigning(), Withdraw():
            return (e.WithdrawalAsked(),)
        case s.Withdrawing() | s.Withdrawn(), Withdraw():
            return ()
        case _, Withdraw(where_possible=True):
            return ()
        case s.InHandling(), Withdraw():
            raise Refused(Why.SIGNED_ALREADY)
        case _, Withdraw():
            raise Refused(Why.ENDED_ALREADY)
        case s.AwaitingSigning(), OpenSigning():
            return (e.SigningOpened(),)
        case s.Submitted() | s.InPreReview(), OpenSigning():
            raise Refused(Why.NOT_READY_TO_SIGN)
        case s.Withdrawing(), OpenSigning():
            raise Refused(Why.BEING_WITHDRAWN)
        case _, OpenSigning():
            return ()
        case _, RecordNotice():
            return (_remembered(command),)
        case _, NoteOverdue(step):
            return (e.DeadlinePassed(step),) if _waits_for(state, step) else ()
        case _, NoteOperatorTold(step):
            return (e.OperatorTold(step),) if _waits_for(state, step) else ()
        case s.InHandling(case), LookAgain():
            return _looked(case, command)
        case s.InHandling(), NoteNotLooked(party):
            return (e.NotLookedAgain(party),)
        case _, LookAgain() | NoteNotLooked():
            return ()
        case _:
            assert_never(command)


def _looked(case: Case, look: LookAgain) -> tuple[Event, ...]:
    """Step 8: the rules of step 4 once more, on what was looked up before handling."""
    found = changed(case, look.account, look.certificate, look.policy)
    if not found:
        return (e.FoundUnchanged(),)
    told = e.FoundChanged(found)
    return (told, e.WithdrawalAsked()) if look.asks_back else (told,)


def _waits_for(state: State, step: Step) -> bool:
    return isinstance(state, Open) and state.waits_for is step


def _check(submit: Submit) -> None:
    """Steps 1 to 4 once more, on what was looked up for this very submission."""
    application = submit.case.application
    in_the_way = hindrance(submit.account, submit.matching, submit.policy) or obstacle(
        application.registry_state, application.unit_numbers, submit.policy
    )
    if in_the_way is not None:
        raise Refused(in_the_way)
    if submit.matching.outcome is not MatchOutcome.MATCH and not submit.confirmed:
        raise Refused(Why.MATCH_UNCONFIRMED)


def _hear(state: Open | Closed, said: Report) -> tuple[Event, ...]:
    """A report against what is known: news, known already, late, or at odds."""
    if isinstance(state, Withdrawing):
        # It was asked to take it back: that it has is never at odds with anything.
        return (e.ApplicationWithdrawn(),) if isinstance(said, Cancelled) else _hear(state.stood, said)
    if isinstance(state, Closed):
        return _hear_after_the_end(state, said)
    if said.step >= state.waits_for:
        return (_news(said),)
    if not said.goes_on:
        return (ReportKept(said, Standing.CONTRADICTS),)
    if said.step + 1 < state.waits_for:
        return (ReportKept(said, Standing.LATE),)
    return _address_news(state, said)


def _hear_answer(state: Open | Closed, answer: WithdrawalAnswer) -> tuple[Event, ...]:
    """Whether the utility takes it back: what it says of its own accord is a report like any other."""
    if isinstance(answer, Cancelled):
        return _hear(state, answer)
    return (e.WithdrawalTooLate(),) if isinstance(state, Withdrawing) else ()


def _address_news(state: Open, said: Report) -> tuple[Event, ...]:
    """The step just passed, told again: news only if it brings an address that we did not have."""
    match state, said:
        case s.AwaitingSmsSigning(), Cleared(address):
            return (e.SigningAddressCame(address),)
        case s.AwaitingSigning(_, known), Cleared(address) if address != known:
            return (e.SigningAddressReplaced(address),)
        case _:
            return ()


def _hear_after_the_end(state: Closed, said: Report) -> tuple[Event, ...]:
    """The same end told again is no news; a step on the way there is late; anything else is at odds with the end."""
    if not said.goes_on and _ending(state, said) == state:
        return ()
    on_the_way = said.goes_on and said.step < state.ended_at
    return (ReportKept(said, Standing.LATE if on_the_way else Standing.CONTRADICTS),)


def _ending(state: Closed, said: Report) -> State:
    return evolve(s.InHandling(state.case), _news(said))


def _news(said: Report) -> Event:
    match said:
        case Taken(reference):
            return e.ApplicationTaken(reference)
        case Cleared(address):
            return e.PreReviewPassed(address)
        case ClearedForSms():
            return e.PreReviewPassedForSms()
        case NotTaken(grounds) | Failed(grounds):
            return e.PreReviewNotPassed(grounds)
        case Signed(channel):
            return e.ContractSigned(channel)
        case Declined():
            return e.ContractDeclined()
        case Expired():
            return e.ContractExpired()
        case Cancelled():
            return e.ApplicationWithdrawn()
        case Handled():
            return e.HandlingDone()
        case NotHandled(grounds):
            return e.HandlingNotDone(grounds)
        case _:
            assert_never(said)


def _remembered(told: RecordNotice) -> Event:
    match told.fate:
        case Delivered(reference):
            return e.NoticeSent(told.kind, reference, told.channel)
        case Undeliverable(why):
            return e.NoticeUndeliverable(told.kind, why, told.channel)
        case _:
            assert_never(told.fate)


def evolve(state: State, event: Event) -> State:
    """What `state` becomes once `event` has happened. Never refuses; O(1); events that move nothing return `state`."""
    if isinstance(event, e.ApplicationSubmitted):
        return s.Submitted(event.case)
    if isinstance(state, s.NotSubmitted):
        raise AssertionError("A history begins with the submission.")
    case = state.case
    match event:
        case e.WithdrawalAsked() if isinstance(state, Unsigned | s.InHandling):
            return s.Withdrawing(state)
        case e.WithdrawalTooLate() if isinstance(state, Withdrawing):
            return state.stood
        case _ if isinstance(state, Withdrawing):
            return _withdrawing(state, evolve(state.stood, event))
        case e.ApplicationTaken():
            return s.InPreReview(case)
        case e.PreReviewPassed(address) | e.SigningAddressCame(address) | e.SigningAddressReplaced(address):
            return s.AwaitingSigning(case, address)
        case e.PreReviewPassedForSms():
            return s.AwaitingSmsSigning(case)
        case e.PreReviewNotPassed(grounds):
            return s.PreReviewFailed(case, grounds)
        case e.ContractSigned():
            return s.InHandling(case)
        case e.ContractDeclined():
            return s.SigningLapsed(case, s.Lapse.DECLINED)
        case e.ContractExpired():
            return s.SigningLapsed(case, s.Lapse.EXPIRED)
        case e.ApplicationWithdrawn():
            return s.Withdrawn(case)
        case e.HandlingDone():
            return s.Completed(case)
        case e.HandlingNotDone(grounds):
            return s.HandlingFailed(case, grounds)
        case e.SigningOpened() | e.NoticeSent() | e.NoticeUndeliverable() | e.ReportKept():
            return state
        case e.FoundUnchanged() | e.FoundChanged() | e.NotLookedAgain():
            return state
        case e.DeadlinePassed() | e.OperatorTold() | e.WithdrawalAsked() | e.WithdrawalTooLate():
            return state
        case _:
            assert_never(event)


def _withdrawing(state: Withdrawing, moved: State) -> State:
    """A withdrawal under way, once the transfer has moved on beneath it: signed or ended, it has come too late."""
    if moved is state.stood:
        return state
    return s.Withdrawing(moved) if isinstance(moved, Unsigned) else moved


def fold(history: Iterable[Event], state: State = s.NotSubmitted()) -> State:  # noqa: B008 - a frozen value
    """The state that a history leads to: memory is enough."""
    for event in history:
        state = evolve(state, event)
    return state
