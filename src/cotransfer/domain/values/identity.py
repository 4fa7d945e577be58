"""证件号: the number of somebody's document. Never says whether the document was issued, nor to whom."""

import datetime

import attrs

from cotransfer.domain.values.document_numbers import CHECKS
from cotransfer.domain.values.documents import DocumentType
from cotransfer.domain.values.text import Personal, plain_text


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
