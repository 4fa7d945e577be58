"""The city's stories as the domain judges them: the kinds promise an outcome, and matching gives it."""

from datetime import date

import pytest

from cotransfer.domain.matching import Matching, MatchOutcome, match
from cotransfer.domain.values import (
    Account,
    AccountNumber,
    CertificateNumber,
    DocumentType,
    Home,
    IdentityNumber,
    Location,
    Name,
    RegistryState,
    RegistryStatus,
    RightHolder,
    UnitNumber,
)
from cotransfer.sandbox import City, Holder, Someone
from cotransfer.sandbox.city import POPULATION

TODAY = date(2026, 11, 23)


def right_holder(holder: Holder) -> RightHolder:
    """The city's holder as the domain's value."""
    number = IdentityNumber.parse(DocumentType(holder.document_type), holder.identity_number, on=TODAY)
    return RightHolder(name=Name.parse(holder.name), identity=number)


def judged(someone: Someone) -> Matching:
    """How the domain judges somebody's account and home."""
    assert someone.home is not None
    assert someone.account is not None
    home = Home(
        certificate_number=CertificateNumber.parse(someone.home.certificate_number),
        unit_numbers=tuple(UnitNumber.parse(unit) for unit in someone.home.unit_numbers),
        location=Location.parse(someone.home.location),
        state=RegistryState(RegistryStatus(someone.home.status), frozenset()),
        right_holders=tuple(right_holder(holder) for holder in someone.home.right_holders),
        former_right_holders=tuple(Name.parse(name) for name in someone.home.former_right_holders),
    )
    account = Account(
        number=AccountNumber.parse(someone.account.account_number),
        holder=Name.parse(someone.account.account_holder),
        location=Location.parse(someone.account.location),
        in_arrears=someone.account.in_arrears,
    )
    return match(account, home, right_holder(someone.holder))


@pytest.mark.parametrize("kind", sorted(set(POPULATION) - {"no_property"}))
@pytest.mark.parametrize("seed", [1, 2021])
def test_everybody_of_a_kind_is_judged_as_the_kind_says(seed: int, kind: str) -> None:
    """Step 4: mismatch and possible are what they are called; whoever else lives here has the right account."""
    judgements = [judged(someone) for someone in City.from_seed(seed).everyone(kind)]
    if kind == "already_holder":
        assert all(matching.already_holder for matching in judgements)
        return
    expected = {"mismatch": MatchOutcome.MISMATCH, "possible": MatchOutcome.POSSIBLE}.get(kind, MatchOutcome.MATCH)
    assert {matching.outcome for matching in judgements} == {expected}
    assert not any(matching.already_holder for matching in judgements)
