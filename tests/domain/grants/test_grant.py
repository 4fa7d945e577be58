"""A grant: what makes one, and how it stands at an instant."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cotransfer.domain.datasets import FIELDS, GIVES, TAKES, Dataset, Operation
from cotransfer.domain.faults import Invalid
from cotransfer.domain.grants import (
    Active,
    Ended,
    Grant,
    GrantId,
    Phase,
    Side,
    Standing,
    Suspended,
    Suspension,
    Terms,
    day_of,
    seconds_left,
    sms_grant,
    standard_grants,
)
from cotransfer.domain.values import Service
from cotransfer.testing.strategies.grants import field_sets, grants, instants

FROM, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
WITHIN = datetime(2026, 6, 1, tzinfo=UTC)
CITY = Suspension(Side.CITY, WITHIN, "breach")
COUNTERPARTY = Suspension(Side.COUNTERPARTY, WITHIN, "maintenance")
PLATFORM, UTILITY, REGISTRY, NOTIFIER = standard_grants(valid_from=FROM, valid_until=UNTIL, quota=10)
SMS = sms_grant("sms", Terms(valid_from=FROM, valid_until=UNTIL, daily_quota=10))
WHOLE = attrs.evolve(
    UTILITY, operations=frozenset(Operation), fields={dataset: frozenset(FIELDS[dataset]) for dataset in Dataset}
)
STANDS: dict[Phase, tuple[Standing, datetime]] = {
    Phase.NOT_YET_VALID: (Active(), FROM - timedelta(microseconds=1)),
    Phase.ACTIVE: (Active(), FROM),
    Phase.SUSPENDED: (Suspended((CITY,)), WITHIN),
    Phase.EXPIRED: (Active(), UNTIL),
    Phase.ENDED: (Ended(Side.CITY, WITHIN, "breach"), WITHIN),
}


class TestStanding:
    @pytest.mark.parametrize("operation", Operation)
    @pytest.mark.parametrize("phase", Phase)
    def test_every_standing_and_every_operation(self, phase: Phase, operation: Operation) -> None:
        """The whole table: everything while active, news alone while suspended, nothing otherwise."""
        standing, at = STANDS[phase]
        grant = attrs.evolve(WHOLE, standing=standing)
        assert grant.standing_at(at) is phase
        expected = phase is Phase.ACTIVE or (phase is Phase.SUSPENDED and operation in TAKES)
        assert grant.allows(operation, at) is expected

    def test_what_a_suspension_lets_in(self) -> None:
        """Reports, asking how far a utility is, and a citizen who signs in to take something back: none gives data."""
        assert {operation.value for operation in TAKES} == {
            "reportPreReview",
            "reportSigning",
            "reportHandling",
            "showProgress",
            "cancelApplication",
            "renewSigningAddress",
            "listApplications",
            "withdrawTransfer",
            "openReversal",
            "showReversals",
            "addEvidence",
            "withdrawReversal",
            "questionTransfer",
            "reportReversal",
            "openCitizenSession",
            "showConsents",
            "withdrawConsent",
        }
        assert all(GIVES[operation] == () for operation in TAKES)

    @pytest.mark.parametrize("suspensions", [(CITY,), (COUNTERPARTY,), (CITY, COUNTERPARTY)])
    def test_either_side_is_enough(self, suspensions: tuple[Suspension, ...]) -> None:
        """Whoever suspends, no data goes out."""
        grant = attrs.evolve(WHOLE, standing=Suspended(suspensions))
        assert [operation for operation in Operation if grant.allows(operation, WITHIN)] == [
            operation for operation in Operation if operation in TAKES
        ]

    @pytest.mark.parametrize("at", [FROM - timedelta(days=1), WITHIN, UNTIL])
    def test_an_end_comes_before_everything(self, at: datetime) -> None:
        """An ended grant is ended, also after it would have expired."""
        assert attrs.evolve(WHOLE, standing=Ended(Side.CITY, FROM, "breach")).standing_at(at) is Phase.ENDED

    def test_a_suspended_grant_expires(self) -> None:
        """Reports come in under a suspension no longer than the grant is valid."""
        grant = attrs.evolve(WHOLE, standing=Suspended((CITY,)))
        assert grant.standing_at(UNTIL) is Phase.EXPIRED
        assert not any(grant.allows(operation, UNTIL) for operation in Operation)

    @given(grants(), instants())
    def test_what_is_not_named_is_never_allowed(self, grant: Grant, at: datetime) -> None:
        """Default deny: an operation outside the grant is not allowed at any time."""
        assert not [operation for operation in set(Operation) - grant.operations if grant.allows(operation, at)]


class TestCover:
    @pytest.mark.parametrize(
        ("service", "counties", "asked", "covered"),
        [
            (None, None, (Service.GAS, "530102"), True),
            (Service.WATER, None, (Service.WATER, "530102"), True),
            (Service.WATER, None, (Service.GAS, "530102"), False),
            (Service.WATER, None, (None, None), True),
            (None, frozenset({"530102"}), (Service.GAS, "530102"), True),
            (None, frozenset({"530102"}), (Service.GAS, "530103"), False),
            (None, frozenset({"530102"}), (Service.GAS, None), True),
            (Service.WATER, frozenset({"530102"}), (Service.GAS, "530102"), False),
        ],
    )
    def test_service_and_county(self, service, counties, asked, covered) -> None:
        """Both have to fit; what an exchange is not about cannot keep it out."""
        assert attrs.evolve(WHOLE, service=service, counties=counties).covers(*asked) is covered


class TestMaking:
    @given(grants())
    def test_no_field_outside_the_tables(self, grant: Grant) -> None:
        """Whatever is drawn: a grant that could be made names only the scheme's fields."""
        assert all(grant.granted(dataset) <= set(FIELDS[dataset]) for dataset in Dataset)

    @given(st.sampled_from(Dataset), st.text(max_size=20), field_sets())
    def test_an_invented_field_makes_no_grant(self, dataset: Dataset, field: str, fields) -> None:
        """One field that the table has not is enough; a table has no field of another."""
        fields[dataset] = fields.get(dataset, frozenset()) | {field}
        if field in FIELDS[dataset]:
            assert attrs.evolve(WHOLE, fields=fields).granted(dataset) == fields[dataset]
            return
        with pytest.raises(Invalid) as invalid:
            attrs.evolve(WHOLE, fields=fields)
        assert [fault.field for fault in invalid.value.faults] == [f"fields.{dataset.value}"]

    def test_everything_wrong_is_told_at_once(self) -> None:
        """Who writes a grant corrects it once."""
        with pytest.raises(Invalid) as invalid:
            Grant(
                id=GrantId("Kunming"),
                counterparty="昆明",
                purpose="张三's",
                operations=frozenset(),
                fields={Dataset.ACCOUNT: frozenset({"mobile_number"})},
                counties=frozenset({"53010"}),
                valid_from=WITHIN,
                valid_until=WITHIN,
                daily_quota=0,
                basis=" ",
            )
        assert [fault.field for fault in invalid.value.faults] == [
            "id",
            "counterparty",
            "purpose",
            "operations",
            "fields.account",
            "counties",
            "valid_until",
            "daily_quota",
            "basis",
        ]

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("counties", frozenset()),
            ("counties", frozenset({"530102", "x"})),
            ("valid_from", FROM.replace(tzinfo=None)),
            ("valid_until", UNTIL.replace(tzinfo=None)),
            ("daily_quota", 1_000_000_001),
            ("basis", "因" * 201),
            ("purpose", "x"),
        ],
    )
    def test_what_makes_no_grant(self, field: str, value: Any) -> None:
        """A region of nothing, an instant without a zone, an endless quota, an essay."""
        with pytest.raises(Invalid) as invalid:
            attrs.evolve(WHOLE, **{field: value})
        assert {fault.field for fault in invalid.value.faults} == {field}

    @pytest.mark.parametrize("text", ["kunming-water.transfer", "a", "platform.transfers.2026"])
    def test_names_of_grants(self, text: str) -> None:
        """Small letters, digits, hyphens, in parts."""
        assert str(GrantId.parse(f" {text} ")) == text

    @pytest.mark.parametrize("text", ["", "A", "1a", "a..b", "a.", ".a", "a b", "a/b", "a" * 81, 7, None])
    def test_what_names_no_grant(self, text: object) -> None:
        """A name has one spelling, and can stand in an address, a file's name and a log."""
        with pytest.raises(Invalid):
            GrantId.parse(text)

    def test_a_grant_cannot_be_widened_afterwards(self) -> None:
        """The mapping it was made of is another one; its own cannot be written to."""
        mine = {Dataset.ACCOUNT: frozenset({"location"})}
        grant = attrs.evolve(WHOLE, fields=mine)
        mine[Dataset.IDENTITY] = frozenset(FIELDS[Dataset.IDENTITY])
        assert grant.granted(Dataset.IDENTITY) == frozenset()
        with pytest.raises(TypeError):
            grant.fields[Dataset.IDENTITY] = frozenset()  # type: ignore[index]

    def test_grants_can_be_compared_and_kept_in_sets(self) -> None:
        """Equal terms are one grant, whatever order they were written in."""
        turned = attrs.evolve(WHOLE, fields=dict(reversed(list(WHOLE.fields.items()))))
        assert {turned} == {WHOLE}


