"""The line to a provider: its public documents, and the exchange of a code for tokens.

Never follows a redirect, never takes a proxy from the environment, never reads more than a limit, and never puts an
address with a query, or anything that was answered, into an error.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import httpx

from cotransfer.adapters.wire import verdicts
from cotransfer.adapters.wire.answers import gathered
from cotransfer.adapters.wire.strict_json import NotStrict, loads
from cotransfer.adapters.wire.transport import SwiftTransport
from cotransfer.domain.parties import Party
from cotransfer.ports.errors import Unintelligible

ANSWER_BYTES = 256 * 1024
WHOLE_S = 10.0
_JSON = frozenset({verdicts.JSON, "application/jwk-set+json"})


class Fetch:
    """To be closed. `transport` is for tests."""

    def __init__(self, *, party: Party, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._party = party
        self._client = httpx.AsyncClient(
            transport=transport or SwiftTransport(connections=16, idle_s=4.0),
            timeout=httpx.Timeout(connect=3.0, read=8.0, write=8.0, pool=3.0),
            headers={"Accept": verdicts.JSON, "Accept-Encoding": "identity", "User-Agent": "cotransfer"},
            follow_redirects=False,
            trust_env=False,
        )

    async def get(self, address: str) -> dict[str, Any]:
        """The JSON object at a public address."""
        status, headers, body = await self._ask(self._client.build_request("GET", address))
        if status != 200:
            raise self._refused(status, headers)
        return self._object(headers, body)

    async def post(self, address: str, form: str, headers: Mapping[str, str]) -> dict[str, Any] | None:
        """The JSON object answered to a form; None where the provider says no (400, 401)."""
        form_type = {"Content-Type": "application/x-www-form-urlencoded"}
        asked = self._client.build_request("POST", address, content=form.encode(), headers={**headers, **form_type})
        status, answered, body = await self._ask(asked)
        if status in (400, 401):
            return None
        if status != 200:
            raise self._refused(status, answered)
        return self._object(answered, body)

    async def aclose(self) -> None:
        """Hang up."""
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _ask(self, request: httpx.Request) -> tuple[int, httpx.Headers, bytes]:
        try:
            async with asyncio.timeout(WHOLE_S):
                response = await self._client.send(request, stream=True)
                try:
                    body = await gathered(response, limit=ANSWER_BYTES, unfit=self._unfit)
                    return response.status_code, response.headers, body
                finally:
                    await response.aclose()
        except (httpx.TransportError, TimeoutError) as error:
            raise verdicts.of_failure(error, "the identity provider") from None

    def _refused(self, status: int, headers: httpx.Headers) -> Exception:
        return verdicts.of_status(
            status, headers, None, name="the identity provider", party=self._party, now=lambda: datetime.now(UTC)
        )

    def _object(self, headers: httpx.Headers, body: bytes) -> dict[str, Any]:
        try:
            value = loads(body, limit=ANSWER_BYTES) if verdicts.media_type(headers) in _JSON else None
        except NotStrict:
            value = None
        if not isinstance(value, dict):
            raise self._unfit("with something other than a JSON object")
        return value

    def _unfit(self, what: str) -> Unintelligible:
        return Unintelligible(self._party, f"The identity provider answered {what}.")
