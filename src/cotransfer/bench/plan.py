"""What is to be measured, and how much of it. Never measures anything."""

import enum
import math

import attrs

FEWEST_MEMORY_TRANSFERS = 10
"""Of the memory measurement: it is looked at ten times on the way."""


FEWEST_BACKLOG_TASKS = 10
"""Of the backlog measurement: its circuit opens after five failures."""


class Part(enum.Enum):
    """What can be measured by itself."""

    CORE = "core"
    PARTS = "parts"
    AUDIT = "audit"
    SEALING = "sealing"
    SIGNING = "signing"
    REPORT = "report"
    SIMULATION = "simulation"
    TRANSFERS = "transfers"
    BACKLOG = "backlog"
    MEMORY = "memory"
    RECOVERY = "recovery"


class EngineName(enum.Enum):
    """The two stores, each as durable as its defaults in this package make it."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


class Mode(enum.Enum):
    """The same engine twice: as it is, and with a commit for every step and a claim for every task."""

    GROUP = "group"
    ONE_COMMIT_PER_STEP = "one_commit_per_step"


@attrs.frozen(kw_only=True)
class Plan:
    """One run. `transfers` are those of a round with one under way."""

    parts: tuple[Part, ...] = tuple(Part)
    engines: tuple[EngineName, ...] = tuple(EngineName)
    under_way: tuple[int, ...] = (1, 8, 64)
    transfers: int = 40
    repeat: int = 3
    memory_transfers: int = 10_000
    backlog_tasks: int = 10_000

    def transfers_with(self, under_way: int) -> int:
        """A busier round takes more transfers, by the root: short enough to wait for, long against its ends."""
        return max(under_way, round(self.transfers * math.sqrt(under_way)))

    @property
    def needs(self) -> tuple[EngineName, ...]:
        """The engines that have to be started."""
        engines = self.engines if {Part.TRANSFERS, Part.BACKLOG} & {*self.parts} else ()
        wants_file = Part.MEMORY in self.parts and EngineName.SQLITE not in engines
        return (EngineName.SQLITE, *engines) if wants_file else engines

    @property
    def transfers_in_all(self) -> int:
        """Of every round of every part, were every engine there."""
        rounds = sum(self.transfers_with(one) for one in self.under_way) * len(self.engines) * len(Mode) * self.repeat
        shares = (
            (Part.TRANSFERS, rounds),
            (Part.BACKLOG, self.backlog_tasks * len(self.engines)),
            (Part.MEMORY, self.memory_transfers),
        )
        return sum(share for part, share in shares if part in self.parts)
