"""The kit for a gateway: what `contracts/v1/gateway.openapi.yaml` demands of whoever serves it.

Plays the platform, its citizens and a utility at once, against a gateway whose counterparties are the sandbox's. Never
sees the gateway from inside.
"""

from cotransfer.conformance.gateway.acting import GatewayActor
from cotransfer.conformance.gateway.parties import Parties
from cotransfer.conformance.gateway.programme import programme
from cotransfer.conformance.gateway.rules import RULES

__all__ = ["RULES", "GatewayActor", "Parties", "programme"]
