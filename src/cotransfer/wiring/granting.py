"""The scheme's own grants for everybody in the settings: where a trial begins, and what an operator may start from.

Never adds one: whoever does is named in the audit trail.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import attrs

from cotransfer.app.guarded import NOTIFIER, REGISTRY, SMS
from cotransfer.domain.grants import (
    Grant,
    Terms,
    notifier_grant,
    platform_grant,
    registry_grant,
    sms_grant,
    utility_grant,
)
from cotransfer.settings import Role, Settings

PLATFORM = "platform"
PERIOD = timedelta(days=365)
DAILY_QUOTA = 100_000


def scheme_grants(settings: Settings, at: datetime) -> tuple[Grant, ...]:
    """One for each counterparty, exactly the scheme's tables, for a year from the day of `at`."""
    return tuple(_grants(settings, at.replace(hour=0, minute=0, second=0, microsecond=0)))


def _grants(settings: Settings, since: datetime) -> Iterator[Grant]:
    terms = Terms(valid_from=since, valid_until=since + PERIOD, daily_quota=DAILY_QUOTA)
    if any(client.role is Role.PLATFORM for client in settings.clients):
        yield platform_grant(PLATFORM, terms)
    yield registry_grant(REGISTRY, terms)
    if settings.wechat is not None:
        yield notifier_grant(NOTIFIER, terms)
    if settings.sms is not None:
        yield sms_grant(SMS, terms)
    for entry in settings.utilities:
        counties = None if entry.counties is None else frozenset(entry.counties)
        yield utility_grant(entry.id.text, entry.service, attrs.evolve(terms, counties=counties))
