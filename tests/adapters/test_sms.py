"""The SMS notifier keeps the laws of its port, against the simulated service; every exchange keeps the contract."""

import logging
from collections.abc import AsyncIterator

import attrs
import httpx
import pytest
from tests.sandbox.test_contracts import Checked
from typing_extensions import override

from cotransfer.adapters.sms import SmsNotifier
from cotransfer.adapters.sms.answers import OUR_FAULT, Reason
from cotransfer.adapters.wire.client import Line
from cotransfer.adapters.wire.signing import (
    Scheme,
    Signer,
    StandardCheck,
    StandardRequests,
    Verifier,
    checking_key,
    signing_key,
)
from cotransfer.domain.notices import Delivered, NoticeKind, Phrase, Undeliverable
from cotransfer.domain.parties import Party
from cotransfer.domain.values import OpenId
from cotransfer.ports.errors import NotAdmitted, Unavailable, Unintelligible
from cotransfer.sandbox import MessageSigning
from cotransfer.sandbox.pace import Pace
from cotransfer.sandbox.script import AnswerLost, Garbage, Status
from cotransfer.sandbox.sms import REASONS, TEMPLATES, SmsService
from cotransfer.testing.notifier import FOLLOWER, TELEPHONES, PostOffice, SmsLaws, a_notice

SEND = "POST /v1/messages"
NAMES = dict(zip(NoticeKind, TEMPLATES, strict=True))
SECRET = "whsec_" + "c2FuZGJveC1zbXMtc2VjcmV0LTAxMjM0NTY3ODk="


class _Office:
    def __init__(self) -> None:
        check = StandardCheck(Verifier([checking_key(Scheme.HMAC_SHA256, SECRET)]))
        self.sms = SmsService(token="agreed", pace=Pace(scale=0), signing=MessageSigning(expected={"sms": check}))
        self.line = Line(
            "http://127.0.0.1:8085",
            name="sms",
            party=Party.NOTIFIER,
            token="agreed",
            signer=StandardRequests(Signer([signing_key(Scheme.HMAC_SHA256, SECRET)])),
            transport=Checked("sms", httpx.ASGITransport(app=self.sms)),
        )
        self.notifier = SmsNotifier(self.line, templates=NAMES, remembers_s=82_800.0)

    async def shown(self, openid: OpenId) -> int:
        return len(self.sms.inbox_of(TELEPHONES[openid].text))

    async def unfollow(self, openid: OpenId) -> None:
        self.sms.refuse(TELEPHONES[openid].text, "opted_out")

    async def go_away(self) -> None:
        self.sms.script.order("POST *", Status(503), times=1000)

    async def come_back(self) -> None:
        self.sms.script.clear()

    async def lose_an_answer(self) -> None:
        self.sms.script.order(SEND, AnswerLost())


def stranger(office: _Office, token: str, *, signs: bool) -> Line:
    """A line of somebody's who may not have agreed on everything; what comes over it is not held against anything."""
    return Line(
        "http://127.0.0.1:8085",
        name="sms",
        party=Party.NOTIFIER,
        token=token,
        signer=StandardRequests(Signer([signing_key(Scheme.HMAC_SHA256, SECRET)])) if signs else None,
        transport=httpx.ASGITransport(app=office.sms),
    )


@pytest.fixture
async def office() -> AsyncIterator[_Office]:
    """The service and our notifier, both fresh."""
    office = _Office()
    async with office.line:
        yield office


class TestSmsNotifier(SmsLaws):
    @override
    @pytest.fixture
    def post_office(self, office: _Office) -> PostOffice:
        """The simulated service, in process, which insists on token and signature."""
        return office


async def test_what_an_sms_says(office: _Office) -> None:
    """Step 7: what it is about, how it stands, and the way to our own page: no name or number."""
    notice = attrs.evolve(a_notice(), kind=NoticeKind.INVITATION, phrase=Phrase.TO_SIGN)
    await office.notifier.send(notice)
    (sms,) = office.sms.inbox
    assert sms.text == (
        f"【互联网+不动产】您的用水过户业务待签章，详情请见 https://platform.example/transfers/{notice.transfer.text}"
    )
    assert notice.grounds is not None
    for told in (notice.location.text, notice.certificate_number.text, notice.grounds.text, FOLLOWER.text):
        assert told not in sms.text
    assert (sms.template, sms.key) == ("invitation", notice.key)


