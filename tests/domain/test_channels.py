"""Law 5 over both channels: whatever becomes of each notice, and in whatever order, nobody is told anything twice."""

from collections.abc import Iterable

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotransfer.domain import events as e
from cotransfer.domain.agenda import BY_SMS, Duty, owed, settled
from cotransfer.domain.allowances import USUAL
from cotransfer.domain.commands import Command, RecordNotice, hearing
from cotransfer.domain.events import Event
from cotransfer.domain.notices import (
    OUTCOME_UNKNOWN,
    QUOTA_SPENT,
    URGENT,
    Delivered,
    Fate,
    NoticeChannel,
    NoticeKind,
    Undeliverable,
)
from cotransfer.domain.progress import CALLS_FOR, untold
from cotransfer.domain.refusals import Refused
from cotransfer.domain.reports import Channel, Cleared, Handled, Report, Signed, Taken
from cotransfer.domain.states import AwaitingSigning, NotSubmitted, State
from cotransfer.domain.transfer import decide, evolve, fold
from cotransfer.testing import strategies as some
from cotransfer.testing.samples import ADDRESS, SUBMIT

ALLOW = attrs.evolve(USUAL, by_sms=True)
TELLS: dict[Duty, tuple[NoticeKind, NoticeChannel]] = {
    Duty.INVITE_TO_SIGN: (NoticeKind.INVITATION, NoticeChannel.WECHAT),
    Duty.REMIND_TO_SIGN: (NoticeKind.REMINDER, NoticeChannel.WECHAT),
    Duty.ANNOUNCE_RESULT: (NoticeKind.RESULT, NoticeChannel.WECHAT),
    **{duty: (kind, NoticeChannel.SMS) for kind, duty in BY_SMS.items()},
}
FATES: st.SearchStrategy[Fate] = st.sampled_from(
    (Delivered("1"), Undeliverable("not_following"), Undeliverable(OUTCOME_UNKNOWN))
)


@attrs.define
class Case:
    """A transfer, its journal and what it owes the citizen, as the desk and a worker move it."""

    state: State = attrs.field(factory=NotSubmitted)
    journal: list[Event] = attrs.field(factory=list)
    owes: set[Duty] = attrs.field(factory=set)

    def ask(self, *commands: Command) -> None:
        """Commands, one after the other; what is refused changes nothing."""
        for command in commands:
            try:
                news = decide(self.state, command)
            except Refused:
                continue
            for event in news:
                self.state = evolve(self.state, event)
                self.journal.append(event)
                self.owes -= set(settled(event))
                self.owes |= {task.duty for task in owed(event, ALLOW) if task.duty in TELLS}

    def tell(self, duty: Duty, fate: Fate) -> None:
        """A worker performs `duty`, once; where the state no longer calls for the notice it comes to nothing."""
        self.owes.remove(duty)
        kind, channel = TELLS[duty]
        if isinstance(self.state, CALLS_FOR[kind]):
            self.ask(RecordNotice(kind, fate, channel))


def given_(*commands: Command) -> Case:
    """A transfer after these."""
    case = Case()
    case.ask(SUBMIT, *commands)
    return case


def of(journal: Iterable[Event], kind: type[Event]) -> list[Event]:
    """The events of one kind."""
    return [event for event in journal if isinstance(event, kind)]


class TestTheInvitation:
    def test_not_following_gets_an_sms(self) -> None:
        """Step 7: who does not follow the account is invited all the same."""
        case = given_(hearing(Taken("W-1")), hearing(Cleared(ADDRESS)))
        case.tell(Duty.INVITE_TO_SIGN, Undeliverable("not_following"))
        assert Duty.INVITE_BY_SMS in case.owes
        case.tell(Duty.INVITE_BY_SMS, Delivered("s-1"))
        assert case.journal[-2:] == [
            e.NoticeUndeliverable(NoticeKind.INVITATION, "not_following"),
            e.NoticeSent(NoticeKind.INVITATION, "s-1", NoticeChannel.SMS),
        ]
        assert untold(case.journal, case.state) is None

    def test_signed_meanwhile(self) -> None:
        """Step 7: the signature takes the SMS off the agenda."""
        case = given_(hearing(Taken("W-1")), hearing(Cleared(ADDRESS)))
        case.tell(Duty.INVITE_TO_SIGN, Undeliverable("not_following"))
        case.ask(hearing(Signed(Channel.SMS)))
        assert case.owes == set()

    def test_neither_channel(self) -> None:
        """Step 7: then it is the page that says it, and nothing is owed any more."""
        case = given_(hearing(Taken("W-1")), hearing(Cleared(ADDRESS)))
        case.tell(Duty.INVITE_TO_SIGN, Undeliverable("not_following"))
        case.tell(Duty.INVITE_BY_SMS, Undeliverable("number_unknown"))
        assert case.owes == {Duty.REMIND_TO_SIGN}
        left = untold(case.journal, case.state)
        assert left is not None
        assert (left.channel, left.why) == (NoticeChannel.SMS, "number_unknown")


def test_what_is_urgent() -> None:
    """A quota that is spent today holds up what somebody has to act on; how it ended can wait for tomorrow."""
    assert set(NoticeKind) - {NoticeKind.RESULT} == URGENT
    assert owed(e.NoticeUndeliverable(NoticeKind.REMINDER, QUOTA_SPENT), ALLOW)


@pytest.mark.parametrize("kind", NoticeKind)
def test_each_kind_has_its_sms(kind: NoticeKind) -> None:
    """No kind of notice is without the next channel."""
    assert TELLS[BY_SMS[kind]] == (kind, NoticeChannel.SMS)


@given(reports=st.lists(some.reports(), max_size=8), data=st.data())
def test_nobody_is_told_twice(reports: list[Report], data: st.DataObject) -> None:
    """Law 5: in every interleaving of reports and of what a worker does, each kind of notice is sent once at most over
    both channels, an SMS follows a refusal by WeChat only, and never what may have arrived.
    """
    case = given_()
    for report in [Taken("W-1"), Cleared(ADDRESS), *reports, Handled()]:
        case.ask(hearing(report))
        for duty in data.draw(st.lists(st.sampled_from(sorted(TELLS, key=lambda duty: duty.value)), max_size=3)):
            if duty in case.owes:
                fate: Fate = data.draw(FATES)
                case.tell(duty, fate)
    while case.owes:
        last: Fate = data.draw(FATES)
        case.tell(min(case.owes, key=lambda duty: duty.value), last)
    told = [one for one in case.journal if isinstance(one, e.NoticeSent | e.NoticeUndeliverable)]
    for kind in NoticeKind:
        mine = [one for one in told if one.kind is kind]
        assert len(mine) <= 2
        assert sum(isinstance(one, e.NoticeSent) or one.why == OUTCOME_UNKNOWN for one in mine) <= 1
        assert [one.channel for one in mine] == list(NoticeChannel)[: len(mine)]
    assert [one for one in told if one.kind is NoticeKind.RESULT]
    assert fold(case.journal) == case.state


@given(history=some.histories(submit=SUBMIT, most=20))
def test_the_page_says_only_what_the_state_calls_for(history: tuple[Event, ...]) -> None:
    """Never a notice whose state has passed, and never one that was sent after all."""
    state = fold(history)
    left = untold(history, state)
    if left is None:
        return
    assert isinstance(state, CALLS_FOR[left.kind])
    last = [one for one in history if isinstance(one, e.NoticeSent | e.NoticeUndeliverable)]
    assert e.NoticeUndeliverable(left.kind, left.why, left.channel) in last
    assert left.phrase.code == "to_sign" or not isinstance(state, AwaitingSigning)
