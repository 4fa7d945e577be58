"""What plays a sequence: steps become requests, requests become exchanges, exchanges a trace.

Never decides what an answer means. A sequence always has its own, fresh cases: what was played before does not matter.
"""

import asyncio
import time
from collections.abc import Callable
from random import Random
from typing import Protocol

import attrs

from cotransfer.adapters.wire.uuid7 import uuid7
from cotransfer.conformance.calling import Caller
from cotransfer.conformance.dressing import Client
from cotransfer.conformance.exchanges import Exchange, Sent, Trace
from cotransfer.conformance.steps import LANGUAGE, Sequence, Step
from cotransfer.conformance.twists import spoilt_body


class Actor(Protocol):
    """Plays sequences against one endpoint."""

    async def play(self, sequence: Sequence) -> Trace:
        """The trace of `sequence` with cases of its own. Raises `LimitReached`."""


@attrs.frozen(kw_only=True)
class Letter:
    """One call before anything is spoilt: what the contract wants, and who sends it."""

    method: str
    path: str
    client: Client
    body: dict[str, object] | None = attrs.field(default=None, repr=False)
    key: str | None = None
    headers: tuple[tuple[str, str], ...] = attrs.field(default=(), repr=False)
    personal: frozenset[str] = attrs.field(default=frozenset(), repr=False)


class Post:
    """Sends letters: dresses them, spoils them as their step says, and keeps what came of it."""

    def __init__(self, caller: Caller, random: Random, *, now_s: Callable[[], float] = time.time) -> None:
        self.caller = caller
        self.random = random
        self._now_s = now_s

    def transfer(self) -> str:
        """A new identifier of a transfer."""
        return uuid7(int(self._now_s() * 1000), self.random.getrandbits(80))

    def word(self) -> str:
        """A new key or correlation id."""
        return f"k{self.random.getrandbits(96):024x}"

    async def send(self, step: Step, letter: Letter, *, epoch: int = 0) -> list[Exchange]:
        """As often as the step says, all at once; every copy is the same but for its correlation id."""
        return list(await asyncio.gather(*(self._one(step, letter, nth, epoch) for nth in range(step.times))))

    async def _one(self, step: Step, letter: Letter, nth: int, epoch: int) -> Exchange:
        sent = await self._sent(step, letter)
        got = await self.caller.call(sent)
        return Exchange(step=step, nth=nth, sent=sent, got=got, epoch=epoch, personal=letter.personal)

    async def _sent(self, step: Step, letter: Letter) -> Sent:
        body = spoilt_body(dict(letter.body) if letter.body is not None else None, step.twists)
        key = None if "key:none" in step.twists else letter.key
        headers = [("X-Correlation-Id", self.word()), *letter.headers]
        headers += [
            ("Accept-Language", each.removeprefix(LANGUAGE)) for each in step.twists if each.startswith(LANGUAGE)
        ]
        if body is not None:
            headers.append(("Content-Type", "text/plain" if "media:text" in step.twists else "application/json"))
        if key is not None:
            headers.append(("Idempotency-Key", key))
        headers += (await letter.client.authorization(step.twists)).items()
        if body is not None:
            headers += letter.client.signature(letter.method, letter.path, key or "", body, step.twists).items()
        return Sent(method=letter.method, path=letter.path, headers=tuple(headers), body=body)
