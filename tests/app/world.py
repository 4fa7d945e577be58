"""A small city for the use cases: one home, one water company, a store that can be held up or made to fail."""

import asyncio
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta

import attrs

from cotransfer.adapters.memory.notifier import MemoryNotifier, MemorySms
from cotransfer.adapters.memory.reconciliations import MemoryReconciliations
from cotransfer.adapters.memory.registry import MemoryRegistry
from cotransfer.adapters.memory.store import MemoryStore
from cotransfer.adapters.memory.time import CountedIdentifiers, ManualClock
from cotransfer.adapters.memory.utility import MemoryUtility
from cotransfer.app.accounts import Enquiry
from cotransfer.app.directory import Directory, Listing
from cotransfer.app.errand import Errand, Message
from cotransfer.app.office import Office, Terms, World, open_office
from cotransfer.app.reversal_duties import ReversalDuties
from cotransfer.app.reversing import Reversing
from cotransfer.app.submission import Request
from cotransfer.domain.agenda import Duty
from cotransfer.domain.case import Case
from cotransfer.domain.commands import Command, Submit
from cotransfer.domain.parties import Party
from cotransfer.domain.values import Account, AccountNumber, Home, Service, TransferId, UnitNumber
from cotransfer.ports.errors import Unavailable, Unintelligible
from cotransfer.ports.standing import Due, Wanted
from cotransfer.ports.transfers import Change, Loaded, MessageKey, Outcome
from cotransfer.ports.utility import Capability
from cotransfer.testing.samples import ACCOUNT, BUYER, CASE, CERTIFICATE, HOME, KUNMING_WATER, SUBMIT

AWAY = Unavailable(Party.US, "The store is away.", certain=True)
BROKEN = Unintelligible(Party.US, "The row is broken.")


class WatchedStore(MemoryStore):
    """A memory store that writes down the size of each group, waits at its gate, and fails as often as it is told.

    `fail_loads` and `fail_commits` hold an exception for each of the next calls, None for one that goes well. What is
    in `broken` cannot be read.
    """

    def __init__(self) -> None:
        super().__init__()
        self.groups: list[int] = []
        self.fail_loads: deque[Exception | None] = deque()
        self.fail_commits: deque[Exception | None] = deque()
        self.broken: set[TransferId] = set()
        self.gate = asyncio.Event()
        self.gate.set()

    async def load(self, transfers: Collection[TransferId], messages: Collection[MessageKey] = ()) -> Loaded:
        """Fail, or look."""
        _raise_next(self.fail_loads)
        found = await super().load(transfers, messages)
        whole = {transfer: record for transfer, record in found.records.items() if transfer not in self.broken}
        broken = {transfer: BROKEN for transfer in found.records if transfer in self.broken}
        return attrs.evolve(found, records=whole, unreadable=broken)

    async def commit(self, changes: Sequence[Change]) -> tuple[Outcome, ...]:
        """Wait at the gate; fail, or write."""
        self.groups.append(len(changes))
        await asyncio.sleep(0)
        await self.gate.wait()
        _raise_next(self.fail_commits)
        return await super().commit(changes)


def _raise_next(failures: deque[Exception | None]) -> None:
    error = failures.popleft() if failures else None
    if error is not None:
        raise error


def nth_transfer(nth: int) -> TransferId:
    """The n-th of many transfers."""
    return TransferId(f"01997c5e-8000-7000-8000-{nth:012x}")


def nth_case(nth: int) -> Case:
    """A case of its own home and account, so that no two stand in one another's way."""
    unit = UnitNumber(f"530102003004GB00012F{nth:08d}")
    return attrs.evolve(
        CASE,
        transfer=nth_transfer(nth),
        account_number=AccountNumber(f"0871{nth:06d}"),
        application=attrs.evolve(CASE.application, unit_numbers=(unit,)),
    )


def submitting(case: Case, message: Message | None = None) -> Errand:
    """The errand that begins a transfer."""
    command: Submit = attrs.evolve(SUBMIT, case=case)
    return Errand(transfer=case.transfer, commands=(command,), message=message)


def asking(nth: int, *commands: Command, message: Message | None = None) -> Errand:
    """An errand for the n-th transfer whose answer names the state."""
    return Errand(
        transfer=nth_transfer(nth),
        commands=commands,
        message=message,
        answer=lambda ruling: ruling.state.code.encode(),
    )


def message(key: str, digest: bytes = b"d", source: str = "platform") -> Message:
    """A message under a key."""
    return Message(MessageKey(source, key), digest)


class City:
    """The ports of a world, with hands on each; `office` has every use case over them."""

    def __init__(
        self,
        *homes: Home,
        accounts: Sequence[Account] = (),
        terms: Terms | None = None,
        store: WatchedStore | None = None,
        can: Iterable[Capability] = tuple(Capability),
        address_life: timedelta | None = None,
        sms: MemorySms | None = None,
        reversals: bool = True,
    ) -> None:
        self.store = store or WatchedStore()
        self.registry = MemoryRegistry(homes or (HOME,))
        self.clock = ManualClock()
        self.utility = MemoryUtility(KUNMING_WATER, [ACCOUNT, *accounts], can=can, now=self.clock.now)
        self.notifier = MemoryNotifier()
        self.reconciliations = MemoryReconciliations(self.store)
        self.identifiers = CountedIdentifiers()
        self.listing = Listing(id=KUNMING_WATER, service=Service.WATER, utility=self.utility, address_life=address_life)
        self.world = World(
            transfers=self.store,
            agenda=self.store,
            registry=self.registry,
            directory=Directory(self.listing),
            notifier=self.notifier,
            sms=sms,
            clock=self.clock,
            identifiers=self.identifiers,
            reconciliations=self.reconciliations,
            reversals=self.store if reversals else None,
        )
        self.office: Office = open_office(self.world, terms)

    @property
    def reversing(self) -> Reversing:
        """Of a world with reversals."""
        assert self.office.reversing is not None
        return self.office.reversing

    @property
    def reversal_duties(self) -> ReversalDuties:
        """Without the worker around them."""
        return ReversalDuties(self.reversing, self.notifier, self.clock)

    def due(self, transfer: TransferId, duty: Duty, towards: str) -> Due:
        """A task that is due now."""
        return Due(transfer, duty, towards, self.clock.now())

    async def due_within(self, **by: float) -> list[Due]:
        """What is on the agenda by then."""
        items = await self.store.items(Wanted(), at=self.clock.now())
        return [item.due for item in items if item.due.at <= self.clock.now() + timedelta(**by)]

    async def later(self, **by: float) -> int:
        """Let time go by, and do what is due then; how many tasks were tried."""
        self.clock.move(timedelta(**by))
        return await self.office.worker.drain()


ENQUIRY = Enquiry(
    service=Service.WATER,
    account_number=ACCOUNT.number.text,
    certificate_number=CERTIFICATE,
    identity=BUYER.identity,
)
REQUEST = Request(
    enquiry=ENQUIRY,
    right_holder_name=BUYER.name,
    mobile_number=CASE.application.mobile_number,
    confirmed=False,
    openid=CASE.openid,
)
