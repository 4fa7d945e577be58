"""不动产单元号 (GB/T 37346): 28 characters that name one piece of real estate. Never says who holds it.

The number has no check character, so only its parts can be looked at.
"""

import re

import attrs

from cotransfer.domain.faults import Fault, Invalid
from cotransfer.domain.values.text import Personal, plain_text

UNIT_RIGHT = "A property unit number has 28 characters, such as 530102001002GB00003F00040005."
HOME_RIGHT = "A home's property unit number has F as its 20th character, such as 530102001002GB00003F00040005."
LENGTH = 28
PARTS = (
    (slice(0, 12), r"[0-9]{12}", "land", "Characters 1 to 12 (county, land register areas) must be digits."),
    (slice(12, 14), r"[GJZ][ABSXCDEFGHLNWY]", "parcel_kind", "Characters 13 and 14 name no kind of parcel."),
    (slice(14, 19), r"[0-9]{5}", "parcel", "Characters 15 to 19 (parcel) must be digits."),
    (slice(19, 20), r"[FLQW]", "thing_kind", "Character 20 must be F, L, Q or W."),
    (slice(20, 28), r"[0-9]{8}", "thing", "Characters 21 to 28 (building and unit) must be digits."),
)


@attrs.frozen(repr=False)
class UnitNumber(Personal):
    """One unit; `text` has no blanks and no hyphens."""

    text: str

    @classmethod
    def parse(cls, text: object, *, field: str = "unit_number") -> "UnitNumber":
        """Any unit: a home, land alone, trees. The printed groups (6-6-7-9) and small letters are understood."""
        number = plain_text(field, text, UNIT_RIGHT).replace("-", "").upper()
        if len(number) != LENGTH:
            raise Invalid(Fault(field, "length", f"It does not have {LENGTH} characters.", UNIT_RIGHT))
        faults = [
            Fault(field, code, wrong, UNIT_RIGHT)
            for part, form, code, wrong in PARTS
            if not re.fullmatch(form, number[part])
        ]
        if faults:
            raise Invalid(*faults)
        return cls(number)

    @classmethod
    def parse_home(cls, text: object, *, field: str = "unit_number") -> "UnitNumber":
        """A unit that people live in; land (W), trees (L) and others (Q) have no account to move."""
        number = cls.parse(text, field=field)
        if not number.is_home:
            raise Invalid(Fault(field, "not_a_home", "It names land or another thing, not a building.", HOME_RIGHT))
        return number

    @property
    def county(self) -> str:
        """The county's six digits (GB/T 2260)."""
        return self.text[:6]

    @property
    def is_home(self) -> bool:
        return self.text[19] == "F"
