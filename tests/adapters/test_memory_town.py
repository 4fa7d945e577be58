"""The town in memory: an office opened on it works without a message, a wire or a clock of its own."""

import pytest

from cotransfer import Enquiry, MobileNumber, Request, Service, open_office
from cotransfer.adapters.memory.town import Town
from cotransfer.app.office import Office
from cotransfer.domain import states as s
from cotransfer.domain.events import SigningOpened
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.values import TransferId
from cotransfer.testing.samples import ACCOUNT, ADDRESS, BUYER, CERTIFICATE, HOME


@pytest.fixture
def town() -> Town:
    """One home and its account."""
    return Town(homes=[HOME], accounts=[ACCOUNT])


async def submitted(office: Office, service: Service = Service.WATER) -> TransferId:
    """A transfer that the utility has."""
    enquiry = Enquiry(
        service=service,
        account_number=ACCOUNT.number.text,
        certificate_number=CERTIFICATE,
        identity=BUYER.identity,
    )
    mobile = MobileNumber.parse("13888000001")
    request = Request(enquiry=enquiry, right_holder_name=BUYER.name, mobile_number=mobile, confirmed=False)
    reply = await office.submission.submit(request)
    await office.worker.drain()
    return reply.decided.transfer


async def test_reports_and_taps_need_no_message(town: Town) -> None:
    """Steps 6 and 7: a caller in the same process repeats nothing, and needs no key."""
    office = open_office(town.world)
    transfer = await submitted(office)
    cleared = town.utility.clear(transfer, ADDRESS)
    heard = await office.reports.hear(cleared, transfer=transfer, utility=town.utility.id)
    assert isinstance(heard.decided.state, s.AwaitingSigning)
    assert heard.answer == b""
    assert (await office.signing.open(transfer)).decided.events == (SigningOpened(),)


async def test_offices_on_one_town_share_its_store(town: Town) -> None:
    """What one office stored another one sees: the store is the town's."""
    transfer = await submitted(open_office(town.world))
    assert (await open_office(town.world).viewing.of(transfer)).record.transfer == transfer


async def test_the_town_has_the_service_it_was_given() -> None:
    """Step 2: gas in a town with gas; water is not offered there."""
    town = Town(homes=[HOME], accounts=[ACCOUNT], utility="kunming-gas", service=Service.GAS)
    office = open_office(town.world)
    await submitted(office, Service.GAS)
    assert [case.utility.text for case in town.utility.applications] == ["kunming-gas"]
    with pytest.raises(Refused) as refused:
        await submitted(office, Service.WATER)
    assert refused.value.refusal.why is Why.SERVICE_NOT_OFFERED
