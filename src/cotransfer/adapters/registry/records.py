"""How the register's records are read: as strict as ever in their shape, mild with what decades left in them.

The rules for what people enter would make one old row of a co-owner's take away all homes of the applicant, who can
mend none of it. So a wrong number is kept as it stands, a status or restriction that we do not know becomes the word
for that, and a home with any other value that we cannot read is left out by itself. Never guesses one, never shows one.
"""

from collections.abc import Callable
from typing import NoReturn, TypeVar

import attrs

from cotransfer.adapters.wire.client import FAULTS_SHOWN
from cotransfer.adapters.wire.fields import CERTIFICATE_NUMBER, LOCATION, NAME, UNIT_NUMBERS
from cotransfer.adapters.wire.forms import Form, Terms, leaf, many
from cotransfer.adapters.wire.messages import MISSING, field, message, spread, wrapping
from cotransfer.adapters.wire.spelling import DOCUMENT, Document
from cotransfer.domain.faults import Fault, Invalid
from cotransfer.domain.values import Home, IdentityNumber, RegistryState, RegistryStatus, Restriction, RightHolder
from cotransfer.domain.values.text import ANY_TEXT
from cotransfer.ports.registry import CertificateStatus

Word = TypeVar("Word", RegistryStatus, Restriction)

RESTRICTIONS_LIMIT = 100
BROKEN = frozenset({"not_text", "not_a_list", "not_an_object", "too_few", "too_many", "unknown_field"})
"""Faults of the shape: whoever answers like this did not mean our contract, and nothing of it is believed."""


def code(from_code: Callable[[object], Word]) -> Form[Word]:
    """A word or code of the register's; what it does not tell us we know as unknown."""

    def read(raw: object, _: Terms) -> Word:
        if isinstance(raw, str | int) and not isinstance(raw, bool):
            return from_code(raw)
        raise Invalid(Fault("", "not_text", "It is neither a word nor a code.", ANY_TEXT))

    return leaf(read, lambda word: word.value)


STATE = message(
    RegistryState,
    field("status", code(RegistryStatus.from_code)),
    field(
        "restrictions",
        many(code(Restriction.from_code), at_most=RESTRICTIONS_LIMIT).then(
            lambda restrictions, _: frozenset(restrictions),
            lambda restrictions: tuple(sorted(restrictions, key=lambda each: each.value)),
        ),
    ),
)
IDENTITY = DOCUMENT.then(
    lambda document, _: IdentityNumber.as_recorded(document.document_type, document.identity_number),
    lambda identity: Document(identity.document_type, identity.text),
)
RIGHT_HOLDER = message(RightHolder, field("name", NAME), spread(IDENTITY, of="identity"))
FORMER_RIGHT_HOLDER = wrapping("name", NAME)
HOME = message(
    Home,
    field("certificate_number", CERTIFICATE_NUMBER),
    field("unit_numbers", UNIT_NUMBERS),
    field("location", LOCATION),
    field("registry_status", STATE, of="state"),
    field("right_holders", many(RIGHT_HOLDER, at_least=1, at_most=100)),
    field("former_right_holders", many(FORMER_RIGHT_HOLDER, at_most=100)),
)
CERTIFICATE_STATUS = message(
    CertificateStatus,
    field("certificate_number", CERTIFICATE_NUMBER),
    field("location", LOCATION),
    field("registry_status", STATE, of="registry_state"),
)


@attrs.frozen
class Unreadable:
    """A home whose record we cannot make out: a registration proof's, a cancelled one's, one with a slip of the pen.

    `why` names fields and faults: "certificate_number (proof_not_certificate)".
    """

    why: str


def _read(raw: object, terms: Terms) -> Home | Unreadable:
    try:
        return HOME.read(raw, terms)
    except Invalid as invalid:
        if any(map(_is_of_shape, invalid.faults)):
            raise
        return Unreadable(", ".join(f"{fault.field} ({fault.code})" for fault in invalid.faults[:FAULTS_SHOWN]))


def _is_of_shape(fault: Fault) -> bool:
    """An empty text is a value of an old row's; a field that is not there at all is not."""
    return fault.code in BROKEN or (fault.code, fault.wrong) == MISSING


def _unsaid(_: object) -> NoReturn:
    raise AssertionError("The register's answer is read, and never said by us.")


RECORDS = wrapping("properties", many(Form(_read, _unsaid), at_most=200))