@pytest.mark.parametrize("reason", Reason)
async def test_each_reason_is_told_as_it_is(office: _Office, reason: Reason, caplog: pytest.LogCaptureFixture) -> None:
    """Refused for good: the contract's word, and an alert where the operator has to mend something."""
    notice = a_notice()
    office.sms.refuse(notice.mobile_number.text, reason.value)
    with caplog.at_level(logging.ERROR):
        assert await office.notifier.send(notice) == Undeliverable(reason.value)
    assert [one.message.startswith("ALERT: ") for one in caplog.records] == ([True] if reason in OUR_FAULT else [])
    assert notice.mobile_number.text not in caplog.text


def test_the_sandbox_knows_every_reason() -> None:
    """What the service may say, and what we understand, is the contract's."""
    assert [reason.value for reason in Reason] == list(REASONS)


async def test_a_refusal_is_remembered_under_its_key(office: _Office) -> None:
    """The same key, the same answer: a number that is reached again gets the next notice."""
    notice = a_notice()
    office.sms.refuse(notice.mobile_number.text, "blocked")
    assert await office.notifier.send(notice) == Undeliverable("blocked")
    office.sms.refuse(notice.mobile_number.text, None)
    assert await office.notifier.send(notice) == Undeliverable("blocked")
    assert isinstance(await office.notifier.send(attrs.evolve(notice, key="another")), Delivered)


async def test_too_many_is_surely_nothing(office: _Office) -> None:
    """A 429 leaves no doubt, and says when."""
    office.sms.script.order(SEND, Status(429, retry_after_s=60))
    with pytest.raises(Unavailable) as caught:
        await office.notifier.send(a_notice())
    assert (caught.value.certain, caught.value.retry_after_s) == (True, 60)


async def test_garbage_is_the_services_fault(office: _Office) -> None:
    """Nothing is guessed from an answer that no contract allows."""
    line = Line(
        "http://127.0.0.1:8085", name="sms", party=Party.NOTIFIER, transport=httpx.ASGITransport(app=office.sms)
    )
    office.sms.script.order(SEND, Garbage())
    async with line:
        with pytest.raises((Unintelligible, NotAdmitted)) as caught:
            await SmsNotifier(line, templates=NAMES, remembers_s=1).send(a_notice())
    assert caught.value.party is Party.NOTIFIER


@pytest.mark.parametrize(
    "body",
    [
        b'{"outcome":"taken"}',
        b'{"outcome":"refused"}',
        b'{"outcome":"refused","reason":"isv.DAY_LIMIT_CONTROL"}',
        b'{"outcome":"refused","reason":"13888000001"}',
        b'{"outcome":"queued","reference":"S-1"}',
        b'{"outcome":"taken","reference":"S-1","balance":3}',
        b"[]",
        b"",
        b'{"code":"OK"}',
    ],
)
async def test_what_the_contract_does_not_have_is_no_answer(body: bytes) -> None:
    """Neither sent nor refused: the service is named, and what it said is not shown."""

    def answering(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "application/json"}, content=body)

    line = Line("https://sms.example", name="sms", party=Party.NOTIFIER, transport=httpx.MockTransport(answering))
    async with line:
        with pytest.raises(Unintelligible) as caught:
            await SmsNotifier(line, templates=NAMES, remembers_s=1).send(a_notice())
    assert caught.value.party is Party.NOTIFIER
    assert not caught.value.certain
    assert "13888000001" not in caught.value.what


async def test_a_stranger_is_not_let_in(office: _Office) -> None:
    """Without the agreed token or signature nothing is sent, and only a person can help."""
    for token, signs in (("other", True), ("agreed", False)):
        async with stranger(office, token, signs=signs) as line:
            with pytest.raises(NotAdmitted):
                await SmsNotifier(line, templates=NAMES, remembers_s=1).send(a_notice())
    assert office.sms.inbox == []


def test_every_notice_has_a_template() -> None:
    """Told at the start, not at the first notice."""
    line = Line("https://sms.example", name="sms", party=Party.NOTIFIER)
    with pytest.raises(ValueError, match="reminder, result"):
        SmsNotifier(line, templates={NoticeKind.INVITATION: "t"}, remembers_s=1)
