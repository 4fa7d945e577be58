"""The original account at a utility. Never says whether it belongs to a home: `matching` does."""

import re

import attrs

from cotransfer.domain.faults import Fault, Invalid
from cotransfer.domain.values.contact import Name
from cotransfer.domain.values.location import Location
from cotransfer.domain.values.text import Personal, plain_text

ANY_ACCOUNT_NUMBER = r"[0-9A-Z-]{4,20}"
ACCOUNT_NUMBER_RIGHT = "Copy it from a bill: usually 4 to 20 digits, capitals or hyphens, such as 0530112233."


@attrs.frozen(repr=False)
class AccountNumber(Personal):
    """原户号: the number on the former owner's bill."""

    text: str

    @classmethod
    def parse(
        cls, text: object, *, pattern: str = ANY_ACCOUNT_NUMBER, field: str = "account_number"
    ) -> "AccountNumber":
        """Capitals, no white space. `pattern` is the utility's own form, a regular expression for the whole number."""
        number = plain_text(field, text, ACCOUNT_NUMBER_RIGHT).upper()
        if not re.fullmatch(pattern, number):
            wrong = "It does not have the form of this utility's account numbers."
            raise Invalid(Fault(field, "shape", wrong, ACCOUNT_NUMBER_RIGHT))
        return cls(number)


@attrs.frozen(kw_only=True)
class Account:
    """The scheme's original account data (step 4) and the number they were asked by."""

    number: AccountNumber
    holder: Name
    location: Location
    in_arrears: bool
