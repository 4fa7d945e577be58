"""Working time: half a day is over in the afternoon, and not in the night, at the weekend or during a festival."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotransfer.domain.calendars import Calendar, WorkingDays

KUNMING = timezone(timedelta(hours=8))
CALENDAR = Calendar(
    holidays=frozenset({date(2026, 10, day) for day in range(1, 8)}),
    worked=frozenset({date(2026, 9, 20), date(2026, 10, 10)}),
)


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of 2026 in Kunming."""
    return datetime(2026, month, day, hour, minute, tzinfo=KUNMING)


class TestAfter:
    @pytest.mark.parametrize(
        ("begins", "days", "ends"),
        [
            (at(3, 2, 9), 0.5, at(3, 2, 13)),  # a Monday
            (at(3, 2, 16), 0.5, at(3, 3, 12)),
            (at(3, 2, 20), 0.5, at(3, 3, 13)),
            (at(3, 2, 6), 0.5, at(3, 2, 13)),
            (at(3, 6, 16), 0.5, at(3, 9, 12)),  # over a weekend
            (at(3, 7, 11), 1, at(3, 9, 17)),
            (at(3, 2, 9), 5, at(3, 6, 17)),
            (at(9, 30, 16), 1, at(10, 8, 16)),  # over the National Day
            (at(10, 9, 13), 1, at(10, 10, 13)),  # a Saturday that is worked
            (at(9, 19, 9), 1, at(9, 20, 17)),  # a Sunday that is worked
        ],
    )
    def test_only_working_hours_count(self, begins: datetime, days: float, ends: datetime) -> None:
        """Scheme §1.6: "about half a day" is half a working day of the city."""
        assert CALENDAR.after(begins, WorkingDays.of(days)) == ends

    def test_by_the_clock(self) -> None:
        """A span that is no number of working days goes on through the night."""
        assert CALENDAR.after(at(10, 1, 23), timedelta(hours=4)) == at(10, 2, 3)

    def test_the_time_zone_stays_the_askers(self) -> None:
        """Moments are kept in UTC; what is local is only the question which hours are worked."""
        due = CALENDAR.after(datetime(2026, 3, 2, 1, tzinfo=UTC), WorkingDays(1))
        assert due == at(3, 2, 13)
        assert due.tzinfo is UTC

    @given(
        begins=st.integers(0, 300 * 24 * 60).map(lambda minutes: at(1, 1, 0) + timedelta(minutes=minutes)),
        halves=st.integers(1, 40),
    )
    def test_it_ends_while_people_work(self, begins: datetime, halves: int) -> None:
        """Whenever it begins, a deadline in working time is in working time, after that, and later the longer it is."""
        due = CALENDAR.after(begins, WorkingDays(halves))
        here = due.astimezone(KUNMING)
        assert CALENDAR.is_worked(here.date())
        assert CALENDAR.opens < here.time() <= CALENDAR.closes
        assert due >= begins + timedelta(hours=4) * halves
        assert CALENDAR.after(begins, WorkingDays(halves + 1)) > due

    def test_a_calendar_without_working_days_is_told(self) -> None:
        """Nobody waits for ever because somebody wrote a wrong calendar."""
        never = Calendar(weekend=frozenset(range(7)))
        with pytest.raises(ValueError, match="too few working days"):
            never.after(at(3, 2, 9), WorkingDays(1))


class TestWhatIsNone:
    def test_a_day_opens_before_it_closes(self) -> None:
        """A working day without hours would never let anything end."""
        with pytest.raises(ValueError, match="opens before it closes"):
            Calendar(opens=time(17), closes=time(9))

    @pytest.mark.parametrize("days", [0, -1, 0.3])
    def test_working_days_go_in_halves(self, days: float) -> None:
        """A third of a working day is nobody's promise."""
        with pytest.raises(ValueError, match=r"half days|>= 1"):
            WorkingDays.of(days)
