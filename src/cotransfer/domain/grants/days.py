"""A quota's day begins at midnight where the scheme lives, whatever the server's zone. Never asks what time it is."""

from datetime import UTC, datetime, timedelta

CHINA = timedelta(hours=8)
"""Ahead of UTC: one zone, and no summer time since 1991."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


def day_of(at: datetime) -> int:
    """Days since 1970-01-01 in China at that instant."""
    return (at - _EPOCH + CHINA) // _DAY


def seconds_left(at: datetime) -> float:
    """Until the next day begins in China: more than nothing, at most a day."""
    return (_DAY - (at - _EPOCH + CHINA) % _DAY).total_seconds()
