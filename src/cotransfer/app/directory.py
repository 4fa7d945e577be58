"""Which utility serves which home: by service and county. Never calls one."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

import attrs

from cotransfer.app.renewal import Renewing
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.values import Home, Service, UtilityId
from cotransfer.ports.utility import Capability, Utility


@attrs.frozen(kw_only=True)
class Listing:
    """A utility as the deployment lists it; `counties` are six-digit codes, empty for all of them.

    `address_life` is how long one of its signing addresses works, None: as long as the contract waits.
    """

    id: UtilityId
    service: Service
    utility: Utility
    counties: frozenset[str] = frozenset()
    account_pattern: str = r"[0-9A-Z-]{4,20}"
    address_life: timedelta | None = None

    def serves(self, service: Service, home: Home) -> bool:
        """Whether this utility gives `service` to every part of `home`."""
        served = not self.counties or all(unit.county in self.counties for unit in home.unit_numbers)
        return service is self.service and served


class Directory(Mapping[UtilityId, Listing]):
    """Every utility that the gateway is connected to."""

    def __init__(self, *listings: Listing) -> None:
        self._listings = {listing.id: listing for listing in listings}

    def __getitem__(self, utility: UtilityId) -> Listing:
        return self._listings[utility]

    def __iter__(self) -> Iterator[UtilityId]:
        return iter(self._listings)

    def __len__(self) -> int:
        return len(self._listings)

    @property
    def cancelling(self) -> frozenset[UtilityId]:
        """Who takes applications back when asked."""
        return frozenset(one.id for one in self._listings.values() if Capability.CANCELS in one.utility.can)

    @property
    def renewing(self) -> Mapping[UtilityId, Renewing]:
        """Whose signing addresses die before the contract is signed, and can be renewed."""
        return {
            one.id: Renewing(one.utility, one.address_life)
            for one in self._listings.values()
            if one.address_life is not None and Capability.RENEWS_SIGNING_ADDRESS in one.utility.can
        }

    def serving(self, service: Service, home: Home) -> Listing:
        """Who gives `service` to `home`; raises `Refused` when nobody here does."""
        for listing in self._listings.values():
            if listing.serves(service, home):
                return listing
        raise Refused(Why.SERVICE_NOT_OFFERED)
