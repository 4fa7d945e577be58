"""Steps 2 to 4: the original account, and whether it is this home's. Never stores anything."""

from typing import Protocol

import attrs

from cotransfer.app.directory import Directory, Listing
from cotransfer.app.matter import narrowed
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
    account_number: str = attrs.field(repr=False)
    certificate_number: CertificateNumber
    identity: IdentityNumber


@attrs.frozen
class Asker:
    """Who asks: the client, and the citizen who is signed in there; None where the client vouches for who it is."""

    client: str
    citizen: IdentityNumber | None = None


@attrs.frozen(kw_only=True)
class Place:
    """Where an account is to be looked for: the citizen's own home, who serves it, and the number in their spelling."""

    listing: Listing
    home: Home
    applicant: RightHolder
    number: AccountNumber


@attrs.frozen(kw_only=True)
class Finding:
    """What step 4 shows, and what it was found from; `hindrance` is why it could not be submitted as it stands."""

    listing: Listing
    home: Home
    applicant: RightHolder
    account: Account
    matching: Matching
    hindrance: Why | None


class Finder(Protocol):
    """Looks an account up for whoever asks."""

    async def find(self, enquiry: Enquiry, *, by: Asker | None = None) -> Finding:
        """The account as the utility knows it now; raises `Refused` and the like."""


class Accounts:
    """Looks an account up beside the home it should belong to. Asks for no leave: `enquiring` does."""

    def __init__(
        self,
        registry: CertificateRegistry,
        directory: Directory,
        policy: Policy = Policy(),  # noqa: B008 - a frozen value
    ) -> None:
        self._registry = registry
        self._directory = directory
        self.policy = policy

    async def find(self, enquiry: Enquiry, *, by: Asker | None = None) -> Finding:
        """The account as the utility knows it now, whoever asks.

        Raises as `place` and `look_up` do.
        """
        return await self.look_up(await self.place(enquiry))

    async def place(self, enquiry: Enquiry) -> Place:
        """Where to look; nothing of an account is known yet.

        Raises `Refused` (not the applicant's home, a home that cannot take part, service not offered), `Invalid` when
        the utility has no such account numbers, or as the registry does.
        """
        home = chosen(await self._registry.properties_of(enquiry.identity), enquiry.certificate_number)
        applicant = holder(home, enquiry.identity)
        in_the_way = obstacle(home.state, home.unit_numbers, self.policy)
        if in_the_way is not None:
            # Nothing of an account is shown for a home whose accounts cannot be moved.
            raise Refused(in_the_way)
        listing = self._directory.serving(enquiry.service, home)
        number = AccountNumber.parse(enquiry.account_number, pattern=listing.account_pattern)
        return Place(listing=listing, home=home, applicant=applicant, number=number)

    async def look_up(self, place: Place) -> Finding:
        """What there is; raises `Refused` (account unknown), or as the utility does."""
        with narrowed(place.home, place.listing.service):
            account = await place.listing.utility.find_account(place.number)
        if account is None:
            raise Refused(Why.ACCOUNT_UNKNOWN)
        matching = match(account, place.home, place.applicant)
        return Finding(
            listing=place.listing,
            home=place.home,
            applicant=place.applicant,
            account=account,
            matching=matching,
            hindrance=hindrance(account, matching, self.policy),
        )
