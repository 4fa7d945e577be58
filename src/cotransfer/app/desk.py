"""The one path of every command: gather, load, decide, commit as a group, and only then answer.

While one group is being committed the next one gathers, so that all who wait share the price of a commit; alone, an
errand waits for nobody. Never decides anything itself, and never answers before what it says is durable.
"""

import asyncio
import contextvars
from collections import deque
from collections.abc import Sequence
from typing import assert_never

from cotransfer.app.draft import Draft, Kept
from cotransfer.app.erasure import found
from cotransfer.app.errand import Errand, Keeping, Message, MessageReused, Reply, replay
from cotransfer.app.waiting import Sheet, Waiting
from cotransfer.domain.allowances import Timetable
from cotransfer.domain.notes import Note
from cotransfer.domain.parties import Party
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.values import TransferId
from cotransfer.ports.clock import Clock
from cotransfer.ports.errors import LeaseLost, Unavailable, Unintelligible
from cotransfer.ports.transfers import Blocked, Committed, Loaded, MessageKey, Outcome, Stale, Transfers

GROUP_LIMIT = 64
"""Errands in one commit."""

WAITING_LIMIT = 10_000
"""Errands that may wait; one more is turned away."""

TRIES = 8
"""How often an errand is decided anew because what it was decided on had moved."""


