"""What is done to a grant, and what the audit trail says of it."""

from datetime import UTC, datetime

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotransfer.domain.datasets import Operation
from cotransfer.domain.faults import Invalid
from cotransfer.domain.grants import (
    Active,
    Add,
    CannotChange,
    Command,
    End,
    Ended,
    Grant,
    Resume,
    Side,
    Suspend,
    Suspended,
    Suspension,
    decide,
    standard_grants,
)
from cotransfer.domain.notes import Decision, Note
from cotransfer.testing.strategies.grants import commands, grants, lessenings

AT = datetime(2026, 6, 1, tzinfo=UTC)
LATER = datetime(2026, 7, 1, tzinfo=UTC)
GRANT = standard_grants(
    valid_from=datetime(2026, 1, 1, tzinfo=UTC), valid_until=datetime(2027, 1, 1, tzinfo=UTC), quota=10
)[1]
CITY, COUNTERPARTY = Side.CITY, Side.COUNTERPARTY


def suspend(by: Side, why: str = "breach") -> Suspend:
    """At once."""
    return Suspend(id=GRANT.id, by=by, why=why)


def resume(by: Side) -> Resume:
    """Its own suspension."""
    return Resume(id=GRANT.id, by=by, why="settled")


def end(by: Side) -> End:
    """For good."""
    return End(id=GRANT.id, by=by, why="agreement-over")


def after(*commands: Command, grant: Grant = GRANT) -> Grant:
    """The grant when all that has been done, the refused left out."""
    for command in commands:
        changed = decide(grant, command, who="operator-1", at=AT)
        grant = grant if changed is None else changed.grant
    return grant


class TestSuspension:
    def test_each_side_suspends_for_itself(self) -> None:
        """Both stand beside one another, each with its own reason and instant."""
        assert after(suspend(CITY), suspend(COUNTERPARTY, "maintenance")).standing == Suspended(
            (Suspension(CITY, AT, "breach"), Suspension(COUNTERPARTY, AT, "maintenance"))
        )

    @pytest.mark.parametrize(("first", "second"), [(CITY, COUNTERPARTY), (COUNTERPARTY, CITY)])
    def test_both_have_to_resume(self, first: Side, second: Side) -> None:
        """Active again only when neither suspends, in whichever order they do it."""
        both = after(suspend(CITY), suspend(COUNTERPARTY))
        half = after(resume(first), grant=both)
        assert half.standing == Suspended((Suspension(second, AT, "breach"),))
        assert after(resume(second), grant=half) == GRANT

    @pytest.mark.parametrize(("suspender", "other"), [(CITY, COUNTERPARTY), (COUNTERPARTY, CITY)])
    def test_nobody_resumes_for_the_other(self, suspender: Side, other: Side) -> None:
        """Only who suspended resumes."""
        with pytest.raises(CannotChange) as refused:
            after(suspend(suspender), resume(other))
        assert refused.value.code == "not_suspended_by_you"

    def test_a_second_time_is_no_news(self) -> None:
        """A side that suspends again changes nothing, not even its reason; nor does resuming what is active."""
        suspended = after(suspend(CITY))
        assert decide(suspended, suspend(CITY, "other-reason"), who="operator-2", at=LATER) is None
        assert decide(GRANT, resume(CITY), who="operator-2", at=LATER) is None


class TestEnd:
    @pytest.mark.parametrize("before", [(), (suspend(CITY),), (suspend(CITY), suspend(COUNTERPARTY))])
    @pytest.mark.parametrize("by", Side)
    def test_either_side_ends(self, by: Side, before: tuple[Command, ...]) -> None:
        """Whatever state it is in."""
        assert after(*before, end(by)).standing == Ended(by, AT, "agreement-over")

    @pytest.mark.parametrize("by", Side)
    def test_ended_absorbs(self, by: Side) -> None:
        """Nothing brings it back; ending again is no news; the name is not given out again."""
        ended = after(end(CITY))
        assert decide(ended, end(by), who="operator-1", at=LATER) is None
        for command in (suspend(by), resume(by)):
            with pytest.raises(CannotChange) as refused:
                decide(ended, command, who="operator-1", at=LATER)
            assert refused.value.code == "grant_ended"
        with pytest.raises(CannotChange) as refused:
            decide(ended, Add(GRANT), who="operator-1", at=LATER)
        assert refused.value.code == "grant_exists"


