"""What a run comes to: one verdict for each rule, and everything that a reader needs to see for themselves.

Never holds a request or an answer that is not masked.
"""

import enum
from typing import Any

import attrs

from cotransfer.conformance.rules import Rule, Severity, Words
from cotransfer.conformance.steps import Sequence

KIT = 1
"""Version of the kit's report: what it holds, and what its codes mean."""


class Outcome(enum.Enum):
    """`EXCUSED` was broken, or not tried, and somebody said aloud why that is so."""

    PASSED = "passed"
    FAILED = "failed"
    EXCUSED = "excused"
    NOT_TRIED = "not_tried"


@attrs.frozen(kw_only=True)
class Proof:
    """The shortest sequence that broke a rule, and what was seen in it; `again` tells whether it broke it again."""

    wrong: Words
    sequence: Sequence
    drawn: Sequence
    exchanges: tuple[dict[str, Any], ...]
    again: bool


@attrs.frozen(kw_only=True)
class Verdict:
    """`looks` is how often the rule was tried; `reason` belongs to what was excused or not tried."""

    rule: Rule
    outcome: Outcome
    looks: int = 0
    reason: Words | None = None
    proof: Proof | None = None

    @property
    def fails(self) -> bool:
        """Whether it fails the run."""
        return self.outcome is Outcome.FAILED and self.rule.severity is Severity.MUST


@attrs.frozen(kw_only=True)
class Report:
    """All verdicts of a run, in the order of the table of rules; `cut_short` where a limit ended it."""

    kind: str
    url: str
    seed: int
    began_at: str
    took_s: float
    calls: int
    versions: dict[str, str]
    verdicts: tuple[Verdict, ...]
    cut_short: bool = False

    @property
    def passed(self) -> bool:
        """No must-rule failed, and something was tried."""
        return not any(verdict.fails for verdict in self.verdicts) and any(verdict.looks for verdict in self.verdicts)

    def of(self, outcome: Outcome) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if verdict.outcome is outcome)
