"""Under which ids the work at hand is going on: how it began, and what was last asked of whom.

Carried along with the work, so that an error, a journal and an agenda can tell them without each caller saying them.
What is noted in a task of its own is not known outside of it. Never draws an id, and never judges one.
"""

import contextvars

import attrs

from cotransfer.domain.correlation import UNCORRELATED, Correlation
from cotransfer.domain.parties import Party

Asked = tuple[tuple[Party, Correlation], ...]
"""The latest call to each party, the latest of all first."""

_BEGUN: contextvars.ContextVar[Correlation] = contextvars.ContextVar("begun", default=UNCORRELATED)
_ASKED: contextvars.ContextVar[Asked] = contextvars.ContextVar("asked", default=())


def begin(ours: str, theirs: str | None = None) -> None:
    """Work begins under the id `ours`, for this task and the tasks it starts; `theirs` is who asked's own."""
    _BEGUN.set(Correlation(ours=ours, theirs=theirs))
    _ASKED.set(())


def begun() -> str | None:
    """The id that the work at hand began under; None when nobody began any."""
    return _BEGUN.get().ours


def asking(party: Party, ours: str) -> None:
    """A counterparty is being asked under that id, and has not answered."""
    _ASKED.set(((party, Correlation(ours=ours)), *(one for one in _ASKED.get() if one[0] is not party)))


def answered(theirs: str | None) -> None:
    """Whoever was asked last did, under that id of its own; None: under none that can be told."""
    if asked := _ASKED.get():
        (party, ids), *others = asked
        _ASKED.set(((party, attrs.evolve(ids, theirs=theirs)), *others))


def last_asked(whom: Party | None = None) -> Correlation | None:
    """Of the last call to that party, or to any, whatever came of it; None when none was made."""
    return next((ids for party, ids in _ASKED.get() if whom in (None, party)), None)


def at_hand() -> Correlation:
    """Of what happens now: the last call, or else how the work began."""
    return last_asked() or _BEGUN.get()


def ourselves() -> Correlation:
    """Of what is between us and ourselves: nobody else knows of it."""
    return Correlation(ours=_BEGUN.get().ours)
