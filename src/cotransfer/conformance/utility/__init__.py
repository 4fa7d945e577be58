"""The kit for a utility's business system: what `contracts/v1/utility.openapi.yaml` demands of whoever serves it.

Never sees the endpoint from inside, unless it is given a ledger to look into.
"""

from cotransfer.conformance.utility.acting import Target, UtilityActor
from cotransfer.conformance.utility.people import Accounts
from cotransfer.conformance.utility.programme import programme
from cotransfer.conformance.utility.rules import RULES

__all__ = ["RULES", "Accounts", "Target", "UtilityActor", "programme"]
