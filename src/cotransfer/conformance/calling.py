"""The line to the endpoint that is judged: sends a request as it stands, and keeps whatever comes back.

Never repairs, follows or repeats anything but what asks for patience (429 or 503 with Retry-After), and never goes
beyond its limits: so many calls, so long, and only the address it was given.
"""

import asyncio
import re
import time
from collections.abc import Callable

import attrs
import httpx

from cotransfer.conformance.exchanges import ANSWER_LIMIT, Answer, Lost, Sent
from cotransfer.conformance.steps import MOST_AT_ONCE

ATTEMPTS = 3
LONGEST_PAUSE_S = 5.0
PATIENCE_S = 15.0
"""As long as the gateway waits for a byte of an answer."""


class NotReachable(RuntimeError):
    """Nobody answers at the address; the text says what to do."""


class LimitReached(Exception):
    """No further call is made in this run."""


@attrs.frozen(kw_only=True)
class Limits:
    """How much of the endpoint's time a run may take: calls, and seconds from its beginning."""

    calls: int = 3000
    seconds: float = 600.0
    patience_s: float = PATIENCE_S


class Caller:
    """`address` is the endpoint's, with a path where the contract's paths stand beneath one."""

    def __init__(
        self,
        address: str,
        *,
        limits: Limits | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.address = address.rstrip("/")
        self.calls = 0
        self.limits = limits or Limits()
        self._transport = transport
        self._monotonic = monotonic
        self._until = monotonic() + self.limits.seconds
        self._http = httpx.AsyncClient(
            transport=transport,
            timeout=httpx.Timeout(self.limits.patience_s, connect=5.0),
            limits=httpx.Limits(max_connections=MOST_AT_ONCE, max_keepalive_connections=8),
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": "cotransfer-conformance", "Accept-Encoding": "identity"},
        )

    async def close(self) -> None:
        await self._http.aclose()

    def beside(self, address: str) -> "Caller":
        """A line to another address of the same system, with limits of its own."""
        return Caller(address, limits=self.limits, transport=self._transport)

    async def knock(self) -> None:
        """Whether anybody is there at all, whatever they say. Raises `NotReachable`."""
        try:
            await self._http.get(self.address + "/")
        except httpx.TimeoutException:
            raise NotReachable(
                f"Nobody answers at {self.address} within {self.limits.patience_s:g} s. "
                "See that the system runs and is not overloaded, then run the same command again."
            ) from None
        except httpx.HTTPError:
            raise NotReachable(
                f"No connection to {self.address}. Start the system, or correct --url, then run the same command again."
            ) from None

    async def call(self, sent: Sent) -> Answer | Lost:
        """The answer to one request; `LimitReached` where the run has had its share."""
        got = await self._once(sent)
        for _ in range(ATTEMPTS - 1):
            pause_s = _asked_pause_s(got)
            if pause_s is None:
                break
            await asyncio.sleep(pause_s)
            got = await self._once(sent)
        return got

    async def _once(self, sent: Sent) -> Answer | Lost:
        if self.calls >= self.limits.calls or self._monotonic() >= self._until:
            raise LimitReached
        self.calls += 1
        began = self._monotonic()
        try:
            async with asyncio.timeout(self.limits.patience_s):
                status, headers, body = await self._exchanged(sent)
        except (httpx.TimeoutException, TimeoutError):
            return Lost(why="timeout", took_s=self._monotonic() - began)
        except httpx.HTTPError:
            return Lost(why="broken", took_s=self._monotonic() - began)
        return Answer(status=status, headers=headers, body=body, took_s=self._monotonic() - began)

    async def _exchanged(self, sent: Sent) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
        body = bytearray()
        async with self._http.stream(
            sent.method, self.address + sent.path, headers=list(sent.headers), content=sent.body
        ) as response:
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > ANSWER_LIMIT:
                    break
            headers = tuple((_text(name), _text(value)) for name, value in response.headers.raw)
            return response.status_code, headers, bytes(body)


def _asked_pause_s(got: Answer | Lost) -> float | None:
    """How long the endpoint asks us to stay away; None where it does not, or for longer than a run can wait."""
    if isinstance(got, Lost) or got.status not in (429, 503):
        return None
    asked = got.head.get("retry-after", "")
    pause_s = float(asked) if re.fullmatch(r"[0-9]{1,6}", asked) else None
    return pause_s if pause_s is not None and pause_s <= LONGEST_PAUSE_S else None


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
