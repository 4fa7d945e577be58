"""Who saw which of somebody's data, for what, read from the audit trail. Never shows another person's chain."""

from datetime import datetime, timedelta

import attrs

from cotransfer.domain.notes import Disclosure, about_transfer
from cotransfer.domain.refusals import Refused, Why
from cotransfer.domain.trails import read
from cotransfer.domain.values import IdentityNumber, TransferId
from cotransfer.domain.values.ids import UUID7
from cotransfer.ports.audit import Audit
from cotransfer.ports.transfers import Transfers

CHAINS_LIMIT = 200
"""Chains in one answer, the latest: a person has few homes."""

LOOKUP = "lookup:"


def lookup_chain(at: datetime, token: str) -> str:
    """The chain of an enquiry that belongs to no transfer: like a transfer's, its name begins with when it began."""
    return f"{LOOKUP}{int(at.timestamp() * 1000):012x}{token}"


@attrs.frozen
class Disclosed:
    """A disclosure, when it was, and for which transfer, if it was for one."""

    at: datetime
    what: Disclosure
    transfer: TransferId | None


class Disclosures:
    """Reads them."""

    def __init__(self, audit: Audit, transfers: Transfers) -> None:
        self._audit = audit
        self._transfers = transfers

    async def about(self, identity: IdentityNumber) -> tuple[tuple[Disclosed, ...], bool]:
        """Of somebody's data, over all transfers and enquiries, the earliest first; and whether that is all."""
        chains = sorted(await self._audit.chains_about(identity), key=_begun)
        found = [one for chain in chains[-CHAINS_LIMIT:] for one in await self._of_chain(chain)]
        return tuple(sorted(found, key=lambda one: one.at)), len(chains) <= CHAINS_LIMIT

    async def of(self, transfer: TransferId) -> tuple[Disclosed, ...]:
        """Within a transfer, in order; raises `Refused` for one that there is not."""
        if (await self._transfers.load((transfer,))).record(transfer) is None:
            raise Refused(Why.UNKNOWN_TRANSFER)
        return await self._of_chain(about_transfer(transfer))

    async def _of_chain(self, chain: str) -> tuple[Disclosed, ...]:
        transfer = TransferId(chain) if UUID7.fullmatch(chain) else None
        told = [read(link.body) for link in await self._audit.chain(chain)]
        return tuple(Disclosed(one.at, one.what, transfer) for one in told if isinstance(one.what, Disclosure))


@attrs.frozen
class OldEnquiries:
    """Whom an enquiry was about is forgotten as long after it as a transfer's data are kept after its end.

    No erasure of a transfer reaches these. What is said of the enquiry stays; it never said whose it was.
    """

    audit: Audit
    kept: timedelta

    async def forget(self, before: datetime) -> int:
        """Those that began `kept` before; how many."""
        return await self.audit.unlink_between(LOOKUP, lookup_chain(before - self.kept, ""))


def _begun(chain: str) -> str:
    """By when it began: many enquiries must not push the transfers out of sight."""
    return chain.removeprefix(LOOKUP).replace("-", "")
