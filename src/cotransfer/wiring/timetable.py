"""The city's calendar and every utility's allowances, from the settings. Never looks at a clock."""

from datetime import timedelta

import attrs
from chinese_calendar import constants as national

from cotransfer.domain.allowances import Allowances, Timetable
from cotransfer.domain.calendars import Calendar
from cotransfer.domain.rechecking import BeforeHandling
from cotransfer.settings import Deadlines, Settings, WorkingTime


def timetable(settings: Settings) -> Timetable:
    """What the desk counts deadlines by."""
    return Timetable(
        calendar=calendar(settings.working_time),
        usual=_allowances(settings, settings.deadlines),
        own={
            entry.id: attrs.evolve(
                _allowances(settings, entry.deadlines or settings.deadlines), before_handling=entry.before_handling
            )
            for entry in settings.utilities
            if entry.deadlines is not None or entry.before_handling is not BeforeHandling.OFF
        },
    )


def calendar(working: WorkingTime) -> Calendar:
    """The national holidays as far as they are published (a year ahead, each November), and the city's own days."""
    opens, closes = working.hours
    holidays, worked = working.own_days
    if working.national:
        holidays, worked = holidays | frozenset(national.holidays), worked | (frozenset(national.workdays) - holidays)
    return Calendar(
        utc_offset=timedelta(hours=working.utc_offset_h),
        opens=opens,
        closes=closes,
        holidays=holidays,
        worked=worked,
    )


def _allowances(settings: Settings, deadlines: Deadlines) -> Allowances:
    return attrs.evolve(deadlines.allowances(), retention=settings.retention.period())
