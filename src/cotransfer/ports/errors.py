"""How a port fails, by blame, and under which ids. Never used for a refusal: that is the domain's `Refused`."""

from cotransfer.domain.correlation import Correlation
from cotransfer.domain.parties import Party
from cotransfer.ports import correlation as ids


def _correlated(party: Party, told: Correlation | None) -> Correlation:
    """As told; else, what is our own fault no counterparty knows of, and all else happened to the last call."""
    return told or ((None if party is Party.US else ids.last_asked()) or ids.ourselves())


class Unavailable(Exception):
    """The line, or the party at its end, is away for now: nothing was decided, and trying later may help.

    `certain` says that the call surely had no effect (no connection, a turned-away request). When it is False the
    outcome is unknown: ask before you send again. `correlation` are the ids under which it happened; unless given, they
    are those of the call at hand.
    """

    def __init__(
        self,
        party: Party,
        what: str,
        *,
        retry_after_s: float | None = None,
        certain: bool = False,
        correlation: Correlation | None = None,
    ) -> None:
        super().__init__(what)
        self.party = party
        self.what = what
        self.retry_after_s = retry_after_s
        self.certain = certain
        self.correlation = _correlated(party, correlation)


class QuotaSpent(Unavailable):
    """The counterparty is well, and takes no more of ours before its quota is filled again: surely nothing was done."""

    def __init__(self, party: Party, what: str, *, retry_after_s: float) -> None:
        super().__init__(party, what, retry_after_s=retry_after_s, certain=True)


class Unintelligible(Exception):
    """The counterparty answered something that its contract does not allow. No state is guessed from it.

    `certain` says that what was wanted surely had no effect, and `correlation` is, as in `Unavailable`.
    """

    def __init__(
        self, party: Party, what: str, *, certain: bool = False, correlation: Correlation | None = None
    ) -> None:
        super().__init__(what)
        self.party = party
        self.what = what
        self.certain = certain
        self.correlation = _correlated(party, correlation)


class NotAdmitted(Unintelligible):
    """The counterparty does not take our token, key or secret: surely nothing was done, and only a person can help."""

    def __init__(self, party: Party, what: str, *, correlation: Correlation | None = None) -> None:
        super().__init__(party, what, certain=True, correlation=correlation)


class LeaseLost(Exception):
    """Somebody else holds the task now; whatever was to be stored with it was not."""