class TestAdding:
    def test_a_new_grant(self) -> None:
        """It is there as it was agreed."""
        changed = decide(None, Add(GRANT), who="operator-1", at=AT)
        assert changed is not None
        assert changed.grant == GRANT

    def test_the_same_again_is_no_news(self) -> None:
        """So a file can be added twice; a suspension outlasts it."""
        for held in (GRANT, after(suspend(CITY))):
            assert decide(held, Add(GRANT), who="operator-1", at=AT) is None

    def test_terms_never_change(self) -> None:
        """Other terms are another grant: what was agreed stays to be read."""
        with pytest.raises(CannotChange) as refused:
            decide(GRANT, Add(attrs.evolve(GRANT, daily_quota=11)), who="operator-1", at=AT)
        assert refused.value.code == "grant_exists"

    def test_a_new_grant_has_no_past(self) -> None:
        """One that is suspended or ended cannot be added: nobody would have decided it."""
        with pytest.raises(CannotChange) as refused:
            decide(None, Add(after(suspend(CITY))), who="operator-1", at=AT)
        assert refused.value.code == "not_new"

    @pytest.mark.parametrize("command", [suspend(CITY), resume(CITY), end(CITY)])
    def test_what_is_not_there_cannot_be_changed(self, command: Command) -> None:
        """An unknown name is told as one."""
        with pytest.raises(CannotChange) as refused:
            decide(None, command, who="operator-1", at=AT)
        assert refused.value.code == "unknown_grant"


class TestNotes:
    @pytest.mark.parametrize(
        ("held", "command", "what", "why"),
        [
            (None, Add(GRANT), "grant.added", None),
            (GRANT, suspend(CITY), "grant.suspended_by_city", "breach"),
            (GRANT, suspend(COUNTERPARTY), "grant.suspended_by_counterparty", "breach"),
            (after(suspend(CITY)), resume(CITY), "grant.resumed_by_city", "settled"),
            (GRANT, end(COUNTERPARTY), "grant.ended_by_counterparty", "agreement-over"),
        ],
    )
    def test_every_change_is_written_down(self, held, command, what: str, why: str | None) -> None:
        """Who did what to which grant, for which reason, in the grant's own chain."""
        changed = decide(held, command, who="operator-1", at=AT)
        assert changed is not None
        decision = Decision(what=what, who="operator-1", about="kunming-water.transfer", why=why)
        assert changed.note == Note(chain="grant:kunming-water.transfer", at=AT, what=decision)

    @pytest.mark.parametrize("why", ["", "户主 张三", "x" * 62, "Breach", "a b"])
    def test_reasons_are_codes(self, why: str) -> None:
        """No free text comes into the audit trail, where something personal could stand."""
        with pytest.raises(Invalid):
            decide(GRANT, suspend(CITY, why), who="operator-1", at=AT)

    @pytest.mark.parametrize("who", ["", "张三", "a b", "zhang@example.cn", "x" * 81])
    def test_actors_are_identifiers(self, who: str) -> None:
        """Nor does anybody's name or address."""
        with pytest.raises(Invalid):
            decide(GRANT, suspend(CITY), who=who, at=AT)

    @pytest.mark.parametrize("who", ["13888000001", "operator-530102199003071238"])
    def test_no_actor_is_named_by_a_persons_number(self, who: str) -> None:
        """The trail holds nothing personal: who could be somebody's number is told so, and nothing is decided."""
        with pytest.raises(Invalid) as refused:
            decide(GRANT, suspend(CITY), who=who, at=AT)
        assert who not in str(refused.value)


@given(grants(standing=st.just(Active())), st.data())
def test_any_sequence_of_commands(grant: Grant, data: st.DataObject) -> None:
    """Against the simplest model: suspended as long as one side has not resumed, ended for good."""
    suspended: set[Side] = set()
    ended = False
    held = grant
    for command in data.draw(st.lists(commands(grant.id), max_size=12)):
        try:
            changed = decide(held, command, who="operator-1", at=AT)
        except CannotChange:
            assert ended or (isinstance(command, Resume) and suspended == set(Side) - {command.by})
            continue
        match command:
            case End():
                ended = True
            case Suspend(by=by):
                suspended.add(by)
            case Resume(by=by):
                suspended.discard(by)
        held = held if changed is None else changed.grant
        if ended:
            assert isinstance(held.standing, Ended)
        elif suspended:
            assert isinstance(held.standing, Suspended)
            assert {one.by for one in held.standing.suspensions} == suspended
        else:
            assert held == grant


@given(grants(), st.data())
def test_no_suspension_and_no_end_ever_gives(grant: Grant, data: st.DataObject) -> None:
    """What was not allowed before is not allowed after."""
    command = data.draw(lessenings(grant.id))
    try:
        changed = decide(grant, command, who="operator-1", at=AT)
    except CannotChange:
        return
    now = grant if changed is None else changed.grant
    assert not [operation for operation in Operation if now.allows(operation, AT) and not grant.allows(operation, AT)]
