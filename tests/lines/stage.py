"""The gateway's use cases over the adapters of production, each counterparty of the sandbox behind a faulty line.

Time is moved by hand; only a line on which nothing can come in time is impatient, so that a busy machine is never taken
for a fault.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import date, timedelta
from functools import cache

import attrs

from cotransfer.adapters.memory.store import MemoryStore
from cotransfer.adapters.memory.time import CountedIdentifiers, ManualClock
from cotransfer.adapters.registry import HttpRegistry
from cotransfer.adapters.utilities.standard import StandardUtility
from cotransfer.adapters.wechat import Template, WeChatNotifier
from cotransfer.adapters.wire.client import Allowance, Line
from cotransfer.adapters.wire.tokens import BySecret, TokenSource
from cotransfer.app.accounts import Enquiry
from cotransfer.app.breaker import Rules
from cotransfer.app.directory import Directory, Listing
from cotransfer.app.office import Office, Terms, World, open_office
from cotransfer.app.submission import Request
from cotransfer.domain.allowances import Timetable
from cotransfer.domain.events import NoticeSent
from cotransfer.domain.notices import NoticeKind
from cotransfer.domain.parties import Party
from cotransfer.domain.states import Closed, State
from cotransfer.domain.values import (
    CertificateNumber,
    DocumentType,
    IdentityNumber,
    MobileNumber,
    Name,
    OpenId,
    Service,
    TransferId,
)
from cotransfer.ports.agenda import Lease, Postponed
from cotransfer.sandbox import (
    INVITATION_TEMPLATE,
    RESULT_TEMPLATE,
    City,
    Delivery,
    Pace,
    Plan,
    Sandbox,
    Someone,
    TokenDesk,
)
from cotransfer.sandbox.wechat import APP_ID, APP_SECRET
from cotransfer.testing.faulty_line import FaultyLine
from cotransfer.testing.samples import KUNMING_WATER

DAY = date(2026, 11, 23)
US, SECRET = "city-gateway", "agreed-upon-secret-of-the-tests"
QUIET = Plan(delivery=Delivery.SILENT, checks_certificate=False, fetches_identity=False)
"""Nothing is reported, so that the gateway has to ask for all it learns."""

SIGNING_HOST = "sign.kmwater.example"
HASTY = Allowance(connect_s=5, read_s=0.3, write_s=5, pool_s=5, whole_s=0.5)
HASTY_S = 0.5
_TO_SIGN = Template(
    INVITATION_TEMPLATE, {"thing1": "location", "thing2": "service", "phrase3": "phrase", "time4": "time"}
)
FIELDS = {
    **dict.fromkeys(NoticeKind, _TO_SIGN),
    NoticeKind.RESULT: Template(
        RESULT_TEMPLATE,
        {"thing1": "location", "thing2": "result", "character_string3": "transfer", "date4": "time"},
    ),
}
LINES = ("registry", "water", "tokens", "wechat")
"""`tokens` is the way to the water company's token endpoint."""


UNBROKEN = Rules(in_a_row=1_000_000, of_last=1_000_000)
"""Every bad answer is given here and looked at, one after the other; who keeps failing is left alone elsewhere."""


class NotedStore(MemoryStore):
    """Keeps in mind why tasks were put off, and why they were buried."""

    def __init__(self) -> None:
        super().__init__()
        self.put_off: list[str] = []

    async def postpone(self, postponed: Sequence[Postponed]) -> None:
        """Noted, and done."""
        self.put_off += (one.why for one in postponed if one.why is not None)
        await super().postpone(postponed)

    async def bury(self, lease: Lease, **more: object) -> bool:
        """Noted, and done."""
        self.put_off.append(str(more["why"]))
        return await super().bury(lease, **more)  # type: ignore[arg-type]  # as it came


@cache
def the_city() -> City:
    """Drawn once."""
    return City.from_seed(7)


@attrs.frozen(kw_only=True)
class Ports:
    """Whom the gateway calls, by the adapters of production, and the lines beneath."""

    lines: dict[str, Line]
    registry: HttpRegistry
    utility: StandardUtility
    notifier: WeChatNotifier


