"""证件号: the number of somebody's document. Never says whether the document was issued, nor to whom."""

import datetime

import attrs

from cotransfer.domain.faults import Invalid
from cotransfer.domain.values.document_numbers import CHECKS, CITIZEN
from cotransfer.domain.values.documents import DocumentType
from cotransfer.domain.values.text import ANY_TEXT, Personal, check_length, plain_text

LONGEST_ON_RECORD = 100
"""Some old rows hold the numbers of all owners in one field."""


@attrs.frozen(repr=False)
class IdentityNumber(Personal):
    """A number together with its kind; the same digits on another kind of document are another identity."""

    document_type: DocumentType
    text: str

    @classmethod
    def parse(
        cls, document_type: DocumentType, text: object, *, on: datetime.date, field: str = "identity_number"
    ) -> "IdentityNumber":
        """Capitals, no white space, and the check of its kind. `on` is the day after which nobody was born."""
        check, right = CHECKS[document_type]
        return cls(document_type, check(field, plain_text(field, text, right).upper(), on))

    @classmethod
    def as_recorded(
        cls, document_type: DocumentType, text: object, *, field: str = "identity_number"
    ) -> "IdentityNumber":
        """What a register has on file. Raises `Invalid` only for what cannot be a number at all.

        Old rows keep numbers of 15 digits, slips of the pen and numbers of other papers, and some keep none; none of
        that is the applicant's to mend. A right number equals the one that `parse` makes of it, a wrong one no other.
        """
        if isinstance(text, str) and not text.strip():
            return cls(document_type, "")
        number = plain_text(field, text, ANY_TEXT).upper()
        check_length(field, number, ANY_TEXT, least=1, most=LONGEST_ON_RECORD)
        try:
            return cls.parse(document_type, number, on=datetime.date.max, field=field)
        except Invalid:
            return cls(document_type, number)

    @property
    def before_1999(self) -> "IdentityNumber | None":
        """The 15 digits that a citizen's number had once, without century and check; None where there were none.

        Two people born a century apart share them, so they prove nobody's identity.
        """
        if CITIZEN.fullmatch(self.text) and self.text[6:8] == "19":
            return IdentityNumber(self.document_type, self.text[:6] + self.text[8:17])
        return None
