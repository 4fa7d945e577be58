"""What can be done to a grant, decided purely: add, suspend, resume, end; and the word of it for the audit trail.

What comes of a command is the grant as it then stands with its note, or nothing; refusing raises. Ended absorbs.
"""

from datetime import datetime
from typing import assert_never

import attrs

from cotransfer.domain.faults import Fault, Invalid
from cotransfer.domain.grants.grant import (
    Active,
    Ended,
    Grant,
    GrantId,
    Side,
    Standing,
    Suspended,
    Suspension,
    checked_actor,
    checked_code,
)
from cotransfer.domain.notes import Decision, Note


@attrs.frozen
class Add:
    """A new grant, as it is agreed."""

    grant: Grant


@attrs.frozen(kw_only=True)
class Suspend:
    """At once, by one side; `why` is a code."""

    id: GrantId
    by: Side
    why: str


@attrs.frozen(kw_only=True)
class Resume:
    """One side takes its own suspension back."""

    id: GrantId
    by: Side
    why: str


@attrs.frozen(kw_only=True)
class End:
    """For good, by either side."""

    id: GrantId
    by: Side
    why: str


NUMBER_RIGHT = "Give the grant, the reason and whoever acts names without long numbers."

Command = Add | Suspend | Resume | End


class CannotChange(Exception):
    """The command contradicts how the grant stands; nothing was changed. `code` is stable, the text says what helps."""

    def __init__(self, code: str, what: str) -> None:
        super().__init__(what)
        self.code = code


@attrs.frozen
class Changed:
    """The grant as it stands now, and what the audit trail says of it."""

    grant: Grant
    note: Note


def about_grant(grant: GrantId) -> str:
    """The chain of a grant in the audit trail; a colon stands in no transfer's identifier."""
    return f"grant:{grant.text}"


def decide(held: Grant | None, command: Command, *, who: str, at: datetime) -> Changed | None:
    """What `command` makes of the grant that there is, or is not; None when it stands so already.

    `who` acts, an operator's or a system's identifier. Raises `CannotChange`, and `Invalid` for a reason or an actor
    that is no code.
    """
    checked_actor(who)
    match command:
        case Add(grant=grant):
            return _add(held, grant, who, at)
        case Suspend() | Resume() | End():
            checked_code("why", command.why)
            if held is None:
                raise CannotChange("unknown_grant", "There is no such grant: `cotransfer grants list` shows them.")
            standing = _standing_after(held.standing, command, at)
            if standing == held.standing:
                return None
            word = {Suspend: "suspended", Resume: "resumed", End: "ended"}[type(command)]
            # Which side it was belongs to the word: the trail has no free text to say it in.
            what = f"grant.{word}_by_{command.by.value}"
            return _changed(attrs.evolve(held, standing=standing), what, who, command.why, at)
        case _:
            assert_never(command)


def _add(held: Grant | None, grant: Grant, who: str, at: datetime) -> Changed | None:
    if not isinstance(grant.standing, Active):
        raise CannotChange("not_new", "A new grant is neither suspended nor ended: add it, then suspend it.")
    if held is None:
        return _changed(grant, "grant.added", who, None, at)
    if attrs.evolve(held, standing=Active()) == grant and not isinstance(held.standing, Ended):
        return None
    raise CannotChange(
        "grant_exists", "There is, or was, a grant of that name with other terms: give the new one a name of its own."
    )


def _standing_after(standing: Standing, command: Suspend | Resume | End, at: datetime) -> Standing:
    match standing, command:
        case Ended(), End():
            return standing
        case Ended(), _:
            raise CannotChange("grant_ended", "The grant has ended for good. Add a new one under another name.")
        case _, End():
            return Ended(command.by, at, command.why)
        case Suspended(), Suspend():
            if standing.by(command.by):
                return standing
            return Suspended((*standing.suspensions, Suspension(command.by, at, command.why)))
        case Active(), Suspend():
            return Suspended((Suspension(command.by, at, command.why),))
        case Active(), Resume():
            return standing
        case _:
            assert isinstance(standing, Suspended)  # noqa: S101 - all that is left is the resumption of one
            return _without(standing, command.by)


def _without(standing: Suspended, side: Side) -> Standing:
    if not standing.by(side):
        raise CannotChange(
            "not_suspended_by_you", "The other side has suspended the grant, and only that side resumes it."
        )
    left = tuple(one for one in standing.suspensions if one.by is not side)
    return Suspended(left) if left else Active()


def _changed(grant: Grant, what: str, who: str, why: str | None, at: datetime) -> Changed:
    try:
        decision = Decision(what=what, who=who, about=grant.id.text, why=why)
        return Changed(grant, Note(chain=about_grant(grant.id), at=at, what=decision))
    except ValueError:  # A word that could be somebody's number.
        raise Invalid(Fault("who", "characters", "A name looks like somebody's number.", NUMBER_RIGHT)) from None
