"""Whether a transfer stands here as its utility says that it stands there: at odds, in one of four classes, or not.

- Missing here, missing there, differs; and what is only young, or still under way on our side, is expected late.
- The utility is the authority on its own progress: where it is ahead, its reports are taken as any others are.
- An end is never rewritten, and nothing is invented here: what neither of us can mend by itself goes to a person.

Pure: what both sides state is brought in. Never moves a transfer.
"""

import enum
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

import attrs

from cotransfer.domain import states as s
from cotransfer.domain.calendars import Calendar, Span
from cotransfer.domain.events import Event
from cotransfer.domain.parties import Party, Step
from cotransfer.domain.reports import Report
from cotransfer.domain.statements import Stage, Stated
from cotransfer.domain.states import Closed, Open, State
from cotransfer.domain.transfer import evolve
from cotransfer.domain.values import TransferId

_STAGES: Mapping[str, frozenset[Stage]] = MappingProxyType(
    {
        s.Submitted.code: frozenset(),
        s.InPreReview.code: frozenset({Stage.IN_PRE_REVIEW}),
        s.AwaitingSigning.code: frozenset({Stage.AWAITING_SIGNING}),
        s.AwaitingSmsSigning.code: frozenset({Stage.AWAITING_SIGNING}),
        s.InHandling.code: frozenset({Stage.IN_HANDLING}),
        s.Completed.code: frozenset({Stage.COMPLETED}),
        s.PreReviewFailed.code: frozenset({Stage.PRE_REVIEW_FAILED}),
        s.HandlingFailed.code: frozenset({Stage.HANDLING_FAILED}),
        s.SigningLapsed.code: frozenset({Stage.DECLINED, Stage.EXPIRED}),
        s.Withdrawn.code: frozenset({Stage.WITHDRAWN}),
    }
)
_NEVER_TAKEN = frozenset({Stage.PRE_REVIEW_FAILED, Stage.WITHDRAWN})
"""Ends that an application can come to without having been taken: a utility need not state those."""


@attrs.frozen(kw_only=True)
class Known:
    """What we know of a transfer: its state's code, the stages there that agree with it (none before its receipt), the
    step that it waits for (None: closed), since when; `handing_in` while its application is still on its way.
    """

    transfer: TransferId
    code: str
    stages: frozenset[Stage]
    step: Step | None
    since: datetime
    handing_in: bool = False

    @classmethod
    def of(cls, state: Open | Closed, since: datetime, *, handing_in: bool = False) -> "Known":
        """A transfer under way, or at its end; one that is being withdrawn stands where it stood."""
        stood = state.stood if isinstance(state, s.Withdrawing) else state
        stages = _STAGES[stood.code]
        if isinstance(stood, s.SigningLapsed):
            stages = frozenset({Stage(stood.lapse.value)})
        step = state.waits_for if isinstance(state, Open) else None
        return cls(
            transfer=state.case.transfer, code=state.code, stages=stages, step=step, since=since, handing_in=handing_in
        )

    @classmethod
    def erased(cls, transfer: TransferId, code: str, since: datetime) -> "Known":
        """Of a closed transfer only the code of its end is left."""
        return cls(transfer=transfer, code=code, stages=_STAGES[code], step=None, since=since)


class Divergence(enum.Enum):
    """The four classes of a finding."""

    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    DIFFERS = "differs"
    EXPECTED_LATE = "expected_late"


class Remedy(enum.Enum):
    """What helps: nothing but time; what the utility tells; our application once more; a person at the utility."""

    WAIT = "wait"
    TAKE_REPORTS = "take_reports"
    HAND_IN_AGAIN = "hand_in_again"
    CALL_UTILITY = "call_utility"


@attrs.frozen(kw_only=True)
class Finding:
    """One transfer at odds: the state's code `here` and the stage `there`, None on the side where it is missing;
    `turn` is whose turn it is.
    """

    transfer: TransferId
    divergence: Divergence
    here: str | None
    there: Stage | None
    turn: Party
    remedy: Remedy


