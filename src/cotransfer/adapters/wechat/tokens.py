"""WeChat's stable access token: asked for once however many callers wait, kept until shortly before its end.

Never asks by force unless a fresh token failed too, and then no oftener than WeChat allows. Never shows a token.
"""

import asyncio
from collections import deque
from datetime import datetime, timedelta

import attrs

from cotransfer.adapters.wechat import answers
from cotransfer.adapters.wechat.codes import Never, Renew
from cotransfer.adapters.wire.client import Line
from cotransfer.domain.parties import Party
from cotransfer.ports.clock import Clock
from cotransfer.ports.errors import Unavailable, Unintelligible

EARLY = timedelta(minutes=5)
"""WeChat renews this long before the end, and both tokens hold meanwhile."""

FORCED_A_DAY = 20
FORCED_APART = timedelta(seconds=30)
_TOKEN_LIMIT = 2048


@attrs.frozen(repr=False)
class _Kept:
    token: str
    until: datetime


class Tokens:
    """The access token of one official account. All methods raise `Unavailable` or `Unintelligible`."""

    def __init__(self, line: Line, appid: str, secret: str, clock: Clock) -> None:
        self._line = line
        self._appid = appid
        self._secret = secret
        self._clock = clock
        self._kept: _Kept | None = None
        self._fetching: asyncio.Task[str] | None = None
        self._forced: deque[datetime] = deque(maxlen=FORCED_A_DAY)

    async def current(self) -> str:
        """The kept token, or a new one."""
        if self._kept is not None and self._clock.now() < self._kept.until:
            return self._kept.token
        return await self._fetch(force=False)

    async def renewed(self, spoilt: str) -> str:
        """Another token than `spoilt`, if WeChat has one by now; asked for without force."""
        if self._kept is not None and self._kept.token == spoilt:
            self._kept = None
        return await self.current()

    async def forced(self, spoilt: str) -> str:
        """A token that is surely new; the old one ends with this."""
        if self._fetching is not None:
            await self._fetch(force=False)  # Joins the one under way.
        if self._kept is not None and self._kept.token != spoilt:
            return await self.current()
        return await self._fetch(force=True)

    async def _fetch(self, *, force: bool) -> str:
        if self._fetching is None:
            if force:
                self._count_forced()
            self._fetching = asyncio.create_task(self._ask(force))
            self._fetching.add_done_callback(self._fetched)
        # Shielded: a caller that gives up leaves the others their token.
        return await asyncio.shield(self._fetching)

    def _fetched(self, task: asyncio.Task[str]) -> None:
        self._fetching = None
        if not task.cancelled():
            task.exception()  # Looked at, so that nobody complains when every caller has gone.

    def _count_forced(self) -> None:
        now = self._clock.now()
        recent = self._forced[-1] if self._forced else None
        if recent is not None and now - recent < FORCED_APART:
            raise _too_often(recent + FORCED_APART - now)
        if len(self._forced) == FORCED_A_DAY and now - self._forced[0] < timedelta(days=1):
            raise _too_often(self._forced[0] + timedelta(days=1) - now)
        self._forced.append(now)

    async def _ask(self, force: bool) -> str:
        asked_at = self._clock.now()
        answer = await self._line.post(
            "/cgi-bin/stable_token",
            {
                "grant_type": "client_credential",
                "appid": self._appid,
                "secret": self._secret,
                "force_refresh": force,
            },
        )
        said = answers.read(answer)
        if said.code != 0:
            raise self._refusal(said)
        match said.members:
            case {"access_token": str(token), "expires_in": int(seconds)} if _is_token(token) and 0 < seconds <= 86400:
                self._kept = _Kept(token, asked_at + timedelta(seconds=seconds) - EARLY)
                return token
            case _:
                raise Unintelligible(Party.NOTIFIER, "WeChat answered without a usable access token.")

    def _refusal(self, said: answers.Said) -> Exception:
        match said.verdict:
            case Renew():  # Where tokens are given, this code is about the secret.
                return answers.alert(f"WeChat refuses our secret ({said.code}): correct [wechat] appid and secret.")
            case Never():
                return Unintelligible(Party.NOTIFIER, f"WeChat answered a token request with the code {said.code}.")
            case verdict:
                return answers.failure(verdict, said.code, self._clock.now())


def _is_token(text: str) -> bool:
    return 0 < len(text) <= _TOKEN_LIMIT and text.isascii() and text.isprintable() and " " not in text


def _too_often(wait: timedelta) -> Unavailable:
    return Unavailable(
        Party.NOTIFIER,
        "ALERT: WeChat refuses one access token after another; is another program renewing them by force?",
        retry_after_s=wait.total_seconds(),
        certain=True,
    )
