"""Invented people, homes and accounts that tests and examples can take as they are. Every check digit is right."""

import attrs

from cotransfer.domain.case import Case
from cotransfer.domain.commands import Command, LookAgain, NoteNotLooked, Submit
from cotransfer.domain.matching import Matching, MatchOutcome
from cotransfer.domain.parties import Party
from cotransfer.domain.reports import Grounds
from cotransfer.domain.values import (
    Account,
    AccountNumber,
    Application,
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
    Service,
    SigningAddress,
    TransferId,
    UnitNumber,
    UtilityId,
)

KUNMING_WATER = UtilityId("kunming-water")
TRANSFER = TransferId("01997c5e-8000-7000-8000-000000000001")
OTHER_TRANSFER = TransferId("01997c5e-8000-7000-8000-000000000002")

CURRENT = RegistryState(RegistryStatus.CURRENT, frozenset())

BUYER = RightHolder(Name("李小满"), IdentityNumber(document_type=DocumentType.IDENTITY_CARD, text="530102199003071238"))
CERTIFICATE = CertificateNumber.parse("云(2024)五华区不动产权第0012345号")

HOME = Home(
    certificate_number=CERTIFICATE,
    unit_numbers=(UnitNumber("530102003004GB00012F00030502"),),
    location=Location("昆明市五华区翠湖东路18号翠湖小区3幢2单元502室"),
    state=CURRENT,
    right_holders=(BUYER,),
    former_right_holders=(Name("王秋实"),),
)

ACCOUNT = Account(
    number=AccountNumber("0871200345"),
    holder=Name("王秋实"),
    location=Location("五华区翠湖东路18号翠湖小区3栋2单元502"),
    in_arrears=False,
)

ADDRESS = SigningAddress("https://sign.kmwater.example/c/7Qk2")
OTHER_ADDRESS = SigningAddress("https://sign.kmwater.example/c/9Zp4")
SIGNING_HOSTS = frozenset({"sign.kmwater.example"})

GROUNDS = Grounds("原户号与房屋坐落不一致")
OTHER_GROUNDS = Grounds("合同主体与权利人不一致")

CASE = Case(
    transfer=TRANSFER,
    service=Service.WATER,
    utility=KUNMING_WATER,
    account_number=ACCOUNT.number,
    application=Application(
        right_holder_name=BUYER.name,
        identity_number=BUYER.identity,
        mobile_number=MobileNumber("13888000001"),
        certificate_number=CERTIFICATE,
        location=HOME.location,
        unit_numbers=HOME.unit_numbers,
        registry_state=CURRENT,
    ),
    openid=OpenId("oInvented_0001"),
)

LOOKS: tuple[Command, ...] = (
    LookAgain(account=ACCOUNT, certificate=CURRENT),
    LookAgain(account=attrs.evolve(ACCOUNT, in_arrears=True), certificate=CURRENT),
    LookAgain(account=None, certificate=None, asks_back=True),
    NoteNotLooked(Party.REGISTRY),
)
"""Before handling: nothing has changed, money is owed, all is gone and it is asked back, nobody could look."""

SUBMIT = Submit(case=CASE, account=ACCOUNT, matching=Matching(MatchOutcome.MATCH, ()), confirmed=False)
