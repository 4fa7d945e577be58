"""How long each step may wait, and when and how whom it concerns is told; per utility where one has a pace of its own.

Never says what is done then: that is the agenda's.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import attrs

from cotransfer.domain.calendars import Calendar, Span, WorkingDays
from cotransfer.domain.parties import Step
from cotransfer.domain.rechecking import BeforeHandling
from cotransfer.domain.values import UtilityId


@attrs.frozen
class Allowance:
    """How long after a step began to wait its `deadline` is, and when the `operator` is told that it still waits."""

    deadline: Span
    operator: Span


_TWO_DAYS, _TEN_DAYS = WorkingDays(4), WorkingDays(20)


@attrs.frozen(kw_only=True)
class Allowances:
    """How long each step may take: the scheme says half a day for pre-review (§1.6), water companies promise handling
    within five working days; the rest is ours.

    `signing` is what the provider of the signing addresses grants. `reminder` is when a citizen who has not signed is
    reminded; `again` is between two questions about a step whose deadline has passed. `ask` is between two questions
    before that, at the pace of a utility that reports late or never; None: what it reports is waited for.
    `before_handling` is whether arrears and certificate are looked at again once the contract is signed. `retention`
    is how long after its end the personal data of a transfer is kept. `by_sms` says that there is a channel for what
    WeChat cannot deliver.

    A completed transfer can be questioned within its `reversal_window`. The utility is to take the reversal up, decide
    it and carry it out within the three spans after that; where we enter its decision, the citizen is heard for
    `reversal_hearing` first.
    """

    receipt: Allowance = Allowance(timedelta(hours=4), WorkingDays(2))
    pre_review: Allowance = Allowance(WorkingDays(1), WorkingDays(3))
    signing: Allowance = Allowance(timedelta(days=3), timedelta(days=5))
    handling: Allowance = Allowance(WorkingDays(10), WorkingDays(14))
    reminder: Span = timedelta(days=2)
    again: Span = timedelta(days=1)
    ask: Span | None = None
    before_handling: BeforeHandling = BeforeHandling.OFF
    retention: timedelta = timedelta(days=180)
    by_sms: bool = False
    reversal_window: Span = timedelta(days=30)
    reversal_hearing: Span = timedelta(days=7)
    reversal_taking_up: Span = _TWO_DAYS
    reversal_decision: Span = _TEN_DAYS
    reversal_carrying_out: Span = _TEN_DAYS

    def of(self, step: Step) -> Allowance:
        """Of one of the four steps that wait."""
        match step:
            case Step.SUBMIT:
                return self.receipt
            case Step.PRE_REVIEW:
                return self.pre_review
            case Step.SIGN:
                return self.signing
            case _:
                return self.handling


USUAL = Allowances()


@attrs.frozen(kw_only=True)
class Timetable:
    """A city's calendar, with what is allowed to every utility and to those that keep a pace of their own."""

    calendar: Calendar = attrs.field(factory=Calendar)
    usual: Allowances = USUAL
    own: Mapping[UtilityId, Allowances] = attrs.field(factory=dict)

    def allowances(self, utility: UtilityId) -> Allowances:
        """What that utility may take its time for."""
        return self.own.get(utility, self.usual)

    def with_sms(self) -> "Timetable":
        """The same, in a city whose notices may go by SMS."""
        own = {utility: attrs.evolve(allow, by_sms=True) for utility, allow in self.own.items()}
        return attrs.evolve(self, usual=attrs.evolve(self.usual, by_sms=True), own=own)

    def due(self, at: datetime, after: Span) -> datetime:
        """When a task is due that an event left `at`."""
        return self.calendar.after(at, after)
