"""证件种类: which document somebody holds. Never looks at its number."""

import enum

from cotransfer.domain.values.text import one_of


class DocumentType(enum.Enum):
    """证件种类, by the words of our contracts."""

    IDENTITY_CARD = "identity_card"
    HMT_IDENTITY_CARD = "hmt_identity_card"
    PASSPORT = "passport"
    HOUSEHOLD_REGISTER = "household_register"
    OFFICER_CARD = "officer_card"
    ORGANISATION_CODE = "organisation_code"
    BUSINESS_LICENCE = "business_licence"
    CREDIT_CODE = "credit_code"
    OTHER = "other"

    @classmethod
    def parse(cls, text: object, *, field: str = "document_type") -> "DocumentType":
        return one_of(cls, field, text)

    @property
    def code(self) -> str:
        """The register's own code: "1" to "8", or "99"."""
        return DOCUMENT_TYPES[self][0]

    @property
    def zh(self) -> str:
        return DOCUMENT_TYPES[self][1]

    @property
    def is_organisation(self) -> bool:
        return self in ORGANISATIONS


DOCUMENT_TYPES = {
    DocumentType.IDENTITY_CARD: ("1", "身份证"),
    DocumentType.HMT_IDENTITY_CARD: ("2", "港澳台身份证"),
    DocumentType.PASSPORT: ("3", "护照"),
    DocumentType.HOUSEHOLD_REGISTER: ("4", "户口簿"),
    DocumentType.OFFICER_CARD: ("5", "军官证（士兵证）"),
    DocumentType.ORGANISATION_CODE: ("6", "组织机构代码"),
    DocumentType.BUSINESS_LICENCE: ("7", "营业执照"),
    DocumentType.CREDIT_CODE: ("8", "统一社会信用代码"),
    DocumentType.OTHER: ("99", "其他"),
}
ORGANISATIONS = frozenset({DocumentType.ORGANISATION_CODE, DocumentType.BUSINESS_LICENCE, DocumentType.CREDIT_CODE})
