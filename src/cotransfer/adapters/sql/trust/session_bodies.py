"""A session as bytes, to be sealed, and back. Never seen outside the box it is sealed into."""

from datetime import timedelta
from typing import Any

import orjson

from cotransfer.adapters.sql.moments import micros, moment
from cotransfer.domain.operators import OperatorRole
from cotransfer.domain.values import DocumentType, IdentityNumber, Name
from cotransfer.ports.sessions import Citizen, Operator, Session

FORMAT = 1
_MICROSECOND = timedelta(microseconds=1)


def packed(session: Session) -> bytes:
    return orjson.dumps(
        {
            "format": FORMAT,
            "who": _person(session.who),
            "signed_in_at": micros(session.signed_in_at),
            "until": micros(session.until),
            "idle": session.idle // _MICROSECOND,
            "csrf": session.csrf,
            "client": session.client,
        }
    )


def unpacked(body: bytes) -> Session | None:
    """None for a format of another version: whoever has such a session signs in again."""
    said = orjson.loads(body)
    if said["format"] != FORMAT:
        return None
    return Session(
        who=_somebody(said["who"]),
        signed_in_at=moment(said["signed_in_at"]),
        until=moment(said["until"]),
        idle=timedelta(microseconds=said["idle"]),
        csrf=said["csrf"],
        client=said["client"],
    )


def _person(who: Citizen | Operator) -> dict[str, Any]:
    common = {"subject": who.subject, "name": who.name.text}
    match who:
        case Citizen(identity=identity):
            return {**common, "identity": [identity.document_type.value, identity.text]}
        case Operator(roles=roles):
            return {**common, "roles": sorted(role.value for role in roles)}


def _somebody(said: dict[str, Any]) -> Citizen | Operator:
    subject, name = said["subject"], Name(said["name"])
    if "identity" in said:
        document_type, number = said["identity"]
        return Citizen(subject=subject, name=name, identity=IdentityNumber(DocumentType(document_type), number))
    return Operator(subject=subject, name=name, roles=frozenset(OperatorRole(role) for role in said["roles"]))
