"""The scheme's data-sharing authorization (数据共享授权机制, §2): who may do what, and which fields leave us for it.

Whatever no grant allows is refused. Never knows a client, a token or a store.
"""

from cotransfer.domain.grants.changes import (
    Add,
    CannotChange,
    Changed,
    Command,
    End,
    Resume,
    Suspend,
    about_grant,
    decide,
)
from cotransfer.domain.grants.days import day_of, seconds_left
from cotransfer.domain.grants.grant import Active, Ended, Grant, GrantId, Phase, Side, Standing, Suspended, Suspension
from cotransfer.domain.grants.permits import NotGranted, Permit, Share, WhyNot, permit
from cotransfer.domain.grants.standard import (
    Terms,
    notifier_grant,
    platform_grant,
    registry_grant,
    sms_grant,
    standard_grants,
    utility_grant,
)

__all__ = [
    "Active",
    "Add",
    "CannotChange",
    "Changed",
    "Command",
    "End",
    "Ended",
    "Grant",
    "GrantId",
    "NotGranted",
    "Permit",
    "Phase",
    "Resume",
    "Share",
    "Side",
    "Standing",
    "Suspend",
    "Suspended",
    "Suspension",
    "Terms",
    "WhyNot",
    "about_grant",
    "day_of",
    "decide",
    "notifier_grant",
    "permit",
    "platform_grant",
    "registry_grant",
    "seconds_left",
    "sms_grant",
    "standard_grants",
    "utility_grant",
]
