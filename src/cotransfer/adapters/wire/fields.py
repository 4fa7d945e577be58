"""The fields that several messages share, each spelled once, as `contracts/v1/schemas/fields.json` has them.

Never holds a rule of its own where the domain has one: reading is the value's `parse`.
"""

import contextlib
import re
from datetime import datetime
from typing import Any

from cotransfer.adapters.wire.forms import Terms, leaf, many, text, word
from cotransfer.domain.faults import Fault, Invalid
from cotransfer.domain.reports import Channel, Grounds
from cotransfer.domain.statements import Stage
from cotransfer.domain.values import (
    AccountNumber,
    CertificateNumber,
    DocumentType,
    Location,
    MobileNumber,
    Name,
    OpenId,
    RegistryStatus,
    Restriction,
    Service,
    SigningAddress,
    TransferId,
    UnitNumber,
)

_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})", re.ASCII)


def _reference(raw: object, _: Terms) -> str:
    if isinstance(raw, str) and re.fullmatch(r"[A-Za-z0-9._/-]{1,64}", raw):
        return raw
    right = "A reference has 1 to 64 letters, digits and . _ / -, such as W20261123-0001."
    raise Invalid(Fault("", "shape", "It does not read like a reference.", right))


def _yes_or_no(raw: object, _: Terms) -> bool:
    if isinstance(raw, bool):
        return raw
    raise Invalid(
        Fault("", "not_a_boolean", "It is neither true nor false.", "true or false, without quotation marks.")
    )


def _moment(raw: object, _: Terms) -> datetime:
    """RFC 3339 with its offset, without which it is nobody's time; beyond the microsecond it is cut off."""
    if isinstance(raw, str) and _RFC3339.fullmatch(raw):
        with contextlib.suppress(ValueError):
            return datetime.fromisoformat(raw)
    right = "A time of RFC 3339 with its offset, such as 2026-11-23T10:15:00+08:00."
    raise Invalid(Fault("", "not_a_time", "It is not a time with its offset.", right))


def _cursor(raw: object, _: Terms) -> str:
    if isinstance(raw, str) and re.fullmatch(r"[A-Za-z0-9._~=+/-]{1,200}", raw):
        return raw
    right = "A cursor has 1 to 200 letters, digits and . _ ~ = + / -."
    raise Invalid(Fault("", "shape", "It does not read like a cursor.", right))


def as_it_is(value: Any) -> Any:
    """JSON says it as we do."""
    return value


NAME = text(Name.parse)
MOBILE_NUMBER = text(MobileNumber.parse)
CERTIFICATE_NUMBER = text(CertificateNumber.parse)
UNIT_NUMBER = text(UnitNumber.parse)
UNIT_NUMBERS = many(UNIT_NUMBER, at_least=1, at_most=50, distinct=True)
LOCATION = text(Location.parse)
OPENID = text(OpenId.parse)
TRANSFER = text(TransferId.parse)
GROUNDS = text(Grounds.parse)
SERVICE = word(Service)
CHANNEL = word(Channel)
DOCUMENT_TYPE = word(DocumentType)
REGISTRY_STATUS = word(RegistryStatus)
RESTRICTIONS = many(word(Restriction), at_most=len(Restriction), distinct=True).then(
    lambda restrictions, _: frozenset(restrictions),
    lambda restrictions: tuple(sorted(restrictions, key=lambda each: each.value)),
)
REFERENCE = leaf(_reference, as_it_is)
MOMENT = leaf(_moment, lambda at: at.isoformat(timespec="milliseconds"))
CURSOR = leaf(_cursor, as_it_is)
STAGE = word(Stage)
YES_OR_NO = leaf(_yes_or_no, as_it_is)
ACCOUNT_NUMBER = leaf(
    lambda raw, terms: AccountNumber.parse(raw, pattern=terms.account_pattern), lambda number: number.text
)
SIGNING_ADDRESS = leaf(lambda raw, terms: SigningAddress.parse(raw, hosts=terms.hosts), lambda address: address.text)
