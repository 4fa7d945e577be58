"""A step of a sequence: one call, or the same call many times at once, as data that can be printed, cut and repeated.

Never says how the call looks on the wire: that is the actor's, who alone knows tokens, keys and people.
"""

from collections.abc import Mapping
from typing import Any

import attrs

LANGUAGE, FRESH_KEY = "language:", "key:fresh"
MOST_AT_ONCE = 64


@attrs.frozen(kw_only=True)
class Step:
    """`do` is a word of the actor; `case` says which of the sequence's applications, the first being 0.

    `twists` are what is wrong with the call, in words of `twists`; `times` is how often it is made at once.
    """

    do: str
    case: int = 0
    twists: tuple[str, ...] = ()
    times: int = attrs.field(default=1)

    @times.validator
    def _bounded(self, _: Any, times: int) -> None:
        if not 1 <= times <= MOST_AT_ONCE:
            raise ValueError(f"a step is made 1 to {MOST_AT_ONCE} times at once")

    @property
    def spoilt(self) -> bool:
        """Whether the call is one that has to be refused."""
        return any(not twist.startswith(LANGUAGE) and twist != FRESH_KEY for twist in self.twists)

    def __str__(self) -> str:
        twisted = f" [{', '.join(self.twists)}]" if self.twists else ""
        return f"{self.do}({self.case}){twisted}{f' x{self.times}' if self.times > 1 else ''}"

    def to_json(self) -> dict[str, Any]:
        """Only what differs from the plain step."""
        said = attrs.asdict(self, filter=lambda field, value: field.name == "do" or value != field.default)
        return {**said, "twists": list(self.twists)} if self.twists else said

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Step":
        """Raises ValueError for what is no step."""
        try:
            return cls(**{**said, "twists": tuple(said.get("twists", ()))})
        except TypeError:
            raise ValueError("a step is said as do, case, twists and times") from None


Sequence = tuple[Step, ...]


@attrs.frozen(kw_only=True)
class Scenario:
    """A sequence that was thought out for some rules; every rule judges it all the same."""

    tries: tuple[str, ...]
    steps: Sequence


def told(sequence: Sequence) -> str:
    """A sequence on one line."""
    return " → ".join(map(str, sequence))
