"""The times that stand in tokens. Never takes anything for a time but a whole number of seconds."""

from datetime import UTC, datetime, timedelta

LEEWAY = timedelta(seconds=30)
"""How far two clocks may differ."""

KEPT = 2 * LEEWAY
"""How long after its end a used or revoked one is remembered: the clocks of our own processes differ as well."""

_LATEST = 253_402_300_799  # The last second of the year 9999.


def instant(claim: object) -> datetime | None:
    """A NumericDate (RFC 7519 §2) without fractions; None for anything else."""
    if type(claim) is not int or not 0 <= claim <= _LATEST - 3600:
        return None
    return datetime.fromtimestamp(claim, UTC)


def seconds(at: datetime) -> int:
    """As it stands in a token."""
    return int(at.timestamp())
