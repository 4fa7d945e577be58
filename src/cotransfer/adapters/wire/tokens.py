"""Access tokens for calling a counterparty: fetched once however many callers wait, and renewed before they end.

The scope is fixed once and never widened: a token that is good for more than was asked for is not taken. Never shows a
token or a secret, and never asks again in a hurry after a refusal. Authlib's httpx client is not used: it renews with
whatever scope it can get, fetches nothing by itself, and gives up at the first 401.
"""

import asyncio
import base64
import random
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Protocol
from urllib.parse import quote, urlencode

import attrs
import httpx

from cotransfer.adapters.wire import correlation, verdicts
from cotransfer.adapters.wire.answers import gathered
from cotransfer.adapters.wire.assertions import TYPE, assertion
from cotransfer.adapters.wire.base_address import checked_address
from cotransfer.adapters.wire.jose import SigningKey
from cotransfer.adapters.wire.strict_json import NotStrict, loads
from cotransfer.adapters.wire.transport import SwiftTransport
from cotransfer.domain.parties import Party
from cotransfer.ports import correlation as ids
from cotransfer.ports.errors import NotAdmitted, Unavailable, Unintelligible

ANSWER_LIMIT = 16 * 1024
TOKEN_LIMIT = 8 * 1024
LIFE_S = range(1, 24 * 3600 + 1)
USUAL_LIFE_S = 300
"""For an answer that does not say how long (RFC 6749 §5.1 only recommends it)."""

RENEWED_AT = 0.8
JITTER = 0.05
"""At 80 % of its life, give or take: several processes do not all come at the same moment."""

PAUSE_S = 1.0
"""After a failed fetch callers are told so at once for this long, instead of all asking again."""

FAILURES = (Unavailable, Unintelligible)
"""How a source fails, for whoever does not speak in terms of ports."""

_SYMBOLS = frozenset("-._~+/=")


