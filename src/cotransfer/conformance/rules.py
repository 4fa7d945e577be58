"""A rule of a contract: what it says in two languages, where it stands, and how it is read off a trace.

Never calls anything: a rule judges what has been said already, and says nothing of what it cannot read.
"""

import enum
from collections.abc import Callable, Iterable, Iterator

import attrs

from cotransfer.conformance.exchanges import Trace


class Severity(enum.Enum):
    """A broken MUST fails the run; a broken SHOULD is told."""

    MUST = "must"
    SHOULD = "should"


@attrs.frozen
class Words:
    """One sentence, in both languages."""

    en: str
    zh: str

    def in_language(self, language: str) -> str:
        """`language` is "zh" or "en"."""
        return self.zh if language == "zh" else self.en


@attrs.frozen
class Seen:
    """The rule was tried at the exchange with this number; `wrong` says how it was broken, None that it held."""

    at: int
    wrong: Words | None = None


Judge = Callable[[Trace], Iterable[Seen]]


@attrs.frozen(kw_only=True)
class Rule:
    """`code` never changes once published; `source` is the contract's operation, the scheme's step or the port's law.

    `needs` is what has to be given so that the rule can be tried at all.
    """

    code: str
    text: Words
    source: str
    judge: Judge = attrs.field(repr=False)
    severity: Severity = Severity.MUST
    needs: Words | None = None

    def tried(self, trace: Trace) -> Iterator[Seen]:
        """Every look at the rule that the trace allows, in its order."""
        yield from self.judge(trace)

    def broken(self, trace: Trace) -> Seen | None:
        """The first breach in the trace."""
        return next((seen for seen in self.tried(trace) if seen.wrong is not None), None)


def by_code(rules: Iterable[Rule]) -> dict[str, Rule]:
    """The rules by their codes; `ValueError` where two share one."""
    table: dict[str, Rule] = {}
    for rule in rules:
        if rule.code in table:
            raise ValueError(f"two rules are called {rule.code}")
        table[rule.code] = rule
    return table
