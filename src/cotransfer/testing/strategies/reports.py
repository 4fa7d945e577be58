"""What utilities report, and the histories it makes, drawn. A story never contradicts itself; `reports` may."""

from collections.abc import Sequence

from hypothesis import strategies as st

from cotransfer.domain.agenda import CHASES, closes
from cotransfer.domain.commands import (
    Command,
    NoteOperatorTold,
    NoteOverdue,
    OpenSigning,
    RecordNotice,
    ReportWithdrawal,
    Submit,
    Withdraw,
    hearing,
)
from cotransfer.domain.events import Event
from cotransfer.domain.notices import Delivered, NoticeChannel, NoticeKind, Undeliverable
from cotransfer.domain.refusals import Refused
from cotransfer.domain.reports import (
    Cancelled,
    Channel,
    Cleared,
    ClearedForSms,
    Declined,
    Expired,
    Failed,
    Grounds,
    Handled,
    NotHandled,
    NotTaken,
    Report,
    Signed,
    Taken,
    TooLate,
)
from cotransfer.domain.states import NotSubmitted, State
from cotransfer.domain.transfer import decide, fold
from cotransfer.domain.values import SigningAddress
from cotransfer.testing.samples import LOOKS
from cotransfer.testing.strategies.cases import submissions
from cotransfer.testing.strategies.values import grounds, signing_addresses

_LAPSES: tuple[Report, ...] = (Declined(), Expired())
_ENDS: tuple[Report, ...] = (Handled(), NotHandled(Grounds("资料不全")))
"""Each closes whatever is open."""


@st.composite
def stories(draw: st.DrawFn) -> tuple[Report, ...]:
    """What one utility says of one transfer from receipt to end, in the scheme's order: never at odds with itself."""
    taken = Taken(f"W-{draw(st.integers(0, 999_999)):06d}")
    address, reason = draw(signing_addresses()), draw(grounds())
    cleared: tuple[Report, ...] = draw(
        st.sampled_from(((Cleared(address),), (ClearedForSms(),), (ClearedForSms(), Cleared(address))))
    )
    signed: tuple[Report, ...] = draw(
        st.lists(st.sampled_from(Channel), min_size=1, max_size=2, unique=True).map(
            lambda channels: tuple(Signed(channel) for channel in channels)
        )
    )
    lapsed = draw(st.sampled_from(_LAPSES))
    handled: Report = NotHandled(reason) if draw(st.booleans()) else Handled()
    tellings: Sequence[tuple[Report, ...]] = (
        (NotTaken(reason),),
        (taken, Failed(reason)),
        (taken, *cleared, lapsed),
        (taken, *draw(st.sampled_from(((), cleared))), Cancelled()),
        (taken, *cleared, *signed, handled),
    )
    return draw(st.sampled_from(tellings))


@st.composite
def retellings(draw: st.DrawFn, story: Sequence[Report]) -> tuple[Report, ...]:
    """Every report of `story` at least once and some more often, in any order."""
    again = draw(st.lists(st.sampled_from(story), max_size=6))
    return tuple(draw(st.permutations([*story, *again])))


@st.composite
def excerpts(draw: st.DrawFn, story: Sequence[Report]) -> tuple[Report, ...]:
    """Some reports of `story`, at least one, in any order and however often."""
    return tuple(draw(st.lists(st.sampled_from(story), min_size=1, max_size=10)))


def reports() -> st.SearchStrategy[Report]:
    """Any report at all, from a few samples of each kind, so that repetitions and contradictions come up."""
    reasons = st.sampled_from((Grounds("资料不全"), Grounds("户名不符")))
    addresses = st.sampled_from(
        (SigningAddress("https://sign.kmwater.example/c/1"), SigningAddress("https://sign.kmwater.example/c/2"))
    )
    return st.one_of(
        st.sampled_from((Taken("W-1"), Taken("W-2"), ClearedForSms(), Declined(), Expired(), Cancelled(), Handled())),
        st.builds(Signed, st.sampled_from(Channel)),
        st.builds(Cleared, addresses),
        st.builds(NotTaken, reasons),
        st.builds(Failed, reasons),
        st.builds(NotHandled, reasons),
    )


def commands() -> st.SearchStrategy[Command]:
    """Anything that may be asked of a transfer once it has been submitted."""
    fates = st.sampled_from((Delivered("1"), Undeliverable("not_following")))
    return st.one_of(
        reports().map(hearing),
        st.just(OpenSigning()),
        st.builds(Withdraw, st.booleans()),
        st.just(ReportWithdrawal(TooLate())),
        st.builds(RecordNotice, st.sampled_from(NoticeKind), fates, st.sampled_from(NoticeChannel)),
        st.builds(NoteOverdue, st.sampled_from(tuple(CHASES))),
        st.builds(NoteOperatorTold, st.sampled_from(tuple(CHASES))),
        st.sampled_from(LOOKS),
    )


@st.composite
def histories(
    draw: st.DrawFn, *, submit: Submit | None = None, closed: bool | None = None, most: int = 12
) -> tuple[Event, ...]:
    """The journal of one transfer after `submit` (or any submission) and up to `most` commands, refused ones left out.

    Closed in the end, or still open, where `closed` says so.
    """
    events = decide(NotSubmitted(), submit or draw(submissions()))
    state: State = fold(events)
    asked = draw(st.lists(commands(), max_size=most))
    if closed:
        asked.insert(draw(st.integers(0, len(asked))), hearing(draw(st.sampled_from(_ENDS))))
    for command in asked:
        try:
            news = decide(state, command)
        except Refused:
            continue
        if closed is not False or not any(map(closes, news)):
            state, events = fold(news, state), events + news
    return events
