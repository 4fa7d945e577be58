"""Working time: which days a city works, between which hours, and when so much of it is over.

Public holidays and the weekends worked for them (调休) are a city's data, brought in. Never reads a clock.
"""

from datetime import date, datetime, time, timedelta, timezone

import attrs

LOOKED_AHEAD = 366
"""Days after which a calendar that has no working day is given up."""


@attrs.frozen
class WorkingDays:
    """So many working days, counted in halves: the scheme's pre-review takes "about half a day" (§1.6)."""

    halves: int = attrs.field(validator=attrs.validators.ge(1))

    @classmethod
    def of(cls, days: float) -> "WorkingDays":
        """0.5, 1, 1.5 …; raises `ValueError` for what is not a number of half days."""
        halves = days * 2
        if halves != int(halves):
            raise ValueError(f"{days} is no number of half days.")
        return cls(int(halves))


Span = timedelta | WorkingDays
"""How long something may take: by the clock, or in working time."""


@attrs.frozen(kw_only=True)
class Calendar:
    """A city's working time: `utc_offset` is what its clocks are ahead of UTC; the hours are local.

    `holidays` are days off on which one would work; `worked` are days of the `weekend` (0 is Monday) that are worked.
    """

    utc_offset: timedelta = timedelta(hours=8)
    opens: time = time(9)
    closes: time = time(17)
    weekend: frozenset[int] = frozenset({5, 6})
    holidays: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    def __attrs_post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError("A working day opens before it closes.")

    def is_worked(self, day: date) -> bool:
        """Whether offices are open on that day."""
        return day in self.worked or (day.weekday() not in self.weekend and day not in self.holidays)

    def after(self, at: datetime, span: Span) -> datetime:
        """The moment at which `span` is over that began `at`, in `at`'s own time zone.

        Raises `ValueError` when there is no working day within a year.
        """
        if isinstance(span, timedelta):
            return at + span
        zone = timezone(self.utc_offset)
        here, left = at.astimezone(zone), self._half * span.halves
        for ahead in range(LOOKED_AHEAD):
            day = here.date() + timedelta(days=ahead)
            if not self.is_worked(day):
                continue
            begins = max(here, datetime.combine(day, self.opens, zone))
            room = datetime.combine(day, self.closes, zone) - begins
            if room >= left:
                return (begins + left).astimezone(at.tzinfo)
            left -= max(room, timedelta(0))
        raise ValueError("The calendar has too few working days within a year.")

    @property
    def _half(self) -> timedelta:
        any_day = date(2000, 1, 1)
        return (datetime.combine(any_day, self.closes) - datetime.combine(any_day, self.opens)) / 2
