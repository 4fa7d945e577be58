"""What several grants of a counterparty allow together, and why not when they do not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cotransfer.domain.datasets import FIELDS, GIVES, Dataset, Operation
from cotransfer.domain.grants import (
    CannotChange,
    Ended,
    Grant,
    GrantId,
    NotGranted,
    Permit,
    Side,
    Suspended,
    Suspension,
    WhyNot,
    decide,
    permit,
    standard_grants,
)
from cotransfer.domain.parties import NextAction, Party
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.values import Service
from cotransfer.testing.strategies.grants import (
    COUNTERPARTIES,
    counties,
    grants,
    instants,
    lessenings,
    operations,
    services,
    several_grants,
)

FROM, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
AT = datetime(2026, 6, 1, tzinfo=UTC)
GRANT = standard_grants(valid_from=FROM, valid_until=UNTIL, quota=10)[1]
SUSPENDED = attrs.evolve(GRANT, standing=Suspended((Suspension(Side.CITY, AT, "breach"),)))
ENDED = attrs.evolve(GRANT, standing=Ended(Side.CITY, AT, "breach"))
FUTURE = attrs.evolve(GRANT, valid_from=UNTIL, valid_until=UNTIL + timedelta(days=1))
PAST = attrs.evolve(GRANT, valid_from=FROM, valid_until=FROM + timedelta(days=1))
SEVERAL = settings(max_examples=50)
SEND, REPORT = Operation.SUBMIT_APPLICATION, Operation.REPORT_SIGNING


def named(grant: Grant, name: str, **terms: Any) -> Grant:
    """Another grant, with other terms."""
    return attrs.evolve(grant, id=GrantId(name), **terms)


def allowed(some: list[Grant], whose: str, operation: Operation, at: datetime) -> Permit | None:
    """None for everything that is refused."""
    try:
        return permit(some, whose, operation, at)
    except NotGranted:
        return None


class TestRefusing:
    @pytest.mark.parametrize(
        ("held", "operation", "why"),
        [
            ([], SEND, WhyNot.NO_GRANT),
            ([named(GRANT, "x", counterparty="kunming-gas")], SEND, WhyNot.NO_GRANT),
            ([GRANT], Operation.SEARCH_PROPERTIES, WhyNot.OPERATION_NOT_GRANTED),
            ([SUSPENDED], SEND, WhyNot.SUSPENDED),
            ([ENDED], SEND, WhyNot.ENDED),
            ([ENDED], REPORT, WhyNot.ENDED),
            ([PAST], REPORT, WhyNot.EXPIRED),
            ([FUTURE], SEND, WhyNot.NOT_YET_VALID),
            ([ENDED, named(PAST, "x"), named(FUTURE, "y")], SEND, WhyNot.NOT_YET_VALID),
            ([ENDED, named(PAST, "x"), named(SUSPENDED, "y")], SEND, WhyNot.SUSPENDED),
            ([ENDED, named(PAST, "x")], SEND, WhyNot.EXPIRED),
        ],
    )
    def test_the_reason_nearest_to_a_permit(self, held: list[Grant], operation: Operation, why: WhyNot) -> None:
        """A suspended grant comes back by a word, one of the future by itself; an expired one needs a new one."""
        with pytest.raises(NotGranted) as refused:
            permit(held, "kunming-water", operation, AT)
        assert refused.value.why_not is why

    @pytest.mark.parametrize("why", WhyNot)
    def test_it_is_a_refusal(self, why: WhyNot) -> None:
        """Ours, told to whoever calls; only a spent quota is worth trying again soon. The text shows a code alone."""
        refused = NotGranted(why)
        assert isinstance(refused, Refused)
        told = refused.refusal.why
        assert (told.party, told.step, str(refused)) == (Party.PLATFORM, None, told.code)
        action = NextAction.TRY_LATER if told is Why.GRANT_QUOTA_SPENT else NextAction.CALL_OPERATOR
        assert told.next_action is action
        passing = {WhyNot.SUSPENDED, WhyNot.QUOTA_SPENT, WhyNot.NOT_YET_VALID}
        assert why.may_pass is (why in passing)

    def test_reports_come_in_while_suspended(self) -> None:
        """A suspension keeps our data in, not their news out."""
        assert permit([SUSPENDED], "kunming-water", REPORT, AT).shares[0].id == GRANT.id


class TestUnion:
    HALVES = (
        named(GRANT, "b.location", fields={Dataset.APPLICATION: frozenset({"location", "unit_numbers"})}),
        named(GRANT, "a.names", fields={Dataset.APPLICATION: frozenset({"right_holder_name", "location"})}),
        named(GRANT, "c.silent", operations=frozenset({Operation.FIND_ACCOUNT})),
    )

    def test_fields_add_up(self) -> None:
        """The union of what the grants for this operation give; a grant for another one adds nothing."""
        given_ = permit(self.HALVES, "kunming-water", SEND, AT)
        assert given_.fields(Dataset.APPLICATION) == {"right_holder_name", "location", "unit_numbers"}
        assert given_.fields(Dataset.IDENTITY) == frozenset()

    def test_the_basis_is_no_more_than_was_used(self) -> None:
        """Grants in the order of their names, each that adds a field; a quota is spent on no other."""
        given_ = permit(self.HALVES, "kunming-water", SEND, AT)
        for wanted, basis in [
            (["location"], ["a.names"]),
            (["unit_numbers"], ["b.location"]),
            (["location", "unit_numbers"], ["a.names", "b.location"]),
            ([], []),
            (["mobile_number"], []),
        ]:
            assert [grant.id.text for grant in given_.basis_for(Dataset.APPLICATION, wanted)] == basis

    def test_a_spent_grant_is_left_out(self) -> None:
        """What the others give is still given; with none left the quota is why not."""
        given_ = permit(self.HALVES, "kunming-water", SEND, AT)
        assert given_.without({GrantId("a.names")}).fields(Dataset.APPLICATION) == {"location", "unit_numbers"}
        with pytest.raises(NotGranted) as refused:
            given_.without({GrantId("a.names"), GrantId("b.location")})
        assert refused.value.why_not is WhyNot.QUOTA_SPENT

    def test_place_and_service(self) -> None:
        """Each grant gives where it reaches, and the reason says which of the two did not fit."""
        water = named(GRANT, "w", counties=frozenset({"530102"}))
        gas = named(GRANT, "g", service=Service.GAS, fields={Dataset.APPLICATION: frozenset({"location"})})
        given_ = permit([water, gas], "kunming-water", SEND, AT)
        assert given_.fields(Dataset.APPLICATION, Service.WATER, "530102") == set(FIELDS[Dataset.APPLICATION])
        assert given_.fields(Dataset.APPLICATION, Service.GAS, "530102") == {"location"}
        assert given_.fields(Dataset.APPLICATION, Service.WATER, "530103") == frozenset()
        assert [share.id.text for share in given_.towards(Service.WATER, "530102").shares] == ["w"]
        for service, county, why in [
            (Service.HEAT, "530102", WhyNot.OTHER_SERVICE),
            (Service.WATER, "530103", WhyNot.OUT_OF_REGION),
        ]:
            with pytest.raises(NotGranted) as refused:
                given_.towards(service, county)
            assert refused.value.why_not is why


class TestProperties:
    @SEVERAL
    @given(several_grants(), st.sampled_from(COUNTERPARTIES), operations(), instants())
    def test_default_deny(self, some: list[Grant], whose: str, operation: Operation, at: datetime) -> None:
        """A permit rests on every grant of this counterparty that allows the operation then, and on no other."""
        allowing = {g.id for g in some if g.counterparty == whose and g.allows(operation, at)}
        given_ = allowed(some, whose, operation, at)
        assert (set() if given_ is None else {share.id for share in given_.shares}) == allowing

    @SEVERAL
    @given(several_grants(), grants(), operations(), instants(), services(), counties())
    def test_adding_never_takes_away(self, some, one, operation, at, service, county) -> None:
        """A further grant, of anybody and in any standing, leaves everything else allowed."""
        for whose in COUNTERPARTIES:
            before = allowed(some, whose, operation, at)
            if before is None:
                continue
            after = permit([*some, attrs.evolve(one, id=GrantId("one.more"))], whose, operation, at)
            for dataset in Dataset:
                assert before.fields(dataset, service, county) <= after.fields(dataset, service, county)

    @SEVERAL
    @given(several_grants().filter(bool), st.data())
    def test_suspending_and_ending_never_give(self, some: list[Grant], data: st.DataObject) -> None:
        """Nobody may do more, nowhere, because a grant was suspended or ended."""
        nth, at = data.draw(st.integers(0, len(some) - 1)), data.draw(instants())
        try:
            changed = decide(some[nth], data.draw(lessenings(some[nth].id)), who="operator-1", at=at)
        except CannotChange:
            return
        lessened = list(some)
        lessened[nth] = some[nth] if changed is None else changed.grant
        for whose in COUNTERPARTIES:
            for operation in Operation:
                after = allowed(lessened, whose, operation, at)
                if after is None:
                    continue
                before = permit(some, whose, operation, at)
                assert all(after.fields(dataset) <= before.fields(dataset) for dataset in Dataset)

    @SEVERAL
    @given(several_grants(), operations(), instants(), services(), counties())
    def test_nothing_leaves_that_the_operation_does_not_give(self, some, operation, at, service, county) -> None:
        """Never a field outside the scheme's tables, never of a table that this exchange is not about."""
        for whose in COUNTERPARTIES:
            given_ = allowed(some, whose, operation, at)
            if given_ is None:
                continue
            for dataset in Dataset:
                fields = given_.fields(dataset, service, county)
                assert fields <= set(FIELDS[dataset] if dataset in GIVES[operation] else ())

    @SEVERAL
    @given(several_grants(), operations(), instants(), services(), counties(), st.data())
    def test_every_field_has_its_basis(self, some, operation, at, service, county, data) -> None:
        """What may leave leaves on grants that each give a part of it, cover the place, and together give all of it."""
        for whose in COUNTERPARTIES:
            given_ = allowed(some, whose, operation, at)
            if given_ is None:
                continue
            for dataset in GIVES[operation]:
                wanted = given_.fields(dataset, service, county)
                basis = given_.basis_for(dataset, wanted, service, county)
                assert frozenset().union(*(grant.granted(dataset) for grant in basis)) == wanted
                assert all(grant.covers(service, county) for grant in basis)
