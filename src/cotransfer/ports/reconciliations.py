"""What reconciliation keeps: its rounds, once a night and utility, and what they found."""

import enum
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import attrs

from cotransfer.domain.ledger import Failure
from cotransfer.domain.reconciliation import Finding
from cotransfer.domain.values import TransferId, UtilityId


class Done(enum.Enum):
    """What was done about a finding."""

    NOTHING = "nothing"
    REPORTS_TAKEN = "reports_taken"
    HANDED_IN_AGAIN = "handed_in_again"
    OPERATOR_TOLD = "operator_told"


@attrs.frozen(kw_only=True)
class Noted:
    """What a round found of a transfer and what was done; `mended`: both sides agree by now."""

    finding: Finding
    done: Done
    mended: bool = False


@attrs.frozen(kw_only=True)
class Kept:
    """A finding as it is kept: when it was first and last seen, and since when it is over (None: it lasts)."""

    utility: UtilityId
    finding: Finding
    done: Done
    first_seen: datetime
    last_seen: datetime
    closed_at: datetime | None = None


@attrs.frozen(kw_only=True)
class Round:
    """One comparison with a utility, under a name that is its own: the night's date, or the moment it was asked for.

    `compared` transfers were gone through; `failure` is why it did not come to its end, `attempts` how often it began.
    """

    utility: UtilityId
    name: str
    began_at: datetime
    attempts: int = 1
    ended_at: datetime | None = None
    compared: int = 0
    failure: Failure | None = None


@attrs.frozen
class RoundLease:
    """Proof of holding a round."""

    utility: UtilityId
    name: str
    token: str


@attrs.frozen(kw_only=True)
class Ending:
    """How an attempt at a round ended; one that failed may begin anew at `again_at`."""

    at: datetime
    compared: int
    failure: Failure | None = None
    again_at: datetime | None = None


class Reconciliations(Protocol):
    """Beside the transfers, in their store.

    Laws: `tracked` answers the transfers of that utility that are open, or were last written at `ended_since` or later
    and not erased, in the order of their identifiers, after `after` and up to `until`, at most `limit`. A round is held
    by at most one holder at a time, and begins only if it never has, its holder's time ran out before it ended, or it
    failed and may begin anew; never more often than `tries`. `keep` and `end` raise `LeaseLost` and write nothing
    unless the lease holds the round. A finding is kept once for a utility and transfer: seen again it keeps when it was
    first seen, unless it was over meanwhile; a round that ends without failure closes what lasts of its utility and was
    not seen since the round began, one that failed closes nothing. `findings` answers those that last first, then the
    latest; `rounds` the latest first. `forget` drops what was over before then, and never what lasts.
    Raises `Unavailable` (party US) when the store fails.
    """

    async def tracked(
        self,
        utility: UtilityId,
        ended_since: datetime,
        *,
        after: TransferId | None = None,
        until: TransferId | None = None,
        limit: int,
    ) -> tuple[TransferId, ...]:
        """Which transfers are compared."""

    async def begin(self, lease: RoundLease, *, at: datetime, until: datetime, tries: int) -> bool:
        """Take a round into one's hands, or not."""

    async def keep(self, lease: RoundLease, noted: Sequence[Noted], *, at: datetime, until: datetime) -> None:
        """Keep what was found, and hold the round until then."""

    async def end(self, lease: RoundLease, ending: Ending) -> int:
        """Write down how it ended; how many findings were closed by it."""

    async def findings(
        self, utility: UtilityId | None = None, *, lasting: bool = True, limit: int = 1_000
    ) -> tuple[Kept, ...]:
        """Of one utility or of all; without those that are over when `lasting`."""

    async def rounds(self, limit: int = 100) -> tuple[Round, ...]:
        """The latest rounds of all utilities."""

    async def forget(self, before: datetime) -> int:
        """Drop closed findings and ended rounds; how many."""
