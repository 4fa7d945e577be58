"""Which service, which utility, which transfer: identifiers that tell nothing about anybody. Never draws one."""

import enum
import re

import attrs

from cotransfer.domain.faults import Fault, Invalid
from cotransfer.domain.values.text import clean_text, one_of

TRANSFER_RIGHT = "A transfer is named by a UUID of version 7, such as 019aaf3e-6b00-7c21-9d5e-0123456789ab."
UTILITY_RIGHT = "A utility is named by 2 to 41 small letters, digits and hyphens, such as kunming-water."
UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
SLUG = re.compile(r"[a-z][a-z0-9-]{1,40}")


class Service(enum.Enum):
    """What a utility delivers to a home."""

    WATER = "water"
    ELECTRICITY = "electricity"
    GAS = "gas"
    HEAT = "heat"

    @classmethod
    def parse(cls, text: object, *, field: str = "service") -> "Service":
        return one_of(cls, field, text)

    @property
    def zh(self) -> str:
        return SERVICES_ZH[self]


SERVICES_ZH = {Service.WATER: "用水", Service.ELECTRICITY: "用电", Service.GAS: "用气", Service.HEAT: "用热"}


@attrs.frozen(cache_hash=True)
class TransferId:
    """One transfer, for everybody who takes part in it; the key of so many tables that its hash is kept."""

    text: str

    @classmethod
    def parse(cls, text: object, *, field: str = "transfer") -> "TransferId":
        """A UUID of version 7 (RFC 9562) in its canonical form; capitals become small."""
        identifier = clean_text(field, text, TRANSFER_RIGHT, form="NFKC").lower()
        if not UUID7.fullmatch(identifier):
            raise Invalid(Fault(field, "not_a_uuid7", "It is not a UUID of version 7.", TRANSFER_RIGHT))
        return cls(identifier)

    def __str__(self) -> str:
        return self.text


@attrs.frozen
class UtilityId:
    """One utility, as this deployment names it."""

    text: str

    @classmethod
    def parse(cls, text: object, *, field: str = "utility") -> "UtilityId":
        """A slug; capitals are refused, so that a name has one spelling in settings, folders and addresses."""
        slug = clean_text(field, text, UTILITY_RIGHT, form="NFKC")
        if not SLUG.fullmatch(slug):
            raise Invalid(Fault(field, "not_a_slug", "It is not a utility's name.", UTILITY_RIGHT))
        return cls(slug)

    def __str__(self) -> str:
        return self.text
