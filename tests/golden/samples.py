"""Every variant of a class, by looking at its fields: invented values, and the same ones in every run.

Each field takes each of its variants at least once; not every combination is made. Never checks a value: these are what
a store is given, and what it is given was checked at the edge.
"""

import datetime
import enum
import types
from collections.abc import Mapping
from typing import Any, Union, get_args, get_origin

import attrs

from cotransfer.domain.reports import Grounds
from cotransfer.domain.reversals.case import ReversalId, Words
from cotransfer.domain.values import (
    AccountNumber,
    CertificateNumber,
    DocumentType,
    IdentityNumber,
    Location,
    MobileNumber,
    Name,
    OpenId,
    SigningAddress,
    TransferId,
    UnitNumber,
    UtilityId,
)
from cotransfer.testing.samples import ADDRESS, GROUNDS, OTHER_ADDRESS, OTHER_GROUNDS, OTHER_TRANSFER, TRANSFER

AT = datetime.datetime(2026, 3, 2, 1, 0, 0, 123456, tzinfo=datetime.UTC)

NUMBERS: Mapping[DocumentType, str] = {
    DocumentType.IDENTITY_CARD: "530102199003071238",
    DocumentType.HMT_IDENTITY_CARD: "810000199408230021",
    DocumentType.PASSPORT: "E12345678",
    DocumentType.HOUSEHOLD_REGISTER: "530102198511230021",
    DocumentType.OFFICER_CARD: "军字第1234567号",
    DocumentType.ORGANISATION_CODE: "12345678-8",
    DocumentType.BUSINESS_LICENCE: "530100000000017",
    DocumentType.CREDIT_CODE: "91530100MA6K000017",
    DocumentType.OTHER: "事证第153010000123号",
}
"""A number of each kind of document, nobody's."""

OWN: Mapping[type, tuple[object, ...]] = {
    AccountNumber: (AccountNumber("0871200345"), AccountNumber("KM-0871-0042")),
    CertificateNumber: (
        CertificateNumber.parse("云(2024)五华区不动产权第0012345号"),
        CertificateNumber.parse("昆明市房权证字第201312345号"),
    ),
    Grounds: (GROUNDS, OTHER_GROUNDS),
    IdentityNumber: tuple(IdentityNumber(document_type=kind, text=number) for kind, number in NUMBERS.items()),
    Location: (Location("昆明市五华区翠湖东路18号翠湖小区3幢2单元502室"), Location("盘龙区龙泉路 甲1号 负一层")),
    MobileNumber: (MobileNumber("13888000001"),),
    Name: (Name("李小满"), Name("阿依古丽·买买提"), Name("昆明翠湖物业管理有限公司")),
    OpenId: (OpenId("oInvented_0001"),),
    SigningAddress: (ADDRESS, OTHER_ADDRESS),
    TransferId: (TRANSFER, OTHER_TRANSFER),
    UnitNumber: (UnitNumber("530102003004GB00012F00030502"), UnitNumber("530102003004GB00012F00030503")),
    UtilityId: (UtilityId("kunming-water"), UtilityId("kunming-electricity")),
    ReversalId: (ReversalId(TRANSFER, 1), ReversalId(OTHER_TRANSFER, 2)),
    Words: (Words("购房合同.pdf"), Words("昆明市政务云 12/345")),
    bool: (False, True),
    bytes: (b"", b"\x00\xff"),
    datetime.date: (datetime.date(2026, 3, 2),),
    datetime.datetime: (AT,),
    datetime.timedelta: (datetime.timedelta(days=1, microseconds=1),),
    int: (0, 1, 2_147_483_648),
    types.NoneType: (None,),
}
"""What cannot be told from the fields: values of the trade as they look, and plain ones."""

TEXTS: Mapping[str, tuple[str, ...]] = {
    "reference": ("KM-2026-0001", "昆水〔2026〕7号"),
    "why": ("not_following", "outcome_unknown"),
    "phrase": ("questioned", "reversed"),
    "sha256": ("5f" * 32,),
    "receiver": ("kunming-water", "notifier"),
}
"""Plain texts by their field's name; any other field is given its name and a number."""


def variants(kind: Any, name: str = "") -> tuple[Any, ...]:
    """Values of the type `kind`, among them each of its variants; `name` is that of the field they are for.

    Raises `TypeError` for a type that no stored class has had so far: then its samples belong into `OWN`.
    """
    if kind in OWN:
        return OWN[kind]
    if kind is str:
        return TEXTS.get(name, (f"{name} 1",))
    origin, inside = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return tuple(value for one in inside for value in variants(one, name))
    if origin is frozenset:
        return tuple(map(frozenset, _some(variants(inside[0], name))))
    if origin is tuple and inside[1:] == (...,):
        return _some(variants(inside[0], name))
    if isinstance(kind, enum.EnumMeta):
        return tuple(kind)
    if attrs.has(kind):
        return each_once(kind)
    raise TypeError(f"tests/golden/samples.py knows no values of {kind}: write some into OWN, and run this again.")


def each_once(kind: type, **fixed: object) -> tuple[Any, ...]:
    """As many of an attrs class as make each field take each of its variants; `fixed` fields are what they are."""
    fields = [field for field in attrs.fields(attrs.resolve_types(kind)) if field.init]
    choices = {field.name: (fixed[field.name],) if field.name in fixed else _of(field) for field in fields}
    rounds = max(map(len, choices.values()), default=1)
    return tuple(kind(**{name: of[nth % len(of)] for name, of in choices.items()}) for nth in range(rounds))


def _of(field: "attrs.Attribute[Any]") -> tuple[Any, ...]:
    return variants(field.type, field.name)


def _some(values: tuple[Any, ...]) -> tuple[tuple[Any, ...], ...]:
    """None of them, the first one, all of them."""
    return ((), values[:1], values)
