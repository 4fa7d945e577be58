"""Counterparties that know every planted person, and fail in every way there is: away, refusing, answering garbage.

Garbage comes over the real lines and is full of what was asked, so that whoever quotes an answer gives it away. Never
fails the same call twice in a row for good: most transfers reach their end.
"""

import random
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import attrs
import httpx
import orjson
from tests.leaks.planted import HOST, Person

from cotransfer.adapters.machine import SystemClock
from cotransfer.adapters.registry import HttpRegistry
from cotransfer.adapters.utilities.standard import StandardUtility
from cotransfer.adapters.wechat import Template, WeChatNotifier, wechat_line
from cotransfer.adapters.wire.client import Line
from cotransfer.domain.case import Case
from cotransfer.domain.notices import Delivered, Fate, Notice, NoticeKind, Undeliverable
from cotransfer.domain.parties import Party
from cotransfer.domain.reports import Cancelled, Grounds, NotTaken, Receipt, Report, Taken, WithdrawalAnswer
from cotransfer.domain.values import (
    Account,
    AccountNumber,
    CertificateNumber,
    Home,
    IdentityNumber,
    SigningAddress,
    TransferId,
    UtilityId,
)
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.registry import CertificateStatus
from cotransfer.ports.utility import Capability, Page

WATER = UtilityId("kunming-water")
NEVER = 25
"""Of so many people one's application is taken by nobody."""

ACCESS_TOKEN = {"access_token": "a-token-of-the-tests", "expires_in": 7200}


@attrs.frozen
class Mailroom:
    """Every request that went out, without its body; and the garbage that comes back."""

    people: Mapping[str, Person]
    sent: list[str] = attrs.field(factory=list)
    never_taken: set[str] = attrs.field(factory=set)
    draw: random.Random = attrs.field(factory=lambda: random.Random(7))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """What a counterparty that has gone astray says to `request`."""
        asked = request.content.decode()
        self.sent.append(f"{request.method} {request.url} {sorted(request.headers.items())}")
        if "token" in request.url.path:
            return httpx.Response(200, json=ACCESS_TOKEN)
        told = orjson.loads(asked) if asked else {}
        if self._by_nobody(told):
            self.never_taken.add(told["transfer"])
            return httpx.Response(500, text=f"Traceback: KeyError: {asked}")
        kinds: tuple[Callable[[], httpx.Response], ...] = (
            lambda: httpx.Response(500, text=f"Traceback: KeyError: {asked}"),
            lambda: httpx.Response(422, json={"code": "invalid_fields", "detail": asked, "errors": [told]}),
            lambda: httpx.Response(200, text=f"<html>{asked}</html>"),
            lambda: httpx.Response(
                200, json={"properties": [told], "account": told, "outcome": asked, "errmsg": asked}
            ),
            lambda: httpx.Response(200, content=b'{"cut": ' + asked.encode()),
            lambda: httpx.Response(200, json={"errcode": 40003, "errmsg": f"invalid openid {asked}"}),
            lambda: httpx.Response(302, headers={"location": f"https://elsewhere.example/?asked={len(asked)}"}),
        )
        return self.draw.choice(kinds)()

    def _by_nobody(self, told: Mapping[str, Any]) -> bool:
        """Whether this is an application that will not be taken however often it comes."""
        one = self.people.get(told.get("application", {}).get("identity_number", ""))
        return one is not None and one.number % NEVER == 0

    @property
    def transport(self) -> httpx.MockTransport:
        """For a real line."""
        return httpx.MockTransport(self)


class Registry:
    """`CertificateRegistry`."""

    def __init__(self, mail: Mailroom) -> None:
        self._mail = mail
        line = Line("https://registry.example", name="registry", party=Party.REGISTRY, transport=mail.transport)
        self._astray = HttpRegistry(line)
        self._by_certificate = {one.certificate_number: one for one in mail.people.values()}

    async def properties_of(self, identity: IdentityNumber) -> tuple[Home, ...]:
        """Step 1."""
        if stray(self._mail.draw, Party.REGISTRY):
            return await self._astray.properties_of(identity)
        one = self._mail.people.get(identity.text)
        return () if one is None else (one.home,)

    async def status_of(self, certificate_number: CertificateNumber) -> CertificateStatus | None:
        """Steps 6 and 8."""
        if stray(self._mail.draw, Party.REGISTRY):
            return await self._astray.status_of(certificate_number)
        home = self._by_certificate[certificate_number.text].home
        return CertificateStatus(certificate_number, home.location, home.state)


class Water:
    """`Utility`."""

    def __init__(self, mail: Mailroom) -> None:
        self._mail = mail
        line = Line("https://water.example", name=WATER.text, party=Party.UTILITY, transport=mail.transport)
        self._astray = StandardUtility(line, WATER, signing_hosts=frozenset({HOST}))
        self._by_account = {one.account_number: one for one in mail.people.values()}

    can = frozenset(Capability)

    async def find_account(self, number: AccountNumber) -> Account | None:
        """Step 4."""
        if stray(self._mail.draw, Party.UTILITY):
            return await self._astray.find_account(number)
        one = self._by_account.get(number.text)
        return None if one is None else one.account

    async def submit(self, case: Case, *, key: TransferId) -> Receipt:
        """Step 5."""
        one = self._by_account[case.account_number.text]
        if one.number % NEVER == 0 or stray(self._mail.draw, Party.UTILITY):
            return await self._astray.submit(case, key=key)
        if self._mail.draw.random() < 0.03:
            return NotTaken(Grounds(one.reason))
        return Taken(f"W-{key.text[-12:]}")

    async def progress(self, key: TransferId) -> tuple[Report, ...] | None:
        """At any time."""
        return await self._astray.progress(key) if stray(self._mail.draw, Party.UTILITY) else None

    async def cancel(self, key: TransferId) -> WithdrawalAnswer:
        """Steps 5 to 7."""
        return await self._astray.cancel(key) if stray(self._mail.draw, Party.UTILITY) else Cancelled()

    async def renew_signing_address(self, key: TransferId) -> SigningAddress | None:
        """Step 7."""
        return await self._astray.renew_signing_address(key) if stray(self._mail.draw, Party.UTILITY) else None

    async def statement(self, changed_since: datetime, cursor: str | None = None) -> Page:
        """At night."""
        astray = stray(self._mail.draw, Party.UTILITY)
        return await self._astray.statement(changed_since, cursor) if astray else Page(())


class Notices:
    """`Notifier`."""

    remembers_s = None

    def __init__(self, mail: Mailroom) -> None:
        self._mail = mail
        self._astray = WeChatNotifier(
            wechat_line("https://wechat.example", transport=mail.transport),
            appid="wx0000000000000000",
            secret="of-the-tests-alone",
            templates={kind: Template("T" * 43, {"thing1": "location"}) for kind in NoticeKind},
            page_url="https://gateway.example/transfers/",
            clock=SystemClock(),
            remembers_s=60.0,
        )

    async def send(self, notice: Notice) -> Fate:
        """Steps 7 and 9."""
        if stray(self._mail.draw, Party.NOTIFIER):
            return await self._astray.send(notice)
        return Delivered(notice.key[-12:]) if self._mail.draw.random() > 0.03 else Undeliverable("not_following")


def stray(draw: random.Random, party: Party) -> bool:
    """Whether this call goes astray: one in sixteen. One in thirty finds nobody there at all."""
    chance = draw.random()
    if chance < 1 / 30:
        raise Unavailable(party, "Nobody is there.", certain=True)
    return chance < 1 / 30 + 1 / 16
