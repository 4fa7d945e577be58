"""The settings of reconciliation: written as one says them, and told what is wrong with them."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from cotransfer.domain.calendars import Calendar, WorkingDays
from cotransfer.settings import SettingsError, load


def read(tmp_path: Path, *lines: str):
    """A file with these lines in the section."""
    file = tmp_path / "cotransfer.toml"
    file.write_text("\n".join(("[reconciliation]", *lines)))
    return load(file, {}).reconciliation


def test_as_usual(tmp_path: Path):
    """Every night at half past two, a week back, four hours of grace: as the use case has it."""
    terms = read(tmp_path).terms(Calendar())
    assert (terms.enabled, terms.window, terms.grace.span) == (True, timedelta(days=7), timedelta(hours=4))
    assert terms.nights.begins == time(2, 30)
    assert terms.nights.night(datetime(2026, 11, 27, 18, 30, tzinfo=UTC)) is not None


def test_a_city_of_its_own(tmp_path: Path):
    """Another hour by other clocks, working days, or not at all."""
    calendar = Calendar(utc_offset=timedelta(hours=1))
    lines = ("enabled = false", 'at = "23:15"', 'window = "30 days"', 'grace = "0.5 working days"')
    terms = read(tmp_path, *lines).terms(calendar)
    assert (terms.enabled, terms.window) == (False, timedelta(days=30))
    assert (terms.grace.span, terms.grace.calendar) == (WorkingDays.of(0.5), calendar)
    assert (terms.nights.begins, terms.nights.utc_offset) == (time(23, 15), timedelta(hours=1))


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('at = "25:00"', "at"),
        ('at = "half past two"', "at"),
        ('window = "2 working days"', "window"),
        ('window = "a while"', "window"),
        ('grace = "0 h"', "grace"),
        ("enabled = 1", "enabled"),
        ('every = "night"', "every"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, line: str, key: str):
    """By its place, with what would be right."""
    with pytest.raises(SettingsError) as raised:
        read(tmp_path, line)
    assert [fault.key for fault in raised.value.faults] == [f"reconciliation.{key}"]
    assert all(fault.remedy for fault in raised.value.faults)