class Credentials(Protocol):
    """How we prove who we are at a token endpoint."""

    def dress(self, form: Mapping[str, str], *, token_url: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """The form and the headers with the proof in one of them, made anew for each request."""


@attrs.frozen
class ByKey:
    """`private_key_jwt` (RFC 7523), recommended: the secret never leaves us."""

    client_id: str
    key: SigningKey = attrs.field(repr=False)

    def dress(self, form: Mapping[str, str], *, token_url: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
        said = assertion(self.key, client_id=self.client_id, audience=token_url)
        return {**form, "client_assertion_type": TYPE, "client_assertion": said}, {}


@attrs.frozen
class BySecret:
    """`client_secret_basic` (RFC 6749 §2.3.1)."""

    client_id: str
    secret: str = attrs.field(repr=False)

    def dress(self, form: Mapping[str, str], *, token_url: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
        both = f"{quote(self.client_id, safe='')}:{quote(self.secret, safe='')}"
        return form, {"Authorization": "Basic " + base64.b64encode(both.encode("ascii")).decode("ascii")}


@attrs.frozen(repr=False)
class _Kept:
    token: str
    renewed_at: float
    ends_at: float


class TokenSource:
    """The access token of one counterparty; `name` and `party` as on its `Line`, which is given this.

    `current` and `renewed` raise `Unavailable` and `Unintelligible`, always certain: what was to be done with the
    token was not begun. `transport` and `monotonic` are for tests; `chance` is a number from 0 to 1.
    """

    def __init__(
        self,
        token_url: str,
        credentials: Credentials,
        *,
        name: str,
        party: Party,
        scope: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
        timeout_s: float = 15.0,
    ) -> None:
        self._url = str(checked_address(token_url))
        self._credentials = credentials
        self._desk = f"the token endpoint of {name}"
        self._party = party
        self._scope = scope
        self._monotonic = monotonic
        self._chance = chance
        self._timeout_s = timeout_s
        self._kept: _Kept | None = None
        self._failed: tuple[Unavailable | Unintelligible, float] | None = None
        self._fetching: asyncio.Task[str] | None = None
        self._client = httpx.AsyncClient(
            transport=transport or SwiftTransport(connections=2, idle_s=4.0),
            timeout=httpx.Timeout(timeout_s, connect=3.0),
            headers={"Accept": verdicts.JSON, "Accept-Encoding": "identity", "User-Agent": "cotransfer"},
            follow_redirects=False,
            trust_env=False,
        )

    async def current(self) -> str:
        """The kept token; a new one when there is none or it is over, and in the background when it soon will be."""
        now, kept = self._monotonic(), self._kept
        if kept is None or now >= kept.ends_at:
            return await asyncio.shield(self._fetch())  # A caller that gives up leaves the others their token.
        if now >= kept.renewed_at and not self._has_just_failed():
            self._fetch()
        return kept.token

    async def renewed(self, spoilt: str) -> str:
        """Another token than `spoilt`, which was just refused; whoever comes with an older one gets the newest."""
        if self._kept is not None and self._kept.token == spoilt:
            self._kept = None
        return await self.current()

    async def aclose(self) -> None:
        """Hang up; whoever still waits is cancelled."""
        if self._fetching is not None:
            self._fetching.cancel()
        await self._client.aclose()

    def _fetch(self) -> "asyncio.Task[str]":
        """The fetch under way, or a new one."""
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._ask())
            self._fetching.add_done_callback(self._fetched)
        return self._fetching

    def _fetched(self, task: "asyncio.Task[str]") -> None:
        self._fetching = None
        if not task.cancelled():
            task.exception()  # Looked at, so that nobody complains when every caller has gone.

    def _has_just_failed(self) -> bool:
        return self._failed is not None and self._monotonic() < self._failed[1]

    async def _ask(self) -> str:
        if self._failed is not None and self._has_just_failed():
            raise _again(self._failed[0])
        try:
            self._kept = await self._exchange()
        except (Unavailable, Unintelligible) as error:
            self._failed = (error, self._monotonic() + PAUSE_S)
            raise
        self._failed = None
        return self._kept.token

    async def _exchange(self) -> _Kept:
        form = {"grant_type": "client_credentials"} | ({"scope": self._scope} if self._scope else {})
        dressed, headers = self._credentials.dress(form, token_url=self._url)
        asked_at = self._monotonic()
        body = urlencode(dressed).encode("ascii")
        ours = correlation.current()
        headers = {**headers, "Content-Type": "application/x-www-form-urlencoded", correlation.HEADER: ours}
        ids.asking(self._party, ours)
        try:
            async with asyncio.timeout(self._timeout_s):
                async with self._client.stream("POST", self._url, content=body, headers=headers) as response:
                    ids.answered(correlation.theirs(response.headers, ours, body))
                    answer = await gathered(response, limit=ANSWER_LIMIT, unfit=self._unfit)
        except (httpx.TransportError, TimeoutError) as error:
            away = verdicts.of_failure(error, self._desk)
            raise Unavailable(away.party, away.what, certain=True) from None
        if response.status_code != 200:
            raise self._refusal(response)
        return self._read(answer, response, asked_at)

    def _refusal(self, response: httpx.Response) -> Unavailable | Unintelligible:
        status, headers = response.status_code, response.headers
        error = verdicts.of_status(status, headers, None, name=self._desk, party=self._party, now=_now)
        if isinstance(error, Unintelligible):
            what = f"{error.what} Check our client id, our key or secret, and the scope there."
            refused = isinstance(error, NotAdmitted)
            return NotAdmitted(self._party, what) if refused else Unintelligible(self._party, what, certain=True)
        return Unavailable(error.party, error.what, retry_after_s=error.retry_after_s, certain=True)

    def _read(self, body: bytes, response: httpx.Response, asked_at: float) -> _Kept:
        if verdicts.media_type(response.headers) != verdicts.JSON:
            raise self._unfit("something other than JSON")
        try:
            said = loads(body, limit=ANSWER_LIMIT)
        except NotStrict:
            raise self._unfit("something other than JSON") from None
        if not isinstance(said, dict) or str(said.get("token_type")).lower() != "bearer":
            raise self._unfit("no bearer token")
        token, life_s = said.get("access_token"), said.get("expires_in", USUAL_LIFE_S)
        if not isinstance(token, str) or not _is_token(token):
            raise self._unfit("no bearer token")
        if type(life_s) is not int or life_s not in LIFE_S:
            raise self._unfit("a token without a sensible life")
        self._check_scope(said.get("scope", self._scope))
        early = RENEWED_AT + JITTER * (2 * self._chance() - 1)
        return _Kept(token, asked_at + life_s * early, asked_at + life_s)

    def _check_scope(self, given: object) -> None:
        """What was asked for, to the word: less would fail later and elsewhere, more is more than we want to hold."""
        if self._scope is None:
            return
        if not isinstance(given, str) or set(given.split(" ")) != set(self._scope.split(" ")):
            raise self._unfit("a token for another scope than we asked for")

    def _unfit(self, what: str) -> Unintelligible:
        return Unintelligible(self._party, f"{self._desk} answered {what}.", certain=True)


def _now() -> datetime:
    return datetime.now(UTC)


def _again(error: Unavailable | Unintelligible) -> Unavailable | Unintelligible:
    """The same for another caller: one exception raised by many would carry all their traces."""
    if isinstance(error, NotAdmitted):
        return NotAdmitted(error.party, error.what, correlation=error.correlation)
    if isinstance(error, Unintelligible):
        return Unintelligible(error.party, error.what, certain=True, correlation=error.correlation)
    wait_s = error.retry_after_s
    return Unavailable(error.party, error.what, retry_after_s=wait_s, certain=True, correlation=error.correlation)


def _is_token(text: str) -> bool:
    """As RFC 6750 §2.1 has it."""
    return 0 < len(text) <= TOKEN_LIMIT and text.isascii() and all(each.isalnum() or each in _SYMBOLS for each in text)
