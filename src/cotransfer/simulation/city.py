"""The city put together from a plan: the gateway's processes over one database, the counterparties, the citizens.

Plays a schedule in two phases: while anything may go wrong, and after, when everything has to come to its end.
"""

import asyncio
import contextlib
import functools
from datetime import timedelta

from cotransfer.app.directory import Directory, Listing
from cotransfer.app.granting import GrantsInForce
from cotransfer.app.office import Office, Terms, World, open_office
from cotransfer.app.sequencing import Pace, Trail
from cotransfer.domain.allowances import Allowances, Timetable
from cotransfer.domain.values import Service
from cotransfer.ports.errors import Unavailable
from cotransfer.ports.standing import Revival
from cotransfer.simulation.accidents import Accidents
from cotransfer.simulation.authority import OPERATOR, Authority
from cotransfer.simulation.citizens import OWNER, Citizen, Surroundings
from cotransfer.simulation.dice import Dice
from cotransfer.simulation.disks import Disk, Dues, Opened
from cotransfer.simulation.gate_watch import GateWatch, WatchedNotifier, WatchedUtility
from cotransfer.simulation.incoming import Incoming
from cotransfer.simulation.loop import VirtualLoop
from cotransfer.simulation.notifier import SimulatedNotifier
from cotransfer.simulation.people import person
from cotransfer.simulation.plan import DAY_S, HOUR_S, Plan
from cotransfer.simulation.processes import GATEWAY, DrawnIdentifiers, Life, Process, Run, SimulatedClock
from cotransfer.simulation.reach import MakePorts, Reach
from cotransfer.simulation.reconciling_line import ReconcilingLine, each_night
from cotransfer.simulation.registry import SimulatedRegistry
from cotransfer.simulation.sealer import Sealer
from cotransfer.simulation.sms import SimulatedSms
from cotransfer.simulation.store_line import AuditLine, GrantsLine, StoreLine, Wire
from cotransfer.simulation.utility import SimulatedUtility
from cotransfer.simulation.utility_reporting import ID
from cotransfer.simulation.weather import Weather
from cotransfer.simulation.witness import Witness

BOUND_S = 60 * DAY_S
"""After the last fault everything has ended by then: the longest pause, deadline and journey, several times over."""

ERASED_BY_S = 200 * DAY_S
ADDRESS_LIFE = timedelta(hours=6)
"""Of a signing address, which is renewed at the tap after that."""

OPERATOR_LOOKS_S = 6 * HOUR_S
PACE = Pace(gather_s=10 * DAY_S, stop_after=timedelta(days=40))
"""Of checkpoints: an hour of ten-second rounds would cost more than all the rest of a schedule."""


