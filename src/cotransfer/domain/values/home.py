"""A home as the registry has it, and what is handed in about it. Never compares it with an account: `matching` does."""

import attrs

from cotransfer.domain.values.certificate import CertificateNumber
from cotransfer.domain.values.contact import MobileNumber, Name
from cotransfer.domain.values.identity import IdentityNumber
from cotransfer.domain.values.location import Location
from cotransfer.domain.values.registry import RegistryState
from cotransfer.domain.values.unit import UnitNumber


@attrs.frozen
class RightHolder:
    """权利人: a person or an organisation that the register names."""

    name: Name
    identity: IdentityNumber


@attrs.frozen(kw_only=True)
class Home:
    """One certificate's home; several right holders own it together, and a certificate may list several units."""

    certificate_number: CertificateNumber
    unit_numbers: tuple[UnitNumber, ...]
    location: Location
    state: RegistryState
    right_holders: tuple[RightHolder, ...]
    former_right_holders: tuple[Name, ...] = ()


@attrs.frozen(kw_only=True)
class Application:
    """The scheme's application data (step 5): its seven fields and nothing else."""

    right_holder_name: Name
    identity_number: IdentityNumber
    mobile_number: MobileNumber
    certificate_number: CertificateNumber
    location: Location
    unit_numbers: tuple[UnitNumber, ...]
    registry_state: RegistryState
