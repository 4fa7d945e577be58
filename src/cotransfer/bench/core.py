"""The pure core by itself: microseconds for a step of a whole story, and for a report that is no news."""

import time
import timeit
from collections.abc import Callable, Iterator
from typing import Any

from cotransfer.bench.figures import Spread
from cotransfer.domain.agenda import owed, settled
from cotransfer.domain.commands import Command, OpenSigning, RecordNotice, hearing
from cotransfer.domain.notices import Delivered, NoticeKind
from cotransfer.domain.reports import Channel, Cleared, Handled, Signed, Taken
from cotransfer.domain.states import InHandling, NotSubmitted, State
from cotransfer.domain.transfer import decide, evolve
from cotransfer.testing.samples import ADDRESS, CASE, SUBMIT

STORY: tuple[Command, ...] = (
    SUBMIT,
    hearing(Taken("W-1")),
    hearing(Cleared(ADDRESS)),
    RecordNotice(NoticeKind.INVITATION, Delivered("n-1")),
    OpenSigning(),
    hearing(Signed(Channel.WECHAT)),
    hearing(Handled()),
    RecordNotice(NoticeKind.RESULT, Delivered("n-2")),
)
"""The eight steps, as commands."""

SAMPLE_S = 0.2
"""A sample is so many runs that it takes about this long."""


def measure(repeat: int) -> Iterator[dict[str, Any]]:
    """The lines of this part."""
    yield {"measure": "core", "what": "step", "steps": len(STORY), "us": micros(story, repeat, len(STORY)).line()}
    yield {"measure": "core", "what": "repeated_report", "us": micros(repeated_report, repeat).line()}


def story() -> State:
    """Decide, evolve, and what is owed and settled by it, from nothing to the end."""
    state: State = NotSubmitted()
    for command in STORY:
        for event in decide(state, command):
            state = evolve(state, event)
            settled(event)
            owed(event)
    return state


_SIGNED = InHandling(CASE)
_SIGNED_AGAIN = STORY[5]


def repeated_report() -> object:
    """The signature, told a second time: it must be no news, and cost next to nothing."""
    return decide(_SIGNED, _SIGNED_AGAIN)


def micros(work: Callable[[], object], repeat: int, steps: int = 1) -> Spread:
    """Microseconds of computing for one of the `steps` of `work`: what others do on the machine does not count."""
    timer = timeit.Timer(work, timer=time.process_time)
    once = max(timer.timeit(100) / 100, 1e-8)  # A coarse clock may say that it took no time.
    number = max(1, round(SAMPLE_S / once))
    return Spread.of([taken / number / steps * 1e6 for taken in timer.repeat(repeat, number)])
