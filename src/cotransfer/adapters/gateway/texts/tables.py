"""What texts a language must have: a table for each kind of code. Never a text itself."""

from collections.abc import Callable, Mapping

import attrs

from cotransfer.adapters.gateway.language import Language
from cotransfer.domain.faults import Fault
from cotransfer.domain.matching import Reason


@attrs.frozen
class Wording:
    """How a problem is told: a short title, and a sentence or two. `{party}` stands for the party at fault."""

    title: str
    detail: str


@attrs.frozen(kw_only=True)
class Texts:
    """One language. Each table maps a stable code to its text; `faults` gives what is wrong and what is right."""

    language: Language
    problems: Mapping[str, Wording]
    next_actions: Mapping[str, str]
    states: Mapping[str, str]
    milestones: Mapping[str, str]
    reversal_states: Mapping[str, str]
    reversal_milestones: Mapping[str, str]
    signing_ways: Mapping[str, str]
    notices: Mapping[str, str]
    parties: Mapping[str, str]
    unreadable: Mapping[str, str]
    nothing_linked: str
    reason: Callable[[Reason], str]
    fault: Callable[[Fault], tuple[str, str]]
