"""What goes wrong: each call at each point of the city may be struck, as the seed has it, until the weather is calm.

A fault has a name (`water.submit#2`) and can be left out by it, so that a failing schedule is data that can be
shortened. Never decides what a fault does: whoever is struck does.
"""

import enum
from collections.abc import Callable, Collection

import attrs

from cotransfer.simulation.dice import Dice


class Kind(enum.Enum):
    """What can go wrong, by the word that a trace tells it in."""

    NO_CONNECTION = "no_connection"  # Surely without effect.
    REQUEST_LOST = "request_lost"  # Without effect, which nobody can know.
    ANSWER_LOST = "answer_lost"  # It had its effect.
    BUSY = "busy"  # 503: turned away.
    TOO_MANY = "too_many"  # 429 with Retry-After: turned away.
    BROKE_AFTER = "broke_after"  # 500, and it had its effect.
    GARBAGE = "garbage"  # An answer that nobody can read, after the effect.
    NONSENSE = "nonsense"  # An answer that nobody can read, and nothing was done.
    SLOW = "slow"  # Up to minutes: longer than a lease lasts.
    DOUBLED = "doubled"  # The same message twice at the same time.
    LATE = "late"  # Hours later, when nobody waits for its answer any more: later ones overtake it.
    AGAIN = "again"  # Once more under another key, as from a system that has forgotten.
    SILENT = "silent"  # Never sent.
    FULL = "full"  # The store refused, and surely wrote nothing.
    LOST_COMMIT = "lost_commit"  # Written, and the store never said so.
    STALLED = "stalled"  # The store takes seconds.
    HINT_LOST = "hint_lost"
    CRASH = "crash"
    RESTART = "restart"
    SUSPENDED = "suspended"
    SKEW = "skew"
    ROTATED = "rotated"


@attrs.frozen(eq=False)
class Sort:
    """A sort of call: what can strike it, and how likely that is in a schedule of middling weather."""

    kinds: tuple[Kind, ...]
    chance: float


OUTGOING = Sort(
    (
        Kind.NO_CONNECTION,
        Kind.REQUEST_LOST,
        Kind.ANSWER_LOST,
        Kind.BUSY,
        Kind.TOO_MANY,
        Kind.BROKE_AFTER,
        Kind.GARBAGE,
        Kind.NONSENSE,
        Kind.SLOW,
    ),
    0.28,
)
INCOMING = Sort(
    (Kind.NO_CONNECTION, Kind.REQUEST_LOST, Kind.ANSWER_LOST, Kind.DOUBLED, Kind.LATE, Kind.SLOW),
    0.22,
)
REPORTING = Sort((Kind.LATE, Kind.AGAIN, Kind.SILENT), 0.40)
READING = Sort((Kind.FULL, Kind.STALLED), 0.02)
WRITING = Sort((Kind.FULL, Kind.LOST_COMMIT, Kind.STALLED), 0.07)
HINTING = Sort((Kind.HINT_LOST,), 0.2)


@attrs.frozen
class Struck:
    """A fault that happened."""

    name: str
    kind: Kind
    nth: int


class Weather:
    """`only` names what may still go wrong (None: all); `tell` is called for each fault as it strikes."""

    def __init__(self, dice: Dice, *, only: Collection[str] | None, tell: Callable[[str], None]) -> None:
        self.struck: list[Struck] = []
        self.is_calm = False
        self._dice = dice
        self._only = only
        self._tell = tell
        self._counts: dict[str, int] = {}
        self._delays: dict[str, int] = {}
        self._strength = 0.0 if dice.odds(0.04, "weather.fair") else dice.between(0.2, 1.3, "weather.strength")
        # Each schedule knows some kinds only: what happens often together hides what happens alone.
        self._kinds = frozenset(kind for kind in Kind if dice.odds(0.7, f"weather.{kind.value}"))

    def strikes(self, point: str, sort: Sort) -> Struck | None:
        """What happens to this call at `point`; None: nothing."""
        if self.is_calm:
            return None
        nth = self._counts[point] = self._counts.get(point, 0) + 1
        chance = sort.chance * self._strength
        roll = self._dice.unit(point, nth)
        if roll >= chance:
            return None
        kind = sort.kinds[min(int(roll / chance * len(sort.kinds)), len(sort.kinds) - 1)]
        if kind not in self._kinds or not self.allows(f"{point}#{nth}"):
            return None
        return self.note(f"{point}#{nth}", kind, nth)

    def latency_s(self, point: str, most_s: float) -> float:
        """How long something takes that is not struck."""
        nth = self._delays[point] = self._delays.get(point, 0) + 1
        return self._dice.between(0.001, most_s, f"{point}.latency", nth)

    def allows(self, name: str) -> bool:
        """Whether what bears this name may go wrong in this run."""
        return self._only is None or name in self._only

    def note(self, name: str, kind: Kind, nth: int = 0) -> Struck:
        """It goes wrong."""
        struck = Struck(name, kind, nth)
        self.struck.append(struck)
        self._tell(f"{name} {kind.value}")
        return struck
