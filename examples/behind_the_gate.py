"""The same transfer behind the gate: nothing leaves without a grant, a consent and a line in the audit trail."""

import asyncio
from datetime import timedelta

import attrs

from cotransfer import Enquiry, MobileNumber, Request, Service, open_office
from cotransfer.adapters.keys.held import HeldKeys
from cotransfer.adapters.keys.signing import KeySigner
from cotransfer.adapters.memory.grants import MemoryGrants
from cotransfer.adapters.memory.town import Town
from cotransfer.app.consenting import Consenting
from cotransfer.app.granting import Granting, GrantsInForce
from cotransfer.app.matter import Matter
from cotransfer.app.sequencing import Trail
from cotransfer.domain.consents import Agreement, How
from cotransfer.domain.grants import GrantId, NotGranted, Side, standard_grants
from cotransfer.testing.samples import ACCOUNT, BUYER, HOME


async def behind_the_gate() -> None:
    """Grants are added, the citizen agrees, and everything that left can be read afterwards."""
    town, keys = Town(homes=[HOME], accounts=[ACCOUNT]), HeldKeys.new()
    grants = MemoryGrants(town.store.audit)
    in_force = GrantsInForce(grants, town.clock)
    trail = Trail(audit=town.store.audit, signer=KeySigner(keys))
    office = open_office(attrs.evolve(town.world, granted=in_force, consents=town.store, trail=trail))
    if office.consenting is None or office.disclosures is None:
        raise RuntimeError("an office without grants, consents and a trail has no gate")

    granting, now = Granting(grants, town.clock, in_force=in_force), town.clock.now()
    standard = standard_grants(valid_from=now, valid_until=now + timedelta(days=365), quota=1000)
    await granting.add(*standard, who="li-na")  # without this line the very first look-up raises NotGranted

    transfer = (await office.submission.submit(await agreed_to(office.consenting, town))).decided.transfer
    await office.worker.drain()  # the application goes to the utility, after it was noted

    await granting.suspend(GrantId("kunming-water.transfer"), by=Side.CITY, who="li-na", why="breach")
    try:
        await office.accounts.find(enquiry())
    except NotGranted as refused:
        print(f"suspended: {refused.why_not.why.code}")

    for told in await office.disclosures.of(transfer):
        print(f"{told.what.to}: {', '.join(told.what.fields)}")


def enquiry() -> Enquiry:
    """What the citizen asks about."""
    certificate, number = HOME.certificate_number, ACCOUNT.number.text
    return Enquiry(
        service=Service.WATER, account_number=number, certificate_number=certificate, identity=BUYER.identity
    )


async def agreed_to(consenting: Consenting, town: Town) -> Request:
    """The citizen is shown what goes to whom, in the words of today, and agrees to each."""
    matter = Matter(subject=BUYER.identity).about_home(HOME, Service.WATER)
    offers = await consenting.offers(town.utility.id, Service.WATER, matter, notices=False)
    agreements = tuple(
        Agreement(receiver=offer.receiver, text_version=shown.version, text_digest=shown.digest, how=How.APP)
        for offer in offers
        for shown in offer.texts[:1]
    )
    return Request(
        enquiry=enquiry(),
        right_holder_name=BUYER.name,
        mobile_number=MobileNumber.parse("13888000001"),
        confirmed=False,
        agreements=agreements,
    )


if __name__ == "__main__":
    asyncio.run(behind_the_gate())
