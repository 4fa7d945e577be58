"""What a case claims for itself while it is open."""

import attrs
from hypothesis import given

from cotransfer.domain.case import Case, Policy
from cotransfer.domain.values import AccountNumber, CertificateNumber, Service, UnitNumber, UtilityId
from cotransfer.testing import strategies as some
from cotransfer.testing.samples import CASE

PARKING = UnitNumber("530102003004GB00012F00039999")


def with_units(*units: UnitNumber) -> Case:
    """The sample case of other units."""
    return attrs.evolve(CASE, application=attrs.evolve(CASE.application, unit_numbers=units))


def test_a_home_and_an_account_are_claimed() -> None:
    """One open transfer per (home, service) and per original account."""
    assert CASE.claims == ("home|water|530102003004GB00012F00030502", "account|kunming-water|0871200345")


def test_each_unit_is_claimed() -> None:
    """A certificate over several units claims every one of them: none may move twice at once."""
    assert len(with_units(*CASE.application.unit_numbers, PARKING).claims) == 3
    assert set(with_units(PARKING).claims) & set(with_units(*CASE.application.unit_numbers, PARKING).claims)


def test_without_a_unit_number_the_certificate_counts() -> None:
    """Old certificates name no unit: the certificate itself stands for the home, in whatever brackets."""
    other = CertificateNumber.parse("云〔2024〕五华区不动产权第0012345号")
    spelled = attrs.evolve(with_units(), application=attrs.evolve(with_units().application, certificate_number=other))
    assert with_units().claims == spelled.claims
    assert with_units().claims[0].startswith("home|water|云(2024)")


def test_services_do_not_stand_in_one_anothers_way() -> None:
    """Water and gas of one home are transferred side by side."""
    gas = attrs.evolve(
        CASE, service=Service.GAS, utility=UtilityId("kunming-gas"), account_number=AccountNumber("0871999999")
    )
    assert not set(gas.claims) & set(CASE.claims)


@given(case=some.cases())
def test_claims_are_all_different(case: Case) -> None:
    """A case never stands in its own way."""
    assert len(set(case.claims)) == len(case.claims) >= 2


def test_a_deployment_bends_nothing_unless_it_says_so() -> None:
    """The scheme's own rules are the default."""
    assert Policy() == Policy(mismatch_to_utility=False, refused_restrictions=frozenset())
