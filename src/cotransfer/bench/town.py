"""A town made up as it is asked about: the n-th home, its owner, its account; and counterparties that answer at once.

Never remembers anybody: a hundred thousand transfers leave no trace here that could be taken for the engine's.
"""

import functools
import hashlib
from datetime import datetime

from cotransfer.adapters.machine import RandomIdentifiers, SystemClock
from cotransfer.app.accounts import Enquiry
from cotransfer.app.directory import Directory, Listing
from cotransfer.app.errand import Message
from cotransfer.app.office import World
from cotransfer.app.submission import Request
from cotransfer.domain.case import Case
from cotransfer.domain.notices import Delivered, Fate, Notice
from cotransfer.domain.reports import Cancelled, Receipt, Report, Taken, WithdrawalAnswer
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
    Service,
    SigningAddress,
    TransferId,
    UnitNumber,
    UtilityId,
)
from cotransfer.ports.agenda import Agenda
from cotransfer.ports.registry import CertificateStatus
from cotransfer.ports.transfers import MessageKey, Transfers
from cotransfer.ports.utility import Capability, Page

WATER = UtilityId("bench-water")
_FORMER = Name("王秋实")
_CURRENT = RegistryState(RegistryStatus.CURRENT, frozenset())


def owner(number: int) -> RightHolder:
    return RightHolder(Name("李小满"), IdentityNumber(DocumentType.PASSPORT, f"E{number:08d}"))


def certificate(number: int) -> CertificateNumber:
    text = f"云(2024)五华区不动产权第{number:08d}号"
    return CertificateNumber(text=text, canonical=text, legacy=False)


@functools.lru_cache(maxsize=256)
def home(number: int) -> Home:
    building, room = divmod(number, 100)
    return Home(
        certificate_number=certificate(number),
        unit_numbers=(UnitNumber(f"530102003004GB00012F{number:08d}"),),
        location=Location(f"昆明市五华区翠湖东路18号翠湖小区{building + 1}幢2单元{room + 101}室"),
        state=_CURRENT,
        right_holders=(owner(number),),
        former_right_holders=(_FORMER,),
    )


def account(number: int) -> Account:
    building, room = divmod(number, 100)
    return Account(
        number=AccountNumber(f"0871{number:08d}"),
        holder=_FORMER,
        location=Location(f"五华区翠湖东路18号翠湖小区{building + 1}栋2单元{room + 101}"),
        in_arrears=False,
    )


def signing_address(number: int) -> SigningAddress:
    return SigningAddress(f"https://sign.kmwater.example/c/{number:08d}")


def request(number: int) -> Request:
    """What the n-th owner confirms at step 5."""
    return Request(
        enquiry=Enquiry(
            service=Service.WATER,
            account_number=account(number).number.text,
            certificate_number=certificate(number),
            identity=owner(number).identity,
        ),
        right_holder_name=owner(number).name,
        mobile_number=MobileNumber(f"138{number:08d}"),
        confirmed=False,
        openid=OpenId(f"oBench_{number:08d}"),
    )


def message(source: str, number: int, step: str) -> Message:
    """Under which a step of the n-th transfer is asked for: every POST of the gateway carries one."""
    key = f"{step}-{number:08d}"
    return Message(MessageKey(source, key), hashlib.sha256(key.encode()).digest())


class InstantRegistry:
    """Knows every owner's one home."""

    async def properties_of(self, identity: IdentityNumber) -> tuple[Home, ...]:
        return (home(int(identity.text[1:])),)

    async def status_of(self, certificate_number: CertificateNumber) -> CertificateStatus | None:
        number = int(certificate_number.canonical.removesuffix("号")[-8:])
        return CertificateStatus(certificate_number, home(number).location, _CURRENT)


class InstantUtility:
    """Takes every application at once; its later reports are played by whoever drives the transfer."""

    can = frozenset[Capability]()

    async def find_account(self, number: AccountNumber) -> Account | None:
        return account(int(number.text[4:]))

    async def submit(self, case: Case, *, key: TransferId) -> Receipt:
        return Taken(f"W-{case.account_number.text}")

    async def progress(self, key: TransferId) -> tuple[Report, ...] | None:
        """Nothing: whoever has to ask again may as well send again, which changes nothing here."""
        return None

    async def cancel(self, key: TransferId) -> WithdrawalAnswer:
        """Whatever is asked for."""
        return Cancelled()

    async def renew_signing_address(self, key: TransferId) -> SigningAddress | None:
        """Nothing: its addresses last."""
        return None

    async def statement(self, changed_since: datetime, cursor: str | None = None) -> Page:
        """Nothing: it keeps no book."""
        return Page(())


class InstantNotifier:
    """Delivers every notice."""

    remembers_s = None

    async def send(self, notice: Notice) -> Fate:
        return Delivered(notice.key)


def world(transfers: Transfers, agenda: Agenda) -> World:
    """The town over a store, with this machine's own clock and identifiers."""
    return World(
        transfers=transfers,
        agenda=agenda,
        registry=InstantRegistry(),
        directory=Directory(Listing(id=WATER, service=Service.WATER, utility=InstantUtility())),
        notifier=InstantNotifier(),
        clock=SystemClock(),
        identifiers=RandomIdentifiers(),
    )
