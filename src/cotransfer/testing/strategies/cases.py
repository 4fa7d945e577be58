"""Homes, accounts and what is submitted about them, drawn. Never a home without a right holder."""

from hypothesis import strategies as st

from cotransfer.domain.case import Case
from cotransfer.domain.commands import Submit
from cotransfer.domain.matching import Matching, MatchOutcome
from cotransfer.domain.values import Account, Application, Home, RightHolder, Service, UtilityId
from cotransfer.testing.strategies.values import (
    account_numbers,
    certificate_numbers,
    identity_numbers,
    locations,
    mobile_numbers,
    names,
    openids,
    registry_states,
    transfer_ids,
    unit_numbers,
)


@st.composite
def homes(draw: st.DrawFn) -> Home:
    """On the register now, of one to three right holders, mostly with the former one's name."""
    holders = st.lists(st.builds(RightHolder, names(), identity_numbers()), min_size=1, max_size=3, unique=True)
    return Home(
        certificate_number=draw(certificate_numbers()),
        unit_numbers=draw(st.lists(unit_numbers(), min_size=1, max_size=2, unique=True).map(tuple)),
        location=draw(locations()),
        state=draw(registry_states()),
        right_holders=tuple(draw(holders)),
        former_right_holders=tuple(draw(st.lists(names(), max_size=2))),
    )


@st.composite
def accounts(draw: st.DrawFn, *, in_arrears: bool | None = None) -> Account:
    """Anybody's account anywhere; in arrears or not unless told."""
    return Account(
        number=draw(account_numbers()),
        holder=draw(names()),
        location=draw(locations()),
        in_arrears=draw(st.booleans()) if in_arrears is None else in_arrears,
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """What was submitted for one of those homes by one of its right holders."""
    home = draw(homes())
    applicant = draw(st.sampled_from(home.right_holders))
    return Case(
        transfer=draw(transfer_ids()),
        service=draw(st.sampled_from(Service)),
        utility=UtilityId(draw(st.sampled_from(("kunming-water", "kunming-gas")))),
        account_number=draw(account_numbers()),
        application=Application(
            right_holder_name=applicant.name,
            identity_number=applicant.identity,
            mobile_number=draw(mobile_numbers()),
            certificate_number=home.certificate_number,
            location=home.location,
            unit_numbers=home.unit_numbers,
            registry_state=home.state,
        ),
        openid=draw(st.none() | openids()),
    )


@st.composite
def submissions(draw: st.DrawFn) -> Submit:
    """A submission that is accepted: the case's own account, not in arrears, and surely this home's."""
    case = draw(cases())
    account = Account(
        number=case.account_number,
        holder=draw(names()),
        location=case.application.location,
        in_arrears=False,
    )
    return Submit(case=case, account=account, matching=Matching(MatchOutcome.MATCH, ()), confirmed=draw(st.booleans()))
