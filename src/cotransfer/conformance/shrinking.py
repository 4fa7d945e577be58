"""The shortest sequence that still breaks a rule: steps left out, then steps made simpler, as long as it breaks again.

Never tries for ever: every attempt is a run against a live system, and they are counted.
"""

from collections.abc import Awaitable, Callable, Iterator

import attrs

from cotransfer.conformance.steps import Sequence, Step

ATTEMPTS = 40
Fails = Callable[[Sequence], Awaitable[bool]]


async def shortest(sequence: Sequence, fails: Fails, *, attempts: int = ATTEMPTS) -> Sequence:
    """A sequence no longer than `sequence` for which `fails` was true last; `sequence` itself where none was found."""
    tried: set[Sequence] = {sequence}
    better = True
    while better:
        better = False
        for candidate in _simpler(sequence):
            if candidate in tried:
                continue
            if len(tried) > attempts:
                return sequence
            tried.add(candidate)
            if await fails(candidate):
                sequence, better = candidate, True
                break
    return sequence


def _simpler(sequence: Sequence) -> Iterator[Sequence]:
    """The boldest first: half of it, then one step less, then one step simpler."""
    half = len(sequence) // 2
    if half > 1:
        yield sequence[half:]
        yield sequence[:half]
    if len(sequence) > 1:
        for nth in range(len(sequence)):
            yield sequence[:nth] + sequence[nth + 1 :]
    for nth, step in enumerate(sequence):
        for simpler in _simpler_steps(step):
            yield (*sequence[:nth], simpler, *sequence[nth + 1 :])
    if len({step.case for step in sequence}) == 1 and sequence[0].case > 0:
        yield tuple(attrs.evolve(step, case=0) for step in sequence)


def _simpler_steps(step: Step) -> Iterator[Step]:
    for times in sorted({1, 2, step.times // 2}):
        if 0 < times < step.times:
            yield attrs.evolve(step, times=times)
    if len(step.twists) > 1:
        for nth in range(len(step.twists)):
            yield attrs.evolve(step, twists=step.twists[:nth] + step.twists[nth + 1 :])