@attrs.frozen(kw_only=True)
class Stage:
    """`lines` by the names of LINES; `store` is shared by all offices."""

    sandbox: Sandbox
    lines: dict[str, FaultyLine]
    store: NotedStore = attrs.field(factory=NotedStore)
    clock: ManualClock = attrs.field(factory=ManualClock)
    identifiers: CountedIdentifiers = attrs.field(factory=CountedIdentifiers)
    opened: contextlib.AsyncExitStack
    addresses: dict[str, str] = attrs.field(factory=dict)
    """Where a counterparty is to be called instead of over its line."""

    async def ports(self, *, hasty: Collection[str] = ()) -> Ports:
        """The adapters, with connections of their own; those named in `hasty` wait for half a second at most."""
        tokens = TokenSource(
            f"{self._address('tokens')}/oauth/token",
            BySecret(US, SECRET),
            name="kunming-water",
            party=Party.UTILITY,
            monotonic=lambda: self.clock.now().timestamp(),
            timeout_s=HASTY_S if "tokens" in hasty else 60.0,
        )
        registry = await self._line("registry", Party.REGISTRY, hasty)
        water = await self._line("water", Party.UTILITY, hasty, token=tokens)
        wechat = await self._line("wechat", Party.NOTIFIER, hasty, media_types=("application/json", "text/plain"))
        hosts = frozenset({self.sandbox.addresses["water"], SIGNING_HOST})
        return Ports(
            lines={"registry": registry, "water": water, "wechat": wechat},
            registry=HttpRegistry(registry, today=lambda: DAY),
            utility=StandardUtility(water, KUNMING_WATER, signing_hosts=hosts, today=lambda: DAY),
            notifier=WeChatNotifier(
                wechat,
                appid=APP_ID,
                secret=APP_SECRET,
                templates=FIELDS,
                page_url="https://platform.example/transfers/",
                clock=self.clock,
                remembers_s=540.0,
            ),
        )

    async def office(self, *, hasty: Collection[str] = (), timetable: Timetable | None = None) -> Office:
        """Every use case over such adapters, and over the one store; by the usual `timetable` unless told."""
        ports = await self.ports(hasty=hasty)
        world = World(
            transfers=self.store,
            agenda=self.store,
            registry=ports.registry,
            directory=Directory(Listing(id=KUNMING_WATER, service=Service.WATER, utility=ports.utility)),
            notifier=ports.notifier,
            clock=self.clock,
            identifiers=self.identifiers,
        )
        office = open_office(world, Terms(circuits=UNBROKEN, timetable=timetable or Timetable()))
        self.opened.push_async_callback(office.desk.close)
        return office

    async def submit(self, office: Office, who: Someone) -> TransferId:
        """Step 5, for somebody of the city."""
        assert who.account is not None
        self.sandbox.water.plan(who.account.account_number, QUIET)
        return (await office.submission.submit(request(who))).decided.transfer

    async def state(self, transfer: TransferId) -> State:
        """Where it stands."""
        return (await self.store.load([transfer])).records[transfer].state

    async def finish(self, office: Office, transfer: TransferId) -> State:
        """Let time go by until it is closed and its result is told, or it is not known whether it was."""
        for wait_s in (0, 10, 60, 400, *[6 * 3600] * 200):
            self.clock.move(timedelta(seconds=wait_s))
            await office.worker.drain()
            events = [entry.event for entry in await self.store.journal(transfer)]
            told = any(getattr(event, "kind", None) is NoticeKind.RESULT for event in events)
            if isinstance(state := await self.state(transfer), Closed) and told:
                return state
        raise AssertionError(f"It never ended: {self.store.put_off}, {await self.store.buried()}")

    async def settle(self) -> None:
        """Let the sandbox do what it has begun."""
        await asyncio.sleep(0.01)

    async def notices(self, transfer: TransferId) -> int:
        """How many the journal says were sent."""
        return sum(isinstance(entry.event, NoticeSent) for entry in await self.store.journal(transfer))

    def effects(self, transfer: TransferId) -> list[str]:
        """What the water company has done about it, in order."""
        return [one.what for one in self.sandbox.water.book.effects if one.transfer == transfer.text]

    def told(self, transfer: TransferId) -> list[str]:
        """The templates of the messages that the citizen has received about it."""
        return [one.template_id for one in self.sandbox.wechat.inbox if one.url.endswith(transfer.text)]

    def _address(self, name: str) -> str:
        return self.addresses.get(name) or self.lines[name].address

    async def _line(
        self,
        name: str,
        party: Party,
        hasty: Collection[str],
        *,
        token: TokenSource | None = None,
        media_types: Collection[str] = ("application/json",),
    ) -> Line:
        patient = Allowance(connect_s=60, read_s=60, write_s=60, pool_s=60, whole_s=60)
        line = Line(
            self._address(name),
            name={"water": "kunming-water"}.get(name, name),
            party=party,
            token=token,
            allowance=HASTY if name in hasty else patient,
            media_types=media_types,
        )
        return await self.opened.enter_async_context(line)


def request(who: Someone) -> Request:
    """What somebody of the city confirms."""
    assert who.home is not None
    assert who.account is not None
    return Request(
        enquiry=Enquiry(
            service=Service.WATER,
            account_number=who.account.account_number,
            certificate_number=CertificateNumber.parse(who.home.certificate_number),
            identity=IdentityNumber.parse(DocumentType(who.holder.document_type), who.holder.identity_number, on=DAY),
        ),
        right_holder_name=Name.parse(who.holder.name),
        mobile_number=MobileNumber.parse(who.mobile_number),
        confirmed=True,
        openid=OpenId(who.wechat_openid),
    )


@contextlib.asynccontextmanager
async def staged() -> AsyncIterator[Stage]:
    """Counterparties on loopback, and a faulty line to each."""
    async with contextlib.AsyncExitStack() as opened:
        sandbox = await opened.enter_async_context(
            Sandbox(
                city=the_city(),
                only=("registry", "water", "wechat"),
                desks={"water": TokenDesk(US, secret=SECRET)},
                pace=Pace(scale=0),
            )
        )
        lines = {}
        for name in LINES:
            port = int(sandbox.addresses["water" if name == "tokens" else name].rpartition(":")[2])
            lines[name] = await opened.enter_async_context(FaultyLine(port))
        yield Stage(sandbox=sandbox, lines=lines, opened=opened)
