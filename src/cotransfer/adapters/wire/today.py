"""Which day it is where the scheme lives. Never the server's own time zone: that is anybody's guess."""

import datetime

CHINA = datetime.timezone(datetime.timedelta(hours=8), "CST")  # One zone, and no summer time since 1991.


def day_of(at: datetime.datetime) -> datetime.date:
    """The day in China at that instant."""
    return at.astimezone(CHINA).date()


def today() -> datetime.date:
    """The present day in China."""
    return day_of(datetime.datetime.now(CHINA))
