"""Compares the name on an account with a name on the register.

Knows spellings and masks (张*, *伟, 昆明**公司); never guesses beyond the characters shown, never keeps a name.
"""

import enum
import re
import unicodedata

_SEVERAL_HOLDERS = re.compile("[、,;/]")
_MASKED = re.compile("[*●○■□×某]+")
_LONGEST_PERSONAL_NAME = 4


class NameFit(enum.Enum):
    """How a name that may be masked stands to a name that is not."""

    SAME = "same"
    SIMILAR = "similar"  # nothing that is shown contradicts
    HIDDEN = "hidden"  # nothing is shown
    DIFFERENT = "different"


def compare_names(shown: str, known: str) -> NameFit:
    """The best fit between any holder in `shown` and any in `known`: co-owners often share one field."""
    fits = {_compare_one(one, other) for one in _holders(shown) for other in _holders(known)}
    return next((fit for fit in NameFit if fit in fits), NameFit.DIFFERENT)


def _holders(text: str) -> list[str]:
    return [name for name in map(_plain, _SEVERAL_HOLDERS.split(unicodedata.normalize("NFKC", text))) if name]


def _plain(name: str) -> str:
    """Without case, spaces, middle dots and brackets; every run of mask characters is written in asterisks."""
    starred = _MASKED.sub(lambda run: "*" * len(run.group()), name)
    return re.sub(r"[^\w*]|_", "", starred).casefold().replace("有限责任公司", "有限公司")


def _compare_one(shown: str, known: str) -> NameFit:
    if "*" not in shown:
        return NameFit.SAME if shown == known else NameFit.DIFFERENT
    if not shown.strip("*"):
        return NameFit.HIDDEN
    return NameFit.SIMILAR if _fits(shown, known) else NameFit.DIFFERENT


def _fits(shown: str, known: str) -> bool:
    """A lone asterisk may hide any number of characters; several stand for just as many, in a person's short name."""
    if len(known) <= _LONGEST_PERSONAL_NAME and (len(shown) == len(known) or "**" in shown):
        return len(shown) == len(known) and all(a in ("*", b) for a, b in zip(shown, known, strict=True))
    first, *middle, last = re.split(r"\*+", shown)
    if not (known.startswith(first) and known.endswith(last)):
        return False
    position, end = len(first), len(known) - len(last)
    for piece in middle:
        # An asterisk hides at least one character; the leftmost place leaves most room, so nothing is tried twice.
        found = known.find(piece, position + 1, end)
        if found < 0:
            return False
        position = found + len(piece)
    return position < end
