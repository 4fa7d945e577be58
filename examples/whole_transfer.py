"""A whole transfer in one process: no server, no database, no network. Every port is an adapter in memory."""

import asyncio

from cotransfer import Enquiry, MobileNumber, OpenId, Request, Service, milestone, open_office
from cotransfer.adapters.memory.town import Town
from cotransfer.testing.samples import ACCOUNT, BUYER, HOME


async def whole_transfer() -> None:
    """The nine steps of the scheme, in order."""
    town = Town(homes=[HOME], accounts=[ACCOUNT])
    office, utility = open_office(town.world), town.utility

    (chosen,) = await office.properties.linked_to(BUYER.identity)  # step 1: the homes in the citizen's name
    certificate, number = chosen.home.certificate_number, "0871200345"  # steps 2 and 3: water, the original account
    enquiry = Enquiry(
        service=Service.WATER, account_number=number, certificate_number=certificate, identity=BUYER.identity
    )
    found = await office.accounts.find(enquiry)  # step 4: does it belong to the home, is anything owed?
    print(f"step 4  {found.matching.outcome.value}, in arrears: {found.account.in_arrears}")

    phone, openid = MobileNumber.parse("13888000001"), OpenId.parse("oInvented_0001")
    wish = Request(enquiry=enquiry, right_holder_name=BUYER.name, mobile_number=phone, openid=openid, confirmed=False)
    transfer = (await office.submission.submit(wish)).decided.transfer  # step 5: stored
    await office.worker.drain()  # whatever is owed is done: here the application goes to the utility
    for report in (utility.clear(transfer), utility.sign(transfer), utility.handle(transfer)):  # steps 6, 7 and 8
        await office.reports.hear(report, transfer=transfer, utility=utility.id)
    await office.worker.drain()  # step 9: the citizen is told the result

    for entry in (await office.viewing.of(transfer)).journal:
        print(f"step {milestone(entry.event).step}  {milestone(entry.event).code}")


if __name__ == "__main__":
    asyncio.run(whole_transfer())
