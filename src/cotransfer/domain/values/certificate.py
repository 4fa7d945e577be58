"""不动产权证号: the certificate of a right, in today's form or an old one's free text. Never looks one up."""

import re

import attrs

from cotransfer.domain.faults import Fault, Invalid
from cotransfer.domain.values.text import Personal, check_length, clean_text, plain_text

CERTIFICATE_RIGHT = (
    "A certificate number reads like 云(2021)五华区不动产权第0123456号;"
    " an old one has 4 to 50 characters with 权证, 房字 or 房产证 among them."
)
ROUND = str.maketrans(
    dict.fromkeys("〔﹝[【{「『〖〈《〘〚⟨⟦⟪❨❲❴⦅⦗⁽₍<", "(") | dict.fromkeys("〕﹞]】}」』〗〉》〙〛⟩⟧⟫❩❳❵⦆⦘⁾₎>", ")")
)
CURRENT = re.compile(r"[\u3400-\u9fff]\([0-9]{4}\)[\u3400-\u9fff0-9]{1,30}不动产权第[0-9]{6,8}号")
LEGACY = re.compile(r"权证|房(?:地产|地|产)?(?:字|证(?!明))")
PROOF = re.compile(r"不动产(?:权|登记|权登记)?证明|登记证明|他项权|房他(?:证|字)")
CANCELLED = re.compile(r"\([已注]*销\)[0-9]*$")


@attrs.frozen(repr=False, kw_only=True)
class CertificateNumber(Personal):
    """`text` is the spelling that came in; two are the same certificate when their `canonical` spellings agree.

    A `legacy` one (房权证, 房字 and their like) has no grammar: nothing is ever derived from it.
    """

    text: str = attrs.field(eq=False)
    canonical: str
    legacy: bool = attrs.field(eq=False)

    @classmethod
    def parse(cls, text: object, *, field: str = "certificate_number") -> "CertificateNumber":
        """Every kind of bracket is a round one, white space is dropped, leading zeros stay."""
        spelling = clean_text(field, text, CERTIFICATE_RIGHT)
        canonical = plain_text(field, spelling, CERTIFICATE_RIGHT).translate(ROUND)
        if CANCELLED.search(canonical):
            raise Invalid(Fault(field, "cancelled", "It bears the mark of a cancelled certificate.", CERTIFICATE_RIGHT))
        if PROOF.search(canonical):
            wrong = "It is a registration proof (advance notice, mortgage), not the certificate of the right itself."
            raise Invalid(Fault(field, "proof_not_certificate", wrong, CERTIFICATE_RIGHT))
        legacy = "不动产" not in canonical and LEGACY.search(canonical) is not None
        if legacy:
            check_length(field, canonical, CERTIFICATE_RIGHT, least=4, most=50)
        elif not CURRENT.fullmatch(canonical):
            raise Invalid(Fault(field, "shape", "It does not read like a certificate number.", CERTIFICATE_RIGHT))
        return cls(text=spelling, canonical=canonical, legacy=legacy)
