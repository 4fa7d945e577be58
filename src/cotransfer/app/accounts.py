"""Steps 2 to 4: the original account, and whether it is this home's. Never stores anything."""

import attrs

from cotransfer.app.directory import Directory, Listing
from cotransfer.domain.case import Policy
from cotransfer.domain.confirming import hindrance
from cotransfer.domain.homes import chosen, holder, obstacle
from cotransfer.domain.matching import Matching, match
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.values import (
    Account,
    AccountNumber,
    CertificateNumber,
    Home,
    IdentityNumber,
    RightHolder,
    Service,
)
from cotransfer.ports.registry import CertificateRegistry


@attrs.frozen(kw_only=True)
class Enquiry:
    """What the citizen gives in steps 1 to 3."""

    service: Service
    account_number: str
    certificate_number: CertificateNumber
    identity: IdentityNumber


@attrs.frozen(kw_only=True)
class Finding:
    """What step 4 shows, and what it was found from; `hindrance` is why it could not be submitted as it stands."""

    listing: Listing
    home: Home
    applicant: RightHolder
    account: Account
    matching: Matching
    hindrance: Why | None


class Accounts:
    """Looks an account up beside the home it should belong to."""

    def __init__(
        self,
        registry: CertificateRegistry,
        directory: Directory,
        policy: Policy = Policy(),  # noqa: B008 - a frozen value
    ) -> None:
        self._registry = registry
        self._directory = directory
        self._policy = policy

    async def find(self, enquiry: Enquiry) -> Finding:
        """The account as the utility knows it now.

        Raises `Refused` (not the applicant's home, a home that cannot take part, service not offered, account
        unknown), `Invalid` when the utility has no such account numbers, or as the ports do.
        """
        home = chosen(await self._registry.properties_of(enquiry.identity), enquiry.certificate_number)
        applicant = holder(home, enquiry.identity)
        in_the_way = obstacle(home.state, home.unit_numbers, self._policy)
        if in_the_way is not None:
            # Nothing of an account is shown for a home whose accounts cannot be moved.
            raise Refused(in_the_way)
        listing = self._directory.serving(enquiry.service, home)
        number = AccountNumber.parse(enquiry.account_number, pattern=listing.account_pattern)
        account = await listing.utility.find_account(number)
        if account is None:
            raise Refused(Why.ACCOUNT_UNKNOWN)
        matching = match(account, home, applicant)
        return Finding(
            listing=listing,
            home=home,
            applicant=applicant,
            account=account,
            matching=matching,
            hindrance=hindrance(account, matching, self._policy),
        )
