"""What a reversal is about: which transfer, who opened it and why, and the evidence. Holds no progress.

Of a piece of evidence only its name, its SHA-256 digest and the place where it is kept are held, never its bytes.
"""

import enum
import re
from datetime import datetime

import attrs

from cotransfer.domain.faults import Fault, Invalid
from cotransfer.domain.values import Service, TransferId, UtilityId
from cotransfer.domain.values.text import Personal, clean_text, one_of, plain_text

WORDS_LIMIT = 500
"""Characters of a statement, of a document's name, and of the place where it is kept."""

REVERSALS_LIMIT = 5
"""How often one transfer may be questioned, one after another."""

DOCUMENTS_LIMIT = 10
"""Pieces of evidence that each side may bring to one reversal."""

REVERSAL_RIGHT = (
    "A reversal is named by its transfer, a hyphen and its number, such as 019aaf3e-6b00-7c21-9d5e-0123456789ab-1."
)
_DIGEST = re.compile("[0-9a-f]{64}")


class Side(enum.Enum):
    """Who speaks in a reversal: the citizen who applied, the utility, or the city's operator for somebody else."""

    CITIZEN = "citizen"
    UTILITY = "utility"
    OPERATOR = "operator"


class Ground(enum.Enum):
    """What is said to be wrong with a completed transfer."""

    WRONG_ACCOUNT = "wrong_account"
    WRONG_HOME = "wrong_home"
    NOT_THE_APPLICANT = "not_the_applicant"
    ENTERED_BY_MISTAKE = "entered_by_mistake"
    OTHER = "other"

    @classmethod
    def parse(cls, text: object, *, field: str = "ground") -> "Ground":
        return one_of(cls, field, text)


@attrs.frozen(repr=False)
class Words(Personal):
    """What somebody wrote: 1 to 500 characters."""

    text: str

    @classmethod
    def parse(cls, text: object, *, field: str) -> "Words":
        """Trimmed and free of control characters, or `Invalid`."""
        cleaned = clean_text(field, text)
        if len(cleaned) > WORDS_LIMIT:
            raise Invalid(Fault(field, "too_long", f"It is longer than {WORDS_LIMIT} characters.", "Send less."))
        return cls(cleaned)


@attrs.frozen(order=True)
class ReversalId:
    """The n-th reversal of a transfer, from 1. No two are ever open at once: the next number waits for the last."""

    transfer: TransferId = attrs.field(order=lambda transfer: transfer.text)
    number: int

    @property
    def text(self) -> str:
        """For addresses and keys."""
        return f"{self.transfer.text}-{self.number}"

    @classmethod
    def parse(cls, text: object, *, field: str = "reversal") -> "ReversalId":
        """The transfer's identifier, a hyphen, and a number from 1 to `REVERSALS_LIMIT`; or `Invalid`."""
        transfer, _, number = plain_text(field, text, REVERSAL_RIGHT).rpartition("-")
        if number not in map(str, range(1, REVERSALS_LIMIT + 1)):
            raise Invalid(Fault(field, "not_a_reversal", "It does not end in a reversal's number.", REVERSAL_RIGHT))
        return cls(TransferId.parse(transfer, field=field), int(number))

    def __str__(self) -> str:
        return self.text


@attrs.frozen
class Document:
    """A piece of evidence: whose, what it is called, its SHA-256 in 64 small hexadecimal digits, where it is kept."""

    by: Side
    name: Words
    sha256: str
    place: Words

    @classmethod
    def parse(cls, by: Side, *, name: object, sha256: object, place: object) -> "Document":
        """Raises `Invalid`."""
        right = "Send the SHA-256 of the document in 64 hexadecimal digits."
        digest = plain_text("sha256", sha256, right).lower()
        if not _DIGEST.fullmatch(digest):
            raise Invalid(Fault("sha256", "not_a_digest", "It is no SHA-256.", right))
        return cls(by, Words.parse(name, field="name"), digest, Words.parse(place, field="place"))


@attrs.frozen
class Complaint:
    """The ground, and what whoever opens says about it."""

    ground: Ground
    statement: Words | None = None

    @classmethod
    def parse(cls, ground: object, statement: object = None) -> "Complaint":
        """Raises `Invalid`: what is none of the named grounds has to be said."""
        said = None if statement is None else Words.parse(statement, field="statement")
        parsed = Ground.parse(ground)
        if parsed is Ground.OTHER and said is None:
            right = "Say in a sentence or two what is wrong."
            raise Invalid(Fault("statement", "missing", "A ground of its own needs a statement.", right))
        return cls(parsed, said)


@attrs.frozen(kw_only=True)
class ReversalCase:
    """The facts of one reversal that never change. Until `heard_until` a decision of ours waits for the citizen."""

    id: ReversalId
    service: Service
    utility: UtilityId
    opened_by: Side
    complaint: Complaint
    heard_until: datetime


@attrs.frozen
class File:
    """A case with what has been brought to it, and the last state that the citizen was told of."""

    case: ReversalCase
    documents: tuple[Document, ...] = ()
    told: str | None = None  # a `Phrase`'s code

    def has_heard(self, side: Side) -> bool:
        """Whether that side has brought something."""
        return any(document.by is side for document in self.documents)
