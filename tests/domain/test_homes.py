"""Step 1: which home, whose, and whether it may take part."""

import attrs
import pytest

from cotransfer.domain.case import Policy
from cotransfer.domain.homes import chosen, holder, obstacle
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.values import (
    CertificateNumber,
    DocumentType,
    Home,
    IdentityNumber,
    Name,
    RegistryState,
    RegistryStatus,
    Restriction,
    RightHolder,
    UnitNumber,
)
from cotransfer.testing.samples import BUYER, CERTIFICATE, CURRENT, HOME

OTHER = CertificateNumber.parse("云(2020)盘龙区不动产权第0000777号")
CO_OWNER = RightHolder(Name("赵云川"), IdentityNumber(DocumentType.PASSPORT, "E12345678"))
LAND = UnitNumber("530102003004GB00012W00000000")


def test_the_home_of_that_certificate() -> None:
    """Step 1: of several linked homes the one whose certificate was chosen, however its number is spelled."""
    second = attrs.evolve(HOME, certificate_number=OTHER)
    spelled = CertificateNumber.parse("云〔2024〕五华区不动产权第0012345号")
    assert chosen([second, HOME], spelled) is HOME
    assert chosen([second, HOME], OTHER) is second


@pytest.mark.parametrize("homes", [[], [attrs.evolve(HOME, certificate_number=OTHER)]])
def test_a_certificate_of_somebody_else(homes: list[Home]) -> None:
    """A certificate that is not theirs and one that does not exist are refused alike: the answer tells nobody which."""
    with pytest.raises(Refused) as refused:
        chosen(homes, CERTIFICATE)
    assert refused.value.refusal.why is Why.NOT_RIGHT_HOLDER


def test_any_of_the_owners_may_apply() -> None:
    """Of several right holders each one may become the account's holder."""
    home = attrs.evolve(HOME, right_holders=(BUYER, CO_OWNER))
    assert holder(home, CO_OWNER.identity) is CO_OWNER
    assert holder(home, BUYER.identity) is BUYER


def test_the_same_digits_on_another_document() -> None:
    """An identity is the number together with its kind of document."""
    with pytest.raises(Refused) as refused:
        holder(HOME, IdentityNumber(DocumentType.HOUSEHOLD_REGISTER, BUYER.identity.text))
    assert refused.value.refusal.why is Why.NOT_RIGHT_HOLDER


@pytest.mark.parametrize(
    ("state", "unit", "policy", "why"),
    [
        (CURRENT, HOME.unit_numbers[0], Policy(), None),
        (RegistryState(RegistryStatus.UNKNOWN), HOME.unit_numbers[0], Policy(), Why.CERTIFICATE_NOT_CURRENT),
        (RegistryState(RegistryStatus.HISTORICAL), LAND, Policy(), Why.CERTIFICATE_NOT_CURRENT),
        (
            RegistryState(RegistryStatus.CURRENT, frozenset({Restriction.CANCELLED})),
            HOME.unit_numbers[0],
            Policy(),
            Why.CERTIFICATE_NOT_CURRENT,
        ),
        (
            RegistryState(RegistryStatus.CURRENT, frozenset({Restriction.SEIZURE, Restriction.MORTGAGE})),
            HOME.unit_numbers[0],
            Policy(),
            None,
        ),
        (
            RegistryState(RegistryStatus.CURRENT, frozenset({Restriction.SEIZURE, Restriction.MORTGAGE})),
            HOME.unit_numbers[0],
            Policy(refused_restrictions=frozenset({Restriction.SEIZURE})),
            Why.RESTRICTED,
        ),
        (CURRENT, LAND, Policy(), Why.NOT_A_HOME),
    ],
)
def test_what_keeps_a_home_out(state: RegistryState, unit: UnitNumber, policy: Policy, why: Why | None) -> None:
    """Step 1: only a current right in a home counts; restrictions count only where the deployment says so."""
    assert obstacle(state, (unit,), policy) is why


def test_one_part_that_is_no_home_is_enough() -> None:
    """A certificate over a home and its land is for the counter: there is no account to move with the land."""
    assert obstacle(CURRENT, (*HOME.unit_numbers, LAND), Policy()) is Why.NOT_A_HOME
