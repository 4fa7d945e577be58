"""Every error code of WeChat, and every other way to fail, ends as the table says."""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta

import httpx
import pytest

from cotransfer.adapters.memory.time import ManualClock
from cotransfer.adapters.wechat import Template, WeChatNotifier, templates, wechat_line
from cotransfer.adapters.wechat.codes import VERDICTS
from cotransfer.domain.notices import Delivered, Fate, NoticeKind, Undeliverable
from cotransfer.domain.parties import Party
from cotransfer.ports.errors import Unavailable, Unintelligible
from cotransfer.testing.notifier import a_notice

OK = {"errcode": 0, "errmsg": "ok", "msgid": 9_007_199_254_740_993}
TEMPLATE = Template("TPL_invented", {"thing1": "location"})
Answer = dict[str, object] | httpx.Response | Exception


class Tencent:
    """Answers each send with the next of `answers` (the last one for ever), and gives numbered tokens."""

    def __init__(self, *answers: Answer, tokens: Sequence[Answer] = ()) -> None:
        self._answers = list(answers) or [OK]
        self._tokens = list(tokens)
        self.asked: list[bool] = []
        self.sent: list[dict[str, object]] = []
        self.shown_tokens: list[str] = []
        self.clock = ManualClock()

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        if request.url.path == "/cgi-bin/stable_token":
            self.asked.append(body["force_refresh"])
            token: Answer = {"access_token": f"token-{len(self.asked)}", "expires_in": 7200}
            return _reply(self._tokens.pop(0) if self._tokens else token)
        self.sent.append(body)
        self.shown_tokens.append(request.url.params["access_token"])
        return _reply(self._answers.pop(0) if len(self._answers) > 1 else self._answers[0])

    async def send(self) -> Fate:
        """Let a notifier of our own send the sample notice."""
        return await self.notifier().send(a_notice())

    def notifier(self) -> WeChatNotifier:
        """A notifier that talks to nobody else."""
        return WeChatNotifier(
            wechat_line("https://wechat.example", transport=httpx.MockTransport(self._answer)),
            appid="wx0000invented",
            secret="invented-secret",
            templates=dict.fromkeys(NoticeKind, TEMPLATE),
            page_url="https://platform.example/transfers/",
            clock=self.clock,
            remembers_s=540.0,
        )


def _reply(answer: Answer) -> httpx.Response:
    if isinstance(answer, Exception):
        raise answer
    full = answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)
    # The line reads from the stream, which a response made of content has used up.
    return httpx.Response(full.status_code, headers=full.headers, stream=httpx.ByteStream(full.content))


def _code(code: int) -> Answer:
    return {"errcode": code, "errmsg": f"no matter what oInvented_0001 {code}"}


NEVER = {
    40003: "not_following",
    43004: "not_following",
    43101: "refused_by_citizen",
    40037: "template_invalid",
    47003: "field_refused",
    41030: "page_refused",
}
LATER = {-1: 30.0, 45011: 60.0, 45009: 7 * 3600 + 60.0}
STOP = (40013, 40125, 40243, 40164, 48001, 48004, 50002)
SPOILT = (40001, 40014, 42001)


def test_the_table_is_closed():
    """Each code that we know has its line in one of the tables here."""
    assert set(VERDICTS) == {*NEVER, *LATER, *STOP, *SPOILT}


@pytest.mark.parametrize(("code", "why"), NEVER.items())
async def test_what_can_never_arrive_is_undeliverable(code: int, why: str, caplog: pytest.LogCaptureFixture):
    """No retry helps; where it is our fault, somebody is told without anything personal."""
    tencent = Tencent(_code(code))
    assert await tencent.send() == Undeliverable(why)
    assert len(tencent.sent) == (2 if code == 40037 else 1)
    told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert bool(told) is (code in {40037, 47003, 41030})
    assert all("ALERT" in text and "oInvented" not in text for text in told)


async def test_a_refused_field_is_named_in_the_alert(caplog: pytest.LogCaptureFixture):
    """47003 is our mistake; the operator learns which field it is about."""
    await Tencent({"errcode": 47003, "errmsg": "argument invalid! data.thing1.value is empty"}).send()
    assert "field thing1" in caplog.text


