"""Which home, and whether it may take part: step 1, on what the registry says. Never asks the registry."""

from collections.abc import Iterable

from cotransfer.domain.case import Policy
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.values import (
    CertificateNumber,
    Home,
    IdentityNumber,
    RegistryState,
    RegistryStatus,
    Restriction,
    RightHolder,
    UnitNumber,
)


def chosen(homes: Iterable[Home], certificate_number: CertificateNumber) -> Home:
    """The applicant's home of that certificate; raises `Refused` when none of theirs bears it.

    A certificate that does not exist and one that is somebody else's are refused alike: the answer tells nobody which.
    """
    for home in homes:
        if home.certificate_number == certificate_number:
            return home
    raise Refused(Why.NOT_RIGHT_HOLDER)


def holder(home: Home, identity: IdentityNumber) -> RightHolder:
    """The one of the home's right holders that bears `identity`; raises `Refused` when none does."""
    for right_holder in home.right_holders:
        if right_holder.identity == identity:
            return right_holder
    raise Refused(Why.NOT_RIGHT_HOLDER)


def obstacle(state: RegistryState, units: Iterable[UnitNumber], policy: Policy) -> Why | None:
    """Why such a property cannot be transferred with its accounts; None when it can."""
    if state.status is not RegistryStatus.CURRENT or Restriction.CANCELLED in state.restrictions:
        return Why.CERTIFICATE_NOT_CURRENT
    if state.restrictions & policy.refused_restrictions:
        return Why.RESTRICTED
    if not all(unit.is_home for unit in units):
        return Why.NOT_A_HOME
    return None
