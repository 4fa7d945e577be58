"""What one seed comes to before anything runs: stories, processes, clocks, crashes and the like. Data; runs nothing."""

from datetime import UTC, datetime

import attrs

from cotransfer.domain.rechecking import BeforeHandling
from cotransfer.simulation.dice import Dice
from cotransfer.simulation.stories import STORIES, Story

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
"""A Monday morning in Kunming."""

MOST_SKEW_S = 120.0
"""How far a process's clock may be from the true time, either way."""

NOTIFIER_REMEMBERS_S = 600.0
"""How long WeChat tells repetitions."""

SMS_REMEMBERS_S = 86_400.0
"""How long the SMS service tells them."""

STORIES_AT_ONCE = (1, 1, 1, 1, 2, 2, 2, 2, 3, 4)
"""How many transfers a schedule has; the more there are, the fewer schedules a second."""

PROCESSES = (1, 1, 2, 2, 3)
"""How many processes share the database."""

HOUR_S, DAY_S = 3600.0, 86_400.0


@attrs.frozen(kw_only=True)
class Crash:
    """Before the `step`-th step of the run a process is killed (None: the utility's); `down_s` later it starts."""

    name: str
    process: int | None
    step: int
    down_s: float


@attrs.frozen(kw_only=True)
class Outage:
    """Something at a counterparty or of a grant that is so from `from_s` on, for `for_s`; in virtual seconds."""

    name: str
    whose: str
    from_s: float
    for_s: float


@attrs.frozen(kw_only=True)
class Plan:
    """One schedule. Lasting facts; what strikes single calls is the weather's.

    `skews_s` has a number for each process; `guarded` schedules have the gate with grants, consents and audit trail;
    `to_erasure` ones go on until the personal data has gone; `reconciles`: every night; `by_sms`: what WeChat cannot
    deliver goes by SMS. `before_handling` is what the water company wants then.
    """

    seed: int
    stories: tuple[tuple[str, Story], ...]
    skews_s: tuple[float, ...]
    guarded: bool
    to_erasure: bool
    by_sms: bool
    reconciles: bool = False
    window_s: float
    before_handling: BeforeHandling = BeforeHandling.OFF
    crashes: tuple[Crash, ...] = ()
    restarts: tuple[Outage, ...] = ()
    suspensions: tuple[Outage, ...] = ()
    rotations: tuple[Outage, ...] = ()

    @property
    def processes(self) -> int:
        return len(self.skews_s)

    @property
    def notifier_remembers_s(self) -> float:
        """What the gateway is told: less than the truth, by as much as clocks are apart and calls take."""
        return NOTIFIER_REMEMBERS_S - 60.0 - self._apart_s

    @property
    def sms_remembers_s(self) -> float:
        """Of the SMS service, likewise."""
        return SMS_REMEMBERS_S - 60.0 - self._apart_s

    @property
    def _apart_s(self) -> float:
        return max(self.skews_s) - min(self.skews_s)


def drawn(seed: int, dice: Dice, *, processes: int | None = None) -> Plan:
    """The schedule of a seed; `processes` where the store bears only so many."""
    count = processes or dice.pick(PROCESSES, "plan.processes")
    skewed = dice.odds(0.6, "plan.skewed")
    skews = tuple(round(dice.between(-MOST_SKEW_S, MOST_SKEW_S, "plan.skew", nth), 3) for nth in range(count))
    stories, by_sms = dice.pick(STORIES_AT_ONCE, "plan.stories"), dice.odds(0.6, "plan.by_sms")
    granted = ("kunming-water.transfer", "notifier.notices", *(("sms.notices",) if by_sms else ()))
    return Plan(
        seed=seed,
        stories=tuple((f"story#{nth}", dice.pick(STORIES, "plan.story", nth)) for nth in range(stories)),
        skews_s=skews if skewed else (0.0,) * count,
        guarded=dice.odds(0.5, "plan.guarded"),
        to_erasure=dice.odds(0.15, "plan.erasure"),
        by_sms=by_sms,
        before_handling=dice.pick(tuple(BeforeHandling), "plan.before_handling"),
        reconciles=dice.odds(0.25, "plan.reconciles"),
        window_s=dice.between(HOUR_S, 5 * DAY_S, "plan.window"),
        crashes=_crashes(dice, count),
        restarts=_outages(dice, "restart", ("water",), 2, 30.0, 2 * HOUR_S),
        suspensions=_outages(dice, "suspension", granted, 1, 60.0, DAY_S),
        rotations=_outages(dice, "rotation", ("wrapping",), 2, 0.0, 1.0),
    )


def _crashes(dice: Dice, processes: int) -> tuple[Crash, ...]:
    count = int(dice.unit("plan.crashes") * 4)
    return tuple(
        Crash(
            name=f"crash#{nth}",
            process=int(dice.unit("plan.crash.process", nth) * processes),
            step=int(dice.between(1, 1_200, "plan.crash.step", nth)),
            down_s=dice.between(0.1, 900.0, "plan.crash.down", nth),
        )
        for nth in range(count)
    )


def _outages(
    dice: Dice, what: str, whose: tuple[str, ...], most: int, shortest_s: float, longest_s: float
) -> tuple[Outage, ...]:
    count = int(dice.unit(f"plan.{what}s") * (most + 1))
    return tuple(
        Outage(
            name=f"{what}#{nth}",
            whose=dice.pick(whose, f"plan.{what}.whose", nth),
            from_s=dice.between(0.0, 12 * HOUR_S, f"plan.{what}.from", nth),
            for_s=dice.between(shortest_s, longest_s, f"plan.{what}.for", nth),
        )
        for nth in range(count)
    )