@pytest.mark.parametrize(("code", "pause_s"), LATER.items())
async def test_what_may_pass_is_tried_later(code: int, pause_s: float):
    """Busy for a while; the daily quota until after midnight in China, which is 17:00 in the clock's 09:00 UTC."""
    with pytest.raises(Unavailable) as caught:
        await Tencent(_code(code)).send()
    error = caught.value
    assert (error.party, error.retry_after_s, error.certain) == (Party.NOTIFIER, pause_s, True)
    assert "ALERT" not in error.what


@pytest.mark.parametrize("code", STOP)
@pytest.mark.parametrize("at_token", [False, True])
async def test_what_only_the_operator_can_mend_alerts(code: int, at_token: bool):
    """Wrong secret, wrong address, no rights: a long pause and a word for monitoring."""
    tencent = Tencent(OK, tokens=[_code(code)]) if at_token else Tencent(_code(code))
    with pytest.raises(Unavailable) as caught:
        await tencent.send()
    assert caught.value.what.startswith("ALERT: ")
    assert str(code) in caught.value.what
    assert (caught.value.retry_after_s, caught.value.certain) == (3600.0, True)
    assert len(tencent.sent) == (0 if at_token else 1)


@pytest.mark.parametrize("code", SPOILT)
class TestSpoiltTokens:
    async def test_is_asked_for_again_without_force(self, code: int):
        """The first complaint: ask again, and send again, once."""
        tencent = Tencent(_code(code), OK)
        assert await tencent.send() == Delivered("9007199254740993")
        assert (tencent.asked, tencent.shown_tokens) == ([False, False], ["token-1", "token-2"])

    async def test_then_by_force(self, code: int):
        """The second complaint: by force, once."""
        tencent = Tencent(_code(code), _code(code), OK)
        assert isinstance(await tencent.send(), Delivered)
        assert tencent.asked == [False, False, True]

    async def test_then_given_up(self, code: int):
        """The third: later, and somebody is told."""
        tencent = Tencent(_code(code))
        with pytest.raises(Unavailable, match="ALERT") as caught:
            await tencent.send()
        assert caught.value.certain is True
        assert len(tencent.sent) == 3

    async def test_where_tokens_are_given_it_means_the_secret(self, code: int):
        """40001 in answer to our secret is not about a token."""
        tencent = Tencent(OK, tokens=[_code(code)])
        with pytest.raises(Unavailable, match="ALERT: WeChat refuses our secret"):
            await tencent.send()
        assert tencent.asked == [False]


@pytest.mark.parametrize(
    "answer",
    [
        _code(99999),
        {"errcode": "0", "errmsg": "ok"},
        {"errcode": True},
        {"errcode": 0, "errmsg": "ok"},
        {"errcode": 0, "msgid": "x y"},
        httpx.Response(200, json=[]),
        httpx.Response(200, text="<html>", headers={"Content-Type": "text/html"}),
        httpx.Response(200, content=b'{"errcode": 0, ', headers={"Content-Type": "text/plain"}),
        httpx.Response(404, json={}),
        httpx.Response(302, headers={"Location": "https://elsewhere.example"}),
    ],
)
async def test_what_nobody_understands_is_not_guessed(answer: Answer):
    """An unknown code or shape is the counterparty's fault, and no state is made up from it."""
    with pytest.raises(Unintelligible) as caught:
        await Tencent(answer).send()
    assert caught.value.party is Party.NOTIFIER
    assert "oInvented" not in caught.value.what


async def test_json_that_calls_itself_plain_text_is_read():
    """WeChat does that at times."""
    answer = httpx.Response(200, content=json.dumps(OK).encode(), headers={"Content-Type": "text/plain"})
    assert isinstance(await Tencent(answer).send(), Delivered)


@pytest.mark.parametrize(
    ("answer", "certain"),
    [
        (httpx.Response(500), False),
        (httpx.Response(502), False),
        (httpx.ReadTimeout("late"), False),
        (httpx.ReadError("broken"), False),
        (httpx.ConnectError("refused"), True),
        (httpx.Response(429), True),
    ],
)
async def test_the_line_tells_whether_it_is_certain(answer: Answer, certain: bool):
    """A lost answer may have been a shown message; a refused connection surely was none."""
    with pytest.raises(Unavailable) as caught:
        await Tencent(answer).send()
    assert caught.value.certain is certain


