"""The WeChat notifier keeps the laws of its port, against the simulated WeChat; every request keeps the contract."""

from collections.abc import AsyncIterator

import httpx
import pytest
from typing_extensions import override

from cotransfer.adapters.memory.time import ManualClock
from cotransfer.adapters.wechat import Template, WeChatNotifier, wechat_line
from cotransfer.adapters.wire.contracts import contract
from cotransfer.domain.notices import Delivered, NoticeKind
from cotransfer.domain.values import OpenId
from cotransfer.sandbox.pace import Pace
from cotransfer.sandbox.script import AnswerLost, ErrCode, Status
from cotransfer.sandbox.wechat import APP_ID, APP_SECRET, WeChat
from cotransfer.sandbox.wechat_templates import INVITATION_TEMPLATE, RESULT_TEMPLATE
from cotransfer.testing.notifier import FOLLOWER, OTHER_FOLLOWER, NotifierLaws, PostOffice, a_notice

INVITATION_FIELDS = {"thing1": "location", "thing2": "service", "phrase3": "phrase", "time4": "time"}
RESULT_FIELDS = {"thing1": "location", "thing2": "result", "character_string3": "transfer", "date4": "time"}
SEND = "POST /cgi-bin/message/template/send"


class _HeldAgainstTheContract(httpx.AsyncBaseTransport):
    """Lets nothing through that the contract does not have."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        line = (request.method, request.url.raw_path.decode())
        wechat = contract("wechat")
        wechat.check_request(*line, request.headers, request.content)
        response = await self._inner.handle_async_request(request)
        body = await response.aread()
        if response.is_success:
            wechat.check_response(*line, response.status_code, response.headers, body)
        return httpx.Response(response.status_code, headers=response.headers, stream=httpx.ByteStream(body))


class _Office:
    def __init__(self) -> None:
        self.wechat = WeChat(followers=[FOLLOWER.text, OTHER_FOLLOWER.text], pace=Pace(scale=0))
        self.line = wechat_line(
            "http://127.0.0.1:8003", transport=_HeldAgainstTheContract(httpx.ASGITransport(app=self.wechat))
        )
        self.notifier = WeChatNotifier(
            self.line,
            appid=APP_ID,
            secret=APP_SECRET,
            templates={
                NoticeKind.INVITATION: Template(INVITATION_TEMPLATE, INVITATION_FIELDS),
                NoticeKind.REMINDER: Template(INVITATION_TEMPLATE, INVITATION_FIELDS),
                NoticeKind.RESULT: Template(RESULT_TEMPLATE, RESULT_FIELDS),
            },
            page_url="https://platform.example/transfers/",
            clock=ManualClock(),
            remembers_s=540.0,
        )

    async def shown(self, openid: OpenId) -> int:
        return len(self.wechat.inbox_of(openid.text))

    async def unfollow(self, openid: OpenId) -> None:
        self.wechat.unfollow(openid.text)

    async def go_away(self) -> None:
        self.wechat.script.order("POST *", Status(503), times=1000)

    async def come_back(self) -> None:
        self.wechat.script.clear()

    async def lose_an_answer(self) -> None:
        self.wechat.script.order(SEND, AnswerLost())


@pytest.fixture
async def office() -> AsyncIterator[_Office]:
    """WeChat and our notifier, both fresh."""
    office = _Office()
    async with office.line:
        yield office


class TestWeChatNotifier(NotifierLaws):
    @override
    @pytest.fixture
    def post_office(self, office: _Office) -> PostOffice:
        """The simulated WeChat, in process."""
        return office


async def test_a_revoked_token_is_replaced(office: _Office):
    """Somebody drew a token the old way and ended ours: the notice arrives all the same."""
    await office.notifier.send(a_notice("first"))
    office.wechat.tokens.revoke()
    assert isinstance(await office.notifier.send(a_notice("second")), Delivered)
    assert await office.shown(FOLLOWER) == 2


async def test_a_template_is_doubted_once_only(office: _Office):
    """40037 is seen for good templates now and then: the second try tells."""
    office.wechat.script.order(SEND, ErrCode(40037))
    assert isinstance(await office.notifier.send(a_notice()), Delivered)


async def test_the_message_leads_to_our_page(office: _Office):
    """Step 7: the address holds the transfer's identifier, and nothing else."""
    await office.notifier.send(a_notice())
    (message,) = office.wechat.inbox
    assert message.url == f"https://platform.example/transfers/{a_notice().transfer.text}"
    assert message.client_msg_id is not None
    assert len(message.client_msg_id) == 32
    assert message.data == {
        "thing1": {"value": "昆明市五华区翠湖东路…3幢2单元502室"},
        "thing2": {"value": "已退回：原户号与房屋坐落不一致"},
        "character_string3": {"value": "01997c5e800070008000000000000001"},
        "date4": {"value": "2026年3月2日 17:00"},
    }
