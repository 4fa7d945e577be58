"""The access token: asked for once, kept, renewed, forced within WeChat's limits, never shown."""

import asyncio
import json
from datetime import timedelta

import httpx
import pytest

from cotransfer.adapters.memory.time import ManualClock
from cotransfer.adapters.wechat import wechat_line
from cotransfer.adapters.wechat.tokens import Tokens
from cotransfer.ports.errors import Unavailable, Unintelligible

CALLERS = 20


class Issuer:
    """Gives numbered tokens, each after a moment; the same again without force when `stubborn`; or `broken` answers."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.asked: list[bool] = []
        self.stubborn = False
        self.broken: httpx.Response | None = None
        self.life_s = 7200
        self._issued = 0
        self.tokens = Tokens(
            wechat_line("https://wechat.example", transport=httpx.MockTransport(self._answer)),
            "wx0000invented",
            "invented-secret",
            self.clock,
        )

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        forced = json.loads(request.content)["force_refresh"]
        self.asked.append(forced)
        await asyncio.sleep(0.001)
        if self.broken is not None:
            return _streamed(self.broken)
        if forced or not self.stubborn or not self._issued:
            self._issued += 1
        return _streamed(httpx.Response(200, json={"access_token": f"token-{self._issued}", "expires_in": self.life_s}))


def _streamed(full: httpx.Response) -> httpx.Response:
    """The line reads from the stream, which a response made of content has used up."""
    return httpx.Response(full.status_code, headers=full.headers, stream=httpx.ByteStream(full.content))


@pytest.fixture
def issuer() -> Issuer:
    """A fresh one, that has given no token yet."""
    return Issuer()


async def test_many_callers_one_question(issuer: Issuer):
    """However many wait, WeChat is asked once."""
    tokens = await asyncio.gather(*(issuer.tokens.current() for _ in range(CALLERS)))
    assert (set(tokens), issuer.asked) == ({"token-1"}, [False])


async def test_many_callers_one_renewal(issuer: Issuer):
    """A token that fails for all of them is renewed once."""
    await issuer.tokens.current()
    tokens = await asyncio.gather(*(issuer.tokens.renewed("token-1") for _ in range(CALLERS)))
    assert (set(tokens), issuer.asked) == ({"token-2"}, [False, False])


async def test_many_callers_one_force(issuer: Issuer):
    """Force is used once for all who need it."""
    issuer.stubborn = True
    await issuer.tokens.current()
    tokens = await asyncio.gather(*(issuer.tokens.forced("token-1") for _ in range(CALLERS)))
    assert (set(tokens), issuer.asked) == ({"token-2"}, [False, True])


async def test_who_comes_late_gets_what_there_is(issuer: Issuer):
    """A complaint about a token that has been replaced meanwhile costs nothing."""
    await issuer.tokens.current()
    await issuer.tokens.renewed("token-1")
    assert await issuer.tokens.renewed("token-1") == "token-2"
    assert await issuer.tokens.forced("token-1") == "token-2"
    assert issuer.asked == [False, False]


async def test_force_waits_for_a_question_under_way(issuer: Issuer):
    """What is being asked for anyway may be the new token."""
    await issuer.tokens.current()
    renewed, forced = await asyncio.gather(issuer.tokens.renewed("token-1"), issuer.tokens.forced("token-1"))
    assert (renewed, forced, issuer.asked) == ("token-2", "token-2", [False, False])


async def test_all_who_wait_share_a_failure(issuer: Issuer):
    """When WeChat is down it is not asked once per caller; the next one asks afresh."""
    issuer.broken = httpx.Response(503)
    failures = await asyncio.gather(*(issuer.tokens.current() for _ in range(CALLERS)), return_exceptions=True)
    assert {type(failure) for failure in failures} == {Unavailable}
    assert len(issuer.asked) == 1
    issuer.broken = None
    assert await issuer.tokens.current() == "token-1"


async def test_who_gives_up_takes_nothing_from_the_others(issuer: Issuer):
    """One cancelled caller leaves the question standing."""
    first, second = (asyncio.create_task(issuer.tokens.current()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == "token-1"
    assert issuer.asked == [False]


async def test_when_all_give_up_nothing_is_left_over(issuer: Issuer):
    """A failure that nobody waits for any more is no noise."""
    issuer.broken = httpx.Response(503)
    caller = asyncio.create_task(issuer.tokens.current())
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.sleep(0.01)
    assert issuer.asked == [False]


@pytest.mark.parametrize(("after_s", "asked"), [(6899, 1), (6900, 2), (90000, 2)])
async def test_is_kept_until_five_minutes_before_its_end(issuer: Issuer, after_s: int, asked: int):
    """WeChat renews five minutes before the end; so do we."""
    await issuer.tokens.current()
    issuer.clock.move(timedelta(seconds=after_s))
    await issuer.tokens.current()
    assert len(issuer.asked) == asked


async def test_a_token_near_its_end_serves_those_who_wait(issuer: Issuer):
    """It is good for this moment, and not kept."""
    issuer.life_s = 120
    tokens = await asyncio.gather(*(issuer.tokens.current() for _ in range(CALLERS)))
    assert set(tokens) == {"token-1"}
    assert await issuer.tokens.current() == "token-2"


async def _spoil(issuer: Issuer) -> str:
    return await issuer.tokens.forced(await issuer.tokens.current())


async def test_force_is_thirty_seconds_apart(issuer: Issuer):
    """WeChat's limit is kept on our side, with the time to wait and a word for monitoring."""
    await _spoil(issuer)
    issuer.clock.move(timedelta(seconds=10))
    with pytest.raises(Unavailable, match="ALERT") as caught:
        await _spoil(issuer)
    assert (caught.value.retry_after_s, caught.value.certain) == (20.0, True)
    issuer.clock.move(timedelta(seconds=20))
    assert await _spoil(issuer)


async def test_force_is_twenty_times_a_day(issuer: Issuer):
    """The twenty-first waits until the first is a day old."""
    for _ in range(20):
        await _spoil(issuer)
        issuer.clock.move(timedelta(minutes=1))
    with pytest.raises(Unavailable) as caught:
        await _spoil(issuer)
    assert caught.value.retry_after_s == 86400 - 20 * 60
    issuer.clock.move(timedelta(seconds=86400 - 20 * 60))
    assert await _spoil(issuer)
    assert issuer.asked.count(True) == 21


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"access_token": "t"},
        {"access_token": "", "expires_in": 7200},
        {"access_token": "t t", "expires_in": 7200},
        {"access_token": "令", "expires_in": 7200},
        {"access_token": "t" * 2049, "expires_in": 7200},
        {"access_token": "t", "expires_in": 0},
        {"access_token": "t", "expires_in": "7200"},
        {"access_token": "t", "expires_in": 10**9},
        {"errcode": 43004, "errmsg": ""},
        {"errcode": 77777, "errmsg": ""},
    ],
)
async def test_what_is_no_token_is_not_used(issuer: Issuer, answer: dict[str, object]):
    """An answer that WeChat does not give is refused, not sent on as a token."""
    issuer.broken = httpx.Response(200, json=answer)
    with pytest.raises(Unintelligible):
        await issuer.tokens.current()


async def test_neither_token_nor_secret_is_shown(issuer: Issuer, caplog: pytest.LogCaptureFixture):
    """WeChat wants the token in the address, which HTTP clients log."""
    caplog.set_level("DEBUG")
    await issuer.tokens.current()
    shown = f"{vars(issuer.tokens)} {caplog.text}"
    assert "token-1" not in shown
    assert "invented-secret" not in caplog.text
