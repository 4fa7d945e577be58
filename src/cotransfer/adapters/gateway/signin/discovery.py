"""What a provider says about itself: its endpoints (OpenID Connect Discovery 1.0) and its keys (RFC 7517).

Fetched when first needed and kept for an hour; keys anew when a token names one that is not known, once a minute at
most. Never takes a document that speaks for another issuer, nor an endpoint that is not https.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import attrs

from cotransfer.adapters.gateway.signin.addresses import endpoint
from cotransfer.adapters.gateway.signin.fetching import Fetch
from cotransfer.adapters.gateway.signin.keys import Key, readable
from cotransfer.adapters.gateway.signin.provider import Provider
from cotransfer.ports.clock import Clock
from cotransfer.ports.errors import Unavailable, Unintelligible

KEPT = timedelta(hours=1)
REFETCH = timedelta(minutes=1)
PAUSE = timedelta(seconds=5)
"""After a failure nobody is kept waiting for the next one: all hear of it at once for so long."""

WELL_KNOWN = "/.well-known/openid-configuration"
KEYS_LIMIT = 50


@attrs.frozen(kw_only=True)
class Metadata:
    """The endpoints; `names_itself` says that every answer to the browser bears the issuer (RFC 9207)."""

    authorization: str
    token: str
    keys: str
    names_itself: bool


class Discovery:
    """One provider's, for one process."""

    def __init__(self, provider: Provider, fetch: Fetch, clock: Clock) -> None:
        self._provider = provider
        self._fetch = fetch
        self._clock = clock
        self._metadata: tuple[Metadata, datetime] | None = None
        self._keys: tuple[tuple[Key, ...], datetime] | None = None
        self._failed: tuple[Unavailable | Unintelligible, datetime] | None = None
        self._fetching = asyncio.Lock()

    async def metadata(self) -> Metadata:
        """The endpoints; raises `Unavailable` or `Unintelligible`."""
        async with self._fetching:
            return await self._current_metadata()

    async def keys(self, *, missing: bool = False) -> tuple[Key, ...]:
        """The provider's keys; `missing` says that those known did not help."""
        async with self._fetching:
            age = REFETCH if missing else KEPT
            if self._keys is None or not self._is_younger(self._keys[1], age):
                address = (await self._current_metadata()).keys
                at = self._clock.now()
                self._keys = (self._read_keys(await self._get(address)), at)
            return self._keys[0]

    async def _current_metadata(self) -> Metadata:
        if self._metadata is None or not self._is_younger(self._metadata[1], KEPT):
            at = self._clock.now()
            document = await self._get(self._provider.issuer.rstrip("/") + WELL_KNOWN)
            self._metadata = (self._read_metadata(document), at)
        return self._metadata[0]

    async def _get(self, address: str) -> dict[str, Any]:
        if self._failed is not None and self._is_younger(self._failed[1], PAUSE):
            raise self._failed[0].with_traceback(None)
        try:
            return await self._fetch.get(address)
        except (Unavailable, Unintelligible) as error:
            self._failed = (error, self._clock.now())
            raise

    def _is_younger(self, at: datetime, age: timedelta) -> bool:
        return timedelta() <= self._clock.now() - at < age

    def _read_metadata(self, document: dict[str, Any]) -> Metadata:
        issuer = self._provider.issuer
        if document.get("issuer") != issuer:
            raise self._wrong("speaks for another issuer")
        named = [document.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        if not all(endpoint(address, issuer=issuer) for address in named):
            raise self._wrong("names no endpoint, or one that is not https")
        methods = document.get("code_challenge_methods_supported", ["S256"])
        if not isinstance(methods, list) or "S256" not in methods:
            raise self._wrong("does not support PKCE with S256")
        return Metadata(
            authorization=str(named[0]),
            token=str(named[1]),
            keys=str(named[2]),
            names_itself=document.get("authorization_response_iss_parameter_supported") is True,
        )

    def _read_keys(self, document: dict[str, Any]) -> tuple[Key, ...]:
        listed = document.get("keys")
        if not isinstance(listed, list) or len(listed) > KEYS_LIMIT:
            raise self._wrong("has no list of keys, or too long a one")
        return readable(listed)

    def _wrong(self, what: str) -> Unintelligible:
        return Unintelligible(self._provider.party, f"The identity provider's document {what}.")
