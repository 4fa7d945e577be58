"""The conformance kit: tells whether a live endpoint keeps a contract, rule by rule, by calling it.

For a utility that connects, and for whoever runs a gateway. Never calls another address than the one it was given, and
never needs to see the endpoint from inside.
"""

from cotransfer.conformance.calling import Caller, LimitReached, Limits, NotReachable
from cotransfer.conformance.dressing import Client
from cotransfer.conformance.reporting import for_machines, for_people
from cotransfer.conformance.rules import Rule, Seen, Severity, Words
from cotransfer.conformance.running import Run, chosen
from cotransfer.conformance.steps import Scenario, Step
from cotransfer.conformance.verdicts import Outcome, Report, Verdict

__all__ = [
    "Caller",
    "Client",
    "LimitReached",
    "Limits",
    "NotReachable",
    "Outcome",
    "Report",
    "Rule",
    "Run",
    "Scenario",
    "Seen",
    "Severity",
    "Step",
    "Verdict",
    "Words",
    "chosen",
    "for_machines",
    "for_people",
]
