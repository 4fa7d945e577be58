"""How a port fails, by blame. Never used for a refusal: that is the domain's `Refused`."""

from cotransfer.domain.parties import Party


class Unavailable(Exception):
    """The line, or the party at its end, is away for now: nothing was decided, and trying later may help.

    `certain` says that the call surely had no effect (no connection, a turned-away request). When it is False the
    outcome is unknown: ask before you send again.
    """

    def __init__(self, party: Party, what: str, *, retry_after_s: float | None = None, certain: bool = False) -> None:
        super().__init__(what)
        self.party = party
        self.what = what
        self.retry_after_s = retry_after_s
        self.certain = certain


class QuotaSpent(Unavailable):
    """The counterparty is well, and takes no more of ours before its quota is filled again: surely nothing was done."""

    def __init__(self, party: Party, what: str, *, retry_after_s: float) -> None:
        super().__init__(party, what, retry_after_s=retry_after_s, certain=True)


class Unintelligible(Exception):
    """The counterparty answered something that its contract does not allow. No state is guessed from it.

    `certain` says that what was wanted surely had no effect, as in `Unavailable`.
    """

    def __init__(self, party: Party, what: str, *, certain: bool = False) -> None:
        super().__init__(what)
        self.party = party
        self.what = what
        self.certain = certain


class NotAdmitted(Unintelligible):
    """The counterparty does not take our token, key or secret: surely nothing was done, and only a person can help."""

    def __init__(self, party: Party, what: str) -> None:
        super().__init__(party, what, certain=True)


class LeaseLost(Exception):
    """Somebody else holds the task now; whatever was to be stored with it was not."""
