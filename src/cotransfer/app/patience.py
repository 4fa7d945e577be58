"""How long to wait before a task is tried again, and when to give it up. Pure: the chance is brought in."""

import attrs

SCHEDULE_S: tuple[float, ...] = (0, 5, 30, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Pauses after the first, second … failed attempt: about 76 hours in all, and 72 at the least."""

JITTER_LIMIT_S = 1_800.0
"""Half an hour spreads a crowd well enough; half of a day would take the weekend out of the schedule's three days."""

RETRY_AFTER_LIMIT_S = 6 * 3600.0
"""A counterparty may ask us to wait this long, not longer."""

UNINTELLIGIBLE_LIMIT = 3
"""Attempts at a counterparty whose answers nobody can read: a person has to look soon."""

UNINTELLIGIBLE_PAUSE_S = 900.0
"""Between those attempts: a changed token or a maintenance page should be mended before all that is due is given up."""


@attrs.frozen
class Patience:
    """The pauses between attempts, in seconds; the attempt after the last one is the last."""

    schedule_s: tuple[float, ...] = SCHEDULE_S

    def pause_s(self, attempt: int, *, chance: float, retry_after_s: float | None = None) -> float | None:
        """Seconds until the next attempt once `attempt` (from 1) has failed, None when there shall be none.

        Jitter spreads the upper half of the pause, or its last half hour; what the counterparty asked for wins where
        it is longer.
        """
        if attempt > len(self.schedule_s):
            return None
        pause_s = self.schedule_s[attempt - 1]
        spread_s = pause_s - min(pause_s / 2, JITTER_LIMIT_S) * (1 - chance)
        return max(spread_s, min(retry_after_s or 0.0, RETRY_AFTER_LIMIT_S))
