"""One schedule from its seed to its outcome. Never lets anything of one run reach the next."""

import contextlib
import functools
import logging
from collections.abc import Callable, Collection, Iterator
from typing import Any, Protocol

import attrs
import structlog

from cotransfer.simulation.city import City
from cotransfer.simulation.dice import Dice
from cotransfer.simulation.disks import MakeDisk, MemoryDisk
from cotransfer.simulation.invariants import check
from cotransfer.simulation.loop import Deadlock, TooLong, VirtualLoop
from cotransfer.simulation.outgoing import at_the_ports
from cotransfer.simulation.plan import Plan, drawn
from cotransfer.simulation.reach import MakePorts
from cotransfer.simulation.weather import Struck, Weather
from cotransfer.simulation.witness import Violation, Witness

MOST_STEPS = 200_000

_LOGGER = structlog.make_filtering_bound_logger(logging.INFO)


@attrs.frozen(kw_only=True)
class Outcome:
    """What came of a schedule: `struck` are the faults that happened, `hash` is the trace's."""

    plan: Plan
    stories: tuple[str, ...]
    struck: tuple[Struck, ...]
    violations: tuple[Violation, ...]
    trace: tuple[str, ...]
    hash: str
    steps: int
    virtual_s: float

    @property
    def seed(self) -> int:
        return self.plan.seed

    @property
    def parts(self) -> tuple[str, ...]:
        """Everything of it that could be left out, by name."""
        return (*self.stories, *(one.name for one in self.struck if not one.name.startswith("skew")))


class Player(Protocol):
    """Plays a schedule by its seed, over whichever database and lines it was made for."""

    def __call__(self, seed: int, *, only: Collection[str] | None = None) -> Outcome: ...


def player(make_disk: MakeDisk = MemoryDisk, make_ports: MakePorts = at_the_ports) -> Player:
    """`play` over these."""
    return functools.partial(play, make_disk=make_disk, make_ports=make_ports)


def play(
    seed: int,
    *,
    make_disk: MakeDisk = MemoryDisk,
    only: Collection[str] | None = None,
    plan: Plan | None = None,
    see: Callable[[int, str], None] | None = None,
    make_ports: MakePorts = at_the_ports,
) -> Outcome:
    """Run the schedule of `seed`, or of `plan`; `only` names the stories and faults to keep, None keeps all.

    `see` is told of each step, by its number and its owner, for as long as something may go wrong.
    """
    dice, disk = Dice(seed), make_disk()
    plan = plan or drawn(seed, dice, processes=disk.most_processes)
    loop = VirtualLoop(most_steps=MOST_STEPS)
    witness = Witness(lambda: loop.now_s)
    weather = Weather(dice, only=only, tell=witness.tell)
    if see is not None:
        tell = see
        loop.watch(lambda step, owner: None if weather.is_calm else tell(step, owner))
    try:
        with _logged(witness):
            city = City(plan, loop=loop, dice=dice, weather=weather, witness=witness, disk=disk, make_ports=make_ports)
            loop.play(_played(city))
    except Deadlock as stuck:
        witness.blame("I2", str(stuck))
    except TooLong as circle:
        witness.blame("I13", str(circle))
    finally:
        disk.throw_away()
    return Outcome(
        plan=plan,
        stories=tuple(name for name, _ in plan.stories if weather.allows(name)),
        struck=tuple(weather.struck),
        violations=tuple(witness.violations),
        trace=tuple(witness.trace),
        hash=witness.hash(),
        steps=loop.steps,
        virtual_s=loop.now_s,
    )


async def _played(city: City) -> None:
    city.loop.set_exception_handler(lambda _, context: _blame(city.witness, context))
    await city.play()
    await check(city)


def _blame(witness: Witness, context: dict[str, Any]) -> None:
    error = context.get("exception")
    witness.blame("I12", f"the loop was left with {type(error).__name__}: {context.get('message')}")


@contextlib.contextmanager
def _logged(witness: Witness) -> Iterator[None]:
    """What the gateway logs, the witness reads."""
    before = structlog.get_config()

    def read(_logger: object, method: str, event: Any) -> Any:
        witness.logged.append(f"{method} {event!r}")
        raise structlog.DropEvent

    structlog.configure(processors=[read], wrapper_class=_LOGGER, cache_logger_on_first_use=False)
    try:
        yield
    finally:
        structlog.configure(**before)
