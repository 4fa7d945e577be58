"""What the offices of the invented city keep in their books: plain text, as foreign systems keep it.

Never uses the gateway's own values: a counterparty knows nothing of our types, only of the contract.
"""

import unicodedata
from typing import Any

import attrs

from cotransfer.sandbox.people import Holder

BRACKETS = str.maketrans("〔〕﹝﹞[]【】", "()()()()")


@attrs.frozen(kw_only=True)
class Property:
    """One certificate in the registry's book."""

    certificate_number: str
    unit_numbers: tuple[str, ...]
    location: str
    status: str = "current"
    restrictions: tuple[str, ...] = ()
    right_holders: tuple[Holder, ...]
    former_right_holders: tuple[str, ...] = ()

    @property
    def registry_status(self) -> dict[str, Any]:
        return {"status": self.status, "restrictions": list(self.restrictions)}


@attrs.frozen(kw_only=True)
class WaterAccount:
    """One account in the water company's book; the holder is usually still the former owner."""

    account_number: str
    account_holder: str
    location: str
    in_arrears: bool = False


@attrs.frozen(kw_only=True)
class Someone:
    """A person of a story with all that they would bring along; `home` and `account` are None where they have none."""

    kind: str
    holder: Holder
    mobile_number: str
    wechat_openid: str
    home: Property | None = None
    account: WaterAccount | None = None

    def property_search(self) -> dict[str, Any]:
        """The body of the platform's property search."""
        return {"document_type": self.holder.document_type, "identity_number": self.holder.identity_number}

    def account_search(self) -> dict[str, Any]:
        """The body of the platform's account search, for water. Raises LookupError for somebody without a home."""
        if self.home is None or self.account is None:
            raise LookupError(f"somebody of the kind {self.kind!r} has no home to transfer an account with")
        return {
            "service": "water",
            "account_number": self.account.account_number,
            "certificate_number": self.home.certificate_number,
            **self.property_search(),
        }

    def submission(self, *, confirmed_match: bool = False, by_wechat: bool = True) -> dict[str, Any]:
        """The body of the platform's submission; `by_wechat` tells whether the person gives their WeChat identity."""
        return {
            **self.account_search(),
            "right_holder_name": self.holder.name,
            "mobile_number": self.mobile_number,
            "confirmed_match": confirmed_match,
            **({"wechat_openid": self.wechat_openid} if by_wechat else {}),
        }


def as_filed(certificate_number: str) -> str:
    """The form a certificate number is filed under: width, brackets and spaces make no difference."""
    return "".join(unicodedata.normalize("NFKC", certificate_number).translate(BRACKETS).split())
