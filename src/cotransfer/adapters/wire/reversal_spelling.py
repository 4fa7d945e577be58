"""Messages about reversals, field by field. Never holds a rule of its own where the domain has one."""

import attrs

from cotransfer.adapters.wire.fields import GROUNDS, REFERENCE, as_it_is
from cotransfer.adapters.wire.forms import Form, Terms, leaf, many, word
from cotransfer.adapters.wire.messages import Variant, either, field, message, optional, spread, weighed
from cotransfer.domain.faults import Fault, Invalid
from cotransfer.domain.reversals.case import (
    DOCUMENTS_LIMIT,
    REVERSALS_LIMIT,
    Complaint,
    Document,
    Ground,
    Side,
    Words,
)
from cotransfer.domain.reversals.findings import CarriedOut, Finding, NotCarriedOut, Rejected, TakenUp, Upheld


@attrs.frozen(kw_only=True)
class Opening:
    """What is wrong with a completed transfer, and what proves it."""

    complaint: Complaint
    documents: tuple[Document, ...]


@attrs.frozen(kw_only=True)
class Said:
    """The same before ground and statement are held against one another."""

    ground: Ground
    statement: Words | None
    documents: tuple[Document, ...] | None


@attrs.frozen(kw_only=True)
class Evidence:
    """More of it."""

    documents: tuple[Document, ...]


@attrs.frozen(kw_only=True)
class Numbered:
    """A finding on the transfer's reversal of that number."""

    number: int
    finding: Finding


def _number(raw: object, _: Terms) -> int:
    if isinstance(raw, int) and not isinstance(raw, bool) and 1 <= raw <= REVERSALS_LIMIT:
        return raw
    right = f"A whole number from 1 to {REVERSALS_LIMIT}."
    raise Invalid(Fault("", "not_a_number", "It is no reversal's number.", right))


def _words(raw: object, _: Terms) -> Words:
    return Words.parse(raw, field="")


def _digest(raw: object, _: Terms) -> str:
    known = Document.parse(Side.CITIZEN, name="-", sha256=raw, place="-")
    if known.sha256 != raw:
        right = "Send the SHA-256 of the document in 64 small hexadecimal digits."
        raise Invalid(Fault("", "not_a_digest", "It is not a SHA-256 digest.", right))
    return known.sha256


def _document(*, name: Words, sha256: str, place: Words) -> Document:
    """Whose it is, whoever takes it says."""
    return Document(Side.CITIZEN, name, sha256, place)


def _opening(said: Said, _: Terms) -> Opening:
    statement = None if said.statement is None else said.statement.text
    return Opening(complaint=Complaint.parse(said.ground.value, statement), documents=said.documents or ())


_WORDS = leaf(_words, lambda words: words.text)
DOCUMENT: Form[Document] = message(
    _document,
    field("name", _WORDS),
    field("sha256", leaf(_digest, as_it_is)),
    field("kept_at", _WORDS, of="place"),
)
OPENING: Form[Opening] = weighed(
    message(
        Said,
        field("ground", word(Ground)),
        optional("statement", _WORDS),
        optional("documents", many(DOCUMENT, at_most=DOCUMENTS_LIMIT)),
    ),
    _opening,
    lambda opening: Said(
        ground=opening.complaint.ground, statement=opening.complaint.statement, documents=opening.documents
    ),
)
EVIDENCE: Form[Evidence] = message(Evidence, field("documents", many(DOCUMENT, at_least=1, at_most=DOCUMENTS_LIMIT)))
_REASON = field("reason", GROUNDS, of="grounds")
_FINDING: Form[Finding] = either(
    "finding",
    Variant("taken_up", TakenUp, (field("reference", REFERENCE),)),
    Variant("upheld", Upheld, (_REASON,)),
    Variant("rejected", Rejected, (_REASON,)),
    Variant("carried_out", CarriedOut),
    Variant("not_carried_out", NotCarriedOut, (_REASON,)),
)
FINDING: Form[Numbered] = message(Numbered, field("number", leaf(_number, as_it_is)), spread(_FINDING, of="finding"))
