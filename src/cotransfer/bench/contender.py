"""One engine in one mode, with the real office over it, and a round of transfers through it.

A transfer takes eight durable steps: submitted, taken by the utility, pre-review passed, invited, signing opened,
signed, handled, result told. Never skips one, and never goes on before the step before is durable.
"""

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence

import attrs

from cotransfer.adapters.keys.held import HeldKeys
from cotransfer.adapters.sql import Sealing, open_store
from cotransfer.app.errand import Ruling
from cotransfer.app.office import Office, Terms, open_office
from cotransfer.app.worker import Limits
from cotransfer.bench import town
from cotransfer.bench.plan import Mode
from cotransfer.bench.watching import WatchedAgenda, WatchedTransfers
from cotransfer.domain.events import ApplicationTaken
from cotransfer.domain.notices import NoticeKind
from cotransfer.domain.reports import Channel, Cleared, Handled, Report, Signed
from cotransfer.domain.values import TransferId
from cotransfer.ports.keys import KeyUse

STEPS = 8

WORKER = Limits(at_once=64, per_counterparty=64)
"""Room for every transfer of the busiest round: the fake counterparties have no limits of their own."""


@attrs.frozen(kw_only=True)
class Round:
    """What one round came to."""

    transfers: int
    seconds: float
    commits: int
    report_to_visible_s: tuple[float, ...]

    @classmethod
    def joined(cls, slices: Sequence["Round"]) -> "Round":
        """One round that was played in several pieces."""
        return cls(
            transfers=sum(one.transfers for one in slices),
            seconds=sum(one.seconds for one in slices),
            commits=sum(one.commits for one in slices),
            report_to_visible_s=tuple(itertools.chain.from_iterable(one.report_to_visible_s for one in slices)),
        )

    @property
    def transfers_per_s(self) -> float:
        return self.transfers / self.seconds


@attrs.frozen(kw_only=True)
class Contender:
    """Made by `contending`; plays one round after another."""

    office: Office
    transfers: WatchedTransfers
    agenda: WatchedAgenda
    numbers: Iterator[int] = attrs.field(factory=itertools.count)

    async def play(self, transfers: int, *, under_way: int, passed: Callable[[], None] = lambda: None) -> Round:
        """`transfers` whole ones, `under_way` at a time; `passed` is called after each."""
        waits: list[float] = []
        before = self.transfers.commits + self.agenda.commits
        left = iter(range(transfers))

        async def one_after_another() -> None:
            for _ in left:
                await self._transfer(next(self.numbers), waits)
                passed()

        working = asyncio.create_task(self.office.worker.run())
        begun = time.perf_counter()
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(under_way):
                    group.create_task(one_after_another())
            seconds = time.perf_counter() - begun
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
        commits = self.transfers.commits + self.agenda.commits - before
        return Round(transfers=transfers, seconds=seconds, commits=commits, report_to_visible_s=tuple(waits))

    async def _transfer(self, number: int, waits: list[float]) -> None:
        """The n-th transfer, from submission to the notice of its result."""
        reply = await self.office.submission.submit(
            town.request(number), town.message("platform", number, "submit"), answer=_answer
        )
        assert reply.ruling is not None  # noqa: S101 - a new message is decided
        transfer = reply.ruling.transfer
        await self.transfers.until(transfer, ApplicationTaken)
        await self._report(Cleared(town.signing_address(number)), transfer, number, waits)
        await self.transfers.until(transfer, NoticeKind.INVITATION)
        await self.office.signing.open(transfer, town.message("platform", number, "sign"), answer=_answer)
        await self._report(Signed(Channel.WECHAT), transfer, number, waits)
        await self._report(Handled(), transfer, number, waits)
        await self.transfers.until(transfer, NoticeKind.RESULT)
        self.transfers.leave(transfer)

    async def _report(self, report: Report, transfer: TransferId, number: int, waits: list[float]) -> None:
        """Answered once it is durable, and from then on everybody who looks sees it."""
        begun = time.perf_counter()
        await self.office.reports.hear(
            report,
            transfer=transfer,
            utility=town.WATER,
            message=town.message("utility", number, type(report).__name__),
            answer=_answer,
        )
        waits.append(time.perf_counter() - begun)


@contextlib.asynccontextmanager
async def contending(address: str, mode: Mode) -> AsyncIterator[Contender]:
    """The engine over the database at `address`; the two modes differ in nothing but two limits."""
    most = 1 if mode is Mode.ONE_COMMIT_PER_STEP else None
    async with open_store(address, sealing=Sealing(HeldKeys.new(KeyUse.WRAPPING, KeyUse.INDEX))) as store:
        transfers, agenda = WatchedTransfers(store), WatchedAgenda(store, most=most or WORKER.at_once)
        world = town.world(transfers, agenda)
        terms = Terms(limits=WORKER)
        office = open_office(world, attrs.evolve(terms, group_limit=most) if most else terms)
        yield Contender(office=office, transfers=transfers, agenda=agenda)
        await office.desk.close()


def _answer(ruling: Ruling) -> bytes:
    """As long as the gateway's own."""
    return b'{"transfer":"%b","state":"%b","news":true}' % (ruling.transfer.text.encode(), ruling.state.code.encode())
