"""What the shipped strategies draw is right: each value parses as itself, each story can be told."""

import datetime

from hypothesis import given
from hypothesis import strategies as st

from cotransfer.domain.agenda import closes
from cotransfer.domain.case import Case
from cotransfer.domain.commands import Submit, hearing
from cotransfer.domain.events import Event, ReportKept, Standing
from cotransfer.domain.reports import Grounds, Report
from cotransfer.domain.states import Closed, NotSubmitted, Open
from cotransfer.domain.transfer import decide, fold
from cotransfer.domain.values import (
    Account,
    AccountNumber,
    CertificateNumber,
    Home,
    IdentityNumber,
    Location,
    MobileNumber,
    Name,
    OpenId,
    RegistryState,
    RegistryStatus,
    Restriction,
    SigningAddress,
    TransferId,
    UnitNumber,
)
from cotransfer.testing import strategies as some
from cotransfer.testing.samples import SIGNING_HOSTS, SUBMIT

TODAY = datetime.date(2026, 11, 23)


@given(number=some.identity_numbers())
def test_identity_numbers_have_right_checks(number: IdentityNumber) -> None:
    """Of people, residents and companies."""
    assert IdentityNumber.parse(number.document_type, number.text, on=TODAY) == number


@given(
    name=some.names(),
    mobile=some.mobile_numbers(),
    unit=some.unit_numbers(),
    location=some.locations(),
    account=some.account_numbers(),
    openid=some.openids(),
    transfer=some.transfer_ids(),
)
def test_values_parse_as_themselves(
    name: Name,
    mobile: MobileNumber,
    unit: UnitNumber,
    location: Location,
    account: AccountNumber,
    openid: OpenId,
    transfer: TransferId,
) -> None:
    """Nothing drawn would be refused at the edge, or change there."""
    assert Name.parse(name.text) == name
    assert MobileNumber.parse(mobile.text) == mobile
    assert UnitNumber.parse_home(unit.text) == unit
    assert Location.parse(location.text) == location
    assert AccountNumber.parse(account.text) == account
    assert OpenId.parse(openid.text) == openid
    assert TransferId.parse(transfer.text) == transfer


@given(
    certificate=some.certificate_numbers(),
    address=some.signing_addresses(),
    grounds=some.grounds(),
    state=some.registry_states(),
)
def test_papers_parse_as_themselves(
    certificate: CertificateNumber, address: SigningAddress, grounds: Grounds, state: RegistryState
) -> None:
    """Certificates in any brackets, addresses on their host, grounds, and states that contradict nothing."""
    assert CertificateNumber.parse(certificate.text) == certificate
    assert SigningAddress.parse(address.text, hosts=SIGNING_HOSTS) == address
    assert Grounds.parse(grounds.text) == grounds
    assert state.status is RegistryStatus.CURRENT
    assert Restriction.CANCELLED not in state.restrictions


@given(home=some.homes(), account=some.accounts(in_arrears=True), case=some.cases())
def test_homes_have_owners(home: Home, account: Account, case: Case) -> None:
    """Every home has a right holder, and an account is in arrears where that was asked for."""
    assert home.right_holders
    assert account.in_arrears
    assert len(case.claims) >= 2


@given(submit=some.submissions(), story=some.stories())
def test_stories_are_told_to_their_end(submit: Submit, story: tuple[Report, ...]) -> None:
    """A submission is accepted, and a story in its order contradicts nothing and closes the transfer."""
    state = fold(decide(NotSubmitted(), submit))
    for report in story:
        events = decide(state, hearing(report))
        assert not any(isinstance(one, ReportKept) and one.standing is Standing.CONTRADICTS for one in events)
        state = fold(events, state)
    assert isinstance(state, Closed)


@given(data=st.data(), story=some.stories())
def test_a_retelling_leaves_nothing_out(data: st.DataObject, story: tuple[Report, ...]) -> None:
    """A retelling has every report of its story and no other; an excerpt has no other."""
    assert set(data.draw(some.retellings(story))) == set(story)
    assert set(data.draw(some.excerpts(story))) <= set(story)


@given(closed=some.histories(submit=SUBMIT, closed=True), still_open=some.histories(submit=SUBMIT, closed=False))
def test_histories_end_as_asked(closed: tuple[Event, ...], still_open: tuple[Event, ...]) -> None:
    """A history is closed, or still open, where that was asked for."""
    assert isinstance(fold(closed), Closed)
    assert sum(map(closes, closed)) == 1
    assert isinstance(fold(still_open), Open)


@given(history=some.histories(most=3))
def test_any_history_can_be_read(history: tuple[Event, ...]) -> None:
    """A history of any submission folds to a state of that very case."""
    assert isinstance(fold(history), Open | Closed)