class City:
    """One schedule's."""

    def __init__(
        self,
        plan: Plan,
        *,
        loop: VirtualLoop,
        dice: Dice,
        weather: Weather,
        witness: Witness,
        disk: Disk,
        make_ports: MakePorts,
    ) -> None:
        self.plan, self.loop, self.dice = plan, loop, dice
        self.weather, self.witness, self.disk = weather, witness, disk
        self.people = [person(nth) for nth in range(len(plan.stories))]
        stories = {one.account.number: story for one, (_, story) in zip(self.people, plan.stories, strict=True)}
        self.gate = GateWatch(witness, loop, plan.guarded)
        self.utility = SimulatedUtility(
            [one.account for one in self.people], stories, loop=loop, dice=dice, weather=weather, witness=witness
        )
        gone = frozenset(one.openid for one in self.people if not stories[one.account.number].follows)
        self.notifier = SimulatedNotifier(loop, witness, gone)
        refusing = frozenset(one.mobile_number for one in self.people if dice.odds(0.2, "sms.refuses", one.nth))
        self._sms = SimulatedSms(loop, witness, self.notifier, refusing) if plan.by_sms else None
        self._registry = SimulatedRegistry(one.home for one in self.people)
        self._make_ports = make_ports
        self._dues = Dues()
        self._lines: dict[Life, tuple[StoreLine, Opened]] = {}
        self.processes = [Process(nth, loop, witness, self._opened, self._closed) for nth in range(plan.processes)]
        self.incoming = self.utility.incoming = Incoming(self.processes, loop, weather, dice, witness)
        around = Surroundings(
            incoming=self.incoming,
            utility=self.utility,
            notifier=self.notifier,
            witness=witness,
            dice=dice,
            asks_first=plan.guarded or dice.odds(0.2, "citizens.ask_first"),
        )
        self.citizens = [
            Citizen(name, one, story, around)
            for one, (name, story) in zip(self.people, plan.stories, strict=True)
            if weather.allows(name)
        ]
        self._authority = Authority(disk, loop, self.gate)
        self._accidents = Accidents(
            plan=plan,
            loop=loop,
            weather=weather,
            processes=self.processes,
            utility=self.utility,
            disk=disk,
            authority=self._authority,
        )
        self._moved = asyncio.Event()
        self._operator: asyncio.Task[None] | None = None
        self._prepare()

    def _prepare(self) -> None:
        self.witness.on_news = self._moved.set
        for citizen in self.citizens:
            if citizen.story.in_arrears:
                number = citizen.person.account.number
                self.utility.fall_behind(number)
                self.witness.in_arrears.add(number)

    # -------------------------------------------------------------------------------------------------------- the play

    async def play(self) -> None:
        """Both phases. What is wrong afterwards is for `invariants` to say."""
        await self._authority.grant()
        for process in self.processes:
            process.start()
        lives = [self.loop.create_task(citizen.live(), name=OWNER) for citizen in self.citizens]
        self._accidents.begin()
        await self._until_over(self.plan.window_s, patient=False)
        await self._calm()
        await self._until_over(BOUND_S, patient=True)
        if self._operator is not None:
            self._operator.cancel()
        if lives:
            await asyncio.wait(lives, timeout=BOUND_S)
        for life in lives:
            self._look_at(life)
        await asyncio.sleep(5 * DAY_S)
        if self.plan.to_erasure:
            await asyncio.sleep(ERASED_BY_S)

    async def _until_over(self, seconds: float, *, patient: bool) -> None:
        """Until everybody's transfer has ended and nothing is owed, or the time is over."""
        try:
            async with asyncio.timeout(seconds):
                while not self.is_over:
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            if patient:
                self.witness.blame("I2", f"not over {BOUND_S / DAY_S:.0f} days after the last fault: {self._open()}")

    @property
    def is_over(self) -> bool:
        """Whether nobody waits for anything any more, but for erasure."""
        return (
            all(citizen.begun.is_set() for citizen in self.citizens)
            and all(seen.closed for seen in self.witness.transfers.values())
            and self.witness.owed == 0
        )

    async def _calm(self) -> None:
        """Nothing goes wrong any more, and whoever was away is back; an operator looks at what was given up."""
        self.weather.is_calm = True
        self.witness.tell("calm")
        self.utility.start()
        for process in self.processes:
            process.start()
        await self._authority.resume_all()
        self._operator = self.loop.create_task(self._operate(), name="operator")

    async def _operate(self) -> None:
        """Whatever is buried is revived, several times a day."""
        store, clock = self.disk.open().store, SimulatedClock(self.loop)
        while True:
            at = clock.now()
            revivals = [
                Revival(transfer=one.due.transfer, duty=one.due.duty, at=at, who=OPERATOR, why="looked-at")
                for one in await store.buried()
            ]
            for one in await store.revive(revivals):
                self.witness.tell(f"revive {one.transfer.text[-6:]} {one.duty.value}")
                self._dues.set(one.transfer, one.duty, at)
                self._dues.hint()
            await asyncio.sleep(OPERATOR_LOOKS_S)

    def _open(self) -> str:
        waiting = [key.text[-6:] for key, seen in self.witness.transfers.items() if not seen.closed]
        owed = [f"{key.text[-6:]}.{duty.value}" for key, duty in self.witness.tasks if duty.value != "erase"]
        return f"open {waiting}, owed {owed}, not begun {[c.name for c in self.citizens if not c.begun.is_set()]}"

    def _look_at(self, life: "asyncio.Task[None]") -> None:
        if not life.done():
            self.witness.blame("I5", "a citizen never came to an end")
        elif not life.cancelled() and (error := life.exception()) is not None:
            raise error

    # ----------------------------------------------------------------------------------------------------- the gateway

    def _opened(self, life: Life, nth: int) -> tuple[Office, tuple[Run, ...]]:
        process = int(life.name.removeprefix(f"{GATEWAY}-").partition(".")[0])
        opened, clock = self.disk.open(), SimulatedClock(self.loop, self.plan.skews_s[process])
        identifiers = DrawnIdentifiers(self.dice, clock, f"identifiers-{process}.{nth}")
        wire = Wire(life, self.weather)
        store = StoreLine(
            opened.store,
            wire,
            loop=self.loop,
            clock=clock,
            dues=self._dues,
            weather=self.weather,
            witness=self.witness,
        )
        self._lines[life] = (store, opened)
        ports = self._make_ports(
            Reach(
                life=life,
                loop=self.loop,
                clock=clock,
                weather=self.weather,
                dice=self.dice,
                utility=self.utility,
                registry=self._registry,
                notifier=self.notifier,
                remembers_s=self.plan.notifier_remembers_s,
                attribution=self.witness.attribution,
                sms=self._sms,
                sms_remembers_s=self.plan.sms_remembers_s,
            )
        )
        utility = WatchedUtility(ports.utility, self.gate)
        guarded = self.plan.guarded
        world = World(
            transfers=store,
            agenda=store,
            registry=ports.registry,
            directory=Directory(Listing(id=ID, service=Service.WATER, utility=utility, address_life=ADDRESS_LIFE)),
            notifier=WatchedNotifier(ports.notifier, self.gate),
            sms=None if ports.sms is None else WatchedNotifier(ports.sms, self.gate, by_sms=True),
            clock=clock,
            identifiers=identifiers,
            granted=GrantsInForce(GrantsLine(opened.grants, wire), clock) if guarded else None,
            consents=store if guarded else None,
            trail=Trail(audit=AuditLine(opened.audit, wire), signer=Sealer()),
            reconciliations=ReconcilingLine(opened.reconciliations, wire, self.witness),
        )
        usual = Allowances(before_handling=self.plan.before_handling)
        office = open_office(world, Terms(pace=PACE, timetable=Timetable(usual=usual)))
        gathering = () if office.sequencer is None else (office.sequencer.run,)
        works = functools.partial(self._work, office, store)
        nightly = (functools.partial(each_night, office, clock),) if self.plan.reconciles else ()
        return office, (works, *gathering, functools.partial(self._tidy, office, clock), *nightly)

    async def _work(self, office: Office, store: StoreLine) -> None:
        """As `serve` and `work` do: who alone owns the store takes back what its former life held."""
        if self.disk.most_processes == 1:
            with contextlib.suppress(Unavailable):
                await store.release()
        await office.worker.run()

    @staticmethod
    async def _tidy(office: Office, clock: SimulatedClock) -> None:
        """As `Housekeeping.run`, less often."""
        while True:
            await clock.sleep(20 * DAY_S)
            await office.housekeeping.tidy()

    def _closed(self, life: Life) -> None:
        store, opened = self._lines.pop(life)
        store.cut()
        self.disk.close(opened)
