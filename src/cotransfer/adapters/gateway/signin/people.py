"""From claims to people: the citizen or the operator whom a provider vouches for.

Never takes half a person: without a name, a right identity number or a role nobody is signed in.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cotransfer.adapters.gateway.signin.faults import NotVouched
from cotransfer.adapters.gateway.signin.provider import Claims
from cotransfer.adapters.wire.today import day_of
from cotransfer.domain.faults import Invalid
from cotransfer.domain.values import DocumentType, IdentityNumber, Name
from cotransfer.ports.sessions import Citizen, Operator

ROLES_LIMIT = 200


def citizen_of(claims: Mapping[str, Any], called: Claims, at: datetime) -> Citizen:
    """Raises `NotVouched` where the claims do not name a person whole."""
    try:
        number = IdentityNumber.parse(
            _document(claims, called), claims.get(called.identity_number), on=day_of(at), field="identity_number"
        )
        return Citizen(subject=_subject(claims), name=Name.parse(claims.get(called.name)), identity=number)
    except Invalid as invalid:
        raise NotVouched(f"claim_{invalid.faults[0].field}") from None


def operator_of(claims: Mapping[str, Any], called: Claims) -> Operator:
    """Raises `NotVouched` for somebody without a role of ours; roles that are not ours mean nothing here."""
    said = claims.get(called.roles)
    words = [said] if isinstance(said, str) else said
    if not isinstance(words, list) or len(words) > ROLES_LIMIT:
        raise NotVouched("claim_roles")
    roles = frozenset(called.role_words[word] for word in words if isinstance(word, str) and word in called.role_words)
    if not roles:
        raise NotVouched("no_role")
    try:
        return Operator(subject=_subject(claims), name=Name.parse(claims.get(called.name)), roles=roles)
    except Invalid:
        raise NotVouched("claim_name") from None


def _document(claims: Mapping[str, Any], called: Claims) -> DocumentType:
    if called.document_type is None:
        return DocumentType.IDENTITY_CARD
    said = claims.get(called.document_type)
    if isinstance(said, str) and said in called.documents:
        return called.documents[said]
    return DocumentType.parse(said)


def _subject(claims: Mapping[str, Any]) -> str:
    """One issuer's names are not another's: a blank, which neither can hold, keeps them apart."""
    return f"{claims['iss']} {claims['sub']}"
