"""The simulated real-estate platform: the back end through which the city's people reach the gateway.

Proves itself for its access tokens, opens a session for each citizen with the ID token of their sign-in, and shows
them what they have to agree to. Keeps tokens and sessions in memory only, and never asks for more than it needs.
"""

import asyncio
import base64
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import attrs
import httpx

from cotransfer.sandbox.city import City
from cotransfer.sandbox.records import Someone

CLIENT_ID = "platform"
FRESH_S = 30.0
"""How long before its end a token or a session is no longer used."""


@attrs.frozen
class _Kept:
    """Something that ends: by the clock that `Platform` was given."""

    text: str = attrs.field(repr=False)
    ends: float


class Platform:
    """`gateway` and `identity` are addresses, `secret` what the client "platform" shows at the token endpoint.

    The caller closes `http`. Whatever the gateway answers is handed back as it is.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        gateway: str,
        identity: str,
        secret: str,
        city: City,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.gateway = gateway
        self._http = http
        self._identity = identity
        self._secret = secret
        self._city = city
        self._now = now
        self._token: _Kept | None = None
        self._sessions: dict[Someone, _Kept] = {}
        self._signing_in: dict[Someone | None, asyncio.Lock] = {}

    async def post(
        self, path: str, body: Mapping[str, Any], *, who: Someone, key: str | None = None, language: str = "en"
    ) -> httpx.Response:
        """For a citizen; the same `key` asks for the same answer."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4()), **await self.headers(who, language=language)}
        return await self._http.post(f"{self.gateway}{path}", json=dict(body), headers=headers)

    async def get(self, path: str, *, who: Someone, language: str = "en") -> httpx.Response:
        """For a citizen."""
        return await self._http.get(f"{self.gateway}{path}", headers=await self.headers(who, language=language))

    async def headers(self, who: Someone, *, language: str = "en") -> dict[str, str]:
        """Who calls, and for whom."""
        return {**await self._authorization(), "Citizen-Session": await self.session(who), "Accept-Language": language}

    async def agreements(self, who: Someone, *, by_wechat: bool = True) -> list[dict[str, Any]]:
        """The citizen looks the account up, reads each text that is shown and agrees; [] when nothing is shown."""
        answer = await self.post("/v1/accounts/search", who.account_search(), who=who)
        shown = answer.json().get("consents", []) if answer.is_success else []
        return [agreed(offer) for offer in shown if by_wechat or offer["receiver"] != "notifier"]

    async def session(self, who: Someone) -> str:
        """The reference of the citizen's session, opened when there is none that lasts."""
        async with self._signing_in.setdefault(who, asyncio.Lock()):
            kept = self._sessions.get(who)
            if kept is None or kept.ends < self._now():
                kept = self._sessions[who] = await self._sign_in(who)
            return kept.text

    async def _sign_in(self, who: Someone) -> _Kept:
        nth = self._city.everyone(who.kind).index(who)
        vouched = await self._http.post(f"{self._identity}/sandbox/signin", json={"kind": who.kind, "nth": nth})
        vouched.raise_for_status()
        opened = await self._http.post(
            f"{self.gateway}/v1/citizen-sessions",
            json={"id_token": vouched.json()["id_token"]},
            headers=await self._authorization(),
        )
        opened.raise_for_status()
        # It lasts half an hour at most, and a quarter when it is not used; a fresh one costs little.
        return _Kept(opened.json()["session"], self._now() + 600)

    async def _authorization(self) -> dict[str, str]:
        async with self._signing_in.setdefault(None, asyncio.Lock()):
            if self._token is None or self._token.ends < self._now():
                self._token = await self._fetched()
            return {"Authorization": f"Bearer {self._token.text}"}

    async def _fetched(self) -> _Kept:
        shown = base64.b64encode(f"{CLIENT_ID}:{quote(self._secret, safe='')}".encode()).decode()
        answer = await self._http.post(
            f"{self.gateway}/oauth/token",
            data={"grant_type": "client_credentials"},
            headers={"Authorization": f"Basic {shown}"},
        )
        answer.raise_for_status()
        said = answer.json()
        return _Kept(said["access_token"], self._now() + said["expires_in"] - FRESH_S)


def agreed(offer: Mapping[str, Any]) -> dict[str, Any]:
    """The citizen taps "I agree" under a text that was shown."""
    return {
        "receiver": offer["receiver"],
        "text_version": offer["text_version"],
        "text_digest": offer["text_digest"],
        "how": "h5",
    }
