"""The look before handling: arrears and certificate once more, because they change while a contract waits to be signed.

Says what has changed and nothing more: no amount, no name, no number. Never asks anybody.
"""

import enum
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from cotransfer.domain.case import Case, Policy
from cotransfer.domain.homes import obstacle
from cotransfer.domain.refusals import Why
from cotransfer.domain.values import Account, RegistryState


class BeforeHandling(enum.Enum):
    """What a utility wants done before it handles: no look; only to be told; or the application taken back."""

    OFF = "off"
    INFORM = "inform"
    WITHDRAW = "withdraw"


class Changed(enum.Enum):
    """What would refuse the same submission now."""

    IN_ARREARS = "in_arrears"
    ACCOUNT_UNKNOWN = "account_unknown"
    CERTIFICATE_NOT_CURRENT = "certificate_not_current"
    RESTRICTED = "restricted"


# Of what units a home consists does not change while it is transferred: what is none was refused at the submission.
_OBSTACLES: Mapping[Why, Changed] = MappingProxyType(
    {Why.CERTIFICATE_NOT_CURRENT: Changed.CERTIFICATE_NOT_CURRENT, Why.RESTRICTED: Changed.RESTRICTED}
)


def changed(
    case: Case, account: Account | None, certificate: RegistryState | None, policy: Policy
) -> tuple[Changed, ...]:
    """What has changed since the submission, by the rules of step 4; `()` when nothing has.

    `account` and `certificate` are as the utility and the registry know them now, None: not at all. Who holds the
    account is not compared: by now it may bear the new name already.
    """
    return tuple(_changes(case, account, certificate, policy))


def _changes(
    case: Case, account: Account | None, certificate: RegistryState | None, policy: Policy
) -> Iterator[Changed]:
    if account is None:
        yield Changed.ACCOUNT_UNKNOWN
    elif account.in_arrears:
        yield Changed.IN_ARREARS
    if certificate is None:
        yield Changed.CERTIFICATE_NOT_CURRENT
    elif why := obstacle(certificate, case.application.unit_numbers, policy):
        yield _OBSTACLES[why]
