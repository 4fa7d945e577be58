"""The simulated WeChat: tokens and template messages as Tencent has them."""

from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import attrs
import httpx
import pytest
from tests.sandbox.conftest import AT_ONCE, calling

from cotransfer.sandbox import INVITATION_TEMPLATE, City, WeChat
from cotransfer.sandbox.wechat import APP_ID, APP_SECRET
from cotransfer.sandbox.wechat_templates import faulty_field

GOOD = {
    "thing1": {"value": "用水过户"},
    "thing2": {"value": "春晓苑3幢2单元501室"},
    "phrase3": {"value": "待签章"},
    "time4": {"value": "2026年11月23日 10:15"},
}
ASKING = {"grant_type": "client_credential", "appid": APP_ID, "secret": APP_SECRET}


@attrs.define
class Clock:
    """Seconds that pass only when a test says so."""

    now: float = 1000.0

    def __call__(self) -> float:
        """What it shows."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The clock of the test's WeChat."""
    return Clock()


@pytest.fixture
def wechat(city: City, clock: Clock) -> WeChat:
    """An account that the whole city follows, but for its strangers."""
    drawn = count(1)
    return WeChat(
        followers=city.followers,
        strangers=city.strangers,
        pace=AT_ONCE,
        now=clock,
        draw_token=lambda: f"TOKEN-{next(drawn)}",
    )


@pytest.fixture
async def account(wechat: WeChat) -> AsyncIterator[httpx.AsyncClient]:
    """A caller of it, in process."""
    async with calling(wechat) as client:
        yield client


