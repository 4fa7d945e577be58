"""Whether the account that was found may be handed in: step 4, on what the utility says. Never asks the utility."""

from cotransfer.domain.case import Policy
from cotransfer.domain.matching import Matching, MatchOutcome
from cotransfer.domain.refusals import Why
from cotransfer.domain.values import Account


def hindrance(account: Account, matching: Matching, policy: Policy) -> Why | None:
    """What no confirmation of the citizen's can overcome; None when there is nothing of the kind."""
    if account.in_arrears:
        return Why.IN_ARREARS
    if matching.outcome is MatchOutcome.MISMATCH and not policy.mismatch_to_utility:
        return Why.WRONG_ACCOUNT
    return None
