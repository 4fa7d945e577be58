"""Who waits at the desk, and what they wait for. Never decides anything, and never answers twice."""

import asyncio

import attrs

from cotransfer.app.draft import Draft, Kept
from cotransfer.app.errand import Errand, Keeping, Message, Reply
from cotransfer.domain.correlation import Correlation
from cotransfer.ports.correlation import at_hand


@attrs.define(eq=False)
class Waiting:
    """Somebody at the desk: what they brought, where their reply goes, and under which ids they came."""

    errand: Errand | Keeping
    future: asyncio.Future[Reply]
    brought: Correlation = attrs.field(factory=at_hand)
    reply: Reply | None = None
    tries: int = 0

    @property
    def message(self) -> Message | None:
        return self.errand.message

    def answer(self) -> None:
        assert self.reply is not None  # noqa: S101 - set when it was drafted
        if not self.future.done():
            self.future.set_result(self.reply)

    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)


@attrs.define
class Sheet:
    """A change in the making, and those who wait for it."""

    draft: Draft | Kept
    waiting: list[Waiting] = attrs.field(factory=list)
