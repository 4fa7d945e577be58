"""The shortest form of a failing schedule: stories and faults are left out for as long as it goes on failing.

The schedule stays the seed's: what is left is named, and can be played again by its names. Never claims that nothing
shorter fails, only that nothing more can be left out by itself.
"""

from collections.abc import Callable, Sequence

from cotransfer.simulation.schedule import Outcome, Player, play

MOST_TRIES = 400


def shrunk(failing: Outcome, *, player: Player = play, tries: int = MOST_TRIES) -> Outcome:
    """An outcome that breaks one of the same rules with as few parts as were found."""
    rules = {violation.rule for violation in failing.violations}

    def still_fails(parts: Sequence[str]) -> Outcome | None:
        outcome = player(failing.seed, only=frozenset(parts))
        return outcome if rules & {violation.rule for violation in outcome.violations} else None

    return _lessened(failing, still_fails, tries)


def _lessened(failing: Outcome, still_fails: Callable[[Sequence[str]], Outcome | None], tries: int) -> Outcome:
    """Halves first, then quarters and so on, down to single parts (delta debugging)."""
    best, size = failing, max(1, len(failing.parts) // 2)
    while tries > 0:
        parts, less = best.parts, None
        for start in range(0, len(parts), size):
            if tries <= 0:
                break
            tries -= 1
            less = still_fails((*parts[:start], *parts[start + size :]))
            if less is not None and len(less.parts) < len(parts):
                break
            less = None
        if less is not None:
            best, size = less, max(1, min(size, len(less.parts) // 2))
        elif size == 1:
            break
        else:
            size = max(1, size // 2)
    return best


def replay_command(outcome: Outcome, *options: str) -> str:
    """What to type to see it again; `options` are those of the command that found it."""
    only = ",".join(outcome.parts)
    shown = f" --only {only}" if only else " --only nothing"
    return f"cotransfer simulate --seed {outcome.seed}{''.join(f' {option}' for option in options)}{shown}"