async def token(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    """The answer to asking for a token."""
    answer = await client.post("/cgi-bin/stable_token", json={**ASKING, **more})
    assert answer.status_code == 200
    return dict(answer.json())


async def send(client: httpx.AsyncClient, openid: str, access_token: str | None = None, **more: Any) -> dict[str, Any]:
    """The answer to sending a message that is good but for `more`."""
    access_token = access_token or (await token(client))["access_token"]
    message = {"touser": openid, "template_id": INVITATION_TEMPLATE, "url": "https://x.example/t", "data": GOOD, **more}
    answer = await client.post("/cgi-bin/message/template/send", params={"access_token": access_token}, json=message)
    assert answer.status_code == 200
    return dict(answer.json())


class TestToken:
    async def test_stays_the_same_until_five_minutes_before_its_end(
        self, account: httpx.AsyncClient, clock: Clock
    ) -> None:
        """Repeated calls give one token; near its end a new one, both valid for the last five minutes."""
        first = await token(account)
        clock.now += 6000
        assert await token(account) == {"access_token": first["access_token"], "expires_in": 1200}
        clock.now += 901
        second = await token(account)
        assert (first["expires_in"], second["expires_in"]) == (7200, 7200)
        assert second["access_token"] != first["access_token"]
        openid = City.from_seed(7).someone("plain").wechat_openid
        assert (await send(account, openid, first["access_token"]))["errcode"] == 0
        clock.now += 300
        assert (await send(account, openid, first["access_token"]))["errcode"] == 42001
        assert (await send(account, openid, second["access_token"]))["errcode"] == 0

    async def test_is_forced_rarely_and_ends_the_old_one(
        self, account: httpx.AsyncClient, clock: Clock, city: City
    ) -> None:
        """force_refresh: thirty seconds apart, twenty a day; the old token is dead at once."""
        old = await token(account)
        assert (await token(account, force_refresh=True))["access_token"] != old["access_token"]
        assert (await send(account, city.someone("plain").wechat_openid, old["access_token"]))["errcode"] == 42001
        assert (await token(account, force_refresh=True))["errcode"] == 45011
        for _ in range(19):
            clock.now += 31
            assert "access_token" in await token(account, force_refresh=True)
        clock.now += 31
        assert (await token(account, force_refresh=True))["errcode"] == 45011

    @pytest.mark.parametrize(
        ("said", "errcode"),
        [({"secret": "wrong"}, 40125), ({"appid": "wrong"}, 40013), ({"grant_type": "password"}, 40002)],
    )
    async def test_is_refused_by_errcode(self, account: httpx.AsyncClient, said: dict[str, Any], errcode: int) -> None:
        """Every refusal is a 200 with an errcode."""
        assert (await token(account, **said))["errcode"] == errcode

    async def test_can_be_revoked_by_script(self, account: httpx.AsyncClient, city: City) -> None:
        """As when somebody draws a token the old way: the next send learns of it."""
        drawn = (await token(account))["access_token"]
        await account.post("/sandbox/script", json={"revoke_token": True})
        openid = city.someone("plain").wechat_openid
        assert (await send(account, openid, drawn))["errcode"] == 42001
        assert (await send(account, openid, "never drawn"))["errcode"] == 40001
        assert (await send(account, openid))["errcode"] == 0


class TestSending:
    async def test_a_message_lies_in_the_inbox(self, account: httpx.AsyncClient, city: City) -> None:
        """Step 7 (b), step 9: what was sent can be looked at, per openid."""
        openid = city.someone("plain").wechat_openid
        answer = await send(account, openid)
        (message,) = (await account.get("/sandbox/inbox", params={"openid": openid})).json()["messages"]
        assert (message["msgid"], message["data"], message["url"]) == (answer["msgid"], GOOD, "https://x.example/t")
        assert (await account.get("/sandbox/inbox", params={"openid": "other"})).json() == {"messages": []}

    async def test_a_client_msg_id_is_delivered_once_within_ten_minutes(
        self, account: httpx.AsyncClient, wechat: WeChat, clock: Clock, city: City
    ) -> None:
        """The same openid and client_msg_id give the same msgid and no second message; another openid is another."""
        one, other = city.someone("plain").wechat_openid, city.someone("plain", 1).wechat_openid
        first = await send(account, one, client_msg_id="m-1")
        assert await send(account, one, client_msg_id="m-1") == first
        await send(account, other, client_msg_id="m-1")
        await send(account, one)
        assert (len(wechat.inbox_of(one)), len(wechat.inbox_of(other))) == (2, 1)
        clock.now += 601
        assert (await send(account, one, client_msg_id="m-1"))["msgid"] != first["msgid"]

    async def test_non_followers_are_known(self, account: httpx.AsyncClient, city: City) -> None:
        """Who does not follow is 43004, who is nobody is 40003; a script may change minds."""
        stranger = city.someone("non_follower").wechat_openid
        assert (await send(account, stranger))["errcode"] == 43004
        assert (await send(account, "o-nobody"))["errcode"] == 40003
        await account.post("/sandbox/script", json={"follow": [stranger]})
        assert (await send(account, stranger))["errcode"] == 0
        await account.post("/sandbox/script", json={"unfollow": [stranger]})
        assert (await send(account, stranger))["errcode"] == 43004

    async def test_template_and_fields_are_checked(
        self, account: httpx.AsyncClient, wechat: WeChat, city: City
    ) -> None:
        """Unknown template: 40037. A field that breaks its limit: 47003, naming it. Nothing is delivered."""
        openid = city.someone("plain").wechat_openid
        assert (await send(account, openid, template_id="other"))["errcode"] == 40037
        long = {**GOOD, "thing2": {"value": "字" * 21}}
        answer = await send(account, openid, data=long)
        assert (answer["errcode"], "thing2" in answer["errmsg"]) == (47003, True)
        assert wechat.inbox == []

    async def test_what_is_not_json_is_told_so(self, account: httpx.AsyncClient) -> None:
        """Tencent's own codes for a body that cannot be read and a token that is not there."""
        drawn = (await token(account))["access_token"]
        path = "/cgi-bin/message/template/send"
        unread = await account.post(path, params={"access_token": drawn}, content=b"{")
        missing = await account.post(path, json={})
        untold = await account.post("/cgi-bin/stable_token", content=b"[]")
        assert [a.json()["errcode"] for a in (unread, missing, untold)] == [47001, 41001, 47001]


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("thing1", "字" * 20, "字" * 21),
        ("phrase1", "办理中", "办理中。"),
        ("phrase1", "五个汉字好", "六个汉字不好"),
        ("name1", "张*", "张" * 11),
        ("name1", "A" * 20, "A" * 21),
        ("character_string1", "0870012345", "户号1"),
        ("number1", "12.5", "十二"),
        ("time1", "10:15", "今天"),
        ("time1", "2026-11-23 10:15", "2026-11-23"),
        ("date1", "2026年11月23日", "明天"),
        ("phone_number1", "13800138000", "1" * 18),
        ("amount1", "￥12.50", "很多"),
        ("symbol1", "★", "★" * 6),
        ("thing1", " 有 ", "  "),
    ],
)
def test_field_limits(field: str, good: str, bad: str) -> None:
    """Tencent's limits by kind of field."""
    template = frozenset({field})
    assert faulty_field(template, {field: {"value": good}}) is None
    assert faulty_field(template, {field: {"value": bad}}) == field
    assert faulty_field(template, {}) == field
    assert faulty_field(template, {field: {"value": good}, "thing9": {"value": "多"}}) == "thing9"
