"""The invented people who apply, and the accounts that the endpoint's own staff have set aside for it.

Never draws on anybody real.
"""

import itertools
from collections.abc import Iterator
from typing import Any

import attrs

from cotransfer.sandbox import City
from cotransfer.sandbox.records import Someone

LEAST_TO_TELL = 3
"""Shorter names also occur in ordinary texts, where they are nobody's."""


@attrs.frozen(kw_only=True)
class Accounts:
    """Accounts of the endpoint's test system: `free` may be applied for, each taken at most once open at a time."""

    free: tuple[str, ...] = attrs.field(repr=False)
    in_arrears: tuple[str, ...] = attrs.field(default=(), repr=False)
    unknown: str = "0000000000"


@attrs.define(kw_only=True)
class Application:
    """One case of a sequence: the transfer, the account, and who applies."""

    transfer: str
    someone: Someone = attrs.field(repr=False)
    account: str

    def delivery(self, service: str, *, other: bool = False) -> dict[str, Any]:
        """The body of step 5; `other` is the same application with another mobile number."""
        who, home = self.someone, self.someone.home
        if home is None:
            raise LookupError("this person has no home")
        mobile = who.mobile_number[:-1] + str((int(who.mobile_number[-1]) + 1) % 10) if other else who.mobile_number
        return {
            "transfer": self.transfer,
            "service": service,
            "account_number": self.account,
            "application": {
                "right_holder_name": who.holder.name,
                "document_type": who.holder.document_type,
                "identity_number": who.holder.identity_number,
                "mobile_number": mobile,
                "certificate_number": home.certificate_number,
                "location": home.location,
                "unit_numbers": list(home.unit_numbers),
                "registry_status": home.registry_status,
            },
        }

    @property
    def personal(self) -> frozenset[str]:
        """What must not be found where it does not belong."""
        who, home = self.someone, self.someone.home
        places = (home.location, home.certificate_number) if home else ()
        return frozenset((who.holder.name, who.holder.identity_number, who.mobile_number, self.account, *places))


def applicants(seed: int) -> Iterator[Someone]:
    """People without end; the same seed, the same people."""
    people = [who for who in City.from_seed(seed).everyone("plain") if len(who.holder.name) >= LEAST_TO_TELL]
    return itertools.cycle(people)