class TestTheSchemesOwn:
    def test_the_tables_are_whole(self) -> None:
        """§1: the application has seven entries, the certificate's status three, identity two; nothing is left out."""
        assert UTILITY.granted(Dataset.APPLICATION) == set(FIELDS[Dataset.APPLICATION])
        assert len(UTILITY.granted(Dataset.CERTIFICATE_STATUS)) == 3
        assert len(UTILITY.granted(Dataset.IDENTITY)) == 2
        assert PLATFORM.granted(Dataset.ACCOUNT) == {"account_holder", "location", "in_arrears"}

    def test_each_counterparty_has_only_its_part(self) -> None:
        """No operation and no table is granted twice, except that the platform's answers come from others."""
        five = (PLATFORM, UTILITY, REGISTRY, NOTIFIER, SMS)
        assert sorted(o.value for grant in five for o in grant.operations) == sorted(o.value for o in Operation)
        datasets = [dataset for grant in five for dataset in grant.fields]
        assert len(datasets) == len(set(datasets))
        assert set(datasets) == set(Dataset) - {Dataset.SIGNING}  # It comes in, and goes out to nobody.

    def test_only_the_utility_is_bound_to_a_place(self) -> None:
        """A second utility shares the platform's, the registry's and the notifier's grants."""
        gas = standard_grants(
            utility="kunming-gas",
            service=Service.GAS,
            valid_from=FROM,
            valid_until=UNTIL,
            quota=10,
            counties=frozenset({"530102"}),
        )
        assert (gas[0], *gas[2:]) == (PLATFORM, REGISTRY, NOTIFIER)
        assert (gas[1].id.text, gas[1].service, gas[1].counties) == (
            "kunming-gas.transfer",
            Service.GAS,
            frozenset({"530102"}),
        )


class TestDays:
    @pytest.mark.parametrize(
        ("at", "day", "left"),
        [
            ("1970-01-01T00:00:00+08:00", 0, 86_400),
            ("1970-01-01T23:59:59.5+08:00", 0, 0.5),
            ("2026-03-01T15:59:59+00:00", 20_513, 1),
            ("2026-03-01T16:00:00+00:00", 20_514, 86_400),
        ],
    )
    def test_midnight_is_chinas(self, at: str, day: int, left: float) -> None:
        """A quota begins anew at 16:00 UTC."""
        assert (day_of(datetime.fromisoformat(at)), seconds_left(datetime.fromisoformat(at))) == (day, left)

    @given(st.datetimes(timezones=st.just(UTC)), st.integers(-12, 14))
    def test_the_zone_it_is_told_in_says_nothing(self, at: datetime, hours: int) -> None:
        """The same instant has the same day."""
        if 10 < at.year < 9_000:
            there = at.astimezone(timezone(timedelta(hours=hours)))
            assert (day_of(there), seconds_left(there)) == (day_of(at), seconds_left(at))