class Desk:
    """Takes errands, one or ten thousand at a time."""

    def __init__(
        self,
        transfers: Transfers,
        clock: Clock,
        *,
        timetable: Timetable | None = None,
        group_limit: int = GROUP_LIMIT,
        waiting_limit: int = WAITING_LIMIT,
    ) -> None:
        self._transfers = transfers
        self._clock = clock
        self._timetable = timetable or Timetable()
        self._group_limit = group_limit
        self._waiting_limit = waiting_limit
        self._queue: deque[Waiting] = deque()
        self._work: asyncio.Task[None] | None = None

    async def handle(self, errand: Errand) -> Reply:
        """Decide and store `errand`; answers once that is durable.

        Raises `Refused` (nothing happened), `MessageReused`, `LeaseLost` (the task it finishes is somebody else's),
        `Unintelligible` (what is stored of the transfer cannot be read), or `Unavailable` when the store is away; the
        same message may then be sent again.
        """
        return await self._wait(errand)

    async def keep(self, message: Message, answer: bytes, noted: tuple[Note, ...] = ()) -> Reply:
        """Store the answer of a query under its message, and what is noted of it; raises as `handle` does."""
        return await self._wait(Keeping(message, answer, noted))

    async def note(self, noted: tuple[Note, ...]) -> None:
        """Write notes into the audit trail; they are durable when it returns, and raises as `handle` does."""
        await self._wait(Keeping(None, noted=noted))

    async def recall(self, message: Message) -> Reply | None:
        """The stored answer of a message, None when the message is new.

        Raises `MessageReused`; or `Refused`, `Unintelligible` or `Unavailable` when the answer cannot be given again.
        """
        loaded = await self._transfers.load((), (message.key,))
        if message.key in loaded.unanswerable:
            raise loaded.unanswerable[message.key]
        seen = loaded.seen.get(message.key)
        return None if seen is None else replay(seen, message)

    async def close(self) -> None:
        """Let those who wait be served."""
        while self._work is not None:
            await asyncio.wait({self._work})

    async def _wait(self, errand: Errand | Keeping) -> Reply:
        if len(self._queue) >= self._waiting_limit:
            raise Unavailable(Party.US, "Too many requests wait for the store.", retry_after_s=1, certain=True)
        waiting = Waiting(errand, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        if self._work is None:
            # In a context of its own: what is served here is not the errand of whoever came first.
            self._work = asyncio.create_task(self._serve(), context=contextvars.Context())
        return await waiting.future

    async def _serve(self) -> None:
        """One group after another, until nobody waits."""
        group: list[Waiting] = []
        try:
            while self._queue:
                group = [self._queue.popleft() for _ in range(min(len(self._queue), self._group_limit))]
                await self._serve_group(group)
                # Those just answered may bring their next errand before the next group is closed.
                await asyncio.sleep(0)
        finally:
            self._work = None
            # Left are only those whose loop is being shut down: no answer can come any more.
            for waiting in (*group, *self._queue):
                waiting.future.cancel()
            self._queue.clear()

    async def _serve_group(self, group: Sequence[Waiting]) -> None:
        try:
            sheets = self._draft(group, await self._load(group))
        except Exception as error:
            for waiting in group:
                waiting.fail(error)
        else:
            await self._commit(sheets)

    async def _commit(self, sheets: Sequence[Sheet]) -> None:
        """Write the sheets, and answer those who stand on them; who was put off to the next group has still to come."""
        if not sheets:
            return
        try:
            outcomes = await self._transfers.commit([sheet.draft.change() for sheet in sheets])
            settled = list(zip(sheets, outcomes, strict=True))
        except Exception as error:
            for sheet in sheets:
                for waiting in sheet.waiting:
                    waiting.fail(error)
        else:
            for sheet, outcome in settled:
                self._settle(sheet.waiting, outcome)

    async def _load(self, group: Sequence[Waiting]) -> Loaded:
        transfers = {one.errand.transfer: None for one in group if isinstance(one.errand, Errand)}
        messages = {one.message.key: None for one in group if one.message is not None}
        return await self._transfers.load(tuple(transfers), tuple(messages))

    def _draft(self, group: Sequence[Waiting], loaded: Loaded) -> list[Sheet]:
        """Everybody's errand on the sheet it belongs to; who must wait for this group's outcome goes to the next."""
        sheets: dict[TransferId | Waiting, Sheet] = {}
        taken: set[MessageKey] = set()
        later: list[Waiting] = []
        for waiting in group:
            message = waiting.message
            if message is not None and message.key in taken:
                later.append(waiting)
            elif message is not None and message.key in loaded.unanswerable:
                waiting.fail(loaded.unanswerable[message.key])
            elif message is not None and message.key in loaded.seen:
                self._repeat(waiting, message, loaded)
            elif self._place(waiting, sheets, loaded):
                taken |= {message.key} if message is not None else set()
            else:
                later.append(waiting)
        self._queue.extendleft(reversed(later))
        return list(sheets.values())

    @staticmethod
    def _repeat(waiting: Waiting, message: Message, loaded: Loaded) -> None:
        try:
            waiting.reply = replay(loaded.seen[message.key], message)
        except MessageReused as error:
            waiting.fail(error)
        else:
            waiting.answer()

    def _place(self, waiting: Waiting, sheets: dict[TransferId | Waiting, Sheet], loaded: Loaded) -> bool:
        """Draft one errand; False when it must be decided again after this group."""
        errand = waiting.errand
        if isinstance(errand, Keeping):
            waiting.reply = Reply(errand.answer)
            sheets[waiting] = Sheet(Kept(errand, self._clock.now()), [waiting])
            return True
        try:
            record = found(loaded, errand.transfer, by=errand.by)
        except (Unintelligible, Unavailable, Refused) as error:
            waiting.fail(error)
            return True
        sheet = sheets.get(errand.transfer) or Sheet(Draft(errand.transfer, record, self._clock.now(), self._timetable))
        assert isinstance(sheet.draft, Draft)  # noqa: S101 - a transfer's sheet
        try:
            ruling, answer = sheet.draft.add(errand, waiting.brought)
        except Exception as error:
            if not sheet.draft.is_untouched:
                return False  # Refused because of what is not durable yet: that is nothing to tell anybody.
            waiting.fail(error)
            return True
        waiting.reply = Reply(answer, ruling)
        sheet.waiting.append(waiting)
        sheets[errand.transfer] = sheet
        return True

    def _settle(self, waiting: Sequence[Waiting], outcome: Outcome) -> None:
        match outcome:
            case Committed():
                for one in waiting:
                    one.answer()
            case Blocked(by):
                # Only a submission opens the sheet of a new transfer; whatever was decided on top of it is not blocked.
                submitting, *riders = waiting
                submitting.fail(Refused(Why.ALREADY_UNDER_WAY, blocking=by))
                for one in riders:
                    self._try_again(one, lost=False)
            case Stale(lost):
                for one in waiting:
                    self._try_again(one, lost=isinstance(one.errand, Errand) and one.errand.finishes in lost)
            case _:
                assert_never(outcome)

    def _try_again(self, waiting: Waiting, *, lost: bool) -> None:
        waiting.tries += 1
        if lost:
            waiting.fail(LeaseLost())
        elif waiting.tries >= TRIES:
            waiting.fail(Unavailable(Party.US, "The transfer keeps moving on.", retry_after_s=1, certain=True))
        else:
            self._queue.append(waiting)
