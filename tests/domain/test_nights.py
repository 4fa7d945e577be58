"""Nights: each belongs to the date on which it begins, by the city's clocks, and is over in the morning."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotransfer.domain.nights import Nights

HERE = Nights(begins=time(2, 30))
LATE = Nights(begins=time(23, 0), within=timedelta(hours=4))


def at(text: str) -> datetime:
    """A time in Kunming, as UTC has it."""
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("nights", "now", "night"),
    [
        (HERE, "2026-11-28T02:29:59", None),
        (HERE, "2026-11-28T02:30:00", date(2026, 11, 28)),
        (HERE, "2026-11-28T06:29:59", date(2026, 11, 28)),
        (HERE, "2026-11-28T06:30:00", None),
        (HERE, "2026-11-28T15:00:00", None),
        (LATE, "2026-11-28T22:59:59", None),
        (LATE, "2026-11-28T23:00:00", date(2026, 11, 28)),
        (LATE, "2026-11-29T02:59:59", date(2026, 11, 28)),
        (LATE, "2026-11-29T03:00:00", None),
    ],
)
def test_a_night_has_one_date(nights, now, night):
    """Past midnight it is still the night of the evening before."""
    assert nights.night(at(now)) == night


@given(st.dates(date(2026, 1, 1), date(2027, 1, 1)), st.times(), st.integers(-12, 14))
def test_each_day_has_its_night(day, begins, offset_h):
    """Wherever the city is: in the moment at which it begins there is a night, and a day later the next one."""
    nights = Nights(begins=begins, utc_offset=timedelta(hours=offset_h))
    began = datetime.combine(day, begins, UTC) - timedelta(hours=offset_h)
    assert nights.night(began) == day
    assert nights.night(began - timedelta(microseconds=1)) is None
    assert nights.night(began + timedelta(days=1)) == day + timedelta(days=1)
