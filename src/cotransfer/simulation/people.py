"""Invented people, each with a home and the former owner's account; the n-th is the same in every run."""

import functools

import attrs

from cotransfer.domain.values import (
    Account,
    AccountNumber,
    CertificateNumber,
    DocumentType,
    Home,
    IdentityNumber,
    Location,
    MobileNumber,
    Name,
    OpenId,
    RegistryState,
    RegistryStatus,
    RightHolder,
    UnitNumber,
)

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


@attrs.frozen(kw_only=True)
class Person:
    """Somebody who has bought a home."""

    nth: int
    holder: RightHolder
    mobile_number: MobileNumber
    openid: OpenId
    home: Home
    account: Account

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every value of theirs that no log, no reason and no audit entry may hold."""
        return (
            self.holder.name.text,
            self.holder.identity.text,
            self.mobile_number.text,
            self.openid.text,
            self.home.certificate_number.text,
            self.home.unit_numbers[0].text,
            self.home.location.text,
            self.account.number.text,
            self.account.holder.text,
            self.account.location.text,
        )


@functools.lru_cache(maxsize=64)
def person(nth: int) -> Person:
    """The n-th, from 0."""
    holder = RightHolder(Name(f"李小满{_han(nth)}"), IdentityNumber(DocumentType.IDENTITY_CARD, _identity(nth)))
    former = Name(f"王秋实{_han(nth)}")
    home = Home(
        certificate_number=CertificateNumber.parse(f"云(2024)五华区不动产权第{4_200_000 + nth:07d}号"),
        unit_numbers=(UnitNumber(f"530102003004GB00012F{30_000 + nth:08d}"),),
        location=Location(f"昆明市五华区翠湖东路{100 + nth}号翠湖小区3幢2单元502室"),
        state=RegistryState(RegistryStatus.CURRENT, frozenset()),
        right_holders=(holder,),
        former_right_holders=(former,),
    )
    account = Account(
        number=AccountNumber(f"0871{300_000 + nth:06d}"),
        holder=former,
        location=Location(f"五华区翠湖东路{100 + nth}号翠湖小区3栋2单元502"),
        in_arrears=False,
    )
    return Person(
        nth=nth,
        holder=holder,
        mobile_number=MobileNumber(f"138880{10_000 + nth:05d}"),
        openid=OpenId(f"oSimulated_{nth:04d}"),
        home=home,
        account=account,
    )


def _identity(nth: int) -> str:
    first_17 = f"53010219900307{nth:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(first_17, _WEIGHTS, strict=True))
    return first_17 + _CHECKS[total % 11]


def _han(nth: int) -> str:
    return "甲乙丙丁戊己庚辛壬癸"[nth % 10]
