"""People whose every value is found nowhere else: the n-th one, and what a search has to look for. Never two alike."""

import functools
import random
from typing import Any

import attrs

from cotransfer.domain.values import (
    Account,
    AccountNumber,
    CertificateNumber,
    DocumentType,
    Home,
    IdentityNumber,
    Location,
    Name,
    RegistryState,
    RegistryStatus,
    RightHolder,
    UnitNumber,
)
from cotransfer.sandbox.people import with_person_check

HOST = "sign.water.example"
RARE = "㐀㐁㐂㐃㐄㐅㐆㐇㐈㐉㐊㐋㐌㐍㐎㐏㐐㐑㐒㐓㐔㐕㐖㐗㐘㐙㐚㐛㐜㐝㐞㐟"
"""Thirty-two characters that no text of ours has: three of them, the mark, number thirty thousand people."""


@attrs.frozen(kw_only=True)
class Person:
    """Everything that a transfer knows of one citizen, as it would come over the wire."""

    number: int
    mark: str
    name: str
    former: str
    identity_number: str
    mobile_number: str
    location: str
    account_number: str
    certificate_number: str
    unit_number: str
    openid: str
    signing_token: str
    reason: str

    @property
    def signing_address(self) -> str:
        """Where their contract would be signed."""
        return f"https://{HOST}/c/{self.signing_token}"

    @property
    def values(self) -> tuple[str, ...]:
        """What must be found in no sink, whole or in any spelling that `searching` knows."""
        return (
            self.name,
            self.former,
            self.identity_number,
            self.mobile_number,
            self.location,
            self.account_number,
            self.certificate_number,
            self.unit_number,
            self.openid,
            self.signing_token,
            self.reason,
        )

    @property
    def identity(self) -> IdentityNumber:
        """As the core knows it."""
        return IdentityNumber(DocumentType.IDENTITY_CARD, self.identity_number)

    @property
    def home(self) -> Home:
        """As the registry holds it."""
        return Home(
            certificate_number=CertificateNumber.parse(self.certificate_number),
            unit_numbers=(UnitNumber(self.unit_number),),
            location=Location(self.location),
            state=RegistryState(RegistryStatus.CURRENT, frozenset()),
            right_holders=(RightHolder(Name(self.name), self.identity),),
            former_right_holders=(Name(self.former),),
        )

    @property
    def account(self) -> Account:
        """As the utility holds it."""
        place = Location(self.location.removeprefix("昆明市"))
        return Account(
            number=AccountNumber(self.account_number), holder=Name(self.former), location=place, in_arrears=False
        )

    @property
    def enquiry(self) -> dict[str, Any]:
        """The body of an account search."""
        return {
            "service": "water",
            "account_number": self.account_number,
            "certificate_number": self.certificate_number,
            "document_type": "identity_card",
            "identity_number": self.identity_number,
        }

    @property
    def submission(self) -> dict[str, Any]:
        """The body of a submission, but for the consents."""
        return {
            **self.enquiry,
            "right_holder_name": self.name,
            "mobile_number": self.mobile_number,
            "confirmed_match": True,
            "wechat_openid": self.openid,
        }


@functools.lru_cache(maxsize=20_000)
def person(number: int) -> Person:
    """The same for the same number, on every machine."""
    draw = random.Random(number)
    mark = "".join(RARE[number // 32**place % 32] for place in range(3))
    street = f"昆明市五华区{mark}路{number % 900 + 1}号{mark}苑{number % 30 + 1}幢2单元{number % 8 + 101}室"
    born = f"{1950 + number % 50}{number // 50 % 12 + 1:02}{number // 600 % 28 + 1:02}"
    return Person(
        number=number,
        mark=mark,
        name=f"龘{mark}",
        former=f"靐{mark}",
        identity_number=with_person_check(f"530102{born}{number % 1000:03}"),
        mobile_number=f"139{(number * 7_919 + 40_000_003) % 10**8:08}",
        location=street,
        account_number=f"0871{(number * 104_729 + 71) % 10**10:010}",
        certificate_number=f"云(2024)五华区不动产权第{number:08}号",
        unit_number=f"530102003004GB00012F{number:08}",
        openid=f"oPlanted_{draw.getrandbits(80):020x}",
        signing_token=f"Qz{draw.getrandbits(96):024x}",
        reason=f"请联系{mark}核对",
    )