@attrs.frozen(kw_only=True)
class Grace:
    """How long one side may lag behind the other before that is more than late: by the clock or in working time."""

    span: Span = timedelta(hours=4)
    calendar: Calendar = attrs.field(factory=Calendar)

    def covers(self, since: datetime, at: datetime) -> bool:
        """Whether what happened then is still young."""
        return at < self.calendar.after(since, self.span)


def compare(known: Known | None, stated: Stated | None, *, as_of: datetime, grace: Grace) -> Finding | None:
    """What is to be found of one transfer, None when both sides agree; `as_of` is when the utility stated it.

    Raises `ValueError` when there is nothing to compare.
    """
    if known is None:
        if stated is None:
            raise ValueError("Nobody knows of this transfer.")
        return _finding(None, stated, Divergence.MISSING_HERE, Party.UTILITY, Remedy.CALL_UTILITY)
    late = known.handing_in or grace.covers(known.since, as_of)
    if stated is None:
        return None if _need_not_be_stated(known) else _missing_there(known, late=late)
    if stated.stage in known.stages:
        return None
    if known.step is not None and _is_ahead(stated.stage, known.step):
        # Its report is on its way, unless it says that it has been so for long, or does not say since when.
        young = stated.since is not None and stated.since <= as_of and grace.covers(stated.since, as_of)
        if young:
            return _finding(known, stated, Divergence.EXPECTED_LATE, Party.UTILITY, Remedy.WAIT)
        return _finding(known, stated, Divergence.DIFFERS, Party.US, Remedy.TAKE_REPORTS)
    if late:
        return _finding(known, stated, Divergence.EXPECTED_LATE, Party.UTILITY, Remedy.WAIT)
    return _finding(known, stated, Divergence.DIFFERS, Party.UTILITY, Remedy.CALL_UTILITY)


def _need_not_be_stated(known: Known) -> bool:
    return known.step is None and known.stages <= _NEVER_TAKEN


def _missing_there(known: Known, *, late: bool) -> Finding:
    if late:
        turn = Party.US if known.handing_in else Party.UTILITY
        return _finding(known, None, Divergence.EXPECTED_LATE, turn, Remedy.WAIT)
    if known.code == s.Submitted.code:
        return _finding(known, None, Divergence.MISSING_THERE, Party.US, Remedy.HAND_IN_AGAIN)
    return _finding(known, None, Divergence.MISSING_THERE, Party.UTILITY, Remedy.CALL_UTILITY)


def _is_ahead(there: Stage, waits_for: Step) -> bool:
    """An end counts from its own step on; one before what has been passed here contradicts what was told before."""
    return there.step >= waits_for if there.ends else there.step > waits_for


def _finding(
    known: Known | None, stated: Stated | None, divergence: Divergence, turn: Party, remedy: Remedy
) -> Finding:
    one = known or stated
    assert one is not None  # noqa: S101 - one of the two is there, or nothing would be compared
    return Finding(
        transfer=one.transfer,
        divergence=divergence,
        here=None if known is None else known.code,
        there=None if stated is None else stated.stage,
        turn=turn,
        remedy=remedy,
    )


def news(state: Open, reports: Iterable[Report]) -> tuple[Report, ...]:
    """What of a utility's reports may be news: the step just passed may be told with an address that had not come."""
    return tuple(one for one in reports if one.step + 1 >= state.waits_for or not one.goes_on)


def stands_since(history: Iterable[tuple[datetime, Event]]) -> datetime:
    """When a transfer came to where it stands: a notice, a deadline or another address moves nothing.

    Raises `ValueError` for a history that never begins.
    """
    state: State = s.NotSubmitted()
    since: datetime | None = None
    for at, event in history:
        moved = evolve(state, event)
        if moved.code != state.code:
            since = at
        state = moved
    if since is None:
        raise ValueError("Nothing has happened.")
    return since