@pytest.mark.parametrize(
    "answer", [httpx.Response(500), httpx.ReadTimeout("late"), httpx.Response(404), httpx.Response(200, text="<html>")]
)
async def test_without_a_token_nothing_was_sent(answer: Answer):
    """Whatever became of the token, and however it was told: the notice is certain not to have been shown."""
    tencent = Tencent(OK, tokens=[answer])
    with pytest.raises((Unavailable, Unintelligible)) as caught:
        await tencent.send()
    error = caught.value
    assert isinstance(error, Unavailable | Unintelligible)
    assert error.certain
    assert tencent.sent == []


async def test_every_try_bears_the_same_identifier():
    """It is what WeChat knows repetitions by, so it hangs on the key alone."""
    tencent = Tencent(httpx.Response(500), OK)
    with pytest.raises(Unavailable):
        await tencent.send()
    tencent.clock.move(timedelta(minutes=1))
    await tencent.send()
    first, second = (body["client_msg_id"] for body in tencent.sent)
    assert first == second


async def test_an_overstepping_field_is_never_sent(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    """Should a filling ever break a limit, we find it before WeChat does, and somebody is told."""
    monkeypatch.setattr(templates, "FILLINGS", {"thing": {"location": lambda notice, at: "字" * 21}})
    tencent = Tencent()
    assert await tencent.send() == Undeliverable("field_refused")
    assert tencent.sent == []
    assert "ALERT" in caplog.text


async def test_a_reference_may_be_text():
    """WeChat's numbers have 64 bits, and some of its interfaces write them as text."""
    assert await Tencent({"errcode": 0, "errmsg": "ok", "msgid": "24123"}).send() == Delivered("24123")


async def test_nothing_is_asked_for_nobody():
    """Who has no openid costs no call."""
    tencent = Tencent()
    assert await tencent.notifier().send(a_notice(openid=None)) == Undeliverable("no_openid")
    assert (tencent.asked, tencent.sent) == ([], [])


def test_each_notice_needs_a_template():
    """A missing template is found when the notifier is built, not when somebody waits for a result."""
    build: Callable[..., object] = WeChatNotifier
    with pytest.raises(ValueError, match="result"):
        build(
            wechat_line("https://wechat.example", transport=httpx.MockTransport(Tencent()._answer)),
            appid="wx",
            secret="s",
            templates={NoticeKind.INVITATION: TEMPLATE},
            page_url="https://platform.example/",
            clock=ManualClock(),
            remembers_s=540.0,
        )


class TestWhatTheyCallIt:
    """WeChat's support asks for the request id that stands in the text of an error."""

    async def test_it_is_told_with_the_failure(self):
        """And nothing else of that text."""
        text = "system error rid: 5f059b1d-0d1a4b2c-5e3a8c2e"
        with pytest.raises(Unavailable) as raised:
            await Tencent({"errcode": -1, "errmsg": text}).send()
        assert raised.value.correlation.theirs == "5f059b1d-0d1a4b2c-5e3a8c2e"
        assert "rid" not in raised.value.what

    @pytest.mark.parametrize("text", ["system error", "rid: 13888000001", "rid: 5f059b1d", 7])
    async def test_without_one_there_is_none(self, text: object):
        """Whatever else it says."""
        with pytest.raises(Unavailable) as raised:
            await Tencent({"errcode": -1, "errmsg": text}).send()
        assert raised.value.correlation.theirs is None

    async def test_of_a_token_that_is_not_given(self):
        """Before the notice itself."""
        refused = {"errcode": -1, "errmsg": "busy rid: 5f059b1d-0d1a4b2c-5e3a8c2e"}
        with pytest.raises(Unavailable) as raised:
            await Tencent(tokens=[refused]).send()
        assert raised.value.correlation.theirs == "5f059b1d-0d1a4b2c-5e3a8c2e"
