"""The trade's values: each is checked once, by its `parse`; the plain constructors trust. Never knows a transfer."""

from cotransfer.domain.values.account import Account, AccountNumber
from cotransfer.domain.values.certificate import CertificateNumber
from cotransfer.domain.values.contact import MobileNumber, Name, OpenId
from cotransfer.domain.values.documents import DocumentType
from cotransfer.domain.values.home import Application, Home, RightHolder
from cotransfer.domain.values.identity import IdentityNumber
from cotransfer.domain.values.ids import Service, TransferId, UtilityId
from cotransfer.domain.values.location import Location
from cotransfer.domain.values.registry import RegistryState, RegistryStatus, Restriction
from cotransfer.domain.values.signing import SigningAddress
from cotransfer.domain.values.unit import UnitNumber

__all__ = [
    "Account",
    "AccountNumber",
    "Application",
    "CertificateNumber",
    "DocumentType",
    "Home",
    "IdentityNumber",
    "Location",
    "MobileNumber",
    "Name",
    "OpenId",
    "RegistryState",
    "RegistryStatus",
    "Restriction",
    "RightHolder",
    "Service",
    "SigningAddress",
    "TransferId",
    "UnitNumber",
    "UtilityId",
]
