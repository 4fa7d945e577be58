"""The names under which one exchange stands in both sides' records. Never personal, and never trusted.

What somebody else calls an exchange may be anything: what is no plain word, or might be a person's number, is dropped.
"""

import re

import attrs

WORD = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What a correlation id is made of, as the contract has it."""

_A_PERSONS = re.compile(r"(?<![0-9])(?:(?:86)?1[3-9][0-9]{9}|[0-9]{17}[0-9Xx]|[0-9]{15})(?![0-9])")
"""A mobile number, or an identity number of 18 or 15 digits, with nothing but other characters around it."""


@attrs.frozen(kw_only=True)
class Correlation:
    """`ours` is the id under which we asked, or were asked; `theirs` what the other side answered under, or asked by.

    None where there is none: nobody was called, nothing came back, or what came was no id.
    """

    ours: str | None = None
    theirs: str | None = None

    def __bool__(self) -> bool:
        return self.ours is not None or self.theirs is not None


UNCORRELATED = Correlation()
"""Nothing is known of it: it was stored before ids were kept, or nobody was asked."""


def plain_id(text: object) -> str | None:
    """`text` where it may stand in a log and on a disk as somebody's correlation id, else None."""
    if not isinstance(text, str) or WORD.fullmatch(text) is None or _A_PERSONS.search(text) is not None:
        return None
    return text
