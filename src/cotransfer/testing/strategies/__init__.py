"""Hypothesis strategies for whoever writes an adapter: values with right check digits, cases, stories, histories.

Everything drawn is valid and invented; nothing here draws a wrong value. Needs hypothesis, which the service does not.
"""

from cotransfer.testing.strategies.cases import accounts, cases, homes, submissions
from cotransfer.testing.strategies.reports import commands, excerpts, histories, reports, retellings, stories
from cotransfer.testing.strategies.values import (
    account_numbers,
    certificate_numbers,
    credit_codes,
    grounds,
    identity_cards,
    identity_numbers,
    locations,
    mobile_numbers,
    names,
    openids,
    registry_states,
    residence_permits,
    signing_addresses,
    transfer_ids,
    unit_numbers,
)

__all__ = [
    "account_numbers",
    "accounts",
    "cases",
    "certificate_numbers",
    "commands",
    "credit_codes",
    "excerpts",
    "grounds",
    "histories",
    "homes",
    "identity_cards",
    "identity_numbers",
    "locations",
    "mobile_numbers",
    "names",
    "openids",
    "registry_states",
    "reports",
    "residence_permits",
    "retellings",
    "signing_addresses",
    "stories",
    "submissions",
    "transfer_ids",
    "unit_numbers",
]
